"""Reads the wall of a VK community and the comments below its posts, or searches a wall, with a service token.

The token travels as a header, as VK documents; VK repeats the parameters of a call in its errors, so a token among
them would come back. Three calls a second are allowed; `execute` would allow more and is not needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from crawlers import posts
from crawlers.spiders.api import PAGES, Answer, Busy, Call, Made, Platform, address, good, origin
from crawlers.spiders.values import at, moment, number, rows, words
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item

KEY = "SENIM_VK_TOKEN"
VERSION = "5.199"
COUNT = 100  # of posts or comments in one answer, the most that VK gives
LIVELY = timedelta(days=14)  # a known post that is older is not asked for new comments

_WALL = re.compile(r"/(?:wall-|club|public|event)(\d+)/?")
_ADDRESSED = re.compile(r"^\[(?:id|club|public)\d+\|[^\]]*\],?\s*")  # whom an answer addresses: a person's name
_LINK = re.compile(r"\[(?:id|club|public)\d+\|([^\]]*)\]")
_NAMED = {
    5: (Fate.FORBIDDEN, "VK does not accept the token", f"Check {KEY}."),
    7: (Fate.FORBIDDEN, "VK does not allow this to a service token", ""),
    9: (Fate.UNREACHABLE, "VK says that we repeat ourselves (flood control)", ""),
    10: (Fate.UNREACHABLE, "VK could not answer this time", ""),
    15: (Fate.FORBIDDEN, "VK denies access: the wall or its comments are closed", ""),
    18: (Fate.GONE, "the page was deleted or banned", ""),
    29: (Fate.UNREACHABLE, "VK's daily limit of this method is reached", ""),
    30: (Fate.FORBIDDEN, "the profile is private", ""),
    100: (Fate.GONE, "VK does not know this page", "Check the address of the source."),
    203: (Fate.FORBIDDEN, "the community is closed", ""),
    212: (Fate.FORBIDDEN, "comments are closed below this post", ""),
}


class Vk(Platform):
    """Wall or search on a wall -> posts -> comments -> threads of answers."""

    pace = 0.35  # seconds; three calls a second are allowed

    def open(self, source: Source) -> Iterator[Made]:
        """Ask for the newest posts."""
        self.secret(KEY, "a service token of a VK application")
        yield self.wall(source, 1)

    def call(self, source: Source, method: str, step: Any, key: str = "", **given: object) -> Call:  # noqa: ANN401
        """Return the call of a method; `step` gets the source and the answer."""
        host = urlsplit(source.url).hostname or ""
        base = f"https://api.{host}" if host in ("vk.com", "vk.ru") else origin(source.url)
        return Call(
            source=source, url=address(f"{base}/method/{method}", **given, v=VERSION), step=partial(step, source),
            key=key, secret={"Authorization": f"Bearer {self.secret(KEY, 'a token')}"},
        )  # fmt: skip

    def check(self, answer: Answer) -> None:
        """Give VK's error codes, which come with status 200, their fates."""
        good(answer)
        code = number(answer.data, "error", "error_code")
        if code == 6:
            raise Busy("VK wants us to be slower (error 6)")
        if code in _NAMED:
            fate, what, advice = _NAMED[code]
            raise BadItem(fate, f"{what} (error {code})", advice=advice)
        if code:
            raise BadItem(Fate.UNREADABLE, f"VK error {code}: {words(answer.data, 'error', 'error_msg')[:200]}")
        if not isinstance(at(answer.data, "response", "items"), list):
            raise BadItem(Fate.UNREADABLE, "an answer without a list of items")

    def wall(self, source: Source, level: int) -> Call:
        """Return the call for a page of a wall, or of a search on it."""
        parts = urlsplit(source.url)
        number_of = _WALL.fullmatch(parts.path)
        who: dict[str, object] = (
            {"owner_id": f"-{number_of[1]}"} if number_of else {"domain": unquote(parts.path.strip("/"))}
        )
        query = parse_qs(parts.query).get("q", [""])[0]
        # on the wall of a body others may write too; what they say is not the body's own voice
        extra: dict[str, object] = {"query": query} if query else {"filter": "owner" if source.official else "all"}
        return self.call(
            source, "wall.search" if query else "wall.get", partial(self.page, level=level),
            key=source.url if level == 1 else "", **who, **extra, count=COUNT,
            offset=(level - 1) * COUNT or None,
        )  # fmt: skip

    def page(self, source: Source, answer: Answer, level: int) -> Iterator[Made]:
        """Yield the posts of a page and ask for their comments; page on while there is news."""
        seen: list[Item] = []
        for row in rows(answer.data, "response", "items"):
            owner, mark = number(row, "owner_id"), number(row, "id")
            if not (owner and mark):
                continue
            url = f"https://vk.com/wall{owner}_{mark}"
            published = moment(number(row, "date"), answer.now) if number(row, "date") else None
            # `copy_history` holds a reposted text: only what the community adds to it are its own words
            item = posts.spoken(source, url, _plain(words(row, "text")), published, _author(row), answer.now)
            seen.append(item)
            if self.desk.too_old(published):
                continue
            yield item
            lively = not self.desk.known(source, url) or (published is not None and answer.now - published < LIVELY)
            if source.comments and lively and number(row, "comments", "count"):
                yield self.comments(source, owner, mark, item.post.id if item.post else "", 1)
        if _goes_on(answer, level) and self.desk.fresh(source, seen):
            yield self.wall(source, level + 1)

    def comments(self, source: Source, owner: int, mark: int, parent: str, level: int, thread: int = 0) -> Call:
        """Return the call for a page of comments below a post, newest first, or of the answers to one of them."""
        return self.call(
            source, "wall.getComments",
            partial(self.below, owner=owner, mark=mark, parent=parent, level=level, thread=thread),
            owner_id=owner, post_id=mark, comment_id=thread or None, count=COUNT, offset=(level - 1) * COUNT or None,
            sort="desc", preview_length=0, thread_items_count=10,
        )  # fmt: skip

    def below(
        self, source: Source, answer: Answer, owner: int, mark: int, parent: str, level: int, thread: int
    ) -> Iterator[Made]:
        """Yield the comments of a page with the answers that came along; page on while there is news."""
        seen: list[Item] = []
        for row in rows(answer.data, "response", "items"):
            inside = rows(row, "thread", "items")
            top = number(row, "id")
            items = [self.comment(source, row, answer, owner, mark, parent, thread)]
            items += [self.comment(source, c, answer, owner, mark, parent, top) for c in inside]
            here = [i for i in items if i]
            yield from here
            seen += here
            if top and number(row, "thread", "count") > len(inside) and (self.desk.fresh(source, here) or not inside):
                yield self.comments(source, owner, mark, parent, 1, top)
        if _goes_on(answer, level) and self.desk.fresh(source, seen):
            yield self.comments(source, owner, mark, parent, level + 1, thread)

    def comment(
        self, source: Source, row: object, answer: Answer, owner: int, mark: int, parent: str, thread: int
    ) -> Item | None:
        """Return the item of a comment, None for a deleted one."""
        number_of = number(row, "id")
        if not number_of or at(row, "deleted"):
            return None
        url = f"https://vk.com/wall{owner}_{mark}?reply={number_of}" + (f"&thread={thread}" if thread else "")
        published = moment(number(row, "date"), answer.now) if number(row, "date") else None
        return posts.spoken(source, url, _plain(words(row, "text")), published, _author(row), answer.now, parent)


def _goes_on(answer: Answer, level: int) -> bool:
    """Tell whether a list has more than was read; a page may lack deleted posts, so its length does not say it."""
    return level < PAGES and number(answer.data, "response", "count") > level * COUNT


def _author(row: object) -> str:
    return str(number(row, "from_id") or "")


def _plain(text: str) -> str:
    """Return a text without VK's marks for links, and without the name of the person whom it answers."""
    return _LINK.sub(r"\1", _ADDRESSED.sub("", text)).strip()
