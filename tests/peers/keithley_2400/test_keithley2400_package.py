"""The package keithley2400, which drives 2400 and 2450 through one interface."""

import numpy as np
import pytest
from keithley2400 import Keithley2400

from openers import OHMS, errors, near


@pytest.fixture
def smu(simulate):
    smu = Keithley2400(resource=simulate("keithley-2400").resource, backend="@py", auto_discover=False)
    yield smu
    smu.close()


def test_it_recognises_a_2400(smu):
    assert smu.model == "2400"
    assert errors(smu.query) == []


def test_both_quantities_are_read(smu):
    smu.set_current_compliance(1e-3)
    smu.configure_measure_vi()
    smu.set_source_v(0.6)
    smu.output_on()
    volts, amperes = smu.read_v_i()
    assert volts == near(0.6)
    assert amperes == near(0.6 / OHMS)
    assert smu.read_r() == near(OHMS, 4e-3)
    smu.output_off()
    assert errors(smu.query) == []


def test_statistics_of_a_sweep(smu):
    smu.output_on()
    rows = np.array(list(smu.sweep_iv([-0.5, 0.5], 1e-3, stabilize_s=0, n_samples=5, sample_delay_s=0)))
    assert np.allclose(rows[:, 1], rows[:, 0] / OHMS, rtol=2e-3)
    assert np.all(rows[:, 2] < 1e-7)
    assert errors(smu.query) == []


def test_a_ramp_ends_where_it_was_told_and_switches_off(smu):
    volts, amperes = smu.ramp_to_voltage(
        1.0, voltage_steps=[0.25, 0.5, 0.75, 1.0], stabilize_s=0, keep_output_on=False
    )
    assert volts == near(1.0)
    assert amperes == near(1.0 / OHMS)
    assert smu.query("OUTP?") == "0"
    assert errors(smu.query) == []


def test_ohms_are_measured_automatically(smu):
    smu.set_voltage_compliance(10)
    smu.configure_measure_ohms("2W")
    smu.output_on()
    assert float(smu.query(":READ?")) == near(OHMS, 1e-2)
    assert errors(smu.query) == []
