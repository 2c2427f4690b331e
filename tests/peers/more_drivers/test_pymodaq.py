"""The hardware part of PyMoDAQ's plugin for 2400-series source-meters."""

import pytest
from pymodaq_plugins_keithley.hardware.keithley_2400_wrapper import Keithley2400

from openers import OHMS, errors, near


@pytest.fixture
def smu(simulate, monkeypatch):
    monkeypatch.setenv("PYVISA_LIBRARY", "@py")
    smu = Keithley2400(simulate("keithley-2400").resource)
    yield smu
    smu.close()


def test_a_voltage_source_measures_current(smu):
    smu.configure_voltage_source(compliance=1e-3)
    smu.set_voltage(0.5)
    smu.instrument.write(":FORM:ELEM CURR")
    assert smu.get_current() == near(0.5 / OHMS)
    assert smu.get_voltage() == near(0.5, 1e-6)
    smu.output_off()
    assert errors(smu.instrument.query) == []


def test_the_current_is_read_at_a_level(smu):
    smu.configure_current_measurement(source_voltage=0.25, compliance=1e-3)
    smu.set_nplc(0.1)
    assert smu.get_current() == near(0.25 / OHMS)
    smu.set_compliance(1e-4)
    smu.set_current_range(1e-4)
    assert smu.get_current() == near(0.25 / OHMS)
    smu.output_off()
    assert errors(smu.instrument.query) == []
