"""QCoDeS' contributed driver for the 2401; it leaves out the optional word SENSe."""

import pytest
from qcodes_contrib_drivers.drivers.Tektronix.Keithley_2401 import Keithley2400

from openers import OHMS, errors, near, qcodes


@pytest.fixture
def smu(simulate):
    with qcodes(Keithley2400, simulate("keithley-2400")) as smu:
        smu.write("*RST")
        smu.write(":SENS:CURR:PROT 0.001")
        yield smu


def test_one_quantity_is_measured_at_a_time(smu):
    smu.set_voltage(0.5)
    smu.enable_output(True)
    assert smu.current() == near(0.5 / OHMS)
    assert smu.measured_voltage() == near(0.5)
    assert smu.voltage() == near(0.5, 1e-6)
    smu.enable_output(False)
    assert smu.output() == "off"
    assert errors(smu.ask) == []


def test_a_stepped_sweep_measures_both(smu):
    smu.enable_output(True)
    rows = smu.sweep_voltage_measure(-1, 1, 5)
    for row in rows:
        assert row["voltage_measured"] == near(row["voltage_set"], zero=1e-3)
        assert row["current_measured"] == near(row["voltage_set"] / OHMS, zero=1e-7)
    assert errors(smu.ask) == []


def test_a_range_is_fixed_and_answers_its_full_scale(smu):
    smu.write(":SENS:CURR:PROT 0.01")
    smu.current_range(1e-2)
    assert smu.current_range() == near(1.05e-2, 1e-6)
    assert errors(smu.ask) == []


def test_a_range_above_compliance_stays_at_that_of_compliance(smu):
    smu.current_range(1e-2)
    assert smu.current_range() == near(1.05e-3, 1e-6)
    assert errors(smu.ask) == [824]
