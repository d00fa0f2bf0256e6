"""A source that falls or rises abruptly is told with its day; weekends, growth, quiet sources and gaps are not."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import MONDAY, make_item, make_post
from click.testing import CliRunner

from monitor import settings
from monitor.cli import main
from monitor.records import Fate
from monitor.store import Store
from monitor.volumes import turns

TODAY = date(2026, 3, 2)


def days(rate, number=70, seed=1):
    """Poisson counts of the last days, the rate by how many days ago."""
    draw = random.Random(seed)

    def count(mean):
        left, n = 1.0, -1
        while left > 2.718281828**-mean:
            left, n = left * draw.random(), n + 1
        return max(n, 0)

    return {TODAY - timedelta(days=ago): count(rate(ago)) for ago in range(number, 0, -1)}


def of(counts, languages=None):
    return turns({"paper": counts}, languages or {}, TODAY).get("paper", ())


@pytest.mark.parametrize(("before", "after"), [(12, 3), (4, 14), (20, 0)])
def test_an_abrupt_change_is_told_with_its_day_and_figures(before, after):
    (turn,) = of(days(lambda ago: after if ago <= 9 else before))
    assert abs((turn.since - (TODAY - timedelta(days=9))).days) <= 1
    assert turn.before == pytest.approx(before, rel=0.25)
    assert turn.after == pytest.approx(after, rel=0.35, abs=0.2)


def test_what_is_no_abrupt_change():
    for seed in range(12):
        assert of(days(lambda _: 8, seed=seed)) == ()
        weekend = days(lambda ago: 2 if (TODAY - timedelta(days=ago)).weekday() > 4 else 12, seed=seed)
        assert of(weekend) == ()
        assert of(days(lambda _: 0.2, seed=seed)) == ()


def test_days_on_which_nobody_was_asked_are_no_silence():
    counts = {day: n for day, n in days(lambda _: 8).items() if (TODAY - day).days >= 16}
    assert of(counts) == ()
    other = days(lambda _: 5, seed=2)
    (turn,) = turns({"paper": counts, "other": other}, {}, TODAY)["paper"]  # others were: this one was silent
    assert (turn.after, turn.since) == (0.0, TODAY - timedelta(days=15))


def test_a_language_may_fall_while_the_source_does_not():
    kazakh = days(lambda ago: 0 if ago <= 12 else 6)
    whole = {day: 30 + n for day, n in days(lambda _: 6, seed=3).items()}
    found = of(whole, {("paper", "kk"): kazakh})
    assert [(t.language, t.after) for t in found] == [("kk", 0.0)]


def test_the_command_shows_it(tmp_path):
    run = CliRunner()
    assert run.invoke(main, ["init", str(tmp_path / "here")]).exit_code == 0
    home = settings.load(tmp_path / "here")
    name = next(s.id for s in home.sources if s.enabled)
    now = clock = datetime.now(UTC)
    number = 0
    with Store.open(home.database, clock=lambda: clock) as store:
        for ago in range(30, 0, -1):
            clock = now - timedelta(days=ago)
            made = []
            for _ in range(9 if ago > 8 else 1):
                number += 1
                made.append(make_item(number, source=name, fetched=clock, published=MONDAY))
            store.add(store.begin("crawl"), made)
    at = ["--home", str(tmp_path / "here"), "sources", "health"]
    rows = {r["source"]: r for r in json.loads(run.invoke(main, [*at, "--json"]).output)}
    assert [(t["language"], t["before"], t["after"]) for t in rows[name]["volume"]] == [
        ("", 9.0, 1.0),
        ("ru", 9.0, 1.0),
    ]
    assert "fell from 9.0 to 1.0 a day since" in run.invoke(main, at).output


def test_a_deleted_page_says_nothing_of_its_source(tmp_path):
    with Store.open(tmp_path / "senim.db") as store:
        store.add(store.begin("crawl"), [make_item(1)])
        store.add(store.begin("crawl"), [make_item(1, fate=Fate.GONE)])
        assert [set(p) for p in store.health().sources[0].recent] == [{Fate.STORED}]
        store.add(store.begin("crawl"), [make_item(2, fate=Fate.GONE)])
        assert set(store.health().sources[0].recent[0]) == {Fate.GONE}
        assert store.post(make_post(1).id)
