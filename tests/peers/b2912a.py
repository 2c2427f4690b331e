"""The strings of PyMeasure's driver for the B2912A, which is not released yet (pull request 1422), sent verbatim."""

from __future__ import annotations

import struct


class B2912A:
    """One channel of a B2912A, asked as that driver asks."""

    def __init__(self, session, channel: int = 1) -> None:
        self.session = session
        self.channel = channel

    def write(self, command: str) -> None:
        self.session.write(command.replace("{c}", str(self.channel)))

    def ask(self, command: str) -> str:
        return self.session.query(command.replace("{c}", str(self.channel)))

    def number(self, command: str) -> float:
        return float(self.ask(command))

    def block(self, command: str) -> list[float]:
        """A definite-length block of big-endian doubles, read by its length: its payload may hold line feeds."""
        self.write(command)
        header = self.session.read_bytes(2)
        assert header[:1] == b"#", header
        length = int(self.session.read_bytes(int(header[1:])))
        payload = self.session.read_bytes(length)
        assert self.session.read_bytes(1) == b"\n"
        return list(struct.unpack(f">{length // 8}d", payload))
