"""labmcp-keithley-smu: finds the dialect by `*IDN?`, configures, checks the error queue after every step."""

import pytest
from labmcp import InstrumentProtocolError, open_transport
from labmcp_keithley_smu.driver import Keithley2400, linear_levels, open_smu

from openers import OHMS, near


@pytest.fixture
def smu(simulate):
    smu = open_smu(open_transport(f"tcp://127.0.0.1:{simulate('keithley-2400').port}"))
    yield smu
    smu.close()


def test_the_dialect_is_found(smu):
    assert isinstance(smu, Keithley2400)
    assert smu.identify()["model"] == "2400"


def test_a_measurement_with_the_output_off_is_refused_by_the_driver(smu):
    with pytest.raises(InstrumentProtocolError):
        smu.measure()


def test_voltage_is_sourced_and_current_read(smu):
    smu.configure("voltage", 0.5, 1e-3, source_range=2, nplc=0.1)
    smu.set_output(True)
    status, reading = smu.measure()
    assert (status.output_on, status.source, status.in_compliance) == (True, "voltage", False)
    assert (status.level, status.compliance) == (near(0.5, 1e-6), near(1e-3, 1e-6))
    assert (status.terminals, status.remote_sense) == ("front", False)
    assert reading.voltage_v == near(0.5)
    assert reading.current_a == near(0.5 / OHMS)
    assert reading.in_compliance is False
    smu.set_output(False)
    assert smu.error_list() == []


def test_current_is_sourced_and_voltage_read(smu):
    smu.configure("current", 1e-4, 10, nplc=0.1)
    smu.set_remote_sense(True)
    smu.set_output(True)
    status, reading = smu.measure()
    assert status.remote_sense is True
    assert reading.voltage_v == near(1e-4 * OHMS)
    smu.set_output(False)
    assert smu.error_list() == []


def test_a_sweep_stops_where_compliance_begins_and_leaves_the_output_off(smu):
    smu.configure("voltage", 0, 1e-4, source_range=20, nplc=0.1)
    data = smu.sweep("voltage", linear_levels(0, 2, 9), stop_on_compliance=True)
    assert data.stop_reason.startswith("compliance reached")
    assert [reading.in_compliance for reading in data.readings][-1] is True
    assert 1.0 <= data.levels[-1] <= 1.25
    assert data.readings[-1].current_a == near(1e-4, 1e-2)
    assert smu.output_state() is False
    assert smu.error_list() == []
