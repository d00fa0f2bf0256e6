"""Reads the public preview pages of Telegram channels (t.me/s/CHANNEL), the way a browser without an account does.

Why not an account: the preview needs none, shows only what the channel shows everybody, and asks nobody's number.
Channels that switched the preview off are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from crawlers.pages import dates, markup
from monitor.errors import BadItem
from monitor.records import Fate

PAGES = 10  # of about 20 messages, back in time in one pass; a first visit sees some 200 messages

_POST = re.compile(r"^[\w-]+/(\d+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message of a channel; `text` is empty for a picture without words."""

    url: str
    text: str
    published: datetime | None
    author: str


def read(html: str, url: str, now: datetime) -> tuple[tuple[Message, ...], str]:
    """Return the messages of a preview page, oldest first, and the address of the page before it, empty at the start.

    Raises BadItem (unreadable) when the page shows no messages: no such channel, or its preview is off.
    """
    root = markup.tree(html)
    blocks = [] if root is None else [b for b in root.find_class("tgme_widget_message") if b.get("data-post")]
    messages = tuple(m for b in blocks if (m := _message(b, url, now)))
    if not messages:
        raise BadItem(Fate.UNREADABLE, "no messages: the channel has no public preview or does not exist", where=url)
    before = [a.get("data-before") for a in root.find_class("tme_messages_more") if a.get("data-before")]
    first = int(blocks[0].get("data-post").rsplit("/", 1)[-1])
    number = before[0] if before else str(first) if first > 1 else ""
    return messages, urljoin(url, f"?before={number}") if number else ""


def _message(block: Any, url: str, now: datetime) -> Message | None:  # noqa: ANN401 - lxml has no types
    post = block.get("data-post")
    if not _POST.match(post):
        return None
    times = [t.get("datetime") for t in block.iter("time") if t.get("datetime")]
    signed = block.find_class("tgme_widget_message_from_author")
    return Message(
        url=urljoin(url, f"/{post}"),
        text=_words(block),
        published=dates.parse(times[-1], now) if times else None,  # the last one: a video has a <time> of its length
        author=signed[0].text_content().strip() if signed else "",
    )


def _words(block: Any) -> str:  # noqa: ANN401
    """Return the words of a message without those of the message it answers."""
    for text in block.find_class("tgme_widget_message_text"):
        if any("tgme_widget_message_reply" in (a.get("class") or "") for a in text.iterancestors()):
            continue
        for line_break in text.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        lines = (" ".join(line.split()) for line in text.text_content().splitlines())
        return "\n".join(line for line in lines if line)
    return ""
