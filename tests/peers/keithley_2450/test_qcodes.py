"""QCoDeS' driver for the 2450: whole lower-case words, single quotes, named buffers, sweeps."""

import numpy as np
import pytest
import pyvisa
from qcodes.instrument_drivers.Keithley import Keithley2450

from openers import OHMS, errors, near, qcodes


@pytest.fixture
def smu(simulate):
    with qcodes(Keithley2450, simulate("keithley-2450")) as smu:
        smu.reset()
        yield smu


def source_voltage(smu, level):
    smu.sense_function("current")
    smu.source_function("voltage")
    smu.source.range(2)
    smu.source.limit(1e-3)
    smu.sense.nplc(0.1)
    smu.source.voltage(level)
    smu.output_enabled(True)


def test_the_driver_finds_the_command_set_it_needs(smu):
    assert smu.get_idn()["model"].endswith("2450")
    assert smu.source_function() == "voltage"
    assert smu.sense_function() == "current"
    assert errors(smu.ask) == []


def test_voltage_is_sourced_and_current_measured(smu):
    source_voltage(smu, 0.7)
    assert smu.sense.current() == near(0.7 / OHMS)
    assert smu.source.voltage() == near(0.7, 1e-6)
    smu.output_enabled(False)
    assert smu.output_enabled() is False
    assert errors(smu.ask) == []


def test_current_is_sourced_and_voltage_measured(smu):
    smu.sense_function("voltage")
    smu.source_function("current")
    smu.source.range(1e-3)
    smu.source.limit(10)
    smu.source.current(2e-4)
    smu.output_enabled(True)
    assert smu.sense.voltage() == near(2e-4 * OHMS)
    assert errors(smu.ask) == []


def test_a_blocking_level_waits_for_the_operation_to_complete(smu):
    source_voltage(smu, 0)
    smu.source.block_during_ramp(True)
    smu.source.voltage(0.3)
    assert smu.sense.current() == near(0.3 / OHMS)
    assert errors(smu.ask) == []


def test_settings_read_back(smu):
    source_voltage(smu, 0)
    smu.sense.four_wire_measurement(True)
    smu.sense.range(1e-4)
    smu.sense.auto_zero_enabled(False)
    smu.sense.auto_zero_once()
    smu.sense.count(3)
    smu.sense.user_number(2)
    smu.sense.user_delay(0.02)
    smu.source.delay(0.01)
    smu.source.auto_delay(False)
    smu.source.read_back_enabled(True)
    assert smu.sense.four_wire_measurement() is True
    assert smu.sense.range() == near(1e-4, 0.06)
    assert smu.sense.auto_range() is False
    assert smu.sense.auto_zero_enabled() is False
    assert int(smu.sense.count()) == 3
    assert smu.sense.user_delay() == near(0.02, 1e-6)
    assert float(smu.source.delay()) == near(0.01, 1e-6)
    assert smu.source.auto_delay() is False
    assert smu.source.read_back_enabled() is True
    assert float(smu.line_frequency()) in (50, 60)
    smu.terminals("rear")
    assert smu.terminals() == "REAR"
    smu.clear_event_register()
    smu.clear_event_log()
    assert errors(smu.ask) == []


def test_a_sweep_fills_the_default_buffer(smu):
    source_voltage(smu, 0)
    smu.source.sweep_setup(-1, 1, 11)
    currents = smu.sense.sweep()
    assert np.allclose(currents, smu.source.get_sweep_axis() / OHMS, rtol=2e-3, atol=5e-7)
    assert errors(smu.ask) == []


def test_a_sweep_gives_the_elements_chosen(smu):
    source_voltage(smu, 0)
    buffer = smu.buffer("defbuffer1")
    buffer.elements(["measurement", "source_value", "relative_time"])
    smu.source.sweep_setup(0.1, 1, 10)
    smu.sense.sweep()
    rows = np.array(smu.sense.sweep.get_selected(), dtype=float).reshape(10, 3)
    assert np.allclose(rows[:, 1], np.linspace(0.1, 1, 10), rtol=2e-3)
    assert np.allclose(rows[:, 0], rows[:, 1] / OHMS, rtol=4e-3)
    assert np.all(np.diff(rows[:, 2]) > 0)
    assert errors(smu.ask) == []


def test_a_named_buffer_is_made_filled_read_and_deleted(smu):
    source_voltage(smu, 0.5)
    with smu.buffer("memristor", 50, "STANdard") as buffer:
        assert buffer.size() == 50
        buffer.size(80)
        assert buffer.size() == 80
        smu.sense.count(5)
        buffer.trigger_start()
        assert buffer.number_of_readings() == 5
        assert np.allclose(buffer.get_data(1, 5), 0.5 / OHMS, rtol=2e-3)
        buffer.elements(["measurement", "measurement_unit", "source_value", "source_value_unit"])
        row = buffer.get_data(2, 2)
        assert float(row[0]) == near(0.5 / OHMS)
        assert float(row[2]) == near(0.5)
        assert len(row) == 4
        assert len(buffer.get_last_reading().split(",")) == 4
        buffer.clear_buffer()
        assert buffer.number_of_readings() == 0
    smu.buffer_name("defbuffer1")
    assert errors(smu.ask) == []


def test_a_sweep_goes_to_a_buffer_made_without_a_style(smu):
    # Without a style the driver ends its command with an empty parameter: `:TRACe:MAKE 'userbuff1', 100, `.
    # Its documentation shows this session on an instrument, so the instrument takes it.
    source_voltage(smu, 0)
    with smu.buffer("userbuff1", 100) as buffer:
        buffer.elements(["time", "date", "measurement", "source_value_formatted"])
        smu.source.sweep_setup(0.1, 1, 10, buffer_name=buffer.buffer_name)
        currents = smu.sense.sweep()
        assert np.allclose(currents, np.linspace(0.1, 1, 10) / OHMS, rtol=2e-3)
        assert len(smu.sense.sweep.get_selected()) == 40
    assert errors(smu.ask) == []
    # The buffer is gone: the question has no answer, and an error is left.
    smu.timeout(0.2)
    with pytest.raises(pyvisa.errors.VisaIOError):
        buffer.size()
    smu.buffer_name("defbuffer1")
    assert len(errors(smu.ask)) == 1
