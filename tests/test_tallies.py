"""Sums that are kept equal those of all posts, whatever came in whatever order."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from builders import MONDAY, make_item, make_opinion, make_post
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import sums, tallies
from monitor.correction import Confusion, correction
from monitor.records import BodyStance, Citation, Item
from monitor.store import Store
from monitor.stories import fingerprint
from monitor.trends import Grounds, figures, tally
from monitor.weeks import period_of

MODEL = "m1"
COUNTS = [[80, 12, 4, 4], [9, 70, 11, 10], [3, 10, 80, 7]]
GROUNDS = Grounds(correction=correction(Confusion(model=MODEL, counts={"ru": COUNTS, "kk": COUNTS})))
SOURCES = ("paper", "agency", "ministry")
WORDS_OF_STORIES = (
    "Полиция Караганды задержала троих подозреваемых в краже скота, животных вернули хозяевам, идёт следствие по делу",
    "Жители посёлка жалуются: участковый не приходит на вызовы третий месяц, заявления остаются без всякого ответа",
    "Инспекторы помогли семье, чья машина застряла в метель на трассе, и довезли детей до ближайшей больницы города",
)


def new_store(folder, now=MONDAY + timedelta(days=200)):
    store = Store.open(Path(folder) / "senim.db", clock=lambda: now)
    store.declare_sources([SimpleNamespace(id=name, official=name == "ministry") for name in SOURCES])
    return store


def assert_kept_equals_full(store):
    """Compare every kept grain and fold with all posts counted at once: cells with all their figures, exactly."""
    rows = list(store.judged())
    for names in sorted(tallies.GRAINS):
        by = [name for name in ("region", "week", "language", "body", "reason") if name == "week" or name in names]
        for fold in ("week", "month"):
            found = store.tallied(by, fold=fold, model=MODEL)
            kept = figures(found, k=2, fold=fold, grounds=GROUNDS) if found else ()
            assert kept == tally(rows, by=by, k=2, fold=fold, grounds=GROUNDS)


POSTS = st.builds(
    lambda number, day, story, source, region, language, kind: make_post(
        number,
        published=MONDAY + timedelta(days=day, hours=number % 24),
        text=f"{WORDS_OF_STORIES[story]}",
        fingerprint=fingerprint(WORDS_OF_STORIES[story]),
        source=SOURCES[source],
        regions=(("KZ-75",), ("KZ-71", "KZ-75"), ())[region],
        language=language,
        kind=kind,
        url=f"https://news.example/{number}",
    ),
    st.integers(0, 8), st.integers(0, 40), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2),
    st.sampled_from(["ru", "kk"]), st.sampled_from(["article", "article", "answer"]),
)  # fmt: skip
OPINIONS = st.builds(
    lambda at, sentiment, abstained, about, reasons, model, toward: (
        at,
        {
            "sentiment": None if abstained or not about else sentiment,
            "abstained": abstained,
            "about": about,
            "reasons": tuple(Citation(code=code, start=0, end=3, confidence=0.9) for code in reasons) if about else (),
            "model": model,
            "bodies": ("police", "court")[: 1 + (toward is not None)],
            "stances": (BodyStance(body="court", sentiment=toward, confidence=0.9, probabilities=(0.9, 0.1, 0.0)),)
            if toward and about
            else (),
        },
    ),
    st.integers(0, 30), st.sampled_from(["negative", "neutral", "positive"]), st.booleans(),
    st.sampled_from([True, True, True, False]), st.sets(st.sampled_from(["rude", "corrupt"])),
    st.sampled_from(["m1", "m1", "m2", "person:a"]), st.sampled_from([None, "positive"]),
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(POSTS, min_size=1, max_size=4)),
        st.tuples(st.just("judge"), st.lists(OPINIONS, min_size=1, max_size=6)),
        st.tuples(st.just("link"), st.none()),
        st.tuples(st.just("keep"), st.sampled_from([MODEL, MODEL, "other"])),
        st.tuples(st.just("forget"), st.integers(0, 8)),
        st.tuples(st.just("declare"), st.sampled_from(SOURCES)),
    ),
    max_size=14,
)


def step(store, pass_id, what, given_):
    """Do one of the things that change figures."""
    if what == "add":
        items = [Item(key=p.url, source=p.source, fate=make_item(0).fate, post=p) for p in given_]
        store.add(pass_id, items)
    elif what == "judge":
        ids = [row["id"] for row in store.rows("SELECT id FROM post ORDER BY id")]
        opinions = [make_opinion(ids[at % len(ids)], **values) for at, values in given_ if ids]
        store.add_opinions(opinions)
    elif what == "link":
        store.link_stories()
    elif what == "keep":
        store.keep_tallies(given_)
    elif what == "forget":
        store.forget(url=f"https://news.example/{given_}")
    else:
        store.declare_sources([SimpleNamespace(id=name, official=name == given_) for name in SOURCES])


@settings(deadline=None, max_examples=20)
@given(STEPS)
def test_what_is_kept_equals_a_full_recomputation_after_any_history(steps):
    with TemporaryDirectory() as folder, new_store(folder) as store:
        pass_id = store.begin("test")
        for what, given_ in steps:
            step(store, pass_id, what, given_)
        assert_kept_equals_full(store)
        store.keep_tallies(MODEL)
        assert store.rows("SELECT * FROM stale") == []
        assert_kept_equals_full(store)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(POSTS, OPINIONS), min_size=1, max_size=12), st.randoms())
def test_the_order_of_arrival_does_not_matter(pairs, chance):
    """One label each: of two by one person the later counts, and versions are told by when they were fetched."""
    unique = list({post.url: (post, values) for post, (_, values) in pairs}.values())
    found = []
    for shuffled in (False, True):
        told = list(unique)
        if shuffled:
            chance.shuffle(told)
        with TemporaryDirectory() as folder, new_store(folder) as store:
            pass_id = store.begin("test")
            for post, values in told:
                store.add(pass_id, [Item(key=post.url, source=post.source, fate=make_item(0).fate, post=post)])
                store.add_opinions([make_opinion(post, **values)])
                if shuffled and chance.random() < 0.5:
                    store.link_stories()
                    store.keep_tallies(MODEL)
            store.link_stories()
            store.keep_tallies(MODEL)
            kept = store.tallied(("region", "week", "reason"), model=MODEL)
            found.append((kept and sums.to_json(kept), store.arrivals()))
    assert found[0] == found[1]


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(POSTS, OPINIONS), min_size=1, max_size=12))
def test_months_quarters_and_half_years_add_up_exactly(pairs):
    with TemporaryDirectory() as folder, new_store(folder) as store:
        pass_id = store.begin("test")
        for post, (_, values) in pairs:
            store.add(pass_id, [Item(key=post.url, source=post.source, fate=make_item(0).fate, post=post)])
            store.add_opinions([make_opinion(post, **values)])
        store.keep_tallies(MODEL)
        rows = list(store.judged())
        days = {row.published: row for row in rows}
        assert sum(cell.posts for cell in tally(rows, by=("week",))) == sum(not r.official for r in rows)
        months = store.tallied(("region", "week"), fold="month", model=MODEL)
        if months is None:
            return
        for fold in ("quarter", "half"):
            of = {period_of(day, "month"): period_of(day, fold) for day in days}
            whole = tally(rows, by=("region", "week"), fold=fold)
            for name in ("posts", "negative", "neutral", "positive", "abstained"):
                added = {}
                for (region, month), number in zip(months.places, months.counts[name].tolist(), strict=True):
                    added[region, of[month]] = added.get((region, of[month]), 0) + number
                assert added == {(cell.region, cell.week): getattr(cell, name) for cell in whole}


def test_only_weeks_that_changed_are_added_up_anew(tmp_path):
    with new_store(tmp_path) as store:
        pass_id = store.begin("test")
        posts = [make_post(n, published=MONDAY + timedelta(weeks=n)) for n in range(6)]
        store.add(pass_id, [Item(key=p.url, source="paper", fate=make_item(0).fate, post=p) for p in posts])
        store.add_opinions([make_opinion(p) for p in posts])
        assert store.keep_tallies(MODEL) == 6 + 2  # weeks, and the months that they lie in
        assert store.keep_tallies(MODEL) == 0
        store.add_opinions([make_opinion(posts[2], model="person:a", sentiment="positive")])
        assert {row["period"] for row in store.rows("SELECT period FROM stale WHERE fold = 'week'")} == {"2026-W09"}
        assert store.keep_tallies(MODEL) == 1 + 2  # a week, and the two months that it lies in
        assert store.keep_tallies("another") == 6 + 2
        store.declare_sources([SimpleNamespace(id=name, official=name == "ministry") for name in SOURCES])
        assert store.keep_tallies("another") == 0


def test_a_month_that_is_not_over_is_added_up_when_asked_for(tmp_path):
    with new_store(tmp_path, now=MONDAY + timedelta(days=3)) as store:
        post = make_post(1)
        store.add(store.begin("test"), [make_item(1)])
        store.add_opinions([make_opinion(post)])
        assert store.keep_tallies(MODEL) == 1
        found = store.tallied(("week",), fold="month", model=MODEL)
        assert found.places == [("2026-02",)]
        assert found.counts["posts"].tolist() == [1]


def test_sums_that_are_not_kept_are_refused(tmp_path):
    with new_store(tmp_path) as store, pytest.raises(ValueError, match="no sums"):
        store.tallied(("region", "week", "language", "body"))


def test_a_database_of_before_is_brought_up_to_date(tmp_path):
    with new_store(tmp_path) as store:
        pass_id = store.begin("test")
        posts = [make_post(n, published=MONDAY + timedelta(weeks=n), source="paper") for n in range(4)]
        items = [Item(key=p.url, source="paper", fate=make_item(0).fate, post=p) for p in posts]
        store.add(pass_id, items[:3])
        store.link_stories()
        store.add(pass_id, items[2:])  # one of them a second time
        store.add_opinions([make_opinion(post) for post in posts])
        arrivals = store.arrivals()
        _undo_migration(store)
    with new_store(tmp_path) as store:
        assert store.arrivals() == arrivals
        assert {row["id"] for row in store.rows("SELECT id FROM unlinked JOIN post ON number = post")} == {posts[3].id}
        assert len(store.rows("SELECT * FROM stale WHERE fold = 'week'")) == 4
        assert_kept_equals_full(store)
        store.keep_tallies(MODEL)
        assert_kept_equals_full(store)


def test_a_killed_process_loses_nothing(tmp_path):
    with new_store(tmp_path) as store:
        posts = [make_post(n, published=MONDAY + timedelta(days=n)) for n in range(40)]
        items = [Item(key=p.url, source="paper", fate=make_item(0).fate, post=p) for p in posts]
        store.add(store.begin("test"), items)
        for wait in (0.0, 0.03, 0.1):
            store.add_opinions([make_opinion(post, model=f"person:{wait}") for post in posts])
            code = f"from monitor.store import Store; s = Store.open({str(store.path)!r}); print(1, flush=True)"
            child = subprocess.Popen(
                [sys.executable, "-c", f"{code}; s.keep_tallies({MODEL!r})"], stdout=subprocess.PIPE
            )
            child.stdout.read(1)
            time.sleep(wait)
            child.kill()
            child.wait()
            child.stdout.close()
            assert_kept_equals_full(store)
        store.keep_tallies(MODEL)
        assert store.check() == ()
        assert store.rows("SELECT * FROM stale") == []


def _undo_migration(store):
    """Make a database as it was before sums were kept."""
    connection = store.database.conn
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for table in ("stale", "tallied", "arrival", "unlinked", "judged_below"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("DROP INDEX post_undated")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = '007 tallies'")


def test_posts_that_turn_out_to_be_coordinated_are_added_up_anew(tmp_path):
    with new_store(tmp_path) as store:
        posts = [make_post(n, source="paper") for n in range(4)]
        items = [Item(key=p.url, source="paper", fate=make_item(0).fate, post=p) for p in posts]
        store.add(store.begin("test"), items)
        store.add_opinions([make_opinion(post) for post in posts])
        for sql in (
            "INSERT INTO chorus (post, chorus, account) SELECT number, 'c', number FROM post WHERE number < 4",
            "UPDATE chorus SET chorus = '' WHERE post = 3",
            "DELETE FROM chorus WHERE post = 2",
        ):
            store.keep_tallies(MODEL)
            with store.writing() as connection:
                connection.execute(sql)
            assert [row["period"] for row in store.rows("SELECT period FROM stale WHERE fold = 'week'")] == ["2026-W07"]
            assert_kept_equals_full(store)
