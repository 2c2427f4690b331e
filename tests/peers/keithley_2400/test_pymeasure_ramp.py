"""PyMeasure's ramps, and its shutdown."""

import numpy as np
import pytest
from pymeasure.instruments.keithley.keithley2400 import Keithley2400

from openers import OHMS, errors, near, pymeasure


@pytest.fixture
def smu(simulate):
    with pymeasure(Keithley2400, simulate("keithley-2400")) as smu:
        smu.reset()
        yield smu


def test_a_voltage_ramp_ends_where_it_was_told(smu):
    smu.apply_voltage(2, 1e-4)
    smu.measure_current()
    smu.enable_source()
    smu.ramp_to_voltage(0.95, steps=10, pause=0)
    assert smu.source_voltage == near(0.95, 1e-6)
    assert smu.current == near(0.95 / OHMS)
    smu.ramp_to_voltage(-0.75, steps=10, pause=0)
    assert smu.source_voltage == near(-0.75, 1e-6)
    assert smu.current == near(-0.75 / OHMS)
    assert errors(smu.ask) == []


def test_a_current_ramp_ends_where_it_was_told(smu):
    smu.apply_current(1e-3, compliance_voltage=10)
    smu.measure_voltage()
    smu.enable_source()
    smu.ramp_to_current(5e-4, steps=10, pause=0)
    assert smu.source_current == near(5e-4, 1e-6)
    assert smu.voltage == near(5e-4 * OHMS)
    assert errors(smu.ask) == []


def test_levels_stepped_by_hand_give_the_line_of_the_resistor(smu):
    smu.apply_voltage(2, 1e-3)
    smu.measure_current(nplc=0.1)
    smu.enable_source()
    levels = np.linspace(-1, 1, 9)
    currents = []
    for level in levels:
        smu.source_voltage = level
        currents.append(smu.current)
    slope, offset = np.polyfit(levels, currents, 1)
    assert 1 / slope == near(OHMS, 3e-3)
    assert abs(offset) < 1e-7
    assert errors(smu.ask) == []


def test_shutdown_ramps_to_zero_and_switches_off(smu):
    smu.apply_voltage(20, 1e-2)
    smu.measure_current()
    smu.source_voltage = 10
    smu.enable_source()
    assert smu.measure_all()["current"] == near(10 / OHMS)
    smu.shutdown()
    assert smu.source_voltage == 0
    assert smu.source_enabled is False
    assert errors(smu.ask) == []


def test_shutdown_works_for_a_current_source(smu):
    smu.apply_current(1e-3, compliance_voltage=10)
    smu.source_current = 4e-4
    smu.enable_source()
    smu.shutdown()
    assert smu.source_current == 0
    assert smu.source_enabled is False
    assert errors(smu.ask) == []


def test_a_change_of_source_function_drops_the_output(smu):
    smu.apply_voltage(2, 1e-3)
    smu.enable_source()
    assert smu.source_enabled is True
    smu.source_mode = "current"
    assert smu.source_enabled is False


def test_measuring_one_quantity_gives_it_the_compliance_of_a_reset(smu):
    # `:MEASure:CURRent?` configures first, as `:CONFigure` does: the limit set before is gone, without an error
    # (User's Manual, section 18; seen on a bench). PyMeasure reads `current` so.
    smu.apply_voltage(20, 1e-2)
    smu.source_voltage = 10
    smu.enable_source()
    assert smu.compliance_current == near(1e-2, 1e-6)
    assert smu.current == near(1.05e-4, 1e-2)
    assert smu.compliance_current == near(1.05e-4, 1e-6)
    assert errors(smu.ask) == []


def test_compliance_holds_the_current(smu):
    smu.apply_voltage(20, 1e-4)
    smu.source_voltage = 5
    smu.enable_source()
    everything = smu.measure_all()
    assert everything["current"] == near(1e-4, 1e-2)
    assert everything["voltage"] == near(1.0, 1e-2)
    # Bit 3 of the status element: real compliance (User's Manual, page 18-52).
    assert everything["status"] & 8
    assert int(float(smu.ask(":SENS:CURR:PROT:TRIP?"))) == 1
