"""What the maker's IVI driver said to a real B2912A, and what laboratories and other drivers send."""

import struct

import numpy as np
import pytest

from openers import OHMS, errors, near, visa


@pytest.fixture
def smu(simulate):
    with visa(simulate("keysight-b2912a")) as smu:
        yield smu


def block(smu, command):
    smu.write(command)
    assert smu.read_bytes(1) == b"#"
    length = int(smu.read_bytes(int(smu.read_bytes(1))))
    payload = smu.read_bytes(length)
    assert smu.read_bytes(1) == b"\n"
    return payload


def test_a_session_of_the_makers_driver(smu):
    # In the order of a trace of a B2912A, firmware 3.4.2011.5100: every write is followed by `*ESR?`.
    assert smu.query("*IDN?").split(",")[1] == "B2912A"
    assert smu.query("*RST;*OPC?") == "1"
    smu.write("*CLS")
    for command in (
        "SOUR1:VOLT:RANG:AUTO 0",
        "SOUR1:VOLT:RANG 20",
        "SOUR1:VOLT 0.04",
        "SOUR1:VOLT:TRIG 0.04",
        "SENS1:CURR:RANG:AUTO 1",
        "SENS1:CURR:NPLC 0.1",
        "OUTP1 1",
        "INIT (@1)",
        "FORM REAL,64",
    ):
        smu.write(command)
        assert int(smu.query("*ESR?")) == 0, command
    payload = block(smu, "FETC:ARR:CURR? (@1)")
    assert len(payload) == 8
    # 40 mV on a range of 20 V: an offset of 5 mV is within the instrument's accuracy.
    assert struct.unpack(">d", payload)[0] == near(0.04 / OHMS, 0.2)
    assert struct.unpack(">d", block(smu, "FETC:ARR:VOLT? (@1)"))[0] == near(0.04, 0.2)
    smu.write("OUTP1 0")
    assert int(smu.query("*ESR?")) == 0
    assert smu.query("SYST:ERR?") == '+0,"No error"'


def test_a_header_without_its_first_words_continues_the_one_before(smu):
    # NOMAD CAMELS' driver for the B2912A sends this line: white space after `;`, and a header relative to `:SOUR1:`.
    smu.write("*RST")
    smu.write(":SOUR1:VOLT 0.0; :SOUR1:FUNC DC; FUNC:MODE CURR")
    smu.write(":SENS1:VOLT:NPLC 2; :SENS1:CURR:NPLC 2; :SENS1:RES:NPLC 2;")
    assert smu.query(":SOUR1:FUNC:MODE?") == "CURR"
    assert float(smu.query(":SENS1:CURR:NPLC?")) == near(2, 1e-6)
    assert errors(smu.query) == []


def test_two_channels_run_their_lists_together(smu):
    # Several transistor laboratories; the count is written with a decimal point, the fetch waits for the end.
    smu.timeout = 10_000
    levels = np.linspace(0.1, 1.0, 10)
    text = ",".join(f"{level:.3E}" for level in levels)
    for command in (
        "*RST",
        ":sour1:func:mode volt",
        ":sour1:volt:mode list",
        f":sour1:list:volt {text}",
        ":sour2:func:mode volt",
        ":sour2:volt:mode list",
        f":sour2:list:volt {text}",
        ":sens1:curr:prot 1E-03",
        ":sens2:curr:prot 1E-03",
        ':sens1:func "curr"',
        ':sens2:func "curr"',
        ":sens1:curr:rang:auto off",
        ":sens1:curr:rang 1E-04",
        ":sens2:curr:rang:auto off",
        ":sens2:curr:rang 1E-04",
        ":sens1:wait off",
        ":sour1:wait off",
        ":trig1:sour tim",
        "trig1:tim 3.0E-03",
        "trig1:acq:coun 10.0",
        ":trig1:acq:del def",
        "trig1:tran:coun 10.0",
        ":trig1:tran:del def",
        ":trig2:sour tim",
        "trig2:tim 3.0E-03",
        "trig2:acq:coun 10.0",
        "trig2:tran:coun 10.0",
        ":sens1:curr:aper:auto off",
        ":sens1:curr:aper 1.5E-03",
        ":sens2:curr:aper 1.5E-03",
        ":form:elem:sens curr,time",
        ":outp1 on",
        ":outp2 on",
        ":init (@1,2)",
    ):
        smu.write(command)
    seconds = np.array(smu.query(":fetc:arr:time? (@1)").split(","), dtype=float)
    first = np.array(smu.query(":fetc:arr:curr? (@1)").split(","), dtype=float)
    second = np.array(smu.query(":fetc:arr:curr? (@2)").split(","), dtype=float)
    assert np.allclose(np.diff(seconds), 3e-3, atol=5e-5)
    for currents in (first, second):
        assert np.allclose(currents, levels / OHMS, rtol=3e-3)
    # Per point, the elements of channel 1 and then those of channel 2.
    rows = np.array(smu.query(":fetc:arr? (@1,2)").split(","), dtype=float).reshape(10, 4)
    assert np.allclose(rows[:, 0], first)
    assert np.allclose(rows[:, 2], second)
    assert errors(smu.query) == []


