"""Strings that laboratories and drivers without a release send to a 2400: long words, lower case, blocks, traps."""

import numpy as np
import pytest
import pyvisa

from openers import OHMS, errors, near, visa


@pytest.fixture
def smu(simulate):
    with visa(simulate("keithley-2400"), milliseconds=500) as smu:
        smu.write("*RST")
        yield smu


def source_voltage(smu, level):
    for command in (":SENS:CURR:PROT 1e-3", ":SOUR:VOLT:RANG 2", f":SOUR:VOLT {level}", ":SENS:CURR:NPLC 0.1", ":OUTP ON"):
        smu.write(command)


def test_long_lower_case_words_in_headers_and_parameters(smu):
    # labdrivers' spelling.
    for command in (
        "source:function:mode current",
        "source:current:mode fixed",
        "source:current:range 0.001",
        "source:current:level 0.0002",
        'sense:function:ON "VOLTAGE:DC"',
        "SENS:VOLT:PROT 10",
        "sense:resistance:mode manual",
        "system:rsense 1",
        "trigger:count 5",
        "trigger:delay 0.01",
        "trace:points 5",
        "trace:feed sense",
        "trace:feed:control next",
        "output on",
        "initiate",
    ):
        smu.write(command)
    assert smu.query("*OPC?") == "1"
    assert smu.query("source:function:mode?") == "CURR"
    assert '"VOLT:DC"' in smu.query("sense:function?").split(",")
    assert int(smu.query("trace:points:actual?")) == 5
    rows = np.array(smu.query("trace:data?").split(","), dtype=float).reshape(5, 5)
    assert np.allclose(rows[:, 0], 2e-4 * OHMS, rtol=2e-3)
    assert len(smu.query("trace:free?").split(",")) == 2
    smu.write("trace:feed:control never")
    smu.write("trace:clear")
    assert errors(smu.query) == []


def test_configuring_for_one_shot_switches_the_output_on(smu):
    # NOMAD CAMELS' spelling, with SENSe left out. `:CONFigure?` returns the active functions (User's Manual, page
    # 17-2 in earlier editions), which that driver searches for `"RES"` with its quotes.
    smu.write(":FORM:DATA ASC")
    smu.write("CURR:PROT 0.001")
    smu.write(":CURR:RANG 0.001")
    smu.write(":SOUR:VOLT 0.5")
    smu.write(":CONF:CURR")
    assert '"CURR:DC"' in smu.query(":CONF?").split(",")
    assert smu.query(":OUTP?") == "1"
    assert errors(smu.query) == []


def test_single_precision_blocks_in_both_byte_orders(smu):
    source_voltage(smu, 0.5)
    smu.write(":FORM:ELEM VOLT,CURR")
    smu.write(":TRIG:COUN 3")
    smu.write(":FORM REAL,32")
    for order, big in (("NORM", True), ("SWAP", False)):
        smu.write(f":FORM:BORD {order}")
        smu.write(":READ?")
        reply = smu.read_bytes(2 + 3 * 2 * 4 + 1)
        assert (reply[:2], reply[-1:]) == (b"#0", b"\n")
        values = np.frombuffer(reply[2:-1], dtype=">f4" if big else "<f4").reshape(3, 2)
        assert np.allclose(values, [0.5, 0.5 / OHMS], rtol=2e-3)
    smu.write(":FORM ASC")
    assert errors(smu.query) == []


def test_reading_with_the_output_off_is_an_error_and_never_answered(smu):
    smu.write(":READ?")
    with pytest.raises(pyvisa.errors.VisaIOError):
        smu.read()
    assert 803 in errors(smu.query)


def test_an_undefined_header_ends_its_message_and_the_rest_is_not_done(smu):
    smu.write(":SOUR:VOLT 0.25;:NO:SUCH 1;:SOUR:VOLT 0.75")
    assert float(smu.query(":SOUR:VOLT?")) == near(0.25, 1e-6)
    assert errors(smu.query) == [-113]


def test_several_questions_in_one_message_have_one_reply(smu):
    reply = smu.query(":SOUR:VOLT?;CURR?;:OUTP?")
    fields = reply.split(";")
    assert [float(field) for field in fields] == [0, 0, 0]
    assert errors(smu.query) == []


def test_a_level_out_of_range_is_refused_and_the_old_one_stays(smu):
    smu.write(":SOUR:VOLT 0.5")
    smu.write(":SOUR:VOLT 300")
    assert float(smu.query(":SOUR:VOLT?")) == near(0.5, 1e-6)
    assert errors(smu.query) == [-222]


def test_a_list_sweep_of_more_than_one_command(smu):
    levels = np.linspace(-1, 1, 150)
    source_voltage(smu, 0)
    smu.write(":SOUR:VOLT:MODE LIST")
    smu.write(":SOUR:LIST:VOLT " + ",".join(f"{level:.6f}" for level in levels[:100]))
    smu.write(":SOUR:LIST:VOLT:APP " + ",".join(f"{level:.6f}" for level in levels[100:]))
    assert int(smu.query(":SOUR:LIST:VOLT:POIN?")) == 150
    smu.write(":TRIG:COUN 150")
    smu.write(":FORM:ELEM CURR")
    smu.timeout = 10_000
    currents = np.array(smu.query(":READ?").split(","), dtype=float)
    assert np.allclose(currents, levels / OHMS, rtol=3e-3, atol=5e-7)
    assert errors(smu.query) == []


def test_more_than_a_hundred_levels_in_one_command_are_too_much(smu):
    smu.write(":SOUR:LIST:VOLT " + ",".join(["0.1"] * 101))
    assert errors(smu.query) == [-223]


def test_many_commands_arrive_in_one_segment_and_one_command_in_many(smu):
    smu.write_raw(b":SOUR:VOLT 0.1\n:SOUR:VOLT 0.2\r\n:SOUR:VOLT?\n")
    assert float(smu.read()) == near(0.2, 1e-6)
    for part in (b":SOU", b"R:VOLT", b"?\r\n"):
        smu.write_raw(part)
    assert float(smu.read()) == near(0.2, 1e-6)
    assert errors(smu.query) == []


def test_the_error_queue_holds_ten_and_says_that_it_overflowed(smu):
    for _ in range(14):
        smu.write(":NO:SUCH")
    codes = errors(smu.query)
    assert codes == [-113] * 9 + [-350]
