"""QCoDeS' driver for the B2962A, whose words the whole family shares."""

import pytest
from qcodes.instrument_drivers.Keysight import KeysightB2962A

from openers import OHMS, errors, near, qcodes


@pytest.fixture
def smu(simulate):
    with qcodes(KeysightB2962A, simulate("keysight-b2912a")) as smu:
        smu.write("*RST")
        yield smu


def test_identity(smu):
    assert smu.get_idn()["model"] == "B2912A"
    assert smu.get_idn()["vendor"] in ("Keysight Technologies", "Agilent Technologies")
    assert errors(smu.ask) == []


@pytest.mark.parametrize("name", ["ch1", "ch2"])
def test_each_channel_sources_voltage_and_measures(smu, name):
    channel = getattr(smu, name)
    channel.source_mode("voltage")
    channel.current_limit(1e-3)
    channel.source_voltage(0.5)
    channel.enable(True)
    assert channel.voltage() == near(0.5)
    assert channel.current() == near(0.5 / OHMS)
    assert channel.resistance() == near(OHMS, 5e-3)
    assert channel.source_voltage() == near(0.5, 1e-6)
    assert channel.enable() is True
    channel.enable(False)
    assert channel.enable() is False
    assert errors(smu.ask) == []


def test_current_is_sourced_with_four_wires(smu):
    smu.ch1.source_mode("current")
    smu.ch1.voltage_limit(10)
    smu.ch1.remote_sensing(True)
    smu.ch1.source_current(2e-4)
    smu.ch1.enable(True)
    assert smu.ch1.remote_sensing() is True
    assert smu.ch1.source_mode() == "current"
    assert smu.ch1.voltage() == near(2e-4 * OHMS)
    assert smu.ch1.voltage_limit() == near(10, 1e-6)
    smu.ch1.enable(False)
    assert errors(smu.ask) == []


def test_the_channels_are_independent(smu):
    smu.ch1.current_limit(1e-3)
    smu.ch2.current_limit(1e-2)
    smu.ch1.source_voltage(0.1)
    smu.ch2.source_voltage(0.2)
    smu.ch1.enable(True)
    assert smu.ch2.enable() is False
    assert (smu.ch1.source_voltage(), smu.ch2.source_voltage()) == (near(0.1, 1e-6), near(0.2, 1e-6))
    assert (smu.ch1.current_limit(), smu.ch2.current_limit()) == (near(1e-3, 1e-6), near(1e-2, 1e-6))
    assert errors(smu.ask) == []
