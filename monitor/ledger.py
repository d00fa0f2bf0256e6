"""The ledger of work: passes with the fate of every item, jobs of the timetable, and the health drawn from both."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from monitor.connection import Connection, Row, moment, stamp
from monitor.records import Fate

# A source works when something of it could be read, whatever became of it then.
READ = (Fate.STORED, Fate.NEW_VERSION, Fate.DUPLICATE, Fate.NOT_RELEVANT, Fate.TOO_SHORT)
# These say neither that pages can be read nor that they cannot; an address that may not be asked is no failure either.
_SAYS_NOTHING = (Fate.UNCHANGED, Fate.EMPTY, Fate.SPENT, Fate.POSSIBLE_GAP)
# A page that was stored once and is gone now: publishers delete, and that says nothing of how its source fares.
_DELETED = "(fate = 'gone' AND EXISTS (SELECT 1 FROM post WHERE url = key AND post.source = fate.source))"
RECENT = 10  # passes that a source's grade looks back on


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """One run of a command over items; `finished` is None while it runs, or for ever when it was killed."""

    id: int
    command: str
    started: datetime
    finished: datetime | None
    fates: dict[Fate, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    """What came of a source: `last_success` is when something of it could last be read, `posts` are stored.

    `recent` are the fates of its last passes that say how it fares, the latest first; `undated` counts its posts
    without a date.
    """

    source: str
    last_success: datetime | None
    last_tried: datetime | None
    fates: dict[Fate, int]
    posts: int
    recent: tuple[dict[Fate, int], ...] = ()
    undated: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One run of a job of the timetable."""

    name: str
    started: datetime
    finished: datetime
    ok: bool
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The state of collection: the latest passes first, sources by name, and how much there is of what."""

    passes: tuple[Pass, ...]
    sources: tuple[SourceHealth, ...]
    counts: dict[str, int]


class Ledger(Connection):
    """Writing down what was done, and telling how it went."""

    def begin(self, command: str) -> int:
        """Open a pass and return its id."""
        with self.writing() as connection:
            sql = "INSERT INTO pass (command, started) VALUES (?, ?)"
            return int(connection.execute(sql, (command, self.now())).lastrowid or 0)

    def finish(self, pass_id: int) -> None:
        """Close a pass; one that is never closed was killed."""
        with self.writing() as connection:
            connection.execute("UPDATE pass SET finished = ? WHERE id = ?", (self.now(), pass_id))

    def fates(self, pass_id: int) -> Counter[Fate]:
        """Return how many items of a pass met which fate."""
        found = self.rows("SELECT fate, count(*) AS n FROM fate WHERE pass = ? GROUP BY fate", (pass_id,))
        return Counter({Fate(row["fate"]): row["n"] for row in found})

    def failures(self, pass_id: int, fate: Fate) -> list[tuple[str, str, str]]:
        """Return (source, key, detail) of the items of a pass that met `fate`, in order."""
        sql = "SELECT source, key, detail FROM fate WHERE pass = ? AND fate = ? ORDER BY id"
        return [(row["source"], row["key"], row["detail"]) for row in self.rows(sql, (pass_id, fate.value))]

    def health(self, passes: int = 20) -> Health:
        """Return the last `passes` passes, every source ever met, and counts of the tables."""
        return Health(passes=self._passes(passes), sources=self._sources(), counts=self._counts())

    def weeks(self) -> dict[str, int]:
        """Return the number of posts published in each ISO week that has any: a week that lacks is a gap."""
        sql = "SELECT week, count(*) AS n FROM post WHERE newest AND week != '' GROUP BY week ORDER BY week"
        return {row["week"]: row["n"] for row in self.rows(sql)}

    def arrivals(self) -> dict[str, dict[date, int]]:
        """Return how many things each source brought on each local day, relevant or not; what came twice counts once.

        A day on which the source answered that there is nothing new is there with 0.
        """
        found: dict[str, dict[date, int]] = defaultdict(dict)
        for row in self.rows("SELECT source, day, n FROM arrival ORDER BY source, day"):
            found[row["source"]][date.fromisoformat(row["day"])] = row["n"]
        return dict(found)

    def spoken(self) -> dict[tuple[str, str], dict[date, int]]:
        """Return how many posts of each source and language were stored on each local day."""
        found: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
        sql = "SELECT source, language, date(fetched, '+5 hours') AS day, count(*) AS n FROM post WHERE version = 1"
        for row in self.rows(sql + " GROUP BY source, language, day"):
            found[row["source"], row["language"]][date.fromisoformat(row["day"])] = row["n"]
        return dict(found)

    def undated(self) -> int:
        """Return how many posts have no date, and are in no week."""
        return int(self.value("SELECT count(*) FROM post WHERE newest AND published IS NULL"))

    def record_job(self, name: str, started: datetime, finished: datetime, ok: bool, detail: str = "") -> None:
        """Write down one run of a job."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO job (name, started, finished, ok, detail) VALUES (?, ?, ?, ?, ?)",
                (name, stamp(started), stamp(finished), int(ok), detail),
            )

    def jobs(self, name: str | None = None, limit: int = 100) -> list[Job]:
        """Return the last runs of one job or of all, the latest first."""
        sql = "SELECT * FROM job WHERE :name IS NULL OR name = :name ORDER BY started DESC, id DESC LIMIT :limit"
        return [_to_job(row) for row in self.rows(sql, {"name": name, "limit": limit})]

    def _passes(self, limit: int) -> tuple[Pass, ...]:
        return tuple(
            Pass(
                id=row["id"],
                command=row["command"],
                started=moment(row["started"]),
                finished=moment(row["finished"]) if row["finished"] else None,
                fates=dict(self.fates(row["id"])),
            )
            for row in self.rows("SELECT * FROM pass ORDER BY id DESC LIMIT ?", (limit,))
        )

    def _sources(self) -> tuple[SourceHealth, ...]:
        found: dict[str, dict[Fate, tuple[int, str]]] = defaultdict(dict)
        for row in self.rows("SELECT source, fate, count(*) AS n, max(at) AS at FROM fate GROUP BY source, fate"):
            found[row["source"]][Fate(row["fate"])] = (row["n"], row["at"])
        kept = {
            row["source"]: (row["n"], row["bare"])
            for row in self.rows(
                "SELECT source, count(*) AS n, sum(published IS NULL) AS bare FROM post WHERE newest GROUP BY source"
            )
        }
        recent = self._recent()
        return tuple(
            SourceHealth(
                source=source,
                last_success=_latest([at for fate, (_, at) in fates.items() if fate in READ]),
                last_tried=_latest([at for _, at in fates.values()]),
                fates={fate: count for fate, (count, _) in fates.items()},
                posts=kept.get(source, (0, 0))[0],
                recent=recent.get(source, ()),
                undated=kept.get(source, (0, 0))[1],
            )
            for source, fates in sorted(found.items())
        )

    def _recent(self) -> dict[str, tuple[dict[Fate, int], ...]]:
        silent = ", ".join(f"'{fate.value}'" for fate in _SAYS_NOTHING)
        found: dict[str, dict[int, dict[Fate, int]]] = defaultdict(lambda: defaultdict(dict))
        for row in self.rows(
            "SELECT source, pass, fate, n FROM (SELECT source, pass, fate, count(*) AS n,"
            " dense_rank() OVER (PARTITION BY source ORDER BY pass DESC) AS place"
            f" FROM fate WHERE fate NOT IN ({silent}) AND NOT {_DELETED}"
            " GROUP BY source, pass, fate) WHERE place <= ? ORDER BY pass DESC",
            (RECENT,),
        ):
            found[row["source"]][row["pass"]][Fate(row["fate"])] = row["n"]
        return {source: tuple(passes.values()) for source, passes in found.items()}

    def _counts(self) -> dict[str, int]:
        return dict(
            self.rows(
                "SELECT (SELECT count(*) FROM post WHERE newest) AS posts,"
                " (SELECT count(*) FROM post WHERE NOT newest) AS superseded,"
                " (SELECT count(*) FROM post WHERE newest AND published IS NULL) AS undated,"
                " (SELECT count(*) FROM current JOIN post ON number = post WHERE newest) AS judged,"
                " (SELECT count(*) FROM current JOIN post ON number = post WHERE newest AND about) AS about,"
                " (SELECT count(*) FROM current JOIN post ON number = post WHERE newest AND abstained) AS abstained,"
                " (SELECT count(DISTINCT story) FROM story JOIN post ON number = post WHERE newest) AS stories,"
                " (SELECT count(*) FROM label) AS labels, (SELECT count(*) FROM alert) AS alerts,"
                " (SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'given up')) AS waiting,"
                " (SELECT count(*) FROM outbox WHERE state = 'given up') AS given_up"
            )[0]
        )


def _latest(times: list[str]) -> datetime | None:
    return moment(max(times)) if times else None


def _to_job(row: Row) -> Job:
    return Job(
        name=row["name"],
        started=moment(row["started"]),
        finished=moment(row["finished"]),
        ok=bool(row["ok"]),
        detail=row["detail"],
    )
