"""A HiSLIP server over the message tables and framing of pyvisa-py, which were not written here.

One client at a time. Replies leave in Data messages of 1000 bytes and a last DataEnd.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from pathlib import Path

from pyvisa_py.protocols import hislip

sys.path.insert(0, str(Path(__file__).parent))
from pretend import Instrument  # noqa: E402

PIECE = 1000
SESSION = 0x1234


def receive(sock: socket.socket) -> tuple[str, int, int, bytes]:
    header = hislip.receive_exact(sock, hislip.HEADER_SIZE)
    prologue, kind, control, parameter, length = struct.unpack(hislip.HEADER_FORMAT, header)
    assert prologue == b"HS", header
    payload = bytes(hislip.receive_exact(sock, length)) if length else b""
    return hislip.MESSAGETYPE_STR[kind], control, parameter, payload


class HislipServer:
    """Serves in threads until the process ends. `overlap` grants overlapped mode."""

    def __init__(self, version: int = 0x0200, overlap: bool = False, largest: int = 1 << 20) -> None:
        self.instrument = Instrument("HiSLIP")
        self.version, self.overlap, self.largest = version, overlap, largest
        self.overlapped = False
        self.own_id = 0xFFFF_FF00
        self.part = b""
        self.faults: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            self.sync, _ = self.listener.accept()
            self.sync.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            kind, _, parameter, payload = receive(self.sync)
            assert (kind, parameter >> 16, payload) == ("Initialize", 0x0200, b"hislip0")
            hislip.send_msg(self.sync, "InitializeResponse", 0, self.version << 16 | SESSION)
            self.asynchronous, _ = self.listener.accept()
            assert receive(self.asynchronous)[::2] == ("AsyncInitialize", SESSION)
            hislip.send_msg(self.asynchronous, "AsyncInitializeResponse", 0, 0x4142)
            other = threading.Thread(target=self.run, args=(self.asynchronous, self.on_async), daemon=True)
            other.start()
            self.run(self.sync, self.on_sync)
            other.join()

    def run(self, sock: socket.socket, handle) -> None:
        try:
            while True:
                handle(*receive(sock))
        except (RuntimeError, OSError):
            sock.close()
        except Exception as error:  # noqa: BLE001, whatever it is, the test has to hear of it
            self.faults.append(repr(error))
            sock.close()

    def on_sync(self, kind: str, control: int, parameter: int, payload: bytes) -> None:
        match kind:
            case "Data":
                self.part += payload
            case "DataEnd":
                message, self.part = self.part + payload, b""
                if self.instrument.write(message):
                    hislip.send_msg(self.asynchronous, "AsyncServiceRequest", 0x40, 0)
                self.answer(parameter)
            case "Trigger":
                self.instrument.heard.append("trigger")
            case "DeviceClearComplete":
                self.overlapped = self.overlap and bool(control & 1)
                self.own_id, self.part = 0xFFFF_FF00, b""
                self.instrument.clear()
                hislip.send_msg(self.sync, "DeviceClearAcknowledge", int(self.overlapped), 0)
            case _:
                raise AssertionError(kind)

    def answer(self, message_id: int) -> None:
        reply, self.instrument.reply = self.instrument.reply, b""
        pieces = [reply[at : at + PIECE] for at in range(0, len(reply), PIECE)]
        for at, piece in enumerate(pieces):
            last = at + 1 == len(pieces)
            number = self.own_id if self.overlapped else message_id
            hislip.send_msg(self.sync, "DataEnd" if last else "Data", 0, number, piece)
            self.own_id = (self.own_id + 2) & 0xFFFF_FFFF

    def on_async(self, kind: str, control: int, parameter: int, payload: bytes) -> None:
        sock = self.asynchronous
        match kind:
            case "AsyncMaxMsgSize":
                assert struct.unpack("!Q", payload)[0] >= 1 << 20
                hislip.send_msg(sock, "AsyncMaxMsgSizeResponse", 0, 0, struct.pack("!Q", self.largest))
            case "AsyncDeviceClear":
                hislip.send_msg(sock, "AsyncDeviceClearAcknowledge", int(self.overlap), 0)
            case "AsyncStatusQuery":
                hislip.send_msg(sock, "AsyncStatusResponse", self.instrument.status(), 0)
            case "AsyncLock":
                hislip.send_msg(sock, "AsyncLockResponse", hislip.LOCKCONTROLCODE["request"], 0)
            case _:
                raise AssertionError(kind)
