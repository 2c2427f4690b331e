"""firmware-sim processes whose instrument is on the bus of a GPIB controller, or on a serial line."""

from __future__ import annotations

from pathlib import Path

from simulator import Process


def buses(binary: Path):
    """A generator for a fixture: starts such processes, and stops them after the test."""
    from peers_plugin import RESISTOR

    running: list[Process] = []

    def start(*extra: str, links: int = 2) -> Process:
        running.append(Process(binary, "keithley-2400", RESISTOR, *extra, links=links))
        return running[-1]

    yield start
    alive = [bus.stop() for bus in running]
    assert all(alive), [bus.events[-20:] for bus in running]
