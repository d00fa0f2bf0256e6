"""A mailbox on this machine for the demo and the tests: a real SMTP server that keeps mail as .eml files.

Like real mailboxes it files a message once, by its Message-ID: a sender that was killed after the server's answer
and sends again leaves one message, not two.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mailbox:
    """Mail that came in: `port` on loopback, files in `folder`."""

    port: int
    folder: Path

    def messages(self) -> list[EmailMessage]:
        """Return all messages, ordered by file name."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(f.read_bytes(), policy=default) for f in files]


class _Keeper:
    """aiosmtpd's handler: one file for each recipient and Message-ID."""

    def __init__(self, folder: Path, delay: float) -> None:
        self.folder, self.delay = folder, delay

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401 - aiosmtpd's
        await asyncio.sleep(self.delay / 2)
        content = envelope.content
        number = message_from_bytes(content).get("Message-ID") or hashlib.sha1(content).hexdigest()
        for recipient in envelope.rcpt_tos:
            name = hashlib.sha1(f"{recipient} {number}".encode()).hexdigest()[:16]
            part = self.folder / f"{name}.part"
            part.write_bytes(content)
            part.replace(self.folder / f"{recipient}-{name}.eml")
        await asyncio.sleep(self.delay / 2)
        return "250 kept"


@contextmanager
def serve(folder: Path, port: int = 0, delay: float = 0.0) -> Iterator[Mailbox]:
    """Receive mail on a free loopback port into `folder` until the block ends.

    `delay`: seconds that each message takes, half of them before it is filed and half before the sender hears of it.
    """
    import socket

    from aiosmtpd.controller import Controller

    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        free = probe.getsockname()[1]
    controller = Controller(_Keeper(folder, delay), hostname="127.0.0.1", port=free)
    controller.start()
    try:
        yield Mailbox(port=free, folder=folder)
    finally:
        controller.stop()
