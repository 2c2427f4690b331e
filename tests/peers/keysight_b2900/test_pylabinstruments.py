"""pylabinstruments' driver for the B2902A. Much of it was written without the manual and must be refused."""

import pytest
import pyvisa
from pylabinstruments import KeysightB2902A

from openers import OHMS, errors, near


@pytest.fixture
def smu(simulate, monkeypatch):
    # The driver opens whatever PyVISA finds, and leaves it to PyVISA how replies end; a socket has to be told.
    monkeypatch.setenv("PYVISA_LIBRARY", "@py")
    open_resource = pyvisa.ResourceManager.open_resource
    monkeypatch.setattr(
        pyvisa.ResourceManager,
        "open_resource",
        lambda self, name, **given: open_resource(self, name, read_termination="\n", **given),
    )
    smu = KeysightB2902A(simulate("keysight-b2912a").resource)
    smu.reset()
    yield smu
    smu.close_connection()


def test_a_level_is_sourced_and_measured(smu):
    smu.set_function("VOLT", channel=1)
    smu.write("SENS1:CURR:PROT 0.001")
    smu.write("SOUR1:VOLT 0.5")
    smu.enable_output(1)
    assert smu.get_output_state(1)
    assert smu.measure_voltage(1) == near(0.5)
    assert smu.measure_current(1) == near(0.5 / OHMS)
    smu.disable_output(1)
    assert not smu.get_output_state(1)
    assert errors(smu.query) == []


def test_a_limit_under_a_name_that_the_instrument_has_not_is_refused(smu):
    # `SOUR1:CURR:LIMIT` is no header of a B2900: the level is set, the limit of the reset stays.
    limit = float(smu.query("SENS1:CURR:PROT?"))
    smu.set_voltage(0.25, current_limit=0.5, channel=1)
    assert errors(smu.query) == [-113]
    assert float(smu.query("SOUR1:VOLT?")) == near(0.25, 1e-6)
    assert float(smu.query("SENS1:CURR:PROT?")) == limit


def test_four_wires_and_integration_time(smu):
    smu.four_wire_mode(1, True)
    smu.set_nplc(1, 2)
    assert smu.query("SENS1:REM?") == "1"
    assert float(smu.query("SENS1:CURR:NPLC?")) == near(2, 1e-6)
    assert errors(smu.query) == []


@pytest.mark.parametrize("call", [lambda smu: smu.set_output_hiz(1), lambda smu: smu.write("LIST:CLE (@1)")])
def test_other_invented_headers_are_refused(smu, call):
    call(smu)
    assert errors(smu.query) == [-113]
