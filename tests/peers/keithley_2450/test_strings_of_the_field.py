"""Strings that laboratories send to a 2450, with no released driver around them."""

import numpy as np
import pytest

from openers import OHMS, errors, near, visa


@pytest.fixture
def smu(simulate):
    with visa(simulate("keithley-2450")) as smu:
        smu.write("*RST")
        yield smu


def test_a_binary_sweep_read_as_little_endian_doubles(smu):
    for line in (
        ":FORMAT:DATA REAL",
        ":SOURCE1:FUNCTION VOLTAGE",
        ":SOURCE1:VOLTAGE:RANGE 2",
        ":SOURCE1:VOLTAGE:ILIMIT 0.001",
        ':SENSE1:FUNCTION "CURRENT"',
        ":SENSE1:CURRENT:RANGE 0.001",
        ":SENSE1:CURRENT:RSENSE 1",
        ":SOURCE1:SWEEP:VOLTAGE:LINEAR -1, 1, 21, 0",
        ":SENSE1:CURRENT:AZERO:STATE 0",
        ":SENSE1:CURRENT:NPLC 0.01",
        ":SOURCE1:VOLTAGE:READ:BACK OFF",
        ":SENSE1:AZERO:ONCE",
        "INIT",
        "*WAI",
    ):
        smu.write(line)
    values = smu.query_binary_values(
        'TRACE:DATA? 1, 21, "defbuffer1", SOUR, READ', datatype="d", is_big_endian=False, container=np.array,
        data_points=42,  # an indefinite block does not say how long it is
    )
    levels, currents = values.reshape(21, 2).T
    assert np.allclose(levels, np.linspace(-1, 1, 21), atol=1e-4)
    assert np.allclose(currents, levels / OHMS, rtol=3e-3, atol=2e-6)
    smu.write(":FORM:DATA ASC")
    assert errors(smu.query) == []


def test_a_dual_sweep_turns_at_the_last_level_without_repeating_it(smu):
    smu.write(":SOUR:FUNC VOLT")
    smu.write(":SOUR:VOLT:ILIM 1e-3")
    smu.write(':SENS:FUNC "CURR"')
    smu.write(':SOUR:SWE:VOLT:LIN:STEP 0, 1, 0.25, 0, 1, FIXED, OFF, ON, "defbuffer1"')
    smu.write(":INIT")
    smu.write("*WAI")
    assert smu.query(':TRAC:ACT? "defbuffer1"') == "9"
    reply = smu.query(':TRAC:DATA? 1, 9, "defbuffer1", REL, SOUR, READ')
    rows = np.array(reply.split(","), dtype=float).reshape(9, 3)
    assert np.allclose(rows[:, 1], [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0], atol=1e-3)
    assert np.allclose(rows[:, 2], rows[:, 1] / OHMS, rtol=3e-3, atol=1e-6)
    smu.write(':TRAC:CLE "defbuffer1"')
    assert errors(smu.query) == []


def test_a_list_sweep_of_a_memristor_laboratory(smu):
    for line in (
        ":ROUT:TERM REAR",
        ":SOUR:FUNC VOLT",
        ":SOUR:VOLT:READ:BACK ON",
        ':SENS:FUNC "CURR"',
        ":SENS:CURR:RANG:AUTO OFF",
        ":SENS:CURR:RANG 1e-04",
        ":SOUR:VOLT:ILIM 1e-4",
        ":SOUR:LIST:VOLT 0.1,0.3,0.2",
        ':SOUR:SWE:VOLT:LIST 1, 0.05, 1, OFF, "defbuffer1"',
        "INIT",
    ):
        smu.write(line)
    assert smu.query("*OPC?") == "1"
    rows = np.array(smu.query(':TRAC:DATA? 1, 3, "defbuffer1", SOUR, READ, REL').split(","), dtype=float).reshape(3, 3)
    assert np.allclose(rows[:, 0], [0.1, 0.3, 0.2], rtol=5e-3)
    assert np.allclose(rows[:, 1], rows[:, 0] / OHMS, rtol=3e-3)
    assert np.all(np.diff(rows[:, 2]) >= 0.05)
    assert errors(smu.query) == []


def test_a_simple_loop_counts_its_readings(smu):
    smu.write(":SOUR:FUNC VOLT")
    smu.write(":SOUR:VOLT 0.2")
    smu.write(":SOUR:VOLT:ILIM 1e-3")
    # The buffer's name is compared without regard to case.
    smu.write('TRIG:LOAD "SimpleLoop", 12, 0, "defBuffer1"')
    smu.write("OUTP ON")
    smu.write("INIT")
    smu.write("*WAI")
    assert smu.query('trac:act? "defBuffer1"') == "12"
    assert float(smu.query(':FETC? "defbuffer1"')) == near(0.2 / OHMS)
    assert errors(smu.query) == []


def test_a_query_without_its_parameters_is_an_error_and_has_no_reply(smu):
    smu.write(":TRAC:DATA?")
    assert errors(smu.query) == [-109]
