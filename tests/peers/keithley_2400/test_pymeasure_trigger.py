"""PyMeasure's trigger calls on the arm and the trigger layer."""

import numpy as np
import pytest
from pymeasure.instruments.keithley.keithley2400 import Keithley2400

from openers import errors, pymeasure


@pytest.fixture
def smu(simulate):
    with pymeasure(Keithley2400, simulate("keithley-2400")) as smu:
        smu.reset()
        smu.apply_voltage(2, 1e-3)
        smu.measure_current(nplc=0.1)
        smu.source_voltage = 0.3
        yield smu


def test_a_bus_trigger_starts_what_was_armed(smu):
    smu.config_buffer(6)
    smu.trigger_on_bus()
    smu.enable_source()
    smu.start_buffer()
    smu.trigger()
    smu.wait_for_buffer(timeout=10, interval=0.01)
    assert smu.buffer_data.reshape(-1, 5).shape == (6, 5)
    assert errors(smu.ask) == []


def test_arm_and_trigger_counts_multiply(smu):
    smu.set_trigger_counts(3, 4)
    assert (smu.arm_count, smu.trigger_count) == (3, 4)
    smu.enable_source()
    assert len(smu.values(":READ?")) == 3 * 4 * 5
    assert errors(smu.ask) == []


def test_more_than_2500_in_all_is_a_settings_conflict(smu):
    smu.write(":ARM:COUN 50")
    smu.write(":TRIG:COUN 51")
    assert errors(smu.ask) == [-221]
    assert smu.arm_count * smu.trigger_count <= 2500


def test_a_timed_arm_spaces_the_readings(smu):
    smu.set_trigger_counts(5, 1)
    smu.set_timed_arm(0.125)
    smu.enable_source()
    seconds = np.array(smu.values(":READ?")).reshape(-1, 5)[:, 3]
    # The first reading after output-on comes late, as on the bench; the arms behind it keep their distance.
    assert np.allclose(np.diff(seconds)[1:], 0.125, atol=2e-3)
    assert (smu.arm_source, smu.arm_timer) == ("timer", 0.125)
    assert errors(smu.ask) == []


def test_a_trigger_delay_passes_before_each_reading(smu):
    smu.trigger_count = 4
    smu.enable_source()
    plain = np.diff(np.array(smu.values(":READ?")).reshape(-1, 5)[:, 3])
    smu.trigger_delay = 0.2
    delayed = np.diff(np.array(smu.values(":READ?")).reshape(-1, 5)[:, 3])
    assert np.allclose(delayed - plain, 0.2, atol=2e-3)
    assert errors(smu.ask) == []


def test_trigger_lines_and_events_are_kept(smu):
    smu.trigger_on_external(line=3)
    assert (smu.arm_source, smu.trigger_source) == ("trigger_link", "trigger_link")
    assert (smu.arm_input_line, smu.trigger_input_line) == (3, 3)
    smu.output_trigger_on_external(line=4, after="SENS")
    assert (smu.trigger_output_event, smu.trigger_output_line) == ("sense", 4)
    smu.arm_output_event = "trigger_exit"
    smu.disable_output_triggers()
    assert (smu.arm_output_event, smu.trigger_output_event) == ("none", "none")
    smu.trigger_immediately()
    assert (smu.arm_source, smu.trigger_source) == ("immediate", "immediate")
    assert errors(smu.ask) == []


def test_sampling_continuously_needs_no_trigger(smu):
    smu.sample_continuously()
    smu.enable_source()
    assert smu.current == pytest.approx(3e-5, rel=2e-3)
    smu.clear_trigger()
    smu.reset_trigger()
    assert errors(smu.ask) == []


def test_an_abort_ends_a_wait_for_a_trigger(smu):
    smu.trigger_on_bus()
    smu.enable_source()
    smu.start_buffer()
    smu.reset_trigger()
    # The instrument is idle again, so it obeys at once.
    smu.disable_source()
    assert smu.source_enabled is False
    assert errors(smu.ask) == []
