"""PyMeasure's driver for the 2450, as far as an instrument in its native SCPI obeys it."""

import numpy as np
import pytest
from pymeasure.instruments.keithley import Keithley2450

from openers import OHMS, errors, near, pymeasure


@pytest.fixture
def smu(simulate):
    with pymeasure(Keithley2450, simulate("keithley-2450")) as smu:
        smu.reset()
        yield smu


def test_identity(smu):
    assert "MODEL 2450" in smu.id
    assert smu.ask("*LANG?").strip() == "SCPI"
    assert errors(smu.ask) == []


def test_voltage_is_sourced_and_current_read(smu):
    smu.apply_voltage(2, compliance_current=1e-3)
    smu.measure_current(nplc=0.1)
    smu.source_voltage = 0.7
    assert smu.source_enabled is False
    smu.enable_source()
    assert smu.source_enabled is True
    # One number: there is no second quantity beside the function sensed.
    assert smu.current == near(0.7 / OHMS)
    assert smu.compliance_current == near(1e-3, 1e-6)
    assert smu.source_voltage == near(0.7, 1e-6)
    assert errors(smu.ask) == []


def test_current_is_sourced_and_voltage_read(smu):
    smu.apply_current(1e-3, compliance_voltage=10)
    smu.measure_voltage(nplc=0.1)
    smu.source_current = 2e-4
    smu.enable_source()
    assert smu.voltage == near(2e-4 * OHMS)
    assert smu.compliance_voltage == near(10, 1e-6)
    assert smu.source_mode == "current"
    assert errors(smu.ask) == []


def test_resistance_is_measured(smu):
    smu.apply_current(1e-3, compliance_voltage=10)
    smu.measure_resistance(nplc=0.1)
    smu.source_current = 2e-4
    smu.enable_source()
    assert smu.resistance == near(OHMS, 5e-3)
    assert errors(smu.ask) == []


def test_ramps_and_shutdown(smu):
    smu.apply_voltage(20, compliance_current=1e-2)
    smu.measure_current(nplc=0.1)
    smu.enable_source()
    smu.ramp_to_voltage(5, steps=10, pause=0)
    assert smu.source_voltage == near(5, 1e-6)
    assert smu.current == near(5 / OHMS)
    smu.shutdown()
    assert smu.source_voltage == 0
    assert smu.source_enabled is False
    assert errors(smu.ask) == []


def test_settings_read_back(smu):
    smu.wires = 4
    assert smu.wires == 4
    smu.current_filter_type = "REP"
    smu.current_filter_count = 5
    smu.current_filter_state = "ON"
    assert (smu.current_filter_type, smu.current_filter_count) == ("REP", 5)
    smu.voltage_output_off_state = "HIMP"
    assert smu.voltage_output_off_state == "HIMP"
    smu.source_voltage_delay = 0.05
    assert smu.source_voltage_delay == near(0.05, 1e-6)
    smu.source_voltage_delay_auto = True
    assert smu.source_voltage_delay_auto == 1
    smu.current_nplc = 0.5
    # Integration time belongs to each function.
    assert (smu.current_nplc, smu.voltage_nplc) == (0.5, 1)
    smu.use_rear_terminals()
    assert smu.ask(":ROUT:TERM?").strip() == "REAR"
    smu.beep(440, 0.1)
    smu.trigger()
    assert errors(smu.ask) == []


def test_statistics_are_those_of_the_default_buffer(smu):
    smu.apply_voltage(2, compliance_current=1e-3)
    smu.measure_current(nplc=0.1)
    smu.source_voltage = 0.5
    smu.enable_source()
    smu.write(':TRAC:CLE "defbuffer1"')
    readings = [smu.current for _ in range(6)]
    assert smu.means == near(np.mean(readings), 1e-5)
    assert smu.maximums == near(max(readings), 1e-6)
    assert smu.minimums == near(min(readings), 1e-6)
    assert errors(smu.ask) == []


def test_a_buffer_as_the_2400_has_it_is_refused(smu, caplog):
    smu.config_buffer(20)
    # `:STAT:MEAS:ENAB` and `:TRAC:FEED` are the 2400's; the driver empties the error queue into its log.
    refused = [record.getMessage() for record in caplog.records if "-113" in record.getMessage()]
    # Two messages hold three of them; whether the instrument goes on behind a refused one is not known.
    assert len(refused) in (2, 3), caplog.text
    assert smu.is_buffer_full() is False
    with pytest.raises(Exception, match="Timed out"):
        smu.wait_for_buffer(timeout=0.05, interval=0.01)


@pytest.mark.parametrize(
    "command",
    [
        ":FORM:ELEM CURR",
        ":SENS:CURR:PROT 0.001",
        ":SYST:RSEN ON",
        ":SYST:AZER:STAT OFF",
        ":ARM:COUN 1",
        ":TRAC:FEED:CONT NEXT",
        ":STAT:MEAS:ENAB 512",
        ":CALC3:FORM MEAN",
        ":SOUR:VOLT:MODE FIX",
    ],
)
def test_a_header_of_the_2400_is_undefined(smu, command):
    smu.write(command)
    assert errors(smu.ask) == [-113]
