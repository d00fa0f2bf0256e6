"""Nothing that was tried goes unrecorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import MONDAY, make_item, make_opinion, make_post

from monitor.records import Fate
from monitor.store import Store


class Clock:
    def __init__(self):
        self.time = MONDAY

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    with Store.open(tmp_path / "senim.db", clock=clock) as opened:
        yield opened


def test_a_pass_tells_its_fates_and_whether_it_came_to_its_end(store, clock):
    killed, finished = store.begin("crawl"), store.begin("import")
    store.add(finished, [make_item(1), make_item(2), make_item(3, Fate.GONE)])
    clock.time += timedelta(minutes=5)
    store.finish(finished)
    last, first = store.health().passes
    assert (last.id, last.command, last.finished) == (finished, "import", clock.time)
    assert last.fates == {Fate.STORED: 2, Fate.GONE: 1}
    assert (first.id, first.finished, first.fates) == (killed, None, {})
    assert store.failures(finished, Fate.GONE) == [("example", "https://news.example/3", "")]


def test_a_source_that_answers_nothing_readable_has_no_success(store, clock):
    store.add(store.begin("crawl"), [make_item(1, source="good"), make_item(2, Fate.UNREACHABLE, source="bad")])
    clock.time += timedelta(hours=1)
    store.add(store.begin("crawl"), [make_item(3, Fate.FORBIDDEN, source="good")])
    bad, good = store.health().sources
    assert (bad.source, bad.last_success, bad.last_tried, bad.posts) == ("bad", None, MONDAY, 0)
    assert (good.source, good.last_success, good.last_tried, good.posts) == ("good", MONDAY, clock.time, 1)
    assert good.fates == {Fate.STORED: 1, Fate.FORBIDDEN: 1}


def test_counts_say_how_much_there_is(store):
    store.add(store.begin("t"), [make_item(1), make_item(2, published=None), make_item(1, text="Полиция, снова.")])
    store.add_opinions([make_opinion(make_post(2, published=None), sentiment=None, abstained=True)])
    counts = store.health().counts
    wanted = {"posts": 2, "superseded": 1, "undated": 1, "judged": 1, "about": 1, "abstained": 1, "labels": 1}
    assert counts.items() >= wanted.items()


def test_weeks_without_posts_are_missing(store):
    items = [make_item(n, published=MONDAY + timedelta(weeks=n)) for n in (0, 2)]
    store.add(store.begin("t"), [*items, make_item(9, published=None)])
    assert store.weeks() == {"2026-W07": 1, "2026-W09": 1}


def test_jobs_are_listed_latest_first(store):
    for hour, (name, ok) in enumerate([("crawl", True), ("digest", False), ("crawl", False)]):
        start = MONDAY + timedelta(hours=hour)
        store.record_job(name, start, start + timedelta(minutes=1), ok, "why" * (not ok))
    assert [(job.name, job.ok) for job in store.jobs()] == [("crawl", False), ("digest", False), ("crawl", True)]
    assert [job.started.hour for job in store.jobs("crawl", limit=1)] == [8]
    assert store.jobs("alerts") == []