def test_a_stair_sweep_without_channel_numbers_is_channel_one(smu):
    for command in (
        "*RST",
        ":SOUR:VOLT:MODE SWE",
        ":SOUR:SWE:STA SING",
        ":SOUR:SWE:SPAC LIN",
        ":SOUR:VOLT:STAR -1.0",
        ":SOUR:VOLT:STOP 1.0",
        ":SOUR:VOLT:POIN 5",
        ':sens:func "curr"',
        ":sens:curr:nplc 0.1",
        ":sens:curr:prot 0.01",
        ":trig:sour aint",
        ":trig:coun 5",
        ":outp on",
        ":init (@1)",
    ):
        smu.write(command)
    assert smu.query("*OPC?") == "1"
    currents = np.array(smu.query(":fetc:arr:curr? (@1)").split(","), dtype=float)
    assert np.allclose(currents, np.linspace(-1, 1, 5) / OHMS, rtol=3e-3, atol=1e-6)
    smu.write(":outp off")
    assert errors(smu.query) == []


def test_the_output_comes_on_by_itself_unless_that_is_switched_off(smu):
    smu.write("*RST")
    smu.write(":INIT (@1)")
    assert smu.query("*OPC?") == "1"
    assert smu.query(":OUTP1?") == "1"
    smu.write("*RST")
    smu.write(":OUTP:ON:AUTO 0")
    smu.write(":INIT (@1)")
    assert smu.query("*OPC?") == "1"
    assert smu.query(":OUTP1?") == "0"


def test_sense_functions_are_counted(smu):
    smu.write("*RST")
    smu.write(":SENS:FUNC:OFF:ALL")
    smu.write(':SENS:FUNC:ON "VOLT","CURR"')
    assert int(smu.query(":SENS:FUNC:ON:COUN?")) == 2
    assert smu.query(":FORM:ELEM:SENS?") == "VOLT,CURR,RES,TIME,STAT,SOUR"
    smu.write(":FORM:ELEM:SENS CURR,VOLT")
    smu.write(":SENS:CURR:PROT 0.001")
    smu.write(":SOUR:VOLT 0.5")
    smu.write(":OUTP ON")
    # The order of the reply is fixed and not that of the request; measuring uses the settings that are there.
    volts, amperes = (float(field) for field in smu.query(":MEAS?").split(","))
    assert (volts, amperes) == (near(0.5), near(0.5 / OHMS))
    assert float(smu.query(":SENS:CURR:PROT?")) == near(1e-3, 1e-6)
    assert errors(smu.query) == []


def test_an_integration_time_out_of_range_is_clamped_without_an_error(smu):
    smu.write("*RST")
    smu.write(":SENS1:CURR:APER 100")
    assert float(smu.query(":SENS1:CURR:APER?")) == near(2, 1e-6)
    assert errors(smu.query) == []


def test_all_error_codes_are_answered_at_once(smu):
    smu.write("*CLS")
    smu.write(":SOUR1:VOLT:ILIM 0.001")
    codes = [int(code) for code in smu.query(":SYST:ERR:CODE:ALL?").split(",")]
    assert codes == [-113]
    assert int(smu.query(":SYST:ERR:CODE:ALL?")) == 0
