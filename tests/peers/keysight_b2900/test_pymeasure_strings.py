"""PyMeasure's B2912A driver, as proposed: lower-case headers, booleans as decimals, blocks of doubles."""

import numpy as np
import pytest

from b2912a import B2912A
from openers import OHMS, errors, near, visa


@pytest.fixture
def session(simulate):
    with visa(simulate("keysight-b2912a")) as session:
        session.write("*RST")
        session.write("*CLS")
        yield session


@pytest.fixture
def smu(session):
    return B2912A(session)


@pytest.mark.parametrize("channel", [1, 2])
def test_the_output_is_switched_by_decimal_booleans(session, channel):
    smu = B2912A(session, channel)
    smu.write(":outp{c} 1.0")
    assert smu.number(":outp{c}?") == 1
    smu.write(":outp{c} 0.0")
    assert smu.number(":outp{c}?") == 0
    assert errors(session.query) == []


@pytest.mark.parametrize(
    "command, query, value",
    [
        (":sour1:curr 0.001", ":sour1:curr?", 0.001),
        (":sour1:curr:trig 0.002", ":sour1:curr:trig?", 0.002),
        (":sour2:volt 1.5", ":sour2:volt?", 1.5),
        (":sour1:volt:trig 1.11", ":sour1:volt:trig?", 1.11),
        (":outp1:prot 1.0", ":outp1:prot?", 1),
        (":sens1:curr:prot 1e-06", ":sens1:curr:prot?", 1e-6),
        (":sens2:volt:prot 4", ":sens2:volt:prot?", 4),
        (":sour1:pulse:del 0.001", ":sour1:pulse:del?", 0.001),
        (":sour2:pulse:widt 0.5", ":sour2:pulse:widt?", 0.5),
        (":sens1:curr:range:auto 0.0", ":sens1:curr:range:auto?", 0),
        (":sens2:volt:range:auto 1.0", ":sens2:volt:range:auto?", 1),
        (":sens1:curr:aper 0.0001", ":sens1:curr:aper?", 0.0001),
        (":sens1:curr:nplc 1", ":sens1:curr:nplc?", 1),
        (":sens1:volt:nplc 10", ":sens1:volt:nplc?", 10),
        (":trig1:tran:del 0.5", ":trig1:tran:del?", 0.5),
        (":trig2:acq:del 0.1", ":trig2:acq:del?", 0.1),
        (":trig2:acq:tim 1", ":trig2:acq:tim?", 1),
        (":trig1:tran:tim MIN", ":trig1:tran:tim?", 1e-5),
        (":trig1:tran:coun 100", ":trig1:tran:coun?", 100),
        (":trig2:acq:coun 50", ":trig2:acq:coun?", 50),
    ],
)
def test_a_setting_reads_back(session, command, query, value):
    session.write(command)
    assert float(session.query(query)) == near(value, 1e-6)
    assert errors(session.query) == []


def test_words_read_back(session):
    session.write(":sour1:func:mode CURR")
    session.write(":sour2:func:shap PULS")
    session.write(":trig1:sour TIM")
    assert session.query(":sour1:func:mode?") == "CURR"
    assert session.query(":sour2:func:shap?") == "PULS"
    assert session.query(":trig1:sour?").startswith("TIM")
    assert errors(session.query) == []


def test_a_count_without_end_is_accepted(session):
    session.write(":trig1:tran:coun 2147483647")
    assert errors(session.query) == []


def test_a_measure_range_snaps_to_the_instruments_own(session):
    session.write(":sens1:curr:prot 0.1")
    session.write(":sens1:curr:range 0.1")
    assert float(session.query(":sens1:curr:rang?")) == near(0.1, 0.07)
    assert errors(session.query) == []


def test_a_spot_measurement(smu):
    smu.write(":sour{c}:func:mode VOLT")
    smu.write(":sens{c}:curr:prot 0.001")
    smu.write(":sour{c}:volt 0.7")
    smu.write(":outp{c} 1.0")
    assert smu.number(":meas:curr? (@{c})") == near(0.7 / OHMS)
    assert smu.number(":meas:volt? (@{c})") == near(0.7)
    smu.write(":outp{c} 0.0")
    assert errors(smu.ask) == []


def test_a_timed_acquisition_is_fetched_as_a_block(smu):
    smu.write(":sour{c}:func:mode VOLT")
    smu.write(":sens{c}:curr:prot 0.001")
    smu.write(":sour{c}:volt 0.5")
    smu.write(":sour{c}:volt:trig 0.5")
    smu.write(":trig{c}:sour TIM")
    smu.write(":trig{c}:tran:tim 0.001")
    smu.write(":trig{c}:acq:tim 0.001")
    smu.write(":trig{c}:tran:coun 101")
    smu.write(":trig{c}:acq:coun 101")
    smu.write(":outp{c} 1.0")
    smu.write(":INIT (@{c})")
    assert smu.ask("*OPC?") == "1"
    assert smu.number(":idle{c}:all?") == 1
    assert smu.ask(":form?") == "ASC"
    smu.write(":form REAL,64")
    currents = smu.block(":fetc:arr:curr? (@{c})")
    smu.write(":form ASC")
    assert len(currents) == 101
    assert np.allclose(currents, 0.5 / OHMS, rtol=2e-3)
    assert errors(smu.ask) == []


def test_an_abort_makes_it_idle(smu):
    smu.write(":trig{c}:sour TIM")
    smu.write(":trig{c}:tran:coun 2147483647")
    smu.write(":INIT (@{c})")
    smu.write(":ABOR:ALL (@{c})")
    assert smu.number(":idle{c}:all?") == 1
    assert errors(smu.ask) == []


def test_an_empty_error_queue_says_so_with_a_sign(session):
    assert session.query("SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize("command", [":SOUR:VOLT:ILIM 0.001", ":SYST:RSEN ON", ":TRAC:MAKE \"b\",100", ":OUTP1:HIMPEDANCE ON"])
def test_a_header_of_another_maker_is_undefined(session, command):
    session.write(command)
    assert errors(session.query) == [-113]
