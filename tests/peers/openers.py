"""How each family of drivers opens a simulator. Drivers are used as released; only addresses are given to them."""

from __future__ import annotations

import contextlib

import pytest
import pyvisa

OHMS = 10e3
# Source and measure accuracy of one year, both on their worst range used here, leave less than this.
ACCURACY = 2e-3


def near(value: float, accuracy: float = ACCURACY, zero: float = 1e-12):
    """Equal within what the simulated instrument's own accuracy leaves."""
    return pytest.approx(value, rel=accuracy, abs=zero)


@contextlib.contextmanager
def pymeasure(driver, simulator):
    """A PyMeasure driver, whose timeout and terminations are PyMeasure's own."""
    from pymeasure.adapters import VISAAdapter

    adapter = VISAAdapter(simulator.resource, visa_library="@py", read_termination="\n")
    try:
        yield driver(adapter)
    finally:
        adapter.close()


@contextlib.contextmanager
def qcodes(driver, simulator, name: str = "smu"):
    """A QCoDeS driver, with its own terminator."""
    smu = driver(name, simulator.resource, visalib="@py")
    try:
        yield smu
    finally:
        smu.close()


@contextlib.contextmanager
def visa(simulator, milliseconds: int = 2000):
    """A bare VISA session, for strings that no released driver sends today."""
    manager = pyvisa.ResourceManager("@py")
    session = manager.open_resource(
        simulator.resource, read_termination="\n", write_termination="\n", timeout=milliseconds
    )
    try:
        yield session
    finally:
        session.close()


def errors(ask) -> list[int]:
    """Empties an error queue through a driver's own query function; the codes, oldest first."""
    codes = []
    while code := int(ask("SYST:ERR?").split(",")[0]):
        codes.append(code)
        assert len(codes) < 100, codes
    return codes
