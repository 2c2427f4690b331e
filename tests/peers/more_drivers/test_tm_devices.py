"""Tektronix' own tm_devices on a 2400: its SCPI part, which is identity, reset, status and plain text."""

import pytest
from tm_devices import DeviceManager
from tm_devices.drivers import SMU2400

from openers import OHMS, near


@pytest.fixture
def smu(simulate):
    with DeviceManager(verbose=False) as manager:
        manager.visa_library = "@py"
        yield manager.add_smu("127.0.0.1", connection_type="SOCKET", port=simulate("keithley-2400").port)


def test_the_model_is_recognised(smu):
    assert isinstance(smu, SMU2400)
    assert smu.model == "MODEL 2400"
    assert smu.query(":SYST:VERS?") == "1996.0"


def test_power_on_is_an_event_of_the_first_question_only(smu):
    # Bit 7 of the event status register: power on. An event is cleared by reading it.
    assert smu.get_errors() == (128, ('0,"No error"',))
    assert smu.get_errors() == (0, ('0,"No error"',))


def test_a_refused_header_is_an_event_and_an_error(smu):
    smu.get_errors()
    smu.write(":SENS:CURR:NOSUCH 1")
    status, messages = smu.get_errors()
    assert status == 32
    assert messages[0].startswith("-113,")


def test_voltage_is_sourced_and_current_read(smu):
    smu.ieee_cmds.rst()
    for command in (":FORM:ELEM CURR", ":SENS:CURR:PROT 1e-3", ":SOUR:VOLT 0.5", ":OUTP ON"):
        smu.write(command)
    assert float(smu.query(":READ?")) == near(0.5 / OHMS)
    smu.write(":OUTP OFF")
    assert smu.get_errors()[1] == ('0,"No error"',)
