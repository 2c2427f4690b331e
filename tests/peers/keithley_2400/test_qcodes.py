"""QCoDeS' driver for the 2400."""

import pytest
from qcodes.instrument_drivers.Keithley import Keithley2400

from openers import OHMS, errors, near, qcodes


@pytest.fixture
def smu(simulate):
    with qcodes(Keithley2400, simulate("keithley-2400")) as smu:
        yield smu


def test_identity(smu):
    idn = smu.get_idn()
    assert idn["vendor"] == "KEITHLEY INSTRUMENTS INC."
    assert idn["model"] == "2400"
    assert errors(smu.ask) == []


def test_voltage_is_sourced_and_current_read(smu):
    smu.mode("VOLT")
    smu.rangev(2)
    smu.compliancei(1e-3)
    smu.nplci(0.1)
    smu.volt(0.7)
    smu.output(1)
    assert smu.curr() == near(0.7 / OHMS)
    assert smu.volt() == near(0.7)
    assert smu.resistance() == near(OHMS, 4e-3)
    smu.output(0)
    assert errors(smu.ask) == []


def test_current_is_sourced_and_voltage_read(smu):
    smu.mode("CURR")
    smu.rangei(1e-3)
    smu.compliancev(10)
    smu.curr(2e-4)
    smu.output(1)
    assert smu.volt() == near(2e-4 * OHMS)
    assert smu.mode() == "CURR"
    smu.output(0)
    assert errors(smu.ask) == []


def test_parameters_read_back(smu):
    smu.mode("VOLT")
    smu.compliancei(0.01)
    smu.nplci(2)
    assert smu.compliancei() == near(0.01, 1e-6)
    # One integration time for all functions (User's Manual, section 18).
    assert (smu.nplci(), smu.nplcv()) == (2, 2)
    assert "CURR:DC" in smu.sense()
    assert smu.output() is False
    smu.reset()
    assert smu.nplci() == 1
    assert errors(smu.ask) == []


def test_small_levels_are_lost_in_the_driver_and_not_in_the_instrument(smu):
    # The driver writes `{:.8f}`: 12.3 nA becomes 10 nA before anything is sent.
    smu.mode("CURR")
    smu.curr(1.23e-8)
    assert float(smu.ask(":SOUR:CURR?")) == near(1e-8, 1e-6)


def test_a_sweep_of_parameters_gives_the_line_of_the_resistor(smu):
    smu.mode("VOLT")
    smu.rangev(2)
    smu.compliancei(1e-3)
    smu.nplci(0.01)
    smu.output(1)
    for level in (-1.0, -0.5, 0.5, 1.0):
        smu.volt(level)
        assert smu.curr() == near(level / OHMS)
    smu.output(0)
    assert errors(smu.ask) == []
