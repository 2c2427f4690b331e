"""A firmware-sim process whose instrument is on the bus of a GPIB controller, or on a serial line."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path


class Bus:
    """One running `firmware-sim`, and the VISA names under which it says that it is reached."""

    def __init__(self, binary: Path, device: str, *extra: str, links: int) -> None:
        command = [str(binary), "--model", "keithley-2400", "--device", device, *extra]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.events: list[str] = []
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


def buses(binary: Path):
    """A generator for a fixture: starts such processes, and stops them after the test."""
    from peers_plugin import RESISTOR

    running: list[Bus] = []

    def start(*extra: str, links: int = 2) -> Bus:
        running.append(Bus(binary, RESISTOR, *extra, links=links))
        return running[-1]

    yield start
    alive = [bus.stop() for bus in running]
    assert all(alive), [bus.events[-20:] for bus in running]
