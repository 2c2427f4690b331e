"""pyvisa-py and PyMeasure's 2400 through a Prologix GPIB-ETHERNET, and through an AR488."""

from __future__ import annotations

import contextlib

import pytest
import pyvisa
from pymeasure.adapters import PrologixAdapter, VISAAdapter
from pymeasure.instruments.keithley import Keithley2400

import gateways
from openers import OHMS, errors, near


@pytest.fixture
def simulate_bus(pytestconfig):
    yield from gateways.buses(pytestconfig.getoption("--firmware-sim"))


@contextlib.contextmanager
def interface(bus):
    """pyvisa-py's session of the box, which its sessions of instruments need. Those have neither a time limit nor
    a terminator of their own."""
    manager = pyvisa.ResourceManager("@py")
    box = manager.open_resource(bus.links[0])
    try:
        yield manager
    finally:
        box.close()


def measure(smu):
    """What a script does: source, measure, ramp, fill the buffer, switch off."""
    assert "2400" in smu.id
    smu.reset()
    smu.apply_voltage(compliance_current=1e-3)
    smu.measure_current()
    smu.enable_source()
    for volts in (0.5, -0.8, 1):
        smu.source_voltage = volts
        assert smu.source_voltage == near(volts)
        assert smu.current == near(volts / OHMS)
    smu.ramp_to_voltage(0, steps=5, pause=0)
    smu.shutdown()
    assert smu.ask(":OUTP?").strip() == "0"


def test_pymeasure_operates_a_2400_at_an_address_that_pyvisa_py_opens(simulate_bus):
    bus = simulate_bus("--gateway", "127.0.0.1:0", "--gpib", "24")
    assert bus.links[1] == "GPIB0::24::INSTR"
    with interface(bus):
        adapter = VISAAdapter(bus.links[1], visa_library="@py")
        smu = Keithley2400(adapter)
        measure(smu)
        assert errors(smu.ask) == []
        adapter.close()


def test_pyvisa_py_clears_triggers_and_polls(simulate_bus):
    bus = simulate_bus("--gateway", "127.0.0.1:0", "--gpib", "24")
    with interface(bus) as manager:
        smu = manager.open_resource(bus.links[1])
        smu.write(":OUTP ON;:FORM:ELEM CURR;:SOUR:VOLT 1;:ARM:SOUR BUS")
        smu.write(":INIT")
        smu.assert_trigger()
        assert float(smu.query(":FETC?")) == near(1 / OHMS)
        smu.write("*IDN?")
        smu.clear()
        assert smu.query("*OPC?").strip() == "1"
        assert errors(smu.query) == []
        # It asks the instrument to talk behind its poll, which has nothing to say: its own doing.
        smu.write("*SRE 4")
        smu.write(":SOMEthing:ELSE 1")
        assert smu.read_stb() & 0x44 == 0x44
        assert errors(smu.query)[0] == -113
        smu.close()


def test_pymeasures_own_adapter_operates_a_2400_over_the_network(simulate_bus):
    bus = simulate_bus("--gateway", "127.0.0.1:0", "--gpib", "24")
    _, address, port, _ = bus.links[0].split("::")
    adapter = PrologixAdapter(
        f"TCPIP::{address}::{port}::SOCKET",
        24,
        visa_library="@py",
        gpib_read_timeout=3000,
        read_termination="\n",
        write_termination="\n",
        timeout=5000,
    )
    try:
        assert "Prologix GPIB-ETHERNET" in adapter.version
        smu = Keithley2400(adapter)
        measure(smu)
        assert errors(smu.ask) == []
    finally:
        adapter.close()


def test_pymeasures_own_adapter_operates_a_2400_through_an_ar488(simulate_bus):
    bus = simulate_bus("--gateway", "line", "--gateway-kind", "ar488", "--gpib", "7")
    line = bus.links[0].split("::")[1]
    adapter = PrologixAdapter(
        f"ASRL{line}::INSTR", 7, visa_library="@py", gpib_read_timeout=3000, timeout=5000
    )
    try:
        assert "AR488" in adapter.version
        smu = Keithley2400(adapter)
        measure(smu)
        assert errors(smu.ask) == []
    finally:
        adapter.close()


def test_pyvisa_py_opens_an_ar488_as_a_prologix_on_a_serial_line(simulate_bus):
    bus = simulate_bus("--gateway", "line", "--gateway-kind", "ar488", "--gpib", "7")
    with interface(bus) as manager:
        smu = manager.open_resource(bus.links[1])
        assert "2400" in smu.query("*IDN?")
        assert errors(smu.query) == []
        smu.close()


@pytest.mark.parametrize("flow", ["none", "xon-xoff"])
def test_pymeasure_operates_a_2400_over_its_serial_port(simulate_bus, flow):
    bus = simulate_bus("--serial", "57600", "--terminator", "cr-lf", "--flow", flow, links=1)
    adapter = VISAAdapter(
        f"ASRL{bus.links[0]}::INSTR",
        visa_library="@py",
        baud_rate=57600,
        read_termination="\r\n",
        write_termination="\r\n",
        timeout=5000,
    )
    try:
        smu = Keithley2400(adapter)
        measure(smu)
        assert errors(smu.ask) == []
    finally:
        adapter.close()
