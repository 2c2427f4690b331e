"""labmcp-keithley-smu in its 2450 dialect, written from the reference manual."""

import pytest
from labmcp import open_transport
from labmcp_keithley_smu.driver import Keithley2450, linear_levels, open_smu

from openers import OHMS, near


@pytest.fixture
def smu(simulate):
    smu = open_smu(open_transport(f"tcp://127.0.0.1:{simulate('keithley-2450').port}"))
    yield smu
    smu.close()


def test_the_dialect_is_found(smu):
    assert isinstance(smu, Keithley2450)
    assert smu.identify()["model"] == "2450"


def test_source_and_reading_come_in_the_order_asked_for(smu):
    smu.configure("voltage", 0.5, 1e-3, source_range=2, nplc=0.1)
    smu.set_output(True)
    status, reading = smu.measure()
    assert (status.output_on, status.source, status.in_compliance) == (True, "voltage", False)
    assert (status.level, status.compliance) == (near(0.5, 1e-6), near(1e-3, 1e-6))
    assert (status.terminals, status.remote_sense) == ("front", False)
    assert reading.voltage_v == near(0.5)
    assert reading.current_a == near(0.5 / OHMS)
    smu.set_output(False)
    assert smu.error_list() == []


def test_current_is_sourced_with_four_wires(smu):
    smu.configure("current", 1e-4, 10, nplc=0.1)
    smu.set_remote_sense(True)
    smu.set_output(True)
    status, reading = smu.measure()
    assert status.remote_sense is True
    assert reading.voltage_v == near(1e-4 * OHMS)
    assert smu.error_list() == []


def test_a_sweep_stops_where_the_limit_trips(smu):
    smu.configure("voltage", 0, 1e-4, source_range=2, nplc=0.1)
    data = smu.sweep("voltage", linear_levels(0, 2, 9), stop_on_compliance=True)
    assert data.stop_reason.startswith("compliance reached")
    assert 1.0 <= data.levels[-1] <= 1.25
    assert smu.output_state() is False
    assert smu.error_list() == []
