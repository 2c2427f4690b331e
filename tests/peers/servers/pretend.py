"""What the servers of this folder serve: an instrument of a few words, the same over each protocol."""

from __future__ import annotations

import threading

LONG = ",".join(f"{number:+.6E}" for number in range(12500)).encode() + b"\n"
BLOCK = b"#6102400" + bytes(range(256)) * 400 + b"\n"


class Instrument:
    """One output queue, guarded; `ready` wakes whoever waits for a reply."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.ready = threading.Condition()
        self.reply = b""
        self.heard: list[str] = []

    def write(self, message: bytes) -> bool:
        """Takes one whole message; says whether the instrument now wants service."""
        text = message.decode("latin-1").rstrip("\n")
        with self.ready:
            # IEEE 488.2, 6.3.2.3: a new message discards an unread reply.
            self.reply = b""
            self.heard.append(text)
            words = text.split()
            match words[0] if words else "":
                case "*IDN?":
                    self.reply = f"PEER,{self.protocol},0,1\n".encode()
                case "ECHO?":
                    self.reply = words[1].encode() + b"\n"
                case "LENGTH?":
                    self.reply = f"{len(text)}\n".encode()
                case "LONG?":
                    self.reply = LONG
                case "BLOCK?":
                    self.reply = BLOCK
                case "HEARD?":
                    self.reply = f"{self.heard[-2]}\n".encode()
            self.ready.notify_all()
        return text == "SERVICE"

    def clear(self) -> None:
        with self.ready:
            self.reply = b""

    def status(self) -> int:
        """The status byte: message available."""
        with self.ready:
            return 0x10 if self.reply else 0
