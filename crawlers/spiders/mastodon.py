"""Reads public posts of one Mastodon server: the timeline of a hashtag, or a search.

A hashtag needs no account where the server shows its timelines to everybody. Searching the words of posts is for
members only, on every server: it needs a token, which is sent to the one host that it was given for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from crawlers import posts
from crawlers.pages import markup
from crawlers.spiders.api import PAGES, Answer, Call, Made, Platform, address, good, origin
from crawlers.spiders.values import at, moment, rows, words
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item

KEY = "SENIM_MASTODON_TOKEN"  # HOST:TOKEN
COUNT = 40  # the most that a server gives in one answer

_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')
_BLOCKS = {"p", "br", "li", "blockquote", "pre", "h1", "h2", "h3"}


class Mastodon(Platform):
    """Hashtag or search -> posts, page by page."""

    def open(self, source: Source) -> Iterator[Made]:
        """Ask for the newest posts."""
        parts = urlsplit(source.url)
        path = unquote(parts.path)
        if path.startswith("/tags/"):
            tag = quote(path.removeprefix("/tags/").strip("/"), safe="")
            url = address(f"{origin(source.url)}/api/v1/timelines/tag/{tag}", limit=COUNT)
        else:
            self.token(source, needed=True)
            query = parse_qs(parts.query).get("q", [""])[0]
            url = address(f"{origin(source.url)}/api/v2/search", q=query, type="statuses", limit=COUNT)
        yield self.call(source, url, 1, key=source.url)

    def call(self, source: Source, url: str, level: int, key: str = "") -> Call:
        """Return the call for a page of posts."""
        token = self.token(source)
        return Call(
            source=source, url=url, step=partial(self.page, source, level=level, url=url), key=key,
            secret={"Authorization": f"Bearer {token}"} if token else {},
        )  # fmt: skip

    def token(self, source: Source, needed: bool = False) -> str:
        """Return the token when it is for the host of the source; BadItem when it is needed and there is none."""
        host, _, token = os.environ.get(KEY, "").strip().rpartition(":")
        if token:
            self.desk.hide(token)
        if host != urlsplit(source.url).netloc or not token:
            if needed:
                advice = f"Set {KEY}=HOST:TOKEN, or watch a hashtag: that needs no account."
                raise BadItem(Fate.FORBIDDEN, "a search needs a token of this server", advice=advice)
            return ""
        return token

    def check(self, answer: Answer) -> None:
        """Name a server that shows its posts to members only."""
        if answer.status in (401, 403, 422):
            advice = f"Watch the hashtag on another server, or set {KEY}=HOST:TOKEN."
            why = words(answer.data, "error")[:200] or f"HTTP status {answer.status}"
            raise BadItem(Fate.FORBIDDEN, f"the server wants a login ({why})", advice=advice)
        good(answer, words(answer.data, "error")[:200])

    def page(self, source: Source, answer: Answer, level: int, url: str) -> Iterator[Made]:
        """Yield the posts of a page; page on while there is news."""
        found = answer.data if isinstance(answer.data, list) else at(answer.data, "statuses")
        if not isinstance(found, list):
            raise BadItem(Fate.UNREADABLE, "an answer without a list of posts")
        items = [item for row in rows(found) if (item := _post(source, row, answer))]
        yield from items
        following = self.following(answer, url, level, len(found))
        if following and level < PAGES and (self.desk.fresh(source, items) or (found and not items)):
            yield self.call(source, following, level + 1)

    def following(self, answer: Answer, url: str, level: int, count: int) -> str:
        """Return the address of the next page: of the Link header when it stays on the server, or by offset."""
        parts = urlsplit(url)
        if parts.path.endswith("/search"):
            plain = {k: v[0] for k, v in parse_qs(parts.query).items()}
            return address(url.split("?")[0], **plain | {"offset": str(level * COUNT)}) if count == COUNT else ""
        found = _NEXT.search(answer.headers.get("link", ""))
        target = urljoin(url, found[1]) if found else ""
        return target if origin(target) == origin(url) else ""


def _post(source: Source, row: object, answer: Answer) -> Item | None:
    """Return the item of a post; None for a boost (its words are somebody else's) and for what is not public."""
    url = words(row, "url") or words(row, "uri")
    public = words(row, "visibility") in ("public", "unlisted", "")
    if at(row, "reblog") or not public or not url.startswith(("http://", "https://")):
        return None
    warning, text = words(row, "spoiler_text"), plain(words(row, "content"))
    author = words(row, "account", "url") or words(row, "account", "acct")
    published = moment(words(row, "created_at"), answer.now)
    return posts.spoken(source, url, f"{warning}\n{text}".strip() if text else "", published, author, answer.now)


def plain(html: str) -> str:
    """Return the words of a post's HTML: a line for each paragraph, links in full, no line about a quoted post."""
    root = markup.tree(f"<div>{html}</div>") if html else None
    if root is None:
        return ""
    for quoted in root.find_class("quote-inline"):
        quoted.drop_tree()
    for block in root.iter():
        if block.tag in _BLOCKS:
            block.tail = "\n" + (block.tail or "")
    lines = (" ".join(line.split()) for line in root.text_content().splitlines())
    return "\n".join(line for line in lines if line)
