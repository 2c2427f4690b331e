"""The VXI-11 and HiSLIP clients of `crates/transport`, against servers whose protocol code was not written here.

The client is the example `lan_client`, whose path is in LAN_CLIENT; it says on its standard output what it got.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))
from hislip_server import HislipServer  # noqa: E402
from vxi11_server import Vxi11Server  # noqa: E402


def run(*arguments: object) -> list[str]:
    command = [os.environ["LAN_CLIENT"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def expected(protocol: str) -> list[str]:
    return [
        f"identity: PEER,{protocol},0,1",
        "a message of 5000 characters arrives as 5000",
        "12500 numbers",
        "a block of 102400 bytes",
        "500 echoes",
        "status: nothing to read",
        "service requested",
        "no reply",
        "switched off in between",
        f"after the clear: PEER,{protocol},0,1",
        "closed",
    ]


@pytest.mark.parametrize("portmapper", [False, True])
def test_vxi11(portmapper):
    server = Vxi11Server()
    where = ("portmapper", server.portmapper_port) if portmapper else ("core", server.core_port)
    assert run("vxi11", *where) == expected("VXI-11")
    assert not server.shared.links, "the link was destroyed"
    assert server.shared.interrupt is None, "and its interrupt channel"


def test_vxi11_names_a_device_that_is_not_there():
    server = Vxi11Server()
    command = [os.environ["LAN_CLIENT"], "vxi11", "core", str(server.core_port), "inst7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "create_link was refused with code 3 (device not accessible" in done.stderr


@pytest.mark.parametrize("version", [0x0100, 0x0101, 0x0200])
@pytest.mark.parametrize("largest", [272, 1 << 20])
def test_hislip(version, largest):
    server = HislipServer(version=version, largest=largest)
    assert run("hislip", "synchronized", server.port) == expected("HiSLIP")
    assert not server.faults


@pytest.mark.parametrize("overlap", [False, True])
def test_hislip_overlapped(overlap):
    server = HislipServer(overlap=overlap)
    assert run("hislip", "overlapped", server.port) == expected("HiSLIP")
    assert server.overlapped == overlap
    assert not server.faults
