"""Weekly sums kept in the database: a question about trends reads them, and only weeks that changed see their posts.

Triggers mark the weeks that a change touches (`monitor.triggers`). Each is then added up from its posts anew, never
added to: so what is kept equals a full recomputation week by week, and a week that could not be brought up to date yet
is added up when it is asked for. A reader never has to wait for a writer.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from monitor import counting, sums, voices
from monitor.labels import JUDGED, Labels
from monitor.sums import Posts, Sums
from monitor.trends import DIMENSIONS
from monitor.triggers import FOLDS
from monitor.weeks import end, period_of, periods, start, weeks_in

_MOMENT = timedelta(seconds=1)
NAMED = ("region", "language", "body", "reason")
# Of which dimensions beside the week sums are kept, in the order of `trends.DIMENSIONS`: up to two of them. With more,
# cells are nearly as many as posts.
GRAINS = frozenset(names for number in range(3) for names in combinations(NAMED, number))


def kept(by: Sequence[str], fold: str) -> bool:
    """Tell whether sums by these dimensions, the week among them, are kept in the database."""
    return fold in FOLDS and "week" in by and tuple(name for name in by if name != "week") in GRAINS


class Tallies(Labels):
    """Keeping sums by period, and answering from them."""

    def tallied(
        self,
        by: Sequence[str],
        first: str | None = None,
        last: str | None = None,
        fold: str = "week",
        model: str = "",
    ) -> Sums | None:
        """Return the sums of all periods that weeks `first` to `last` touch, None when there are no posts.

        They equal `sums.add_up` over all posts of those periods. `by` is in the order of `trends.DIMENSIONS`, `model`
        the one whose error was measured. ValueError for sums that are not kept.
        """
        if not kept(by, fold):
            raise ValueError(f"no sums by {', '.join(by)} and {fold} are kept")
        begin, finish = periods(first, last, fold)
        low, high = begin or "", finish or "~"
        sql = "SELECT period, sums FROM tallied WHERE fold = ? AND grain = ? AND basis = ? AND period BETWEEN ? AND ?"
        with self.snapshot():
            changed = {period for period in self._stale(fold, model) if low <= period <= high}
            found = self.rows(sql, (fold, ",".join(by), basis(model), low, high))
            parts = [sums.from_json(row["sums"]) for row in found if row["period"] not in changed]
            parts += [sums.add_up(self._posts(period, fold, model), by) for period in sorted(changed)]
        parts = [part for part in parts if part.places]
        return sums.merged(parts) if parts else None

    def keep_tallies(self, model: str = "") -> int:
        """Bring what is kept up to date and return how many periods were added up anew.

        Each is a transaction of its own, which holds off other writers while its posts are read. A month that is not
        over is left: it would be read again after every pass.
        """
        done = 0
        for fold in FOLDS:
            with self.writing() as connection:
                marked = self._stale(fold, model)
                connection.execute("DELETE FROM stale WHERE fold = ?", (fold,))
                connection.executemany("INSERT INTO stale (fold, period) VALUES (?, ?)", [(fold, p) for p in marked])
            running = period_of(self.clock(), fold)
            for period in sorted(p for p in marked if fold == "week" or p < running):
                with self.writing() as connection:
                    self._keep(connection, period, fold, model)
                done += 1
        return done

    def _keep(self, connection: sqlite3.Connection, period: str, fold: str, model: str) -> None:
        posts = self._posts(period, fold, model)
        connection.execute("DELETE FROM tallied WHERE fold = ? AND period = ?", (fold, period))
        for names in sorted(GRAINS) if posts.rows else ():
            by = [name for name in DIMENSIONS if name == "week" or name in names]
            row = (fold, period, ",".join(by), basis(model), sums.to_json(sums.add_up(posts, by)))
            connection.execute("INSERT INTO tallied (fold, period, grain, basis, sums) VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("DELETE FROM stale WHERE fold = ? AND period = ?", (fold, period))

    def _stale(self, fold: str, model: str) -> set[str]:
        """Return the periods of which what is kept does not hold any more, or was added up for another model."""
        found = {row["period"] for row in self.rows("SELECT period FROM stale WHERE fold = ?", (fold,))}
        if fold != "week":  # a trigger knows the week of a post and no calendar; a week touches two months at most
            ends = ((start(p), end(p)) if "W" in p else None for p in found)
            found = {p for p in found if "W" not in p} | {
                period_of(moment, fold) for both in ends if both for moment in (both[0], both[1] - _MOMENT)
            }
        other = "SELECT period FROM tallied WHERE fold = ? AND grain = 'week' AND basis != ?"
        return found | {row["period"] for row in self.rows(other, (fold, basis(model)))}

    def _posts(self, period: str, fold: str, model: str) -> Posts:
        found = self.judged(*weeks_in(period))
        return Posts(((post, period) for post in found if period_of(post.published, fold) == period), model=model)


@lru_cache
def basis(model: str) -> str:
    """Return what kept sums rest on: the rules of counting, by a hash of their source, and the model measured."""
    code = [Path(str(module.__file__)).read_bytes() for module in (counting, voices, sums)]
    return hashlib.sha1(b"\x1f".join([*code, JUDGED.encode()])).hexdigest()[:12] + ":" + model
