"""Two crawling processes share one frontier: nothing is asked twice, and what a killed one had in hand is not lost."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import redis_server
import world as w

from crawlers import together, wire
from crawlers.crawl import crawl
from crawlers.visits import Visits
from monitor.errors import CrawlError
from monitor.records import Fate
from monitor.settings import CrawlSettings

pytestmark = pytest.mark.skipif(bool(redis_server.MISSING), reason=f"needs {redis_server.MISSING}")
PAGES = 200
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server.serve(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def world():
    with w.serve() as world:
        yield world


def site(world, pages=PAGES, delay=0.0):
    """A feed and a sitemap that name the same pages, and some more."""
    date = format_datetime(NOW - timedelta(hours=5))
    for n in range(pages):
        world.put(f"/{n}", w.article(f"Страница номер {n}", paragraphs=2), delay=delay)
    world.put("/feed.xml", w.feed(world, [(f"/{n}", date) for n in range(pages)]))


def collect(world, frontier, sources=None, **given):
    items = []
    crawl(w.settings(frontier=frontier, **given), sources or [w.source(world)], items.append, lambda _: (), None)
    return items


def test_two_processes_ask_each_page_once_and_deliver_all(redis, world):
    site(world)
    world.put("/comments", w.article("Страница с отзывами"))
    items = collect(world, redis)
    assert sorted(i.key.removeprefix(world.url) for i in items) == sorted(f"/{n}" for n in range(PAGES))
    assert {i.fate for i in items} == {Fate.STORED}
    assert max(world.count[f"/{n}"] for n in range(PAGES)) == 1
    assert world.count["/feed.xml"] == 1
    assert world.count["/robots.txt"] == 2  # each process reads it for itself
    assert keys(redis) == []


def keys(url):
    from redis import Redis

    return list(Redis.from_url(url).scan_iter("senim:*"))


@pytest.fixture
def children(monkeypatch):
    """The crawling processes, as they are started."""
    started, start = [], together.single.start
    monkeypatch.setattr(together.single, "start", lambda: started.append(start()) or started[-1])
    return started


def test_what_a_killed_process_had_in_hand_is_taken_up_again(redis, world, children):
    site(world, delay=0.02)
    items = []

    def deliver(item):
        items.append(item)
        if len(items) == 40:
            busy = [k for k in _busy(redis) if k.startswith("worker1")]
            assert busy  # it dies with work in hand
            os.kill(children[0].pid, signal.SIGKILL)

    crawl(w.settings(frontier=redis), [w.source(world)], deliver, lambda _: (), None)
    assert children[0].returncode == -signal.SIGKILL
    assert {i.key.removeprefix(world.url) for i in items} == {f"/{n}" for n in range(PAGES)}
    assert {i.fate for i in items} == {Fate.STORED}
    assert sum(world.count[f"/{n}"] for n in range(PAGES)) <= PAGES + 8 + 1  # hands of the dead, asked again
    assert keys(redis) == []


def _busy(url):
    from redis import Redis

    client = Redis.from_url(url)
    return [field.decode() for key in client.scan_iter("senim:*:busy") for field in client.hkeys(key)]


def test_all_killed_is_an_error_that_keeps_what_came(redis, world, children):
    site(world, pages=60, delay=0.05)
    items = []

    def deliver(item):
        items.append(item)
        if len(items) == 10:
            for child in children:
                os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(CrawlError, match="ended too early"):
        crawl(w.settings(frontier=redis), [w.source(world)], deliver, lambda _: (), None)
    fates = {i.key: i.fate for i in items}
    assert len(fates) == len(items) == 60  # every address that was found has its one fate
    assert sum(f is Fate.STORED for f in fates.values()) >= 10
    assert set(fates.values()) == {Fate.STORED, Fate.UNREACHABLE}
    assert keys(redis) == []


def test_an_article_and_its_comments_come_in_one_piece(redis, world):
    comment = "".join(
        f'<div class="comment"><span class="comment-author">Сосед {n}</span><time datetime="2026-02-0{n + 1}T10:00">'
        f'</time><div class="comment-text">Отзыв номер {n} о работе полиции на этой странице</div></div>'
        for n in range(3)
    )
    date = format_datetime(NOW - timedelta(hours=5))
    for n in range(30):
        world.put(f"/{n}", w.article(f"Страница {n}", tail=f'<section class="comments">{comment}</section>'))
    world.put("/feed.xml", w.feed(world, [(f"/{n}", date) for n in range(30)]))
    items = collect(world, redis, [w.source(world, comments=True)])
    assert len(items) == 120
    article = None
    for item in items:
        article = item.post if not item.post.parent else article
        assert item.post is article or item.post.parent == article.id


def test_caps_are_those_of_all_processes(redis, world):
    site(world, pages=40)
    items = collect(world, redis, max_pages=25)
    assert len(items) == 25


def test_a_frontier_that_does_not_answer_is_said_with_advice(world):
    with pytest.raises(CrawlError, match="does not answer") as caught:
        collect(world, "redis://127.0.0.1:1/0")
    assert "senim.toml" in str(caught.value)


def test_processes_together_are_as_polite_as_one(redis, world):
    site(world, pages=8)
    began = time.monotonic()
    assert len(collect(world, redis, delay_seconds=0.3)) == 8
    assert time.monotonic() - began > 9 * 0.3 * 0.5 * 0.8  # Scrapy draws each pause from half to one and a half


def test_visits_of_two_processes_are_both_kept(tmp_path):
    file = tmp_path / "visits.json"
    one, two = Visits(file, timedelta(hours=6)), Visits(file, timedelta(hours=6))
    one.unchanged("a", "u", NOW)
    two.unchanged("b", "u", NOW)
    saving = [threading.Thread(target=v.save) for v in (one, two)]
    for thread in saving:
        thread.start()
    for thread in saving:
        thread.join()
    assert set(json.loads(file.read_text())) == {"a u", "b u"}


def test_a_share_survives_the_pipe():
    job = wire.Job(crawl=CrawlSettings(user_agent="t", contact="t@example.org"), sources=(), known={})
    shared = replace(job, share=wire.Share(url="redis://h", name="n", worker="w", workers=2))
    assert wire.load_job(wire.dump_job(shared)) == shared
    assert wire.load_job(wire.dump_job(job)) == job


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://:secret@127.0.0.1:6379/0"])
def test_other_addresses_and_passwords_are_refused(url):
    with pytest.raises(ValueError, match=r"redis://|SENIM_REDIS_PASSWORD"):
        CrawlSettings(user_agent="t", contact="t@example.org", frontier=url)
