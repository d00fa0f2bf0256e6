"""What the spiders of platforms share: calls and answers of an API, and where a key comes from.

robots.txt is about pages that a crawler finds by itself; an API that is called as its terms allow, with a key where
they want one, is not asked for it (the desk switches it off for these calls alone).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from crawlers.spiders import fates
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item

if TYPE_CHECKING:
    from crawlers.spiders.desk import Desk

PAGES = 10  # of one list in one pass; what lies further back is older than the last pass or waits for the next


class Busy(Exception):
    """The platform asks us to be slower: the same call is made again later."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an API; `url` holds its parameters and never a secret, those travel in `secret` headers or `body`.

    `key` is the address that gets the fate of a call that fails, `waiting` are sources that share it. `units` are
    charged to the daily budget of the source. The answer to a `private` call holds a secret and is not archived.
    """

    source: Source
    url: str
    step: Callable[[Answer], Iterator[Call | Item]]
    key: str = ""
    waiting: tuple[Source, ...] = ()
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    private: bool = False
    units: int = 0
    tries: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `data` is the JSON, None when it was none; names in `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    data: Any
    now: datetime


Made = Call | Item


class Platform:
    """One platform: opens its sources, checks its answers; `pace` are the least seconds between two calls."""

    pace = 0.0

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def start(self, sources: Sequence[Source]) -> Iterator[Made]:
        """Yield the first call of each source, or the fate of one that cannot be asked."""
        for source in sources:
            try:
                yield from self.open(source)
            except BadItem as error:
                yield Item(key=source.url, source=source.id, fate=Fate(error.fate), detail=str(error))

    def open(self, source: Source) -> Iterator[Made]:
        """Yield the first call of a source; BadItem when it cannot be asked."""
        raise NotImplementedError

    def check(self, answer: Answer) -> None:
        """Raise BadItem for an answer that is an error, Busy for one that asks us to come again."""
        good(answer)

    def secret(self, name: str, purpose: str) -> str:
        """Return a secret of the environment; BadItem (forbidden) with advice when it is not set."""
        value = os.environ.get(name, "").strip()
        if not value:
            raise BadItem(Fate.FORBIDDEN, f"no key: {name} is not set", advice=f"Set it in the environment: {purpose}.")
        self.desk.hide(value)
        return value


def good(answer: Answer, why: str = "") -> None:
    """Raise BadItem when the status is bad or the body is no JSON object or list."""
    fate = fates.of_status(answer.status)
    if fate:
        raise BadItem(fate, f"HTTP status {answer.status}" + (f": {why}" if why else ""))
    if not isinstance(answer.data, dict | list):
        raise BadItem(Fate.UNREADABLE, "the answer is not JSON")


def address(base: str, **given: object) -> str:
    """Return an address with those parameters that say something."""
    return f"{base}?{urlencode({k: v for k, v in given.items() if v not in ('', None)})}"


def origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
