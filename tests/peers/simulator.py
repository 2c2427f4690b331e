"""A firmware-sim process: started on a free port, stopped by the test that started it."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path


class Process:
    """One running `firmware-sim` with one device on its terminals, and the places where it says that it listens."""

    def __init__(self, binary: Path, model: str, device: str, *extra: str, links: int = 1) -> None:
        command = [str(binary), "--model", model, "--device", device, *extra]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.events: list[str] = []
        # A full pipe would stop the simulator, so its standard error is read all the time.
        self._reader = threading.Thread(target=self._read_events, daemon=True)
        self._reader.start()
        lines = [self.process.stdout.readline().strip() for _ in range(links)]
        if not all(line.startswith("listening on ") for line in lines):
            self.stop()
            raise RuntimeError(f"firmware-sim did not say where it listens: {lines} {self.events}")
        self.links = [line.removeprefix("listening on ") for line in lines]

    def _read_events(self) -> None:
        for line in self.process.stderr:
            self.events.append(line.rstrip("\n"))

    def stop(self) -> bool:
        """Ends the process; says whether it was still running."""
        running = self.process.poll() is None
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return running


class Simulator(Process):
    """One whose instrument is behind a socket."""

    def __init__(self, binary: Path, model: str, device: str, extra: tuple[str, ...] = ()) -> None:
        super().__init__(binary, model, device, "--listen", "127.0.0.1:0", *extra)
        found = re.fullmatch(r"127\.0\.0\.1:(\d+)", self.links[0])
        if not found:
            self.stop()
            raise RuntimeError(f"firmware-sim listens elsewhere: {self.links} {self.events}")
        self.port = int(found.group(1))

    @property
    def resource(self) -> str:
        """The VISA resource string of this instrument."""
        return f"TCPIP0::127.0.0.1::{self.port}::SOCKET"


def models(binary: Path) -> str:
    """What `firmware-sim --help` says, where the names of its models stand."""
    return subprocess.run([str(binary), "--help"], capture_output=True, text=True, check=True).stdout
