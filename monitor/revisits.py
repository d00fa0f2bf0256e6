"""Which stored pages are asked again, and which of them their server has taken away.

Pages are corrected and deleted in their first days, mostly after they have left the feed: so young pages are asked
again, once a day each, wherever no listing did it already. A page that is gone is kept with its words; that it is gone
is what the last fate of its address says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.connection import Connection, moment, stamp
from monitor.records import Fate, Post

PAUSE = timedelta(hours=23)  # once a day, whatever the minute of the pass
_ASKED = ", ".join(f"'{fate.value}'" for fate in Fate)
_READ = ", ".join(f"'{fate.value}'" for fate in (Fate.STORED, Fate.NEW_VERSION, Fate.DUPLICATE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """A page to be asked again, with what its listing said of it when it was found."""

    url: str
    published: datetime | None
    title: str


class Revisits(Connection):
    """Asking pages again, and telling what came of it."""

    def to_revisit(self, source: str, now: datetime, *, days: float, limit: int) -> list[Again]:
        """Return up to `limit` articles of the last `days` that nobody asked for since yesterday, the newest first.

        Those that are gone already are not asked again.
        """
        rows = self.rows(
            "SELECT url, published, title FROM post WHERE source = :source AND newest AND kind = 'article'"
            " AND published BETWEEN :begin AND :now AND fetched < :pause AND url LIKE 'http%'"
            f" AND NOT EXISTS (SELECT 1 FROM fate WHERE source = :source AND fate IN ({_ASKED}) AND key = url"
            " AND (at >= :pause OR fate = 'gone')) ORDER BY published DESC, url LIMIT :limit",
            {
                "source": source,
                "begin": stamp(now - timedelta(days=days)),
                "now": stamp(now),
                "pause": stamp(now - PAUSE),
                "limit": limit,
            },
        )
        return [Again(url=r["url"], published=moment(r["published"]), title=r["title"]) for r in rows]

    def gone(self, post: Post) -> datetime | None:
        """Return when the server first said that the page of a post is gone (404, 410), None while it is there."""
        sql = (
            "SELECT min(at) FROM fate WHERE source = :source AND fate = 'gone' AND key = :url AND at > coalesce("
            f"(SELECT max(at) FROM fate WHERE source = :source AND fate IN ({_READ}) AND key = :url), '')"
        )
        at = self.value(sql, {"source": post.source, "url": post.url}) if post.url else None
        return moment(str(at)) if at else None
