"""Sends what waits in the outbox through SMTP: each message once, as far as SMTP can promise that.

A message is marked as being sent before the server is asked. When the process dies, or the connection breaks after the
text went out, nobody can know whether it arrived; it is then sent again under the same Message-ID, so that mail
programs show it once. An alert that comes twice is better than one that never comes.
"""

from __future__ import annotations

import os
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha1
from typing import Protocol

from monitor.errors import MailError
from monitor.outbox import Letter
from monitor.records import Message
from monitor.settings import MailSettings, Settings

TIMEOUT = 60.0  # seconds to wait for one answer of the server
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=12)


class Box(Protocol):
    """What sending needs of the store."""

    def outbox_due(self, now: datetime) -> Sequence[Letter]:
        """Return the letters to be sent at `now`."""

    def mark_sending(self, key: str, at: datetime) -> bool:
        """Take a letter for sending; False when somebody else has it."""

    def mark_sent(self, key: str, at: datetime) -> None:
        """Write down that the server has taken it."""

    def mark_failed(self, key: str, error: str, next_try: datetime | None) -> None:
        """Write down why it has not, and when to try again; None gives it up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What came of one round: how many were sent, how many wait for another try, how many were given up."""

    sent: int = 0
    waiting: int = 0
    given_up: int = 0
    error: str = ""  # the last trouble, in words for the log


def send_due(store: Box, settings: Settings, now: datetime) -> Sent:
    """Send all letters that are due at `now` over one connection; never raises for what a server may do.

    A refusal of one recipient for ever (5xx) gives that letter up and goes on. When the server cannot be reached or
    refuses to talk, the first letter waits and the others stay as they are, so that a long night without a server does
    not use up their tries.
    """
    mail = settings.senim.mail
    counts = {"sent": 0, "waiting": 0, "given_up": 0}
    error = ""
    server: smtplib.SMTP | None = None
    try:
        for letter in store.outbox_due(now):
            if not store.mark_sending(letter.key, now):
                continue
            try:
                server = server or _connect(mail)
                server.send_message(compose(letter, mail.sender, now), mail.sender, [letter.recipient])
            except (smtplib.SMTPException, MailError, OSError, ValueError) as trouble:
                error = _words(trouble)
                again = None if _for_ever(trouble) else _next_try(letter.attempts + 1, mail.attempts, now)
                store.mark_failed(letter.key, error, again)
                counts["waiting" if again else "given_up"] += 1
                if server is None:
                    break
                server = _still_there(server)
            else:
                store.mark_sent(letter.key, now)
                counts["sent"] += 1
    finally:
        _quit(server)
    return Sent(**counts, error=error)


def compose(message: Message, sender: str, now: datetime) -> EmailMessage:
    """Build the mail: plain text, HTML with its pictures, and headers that are the same however often it is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{sha1(message.key.encode()).hexdigest()}@{sender.partition('@')[2]}>"
    mail["Content-Language"] = message.language
    mail["List-Unsubscribe"] = f"<mailto:{sender}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies must not answer it
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    if (html := mail.get_body(("html",))) is not None:
        for name, data in message.images:
            html.add_related(data, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return mail


def _connect(mail: MailSettings) -> smtplib.SMTP:
    """Open a session, encrypted and with a password when asked for; MailError when it cannot be had."""
    server = smtplib.SMTP(timeout=TIMEOUT)
    try:
        code, answer = server.connect(mail.host, mail.port)
        if code != 220:
            raise MailError(f"{code} {_text(answer)}", where=f"{mail.host}:{mail.port}")
        if mail.starttls:
            import ssl

            server.starttls(context=ssl.create_default_context())
        if user := os.environ.get("SENIM_SMTP_USER", ""):
            server.login(user, os.environ.get("SENIM_SMTP_PASSWORD", ""))
    except (smtplib.SMTPException, MailError, OSError) as error:
        server.close()
        advice = "Look at [mail] in senim.toml and at SENIM_SMTP_USER and SENIM_SMTP_PASSWORD."
        raise MailError(_words(error), where=f"{mail.host}:{mail.port}", advice=advice) from error
    return server


def _still_there(server: smtplib.SMTP) -> smtplib.SMTP | None:
    """Return the session when it can carry the next letter, None when a new one is needed."""
    try:
        if server.noop()[0] == 250:
            return server
    except (smtplib.SMTPException, OSError):
        pass
    server.close()
    return None


def _quit(server: smtplib.SMTP | None) -> None:
    try:
        if server is not None:
            server.quit()
    except (smtplib.SMTPException, OSError):
        server.close() if server else None


def _next_try(attempt: int, most: int, now: datetime) -> datetime | None:
    """Return when to try again: after 1, 4, 16 ... minutes and at most 12 hours, or None when enough was tried."""
    if attempt >= most:
        return None
    pause = FIRST_PAUSE * int(4 ** min(max(attempt - 1, 0), 8))
    return now + min(pause, LONGEST_PAUSE)


def _for_ever(error: Exception) -> bool:
    """Say whether the server has refused this very letter for ever; a refused sender or login may yet be mended."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError | ValueError)  # an address that cannot be written down


def _words(error: Exception) -> str:
    """Say in one line what the server said."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(answer)}" for code, answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return " ".join(str(error).split()) or type(error).__name__


def _text(answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(words.split())
