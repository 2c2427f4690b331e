"""A firmware-sim process: started on a free port, stopped by the test that started it."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path


class Simulator:
    """One running `firmware-sim` with one device on its terminals."""

    def __init__(self, binary: Path, model: str, device: str, extra: tuple[str, ...] = ()) -> None:
        command = [str(binary), "--model", model, "--listen", "127.0.0.1:0", "--device", device, *extra]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.events: list[str] = []
        # A full pipe would stop the simulator, so its standard error is read all the time.
        self._reader = threading.Thread(target=self._read_events, daemon=True)
        self._reader.start()
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)", line.strip())
        if not found:
            self.process.kill()
            self._reader.join()
            raise RuntimeError(f"firmware-sim did not say where it listens: {line!r} {self.events}")
        self.port = int(found.group(1))

    def _read_events(self) -> None:
        for line in self.process.stderr:
            self.events.append(line.rstrip("\n"))

    @property
    def resource(self) -> str:
        """The VISA resource string of this instrument."""
        return f"TCPIP0::127.0.0.1::{self.port}::SOCKET"

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


def models(binary: Path) -> str:
    """What `firmware-sim --help` says, where the names of its models stand."""
    return subprocess.run([str(binary), "--help"], capture_output=True, text=True, check=True).stdout
