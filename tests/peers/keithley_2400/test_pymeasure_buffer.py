"""PyMeasure's buffer calls: fill, wait by status byte, read, statistics, stop."""

import numpy as np
import pytest
from pymeasure.instruments.keithley.keithley2400 import Keithley2400

from openers import OHMS, errors, near, pymeasure

LEVEL = 0.5


@pytest.fixture
def smu(simulate):
    with pymeasure(Keithley2400, simulate("keithley-2400")) as smu:
        smu.reset()
        smu.apply_voltage(2, 1e-3)
        smu.source_voltage = LEVEL
        smu.resistance_mode_auto_enabled = False
        smu.write(":SENSE:FUNCTION:ALL")
        yield smu


def fill(smu, points):
    smu.config_buffer(points, delay=0.001)
    smu.enable_source()
    smu.start_buffer()
    smu.wait_for_buffer(timeout=10, interval=0.01)


def test_a_buffer_fills_and_gives_one_row_per_point(smu):
    fill(smu, 12)
    rows = smu.buffer_data.reshape(-1, 5)
    assert rows.shape == (12, 5)
    volts, amperes, ohms, seconds, _ = rows.T
    assert np.allclose(volts, LEVEL, rtol=2e-3)
    assert np.allclose(amperes, LEVEL / OHMS, rtol=2e-3)
    assert np.allclose(ohms, OHMS, rtol=3e-3)
    assert np.all(np.diff(seconds) > 0.001)
    assert errors(smu.ask) == []


def test_the_status_byte_tells_when_the_buffer_is_full(smu):
    smu.config_buffer(5)
    assert not smu.is_buffer_full()
    smu.enable_source()
    smu.start_buffer()
    smu.wait_for_buffer(timeout=10, interval=0.01)
    # Bit 0 is the measurement summary, bit 6 the master summary (User's Manual, section 15).
    assert int(smu.ask("*STB?")) & 65 == 65


def test_the_points_asked_for_are_the_points_of_buffer_and_trigger_layer(smu):
    smu.config_buffer(7, delay=0.25)
    assert (smu.buffer_points, smu.trigger_count, smu.trigger_delay) == (7, 7, 0.25)


def test_statistics_are_those_of_the_rows_read(smu):
    fill(smu, 20)
    rows = smu.buffer_data.reshape(-1, 5)
    for field in range(3):
        column = rows[:, field]
        assert smu.means[field] == near(column.mean(), 1e-5)
        assert smu.maximums[field] == near(column.max(), 1e-6)
        assert smu.minimums[field] == near(column.min(), 1e-6)
        assert smu.minimums[field] <= smu.means[field] <= smu.maximums[field]
        # Replies have seven digits, so two deviations agree to what those leave of the mean.
        assert smu.standard_devs[field] == pytest.approx(column.std(ddof=1), rel=0.05, abs=2e-6 * abs(column.mean()))
    assert smu.mean_current == smu.means[1]
    assert errors(smu.ask) == []


def test_a_buffer_is_emptied_and_filled_again(smu):
    fill(smu, 4)
    smu.reset_buffer()
    assert int(float(smu.ask(":TRAC:POIN:ACT?"))) == 0
    smu.source_voltage = LEVEL / 2
    fill(smu, 4)
    assert np.allclose(smu.buffer_data.reshape(-1, 5)[:, 1], LEVEL / 2 / OHMS, rtol=2e-3)
    assert errors(smu.ask) == []


def test_a_buffer_switched_off_stores_nothing(smu):
    smu.config_buffer(3)
    smu.disable_buffer()
    assert smu.ask(":TRAC:FEED:CONT?").strip() == "NEV"
    smu.enable_source()
    smu.start_buffer()
    smu.stop_buffer()
    assert int(float(smu.ask(":TRAC:POIN:ACT?"))) == 0
    assert errors(smu.ask) == []


def test_the_largest_buffer_of_this_driver_is_read_whole(smu):
    smu.current_nplc = 0.01
    fill(smu, 1024)
    assert smu.buffer_data.shape == (5 * 1024,)
    assert errors(smu.ask) == []
