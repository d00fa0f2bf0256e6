"""Reads posts of Bluesky by search (app.bsky.feed.searchPosts), newest first.

Without an account Bluesky answers the first page at most and often nothing (bluesky-social/bsky-docs#296, #332): then
the fate says so. With SENIM_BLUESKY_HANDLE and SENIM_BLUESKY_PASSWORD, an app password, one login serves all sources
of a pass. Its makers ask not to mine the search; a pass reads a few pages of a few queries.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from crawlers import posts
from crawlers.pages import dates, markup
from crawlers.spiders.api import PAGES, Answer, Call, Made, Platform, address, good, origin
from crawlers.spiders.values import at, moment, rows, words
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item

HANDLE, PASSWORD = "SENIM_BLUESKY_HANDLE", "SENIM_BLUESKY_PASSWORD"
PUBLIC, MEMBERS = "https://public.api.bsky.app", "https://bsky.social"
COUNT = 100  # the most that an answer holds

_URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]+)/app\.bsky\.feed\.post/([\w.~-]+)")
_MEMBERS_ONLY = "!no-unauthenticated"  # label of authors who ask to be shown to members only


class Bluesky(Platform):
    """Login when there is an account -> search -> posts, page by page."""

    def __init__(self, desk: Any) -> None:  # noqa: ANN401 - the desk imports this file
        super().__init__(desk)
        self.token = ""

    def start(self, sources: Sequence[Source]) -> Iterator[Made]:
        """Log in first when there is an account; else ask as anybody may."""
        handle, password = (os.environ.get(name, "").strip() for name in (HANDLE, PASSWORD))
        if not (sources and handle and password):
            yield from super().start(sources)
            return
        self.desk.hide(password)
        yield Call(
            source=sources[0], url=f"{_base(sources[0], MEMBERS)}/xrpc/com.atproto.server.createSession",
            step=partial(self.logged_in, sources), waiting=tuple(sources), private=True,
            secret={"Content-Type": "application/json"},
            body=json.dumps({"identifier": handle, "password": password}).encode(),
        )  # fmt: skip

    def logged_in(self, sources: Sequence[Source], answer: Answer) -> Iterator[Made]:
        """Keep the token of the session for this pass and ask for all sources."""
        self.token = words(answer.data, "accessJwt")
        if not self.token:
            raise BadItem(Fate.UNREADABLE, "a login without a token")
        self.desk.hide(self.token)
        yield from super().start(sources)

    def open(self, source: Source) -> Iterator[Made]:
        """Ask for the newest posts."""
        yield self.search(source, 1, key=source.url)

    def search(self, source: Source, level: int, cursor: str = "", key: str = "") -> Call:
        """Return the call for a page of a search."""
        parts = urlsplit(source.url)
        path = unquote(parts.path)
        tag = path.removeprefix("/hashtag/").strip("/") if path.startswith("/hashtag/") else ""
        since = self.desk.job.since
        start = datetime.combine(since, time(), dates.ZONE).astimezone(UTC) if since else None
        url = address(
            f"{_base(source, MEMBERS if self.token else PUBLIC)}/xrpc/app.bsky.feed.searchPosts",
            q=f"#{tag}" if tag else parse_qs(parts.query).get("q", [""])[0], sort="latest", limit=COUNT,
            since=start.strftime("%Y-%m-%dT%H:%M:%SZ") if start else "", cursor=cursor,
        )  # fmt: skip
        secret = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return Call(source=source, url=url, step=partial(self.page, source, level=level), key=key, secret=secret)

    def check(self, answer: Answer) -> None:
        """Name a search that is for members only, and a login that is refused."""
        why = words(answer.data, "message")[:200] or words(answer.data, "error")[:200]
        if answer.status in (401, 403) and not self.token:
            advice = f"Set {HANDLE} and {PASSWORD} (an app password), or check them."
            raise BadItem(Fate.FORBIDDEN, f"Bluesky wants a login ({why or answer.status})", advice=advice)
        good(answer, why)

    def page(self, source: Source, answer: Answer, level: int) -> Iterator[Made]:
        """Yield the posts of a page; page on while there is news."""
        if not isinstance(at(answer.data, "posts"), list):
            raise BadItem(Fate.UNREADABLE, "an answer without a list of posts")
        found = rows(answer.data, "posts")
        items = [item for row in found if (item := _post(source, row, answer))]
        yield from items
        cursor = words(answer.data, "cursor")
        if cursor and level < PAGES and (self.desk.fresh(source, items) or (found and not items)):
            yield self.search(source, level + 1, cursor)


def _base(source: Source, home: str) -> str:
    return home if urlsplit(source.url).hostname == "bsky.app" else origin(source.url)


def _post(source: Source, row: object, answer: Answer) -> Item | None:
    """Return the item of a post, None for what is none.

    The address holds the author's permanent id, because a handle changes. A quoted post lies in `embed`: it is
    somebody else's words and left out. The date is the earlier one of what the author's program says and of when
    Bluesky first saw it, as its own `sortAt`.
    """
    found = _URI.fullmatch(words(row, "uri"))
    labels = {words(label, "val") for label in rows(row, "author", "labels")}
    if not found or _MEMBERS_ONLY in labels:
        return None
    url = f"https://bsky.app/profile/{found[1]}/post/{found[2]}"
    claimed = moment(words(row, "record", "createdAt"), answer.now)
    seen = moment(words(row, "indexedAt"), answer.now)
    published = min((d for d in (claimed, seen) if d), default=None)
    written = at(row, "record", "text")
    text = unfold(markup.sound(written), rows(row, "record", "facets")) if isinstance(written, str) else ""
    return posts.spoken(source, url, text, published, words(row, "author", "did") or found[1], answer.now)


def unfold(text: str, facets: Sequence[dict[str, Any]]) -> str:
    """Return a text with its shortened links in full; facets count bytes of UTF-8, wrong ones are passed over."""
    raw = text.encode()
    end = len(raw)
    for facet in sorted(facets, key=_start, reverse=True):
        links = [u for f in rows(facet, "features") if (u := words(f, "uri")).startswith(("http://", "https://"))]
        first, last = _start(facet), at(facet, "index", "byteEnd")
        if links and isinstance(last, int) and 0 <= first < last <= end:
            raw, end = raw[:first] + links[0].encode() + raw[last:], first
    return raw.decode("utf-8", "replace").strip()


def _start(facet: object) -> int:
    first = at(facet, "index", "byteStart")
    return first if isinstance(first, int) else -1
