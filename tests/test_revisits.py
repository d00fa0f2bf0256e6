"""A page that was edited is a new version with its diff; one that was deleted is kept, marked, and never new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import world as w
from builders import MONDAY, make_item, make_post
from dashboard_site import SETTINGS, Site, words

from monitor.pipeline import collect
from monitor.records import Fate
from monitor.store import Store

NOW = datetime.now(UTC)


@pytest.fixture
def paper(tmp_path):
    with w.serve() as world:
        site = Site(tmp_path)
        limits = SETTINGS.senim.crawl.model_copy(
            update={"allow_loopback": True, "delay_seconds": 0.0, "timeout_seconds": 3.0}
        )
        place = SETTINGS.senim.store.model_copy(update={"database": str(site.path)})
        senim = SETTINGS.senim.model_copy(update={"crawl": limits, "store": place})
        site.settings = SETTINGS.model_copy(update={"senim": senim, "sources": (w.source(world),)})
        try:
            yield world, site
        finally:
            site.close()


def crawl(site, world, hours=0.0):
    """One pass; the clock of the store stands some hours ahead."""
    with Store.open(site.settings.database, clock=lambda: NOW + timedelta(hours=hours)) as store:
        return collect(site.settings, store, site.settings.sources)


def test_young_pages_that_left_the_feed_are_asked_again_once_a_day(paper):
    world, site = paper
    date = format_datetime(NOW - timedelta(hours=20))
    for path in ("/same", "/edited", "/deleted"):
        world.put(path, w.article(f"Страница {path}"))
    old = [("/old", format_datetime(NOW - timedelta(days=10)))]
    world.put("/old", w.article("Старая страница"))
    world.put("/feed.xml", w.feed(world, [(p, date) for p in ("/same", "/edited", "/deleted")] + old))
    assert crawl(site, world)[Fate.STORED] == 4
    world.put("/feed.xml", w.feed(world, []))
    world.put(
        "/edited", w.article("Страница /edited", paragraphs=2, sentence="Полиция города извинилась перед жителями.")
    )
    world.put("/deleted", "gone", status=410)

    before = dict(world.count)
    crawl(site, world, hours=2)
    assert {p: world.count[p] - before[p] for p in ("/same", "/edited", "/deleted", "/old")} == dict.fromkeys(
        ("/same", "/edited", "/deleted", "/old"), 0
    )
    fates = crawl(site, world, hours=24)
    assert (fates[Fate.DUPLICATE], fates[Fate.NEW_VERSION], fates[Fate.GONE], fates[Fate.STORED]) == (1, 1, 1, 0)
    assert world.count["/old"] == before["/old"]
    crawl(site, world, hours=25)
    assert {p: world.count[p] - before[p] for p in ("/same", "/edited", "/deleted")} == dict.fromkeys(
        ("/same", "/edited", "/deleted"), 1
    )
    crawl(site, world, hours=48)
    assert (world.count["/same"] - before["/same"], world.count["/deleted"] - before["/deleted"]) == (2, 1)

    store = site.store
    posts = {p.url.removeprefix(world.url): p for p in store.posts(source="paper")}
    assert len(posts) == 4  # what is gone is kept
    assert store.gone(posts["/deleted"]) == NOW + timedelta(hours=24)
    assert store.gone(posts["/edited"]) is None
    assert posts["/edited"].version == 2
    assert posts["/edited"].published == posts["/same"].published  # the feed had said so

    page = words(site.page(f"/posts/{posts['/deleted'].id}"))
    assert "The page was deleted" in page
    edited = site.page(f"/posts/{posts['/edited'].id}")
    assert "The page was deleted" not in words(edited)
    assert "извинилась" in " ".join(n.text_content() for n in edited.xpath("//ins"))
    assert "участковый" in " ".join(n.text_content() for n in edited.xpath("//del"))


def test_no_page_is_asked_again_where_the_settings_say_so(paper):
    world, site = paper
    world.put("/page", w.article("Страница"))
    world.put("/feed.xml", w.feed(world, [("/page", format_datetime(NOW - timedelta(hours=20)))]))
    crawl(site, world)
    world.put("/feed.xml", w.feed(world, []))
    limits = site.settings.senim.crawl.model_copy(update={"revisit_days": 0.0})
    senim = site.settings.senim.model_copy(update={"crawl": limits})
    site.settings = site.settings.model_copy(update={"senim": senim})
    crawl(site, world, hours=24)
    assert world.count["/page"] == 1


def test_a_page_that_came_back_is_not_gone(tmp_path):
    times = iter(MONDAY + timedelta(hours=n) for n in range(40))
    with Store.open(tmp_path / "senim.db", clock=lambda: next(times)) as store:
        post = make_post(1)
        store.add(store.begin("crawl"), [make_item(1)])
        assert store.gone(post) is None
        store.add(store.begin("crawl"), [make_item(1, fate=Fate.GONE)])
        first = store.gone(post)
        store.add(store.begin("crawl"), [make_item(1, fate=Fate.GONE)])
        assert first
        assert store.gone(post) == first
        store.add(store.begin("crawl"), [make_item(1)])
        assert store.gone(post) is None
