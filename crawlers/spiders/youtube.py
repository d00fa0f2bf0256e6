"""Reads the comments below the newest videos of a channel or of a search, through the YouTube Data API v3.

The key travels as a header, which Google documents for all its APIs, so no address holds it. Costs by Google's table
of 2026: one unit a call. A search is charged 100 here: that was its price before it got a limit of its own, 100 a
day, and both are kept that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from crawlers import posts
from crawlers.spiders.api import PAGES, Answer, Busy, Call, Made, Platform, address, good, origin
from crawlers.spiders.values import at, moment, number, rows, words
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item

KEY = "SENIM_YOUTUBE_KEY"
HOME = "https://www.googleapis.com"
VIDEOS = 20  # newest ones whose comments are read in a pass: some 22 units, so 1,000 units a day are 45 passes
SEARCH = 100  # units

_NAMED = {  # reason of an error -> fate and what it means
    "commentsDisabled": (Fate.FORBIDDEN, "comments are disabled below this video"),
    "forbidden": (Fate.FORBIDDEN, "not public"),
    "videoNotFound": (Fate.GONE, "no such video"),
    "channelNotFound": (Fate.GONE, "no such channel"),
    "playlistNotFound": (Fate.GONE, "the channel has no uploads"),
    "commentNotFound": (Fate.GONE, "no such comment"),
    "processingFailure": (Fate.UNREACHABLE, "YouTube could not answer this time"),
}
_EMPTY = {"quotaExceeded", "dailyLimitExceeded"}
_FAST = {"rateLimitExceeded", "userRateLimitExceeded"}
_KEY = {"keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "API_KEY_INVALID"}


class YouTube(Platform):
    """Channel or search -> newest videos -> threads of comments -> replies."""

    def open(self, source: Source) -> Iterator[Made]:
        """Ask for the channel or the search that the source's address names."""
        self.secret(KEY, "a key of the YouTube Data API v3")
        parts = urlsplit(source.url)
        path = unquote(parts.path)
        if path == "/results":
            if self.desk.budget.ahead(source.id, source.quota, datetime.now(UTC)):
                return  # searches are dear: spread over the day they miss less than all in its first hours
            since = self.desk.job.since.isoformat() + "T00:00:00Z" if self.desk.job.since else ""
            yield self.call(
                source, "search", self.found, key=source.url, units=SEARCH, part="id", type="video", order="date",
                maxResults=VIDEOS, q=parse_qs(parts.query).get("search_query", [""])[0], publishedAfter=since,
            )  # fmt: skip
            return
        who: dict[str, Any] = (
            {"id": path.split("/")[2]} if path.startswith("/channel/") else {"forHandle": path.strip("/")}
        )
        yield self.call(source, "channels", self.channel, key=source.url, part="contentDetails", **who)

    def call(self, source: Source, method: str, step: Any, key: str = "", units: int = 1, **given: object) -> Call:  # noqa: ANN401
        """Return the call of a method; `step` gets the source and the answer."""
        base = HOME if (urlsplit(source.url).hostname or "").endswith("youtube.com") else origin(source.url)
        return Call(
            source=source, url=address(f"{base}/youtube/v3/{method}", **given), step=partial(step, source), key=key,
            units=units, secret={"X-Goog-Api-Key": self.secret(KEY, "a key")},
        )  # fmt: skip

    def check(self, answer: Answer) -> None:
        """Give Google's reasons their fates."""
        reasons = {words(row, "reason") for row in rows(answer.data, "error", "errors")}
        reasons |= {words(row, "reason") for row in rows(answer.data, "error", "details")}
        message = words(answer.data, "error", "message")
        if reasons & _FAST:
            raise Busy("YouTube wants us to be slower")
        if reasons & _EMPTY:
            self.desk.budget.close(answer.now)
            raise BadItem(Fate.SPENT, "YouTube's own quota of this key is spent; goes on after its midnight")
        if reasons & _KEY or "API key" in message:
            raise BadItem(Fate.FORBIDDEN, "YouTube does not accept the key", advice=f"Check {KEY}.")
        for reason in sorted(reasons & _NAMED.keys()):
            raise BadItem(*_NAMED[reason])
        good(answer, message[:200])

    def channel(self, source: Source, answer: Answer) -> Iterator[Made]:
        """Ask for the newest uploads of a channel."""
        uploads = words(answer.data, "items", 0, "contentDetails", "relatedPlaylists", "uploads")
        if not uploads:
            raise BadItem(Fate.GONE, "no such channel")
        yield self.call(
            source, "playlistItems", self.found, part="contentDetails", playlistId=uploads, maxResults=VIDEOS
        )

    def found(self, source: Source, answer: Answer) -> Iterator[Made]:
        """Ask for title, description and date of the videos of a playlist or of a search."""
        named = [
            words(row, "contentDetails", "videoId") or words(row, "id", "videoId") for row in rows(answer.data, "items")
        ]
        ids = list(dict.fromkeys(video for video in named if video))[:VIDEOS]
        if ids:
            yield self.call(source, "videos", self.videos, part="snippet,statistics", id=",".join(ids))

    def videos(self, source: Source, answer: Answer) -> Iterator[Made]:
        """Yield the videos, and ask for the comments of those that have any.

        A video is delivered each time, because comments are read by what they stand below.
        """
        for row in rows(answer.data, "items"):
            video, published = words(row, "id"), moment(words(row, "snippet", "publishedAt"), answer.now)
            url = address("https://www.youtube.com/watch", v=video)
            if not video or (self.desk.too_old(published) and not self.desk.known(source, url)):
                continue
            text = f"{words(row, 'snippet', 'title')}\n{words(row, 'snippet', 'description')}".strip()
            item = posts.spoken(source, url, text, published, words(row, "snippet", "channelId"), answer.now)
            yield item
            if number(row, "statistics", "commentCount") or at(row, "statistics", "commentCount") is None:
                yield self.page(source, video, item.post.id if item.post else "", 1)

    def page(self, source: Source, video: str, parent: str, level: int, token: str = "") -> Call:
        """Return the call for a page of threads below a video, newest first."""
        return self.call(
            source, "commentThreads", partial(self.threads, video=video, parent=parent, level=level),
            part="snippet,replies", videoId=video, order="time", textFormat="plainText", maxResults=100,
            pageToken=token,
        )  # fmt: skip

    def threads(self, source: Source, answer: Answer, video: str, parent: str, level: int) -> Iterator[Made]:
        """Yield the comments of a page with their replies; page on while there is news.

        An answer holds only some replies of a thread: the rest is asked for when one that came is new.
        """
        seen: list[Item] = []
        for row in rows(answer.data, "items"):
            inside = rows(row, "replies", "comments")
            top = at(row, "snippet", "topLevelComment")
            items = [i for c in (top, *inside) if (i := self.comment(source, c, answer, video, parent))]
            yield from items
            seen += items
            thread, count = words(row, "id"), number(row, "snippet", "totalReplyCount")
            if thread and count > len(inside) and (self.desk.fresh(source, items) or not inside):
                yield self.more(source, thread, video, parent, 1)
        token = words(answer.data, "nextPageToken")
        if token and level < PAGES and self.desk.fresh(source, seen):
            yield self.page(source, video, parent, level + 1, token)

    def more(self, source: Source, thread: str, video: str, parent: str, level: int, token: str = "") -> Call:
        """Return the call for a page of the replies of a thread."""
        return self.call(
            source, "comments", partial(self.replies, thread=thread, video=video, parent=parent, level=level),
            part="snippet", parentId=thread, textFormat="plainText", maxResults=100, pageToken=token,
        )  # fmt: skip

    def replies(
        self, source: Source, answer: Answer, thread: str, video: str, parent: str, level: int
    ) -> Iterator[Made]:
        """Yield the replies of a thread; those that came with it are known to the pass already."""
        for row in rows(answer.data, "items"):
            item = self.comment(source, row, answer, video, parent)
            if item:
                yield item
        token = words(answer.data, "nextPageToken")
        if token and level < PAGES:
            yield self.more(source, thread, video, parent, level + 1, token)

    def comment(self, source: Source, row: object, answer: Answer, video: str, parent: str) -> Item | None:
        """Return the item of a comment or reply, None for what is none."""
        mark = words(row, "id")
        if not mark:
            return None
        url = address("https://www.youtube.com/watch", v=video, lc=mark)
        author = words(row, "snippet", "authorChannelId", "value") or words(row, "snippet", "authorDisplayName")
        published = moment(words(row, "snippet", "publishedAt"), answer.now)
        return posts.spoken(source, url, words(row, "snippet", "textDisplay"), published, author, answer.now, parent)
