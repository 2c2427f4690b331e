"""A VXI-11 server over the RPC and XDR of pyvisa-py, which were not written here.

`Server.handle` there unpacks a call and refuses one whose arguments are too long or too short. Replies leave in
fragments of 1000 bytes; at most 600 bytes of a write are taken at once, 4096 bytes of a read given.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

from pyvisa_py.protocols import rpc, vxi11

sys.path.insert(0, str(Path(__file__).parent))
from pretend import Instrument  # noqa: E402

MOST_TAKEN = 600
MOST_GIVEN = 4096
FRAGMENT = 1000
OK, NOT_ACCESSIBLE, BAD_LINK, TIMEOUT, ABORTED, LOCKED = 0, 3, 4, 15, 23, 11


class Shared:
    """What the connections have in common."""

    def __init__(self) -> None:
        self.instrument = Instrument("VXI-11")
        self.links: set[int] = set()
        self.last = 100
        self.aborted = threading.Event()
        self.abort_port = 0
        self.part = b""
        self.interrupt: tuple[str, int] | None = None
        self.handle = b""


class Connection(rpc.TCPServer):
    """One connection: the calls come one after the other, as they do in instruments."""

    def __init__(self, shared: Shared, sock: socket.socket, program: int) -> None:
        self.shared = shared
        self.sock = sock
        self.prog, self.vers = program, 1
        self.packer = vxi11.Vxi11Packer()
        self.unpacker = vxi11.Vxi11Unpacker(b"")

    def serve(self) -> None:
        try:
            while True:
                reply = self.handle(bytes(rpc._recvrecord(self.sock, None)))
                rpc._sendrecord(self.sock, reply, FRAGMENT)
        except (EOFError, OSError, rpc.RPCError):
            self.sock.close()

    def known(self, link: int) -> int:
        return OK if link in self.shared.links else BAD_LINK

    def result(self, *numbers: int) -> None:
        self.turn_around()
        for number in numbers:
            self.packer.pack_uint(number)


class Core(Connection):
    def handle_10(self) -> None:
        self.unpacker.unpack_int()
        self.unpacker.unpack_bool()
        self.unpacker.unpack_uint()
        if self.unpacker.unpack_string() != b"inst0":
            return self.result(NOT_ACCESSIBLE, 0, 0, 0)
        self.shared.last += 1
        self.shared.links.add(self.shared.last)
        self.result(OK, self.shared.last, self.shared.abort_port, 1024)

    def handle_11(self) -> None:
        link = self.unpacker.unpack_int()
        self.unpacker.unpack_uint()
        self.unpacker.unpack_uint()
        flags = self.unpacker.unpack_int()
        data = self.unpacker.unpack_opaque()
        taken = data[:MOST_TAKEN]
        self.shared.part += taken
        if flags & vxi11.OP_FLAG_END and len(taken) == len(data):
            message, self.shared.part = self.shared.part, b""
            if self.shared.instrument.write(message):
                self.request_service()
        self.result(self.known(link), len(taken))

    def handle_12(self) -> None:
        link = self.unpacker.unpack_int()
        asked = self.unpacker.unpack_uint()
        limit = self.unpacker.unpack_uint() / 1000
        for _ in range(3):
            self.unpacker.unpack_int()
        error, reason, data = self.known(link), 0, b""
        instrument = self.shared.instrument
        if error == OK:
            self.shared.aborted.clear()
            end = time.monotonic() + limit
            with instrument.ready:
                while not instrument.reply and not self.shared.aborted.is_set():
                    if not instrument.ready.wait(end - time.monotonic()):
                        break
                data = instrument.reply[: min(asked, MOST_GIVEN)]
                instrument.reply = instrument.reply[len(data) :]
                if data:
                    reason = vxi11.RX_REQCNT if instrument.reply else vxi11.RX_END
                else:
                    error = ABORTED if self.shared.aborted.is_set() else TIMEOUT
        self.result(error, reason)
        self.packer.pack_opaque(data)

    def generic(self) -> int:
        link = self.unpacker.unpack_int()
        self.unpacker.unpack_int()
        self.unpacker.unpack_uint()
        self.unpacker.unpack_uint()
        return self.known(link)

    def handle_13(self) -> None:
        self.result(self.generic(), self.shared.instrument.status())

    def handle_14(self) -> None:
        self.result(self.generic())

    def handle_15(self) -> None:
        error = self.generic()
        self.shared.part = b""
        self.shared.instrument.clear()
        self.result(error)

    def handle_20(self) -> None:
        link = self.unpacker.unpack_int()
        self.unpacker.unpack_bool()
        self.shared.handle = self.unpacker.unpack_opaque()
        self.result(self.known(link))

    def handle_23(self) -> None:
        link = self.unpacker.unpack_int()
        error = self.known(link)
        self.shared.links.discard(link)
        self.result(error)

    def handle_25(self) -> None:
        address = self.unpacker.unpack_uint()
        port = self.unpacker.unpack_uint()
        assert (self.unpacker.unpack_uint(), self.unpacker.unpack_uint()) == (0x0607B1, 1)
        assert self.unpacker.unpack_int() == 0
        self.shared.interrupt = (socket.inet_ntoa(address.to_bytes(4, "big")), port)
        self.result(OK)

    def handle_26(self) -> None:
        error = 6 if self.shared.interrupt is None else OK
        self.shared.interrupt = None
        self.result(error)

    def request_service(self) -> None:
        """Calls the client as pyvisa-py's own RPC client calls a server, and waits for the answer."""
        host, port = self.shared.interrupt
        client = rpc.RawTCPClient(host, 0x0607B1, 1, port)
        client.packer, client.unpacker = rpc.Packer(), rpc.Unpacker(b"")
        client.make_call(30, self.shared.handle, client.packer.pack_opaque, None)
        client.close()


class Abort(Connection):
    def handle_1(self) -> None:
        link = self.unpacker.unpack_int()
        with self.shared.instrument.ready:
            self.shared.aborted.set()
            self.shared.instrument.ready.notify_all()
        self.result(self.known(link))


class Portmapper(rpc.UDPServer):
    """GETPORT over UDP only, as many instruments have it."""

    def __init__(self, core_port: int) -> None:
        super().__init__("127.0.0.1", 100000, 2, 0)
        self.core_port = core_port

    def handle_3(self) -> None:
        asked = [self.unpacker.unpack_uint() for _ in range(4)]
        self.turn_around()
        self.packer.pack_uint(self.core_port if asked[:3] == [0x0607AF, 1, 6] else 0)


def listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener


def serve(listener: socket.socket, shared: Shared, kind: type[Connection], program: int) -> None:
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=kind(shared, sock, program).serve, daemon=True).start()


class Vxi11Server:
    """Serves in threads until the process ends."""

    def __init__(self) -> None:
        self.shared = Shared()
        core, abort = listen(), listen()
        self.shared.abort_port = abort.getsockname()[1]
        self.core_port = core.getsockname()[1]
        portmapper = Portmapper(self.core_port)
        self.portmapper_port = portmapper.sock.getsockname()[1]
        for target, arguments in [
            (serve, (core, self.shared, Core, 0x0607AF)),
            (serve, (abort, self.shared, Abort, 0x0607B0)),
            (portmapper.loop, ()),
        ]:
            threading.Thread(target=target, args=arguments, daemon=True).start()
