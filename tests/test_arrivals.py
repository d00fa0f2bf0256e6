"""Arrivals by local day, kept by triggers, are those that the fates tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from test_tallies import new_store

from monitor.ledger import READ
from monitor.triggers import READ as WORDS
from monitor.weeks import local


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([*WORDS, "unchanged", "gone"]), st.integers(0, 300))))
def test_arrivals_are_counted_as_they_are_written_down(told):
    with TemporaryDirectory() as folder, new_store(folder) as store:
        pass_id = store.begin("test")
        first, silent = {}, set()
        for key, fate, hour in told:
            at = datetime(2024, 2, 26, tzinfo=UTC) + timedelta(hours=hour)  # the zone changes on the fourth day
            with store.writing() as connection:
                connection.execute(
                    "INSERT INTO fate (pass, key, source, fate, detail, at) VALUES (?, ?, 'paper', ?, '', ?)",
                    (pass_id, str(key), fate, at.isoformat(timespec="microseconds")),
                )
            day = local(at).date()
            if fate in WORDS:
                first.setdefault(key, day)
            elif fate == "unchanged":
                silent.add(day)
        days = list(first.values())
        assert store.arrivals().get("paper", {}) == dict.fromkeys(silent, 0) | {d: days.count(d) for d in days}


def test_triggers_and_ledger_mean_the_same_fates():
    assert {fate.value for fate in READ} == set(WORDS)
