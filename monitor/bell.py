"""Alerts that rang, and what people said to them: acknowledged, or muted for a time. All of it is append-only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from monitor.connection import Connection, moment, stamp
from monitor.errors import StoreError
from monitor.records import Alert


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertFact:
    """Someone acknowledged an alert, or muted its cell (rule, region, reason) until `until`."""

    alert: str
    kind: Literal["ack", "mute"]
    who: str
    at: datetime
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertState:
    """What people have said to an alert so far: when it was first acknowledged, until when its cell is silent."""

    acknowledged: datetime | None = None
    muted: datetime | None = None


class Bell(Connection):
    """Storing alerts and the facts about them."""

    def add_alerts(self, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        """Store alerts and return those that were not stored before: only they are news."""
        at, new = self.now(), []
        with self.writing() as connection:
            for alert in alerts:
                done = connection.execute(
                    "INSERT OR IGNORE INTO alert (id, rule, week, region, reason, at, what)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (alert.id, alert.rule, alert.week, alert.region, alert.reason, at, json.dumps(asdict(alert))),
                )
                if done.rowcount:
                    new.append(alert)
        return tuple(new)

    def alerts(self, week: str | None = None) -> list[Alert]:
        """Return the alerts of one ISO week or of all, the latest week first, the least probable first."""
        sql = "SELECT what FROM alert WHERE :week IS NULL OR week = :week"
        found = [_to_alert(row["what"]) for row in self.rows(sql, {"week": week})]
        found.sort(key=lambda alert: (alert.q, alert.id))
        return sorted(found, key=lambda alert: alert.week, reverse=True)

    def alert(self, alert_id: str) -> Alert | None:
        """Return one alert, None when there is none."""
        what = self.value("SELECT what FROM alert WHERE id = ?", (alert_id,))
        return _to_alert(what) if what else None

    def acknowledge(self, alert_id: str, who: str, at: datetime, note: str = "") -> None:
        """Write down that someone knows of an alert; the same person's second time is one fact."""
        self._add(AlertFact(alert=alert_id, kind="ack", who=who, at=at, note=note))

    def mute(self, alert_id: str, who: str, at: datetime, until: datetime, note: str = "") -> None:
        """Write down that the cell of an alert shall be silent until `until`; a later fact stands over an earlier."""
        self._add(AlertFact(alert=alert_id, kind="mute", who=who, at=at, until=until, note=note))

    def alert_facts(self, alert_id: str | None = None) -> list[AlertFact]:
        """Return what was said to one alert or to all, the oldest first."""
        sql = "SELECT * FROM alert_fact WHERE :id IS NULL OR alert = :id ORDER BY at, id"
        return [
            AlertFact(
                alert=row["alert"],
                kind=row["kind"],
                who=row["who"],
                at=moment(row["at"]),
                until=moment(row["until"]) if row["until"] else None,
                note=row["note"],
            )
            for row in self.rows(sql, {"id": alert_id})
        ]

    def muted(self, now: datetime) -> dict[tuple[str, str, str], datetime]:
        """Return the cells (rule, region, reason) that are silent at `now`, each with the time of its waking."""
        sql = "SELECT rule, region, reason, until FROM alert_fact f JOIN alert ON alert.id = f.alert"
        latest: dict[tuple[str, str, str], datetime] = {}
        for row in self.rows(sql + " WHERE kind = 'mute' ORDER BY f.at, f.id"):
            latest[row["rule"], row["region"], row["reason"]] = moment(row["until"])
        return {cell: until for cell, until in latest.items() if until > now}

    def alert_states(self, now: datetime) -> dict[str, AlertState]:
        """Return the state of each alert at `now`, by its id; one that nobody answered has an empty one."""
        silent = self.muted(now)
        first: dict[str, datetime] = {}
        for fact in self.alert_facts():
            if fact.kind == "ack":
                first.setdefault(fact.alert, fact.at)
        return {
            a.id: AlertState(acknowledged=first.get(a.id), muted=silent.get((a.rule, a.region, a.reason)))
            for a in self.alerts()
        }

    def _add(self, fact: AlertFact) -> None:
        values = (fact.alert, fact.kind, fact.who, stamp(fact.until) if fact.until else None)
        with self.writing() as connection:
            if not connection.execute("SELECT 1 FROM alert WHERE id = ?", (fact.alert,)).fetchone():
                raise StoreError("there is no such alert", where=fact.alert, advice="List them with `senim alerts`.")
            sql = "SELECT 1 FROM alert_fact WHERE alert = ? AND kind = ? AND who = ? AND until IS ?"
            if not connection.execute(sql, values).fetchone():
                connection.execute(
                    "INSERT INTO alert_fact (alert, kind, who, until, at, note) VALUES (?, ?, ?, ?, ?, ?)",
                    (*values, stamp(fact.at), fact.note),
                )


def _to_alert(text: str) -> Alert:
    values = json.loads(text)
    return Alert(**{**values, "posts": tuple(values["posts"]), "reasons": tuple(values.get("reasons", ()))})
