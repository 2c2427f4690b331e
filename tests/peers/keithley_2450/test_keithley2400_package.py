"""The package keithley2400 on a 2450."""

import pytest
from keithley2400 import Keithley2400

from openers import OHMS, errors, near


@pytest.fixture
def smu(simulate):
    smu = Keithley2400(resource=simulate("keithley-2450").resource, backend="@py", auto_discover=False)
    yield smu
    smu.close()


def test_it_recognises_a_2450(smu):
    assert smu.model == "2450"
    assert errors(smu.query) == []


def test_voltage_is_sourced_and_both_are_read(smu):
    smu.set_source_v(0.6)
    smu.set_current_compliance(1e-3)
    smu.configure_measure_vi()
    smu.output_on()
    volts, amperes = smu.read_v_i()
    assert volts == near(0.6)
    assert amperes == near(0.6 / OHMS)
    smu.output_off()
    assert errors(smu.query) == []


def test_current_is_sourced_and_both_are_read(smu):
    smu.set_source_i(1e-4)
    smu.set_voltage_compliance(10)
    smu.configure_measure_vi()
    smu.output_on()
    volts, amperes = smu.read_v_i()
    assert volts == near(1e-4 * OHMS)
    assert amperes == near(1e-4)
    assert errors(smu.query) == []
