"""python-vxi11, as secbench-vxi11 keeps it: another client, with locks and an abort channel."""

import pytest
import vxi11

from openers import OHMS, near
from peers_plugin import RESISTOR


@pytest.fixture
def opened(simulate, monkeypatch):
    simulator = simulate(
        "keithley-2400", RESISTOR, "--vxi11", "127.0.0.1:0", "--portmapper", "127.0.0.1:0"
    )
    simulator.process.stdout.readline()
    where = simulator.process.stdout.readline().split(",")[0]
    # The only thing that is not as released: where the portmapper is, as 111 needs a privilege.
    monkeypatch.setattr(vxi11.rpc, "PMAP_PORT", int(where.rsplit(":", 1)[1]))
    sessions = [vxi11.Instrument("127.0.0.1", "inst0") for _ in range(2)]
    for session in sessions:
        session.timeout = 5
        session.open()
    yield sessions
    for session in sessions:
        session.close()


def test_identity_reading_status_trigger_and_clear(opened):
    smu = opened[0]
    assert smu.ask("*IDN?").startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2400,")
    smu.write(":SOUR:VOLT 0.5;:OUTP ON;:FORM:ELEM CURR")
    assert float(smu.ask(":READ?")) == near(0.5 / OHMS)
    smu.write("*IDN?")
    assert smu.read_stb() & 16 == 16
    smu.clear()
    assert smu.read_stb() & 16 == 0
    smu.write(":ARM:SOUR BUS;:INIT")
    smu.trigger()
    assert smu.ask("*OPC?").strip() == "1"
    assert smu.ask(":SYST:ERR?").startswith("0,")


def test_a_lock_keeps_the_other_session_off(opened):
    one, other = opened
    one.lock()
    with pytest.raises(vxi11.vxi11.Vxi11Exception) as refused:
        other.ask("*IDN?")
    assert refused.value.err == 11
    one.unlock()
    assert other.ask("*OPC?").strip() == "1"


def test_an_abort_is_accepted(opened):
    opened[0].abort()
    assert opened[0].ask("*OPC?").strip() == "1"
