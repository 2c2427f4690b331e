"""VXI-11 and HiSLIP as pyvisa-py speaks them, with PyMeasure's 2400 on top."""

import contextlib
import socket
import struct

import pytest
import pyvisa
from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keithley.keithley2400 import Keithley2400

from openers import OHMS, errors, near
from peers_plugin import RESISTOR

LEVEL = 0.5
LINKS = {"VXI-11": "--vxi11", "HiSLIP": "--hislip"}


def address(simulator, protocol: str) -> tuple[str, int]:
    """Where a link is, by the next line that the simulator has printed."""
    said, where = simulator.process.stdout.readline().split(",")[0].split(" on ")
    assert said == protocol
    host, port = where.split(":")
    return host, int(port)


@pytest.fixture(params=LINKS)
def resource(request, simulate):
    """Starts a simulator; its VISA resource as pyvisa-py writes one whose port is known."""

    def start(*extra: str) -> str:
        simulator = simulate("keithley-2400", RESISTOR, LINKS[request.param], "127.0.0.1:0", *extra)
        host, port = address(simulator, request.param)
        # VXI-11's port belongs to the host here; a portmapper is asked only where there is none.
        return {
            "VXI-11": f"TCPIP::{host},{port}::inst0::INSTR",
            "HiSLIP": f"TCPIP::{host}::hislip0,{port}::INSTR",
        }[request.param]

    return start


@contextlib.contextmanager
def pymeasure(resource: str, milliseconds: int = 2000):
    adapter = VISAAdapter(resource, visa_library="@py", read_termination="\n", timeout=milliseconds)
    try:
        yield Keithley2400(adapter)
    finally:
        adapter.close()


def set_up(smu):
    smu.reset()
    smu.apply_voltage(2, 1e-3)
    smu.source_voltage = LEVEL
    smu.enable_source()


def test_identity_and_readings(resource):
    with pymeasure(resource()) as smu:
        assert smu.id.startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2400,")
        set_up(smu)
        smu.measure_current(nplc=0.1)
        for _ in range(20):
            assert smu.current == near(LEVEL / OHMS)
        smu.shutdown()
        assert errors(smu.ask) == []


def test_a_buffer_fills_and_gives_one_row_per_point(resource):
    with pymeasure(resource()) as smu:
        set_up(smu)
        smu.resistance_mode_auto_enabled = False
        smu.write(":SENSE:FUNCTION:ALL")
        smu.config_buffer(12, delay=0.001)
        smu.start_buffer()
        smu.wait_for_buffer(timeout=10, interval=0.01)
        rows = smu.buffer_data.reshape(-1, 5)
        assert rows.shape == (12, 5)
        assert rows[:, 1] == near(LEVEL / OHMS)
        assert errors(smu.ask) == []


@pytest.fixture
def traced(resource):
    """2500 rows of five elements in the trace buffer."""
    with pymeasure(resource(), 10_000) as smu:
        set_up(smu)
        smu.write(":SENS:CURR:NPLC 0.01;:TRAC:POIN 2500;FEED SENS;FEED:CONT NEXT;:TRIG:COUN 2500;:INIT")
        yield smu


def test_a_reply_of_175_kilobytes_comes_whole(traced):
    reply = traced.ask(":TRAC:DATA?")
    assert len(reply) == 2500 * 5 * 14 - 1
    assert [float(it) for it in reply.split(",")[:2]] == [near(LEVEL), near(LEVEL / OHMS)]
    assert errors(traced.ask) == []


def test_a_binary_block_comes_whole_whatever_is_in_it(traced):
    session = traced.adapter.connection
    traced.write(":FORM REAL,32;:FORM:BORD SWAP;:TRAC:DATA?")
    termination, session.read_termination = session.read_termination, None
    block = session.read_raw()
    session.read_termination = termination
    assert (block[:2], block[-1:], len(block)) == (b"#0", b"\n", 2 + 2500 * 5 * 4 + 1)
    assert b"\n" in block[:-1], "the test is worth nothing without a line feed in the data"
    numbers = struct.unpack("<12500f", block[2:-1])
    assert numbers[1::5] == tuple(near(LEVEL / OHMS) for _ in range(2500))
    traced.write(":FORM ASC")
    assert errors(traced.ask) == []


def test_after_a_time_out_the_next_reply_is_the_right_one(resource):
    with pymeasure(resource("--fault", "silence for 1 reply"), 300) as smu:
        with pytest.raises(pyvisa.VisaIOError):
            smu.ask("*IDN?")
        assert smu.ask("*OPC?").strip() == "1"
        assert errors(smu.ask) == []


def test_a_device_clear_forgets_a_reply_that_has_not_come(resource):
    # pyvisa-py 0.8.1 gives up a HiSLIP device clear when a reply is on the wire already, which the
    # standard has it discard; so the reply is late here.
    with pymeasure(resource("--fault", "late reply by 600 s"), 300) as smu:
        with pytest.raises(pyvisa.VisaIOError):
            smu.ask("*IDN?")
        smu.adapter.connection.clear()
        assert smu.ask("*OPC?").strip() == "1"
        assert errors(smu.ask) == []


def test_a_reply_that_is_not_read_shows_in_the_status_byte_and_is_interrupted(resource):
    with pymeasure(resource()) as smu:
        session = smu.adapter.connection
        assert session.read_stb() & 16 == 0
        smu.write("*IDN?")
        # A HiSLIP reply is sent without being asked for, and counts until it has been read.
        assert session.read_stb() & 16 == 16
        assert smu.ask("*OPC?").strip() == "1"
        assert errors(smu.ask) == [-410]


def test_the_instrument_is_found_through_a_portmapper(simulate):
    """pyvisa-py looks for it on port 111 only, which needs a privilege: CI has it."""
    host = "127.0.0.2"
    try:
        with socket.create_server((host, 111)):
            pass
    except OSError as refused:
        pytest.skip(f"port 111 of {host} is not to be had: {refused}")
    simulator = simulate("keithley-2400", RESISTOR, "--vxi11", f"{host}:0", "--portmapper", f"{host}:111")
    address(simulator, "VXI-11")
    address(simulator, "portmapper")
    with pymeasure(f"TCPIP::{host}::inst0::INSTR") as smu:
        assert smu.id.startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2400,")
