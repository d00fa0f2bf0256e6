"""A list is asked again politely: conditionally, more rarely when it rests, and never so that an entry is lost."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import world as w
from hypothesis import given
from hypothesis import strategies as st

from crawlers import wire
from crawlers.crawl import crawl
from crawlers.spiders import feed, sitemap
from crawlers.visits import QUIET, Visits
from monitor.records import Fate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = datetime.now(UTC)


def links(*days):
    return [feed.Link(url=f"https://a.kz/{d}", published=NOW - timedelta(days=d)) for d in days]


def known(found):
    return {wire.digest(link.url) for link in found}


def remember(visits, found, now=NOW, seen=()):
    return visits.read("s", "u", found, '"1"', "Mon, 02 Mar 2026 09:00:00 GMT", now, seen)


def test_a_list_is_asked_conditionally_only_while_all_that_it_named_is_known(tmp_path):
    visits = Visits(tmp_path / "v.json", timedelta(hours=6))
    found = links(0, 1, 2)
    assert visits.headers("s", "u", set()) == {}
    remember(visits, found)
    visits.save()
    again = Visits(tmp_path / "v.json", timedelta(hours=6))
    assert again.headers("s", "u", known(found[:2])) == {}
    assert again.headers("s", "u", known(found)) == {
        "If-None-Match": '"1"', "If-Modified-Since": "Mon, 02 Mar 2026 09:00:00 GMT",
    }  # fmt: skip
    assert again.headers("s", "elsewhere", known(found)) == {}


def test_a_quiet_list_rests_longer_and_longer_within_bounds_and_news_wake_it():
    visits, found, rests = Visits(None, timedelta(hours=3)), links(0, 8), []
    for _ in range(9):
        visits.unchanged("s", "u", NOW) if rests else remember(visits, found, seen=known(found))
        rests.append(visits.records["s u"]["rest"] / 3600)
    assert rests[: QUIET + 4] == [0, 0, 0.5, 1, 2, 3, 3]
    assert visits.resting("s", "u", NOW + timedelta(hours=2.9))
    assert not visits.resting("s", "u", NOW + timedelta(hours=3))
    assert not visits.resting("s", "u", NOW - timedelta(hours=1))  # the clock was set back
    remember(visits, links(0, 9), seen=known(found))
    assert not visits.resting("s", "u", NOW + timedelta(seconds=1))


def test_a_list_that_reaches_back_an_hour_never_rests_longer_than_a_quarter_of_it():
    visits = Visits(None, timedelta(hours=6))
    found = links(0, 1 / 24)
    for _ in range(12):
        remember(visits, found, seen=known(found))
    assert visits.records["s u"]["rest"] == 900
    bare = [feed.Link(url="https://a.kz/x")]
    for _ in range(12):
        visits.read("s", "bare", bare, "", "", NOW, known(bare))
    assert visits.records["s bare"]["rest"] == 0


def test_a_list_of_which_nothing_is_left_may_have_lost_entries():
    visits = Visits(None, timedelta(hours=6))
    assert remember(visits, links(5, 6)) == ""
    assert remember(visits, links(4, 5), seen=known(links(5, 6))) == ""
    assert "all 2 entries are new since 2026-03-02 09:00 UTC" in remember(visits, links(1, 2), seen=known(links(4, 5)))


SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
NESTED = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(NESTED)
def test_any_json_is_a_feed_or_a_trouble(value):
    for record in (value, {"version": "https://jsonfeed.org/version/1.1", "items": [value, {"url": value}]}):
        listing = feed.read(json.dumps(record).encode(), "https://a.kz/feed.json", "", 10, NOW)
        assert all(link.url.startswith("http") for link in listing.links)


def test_json_feeds_are_read():
    items = [
        {"id": "1", "url": "/one", "title": " Бір  екі ", "date_published": "2026-03-01T10:00:00+05:00"},
        {"id": "https://a.kz/two", "date_modified": "2026-03-01T11:00:00Z"}, {"id": "7"}, "text",
    ]  # fmt: skip
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}).encode()
    one, two = feed.read(b"\xef\xbb\xbf" + body, "https://a.kz/feed.json", "application/feed+json", 10, NOW).links
    assert (one.url, one.title, one.published) == ("https://a.kz/one", "Бір екі", datetime(2026, 3, 1, 5, tzinfo=UTC))
    assert (two.url, two.published, two.updated) == ("https://a.kz/two", None, datetime(2026, 3, 1, 11, tzinfo=UTC))
    assert feed.read(b"{", "u", "", 10, NOW).trouble == "not a feed but damaged JSON"


NEWS = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>https://a.kz/i.jpg</image:loc><image:title>Фото</image:title></image:image>
<loc>https://a.kz/n</loc><news:news><news:publication><news:name>A</news:name><news:language>ru</news:language>
</news:publication><news:publication_date>2026-03-01T10:00:00+05:00</news:publication_date>
<news:title>Полиция отчиталась</news:title></news:news></url></urlset>"""


def test_news_sitemaps_give_date_and_title_also_where_a_feed_is_declared():
    for listing in (sitemap.read(NEWS.encode(), "u", 9, 9999, NOW), feed.read(NEWS.encode(), "u", "", 9, NOW)):
        (link,) = listing.links
        assert (link.url, link.title) == ("https://a.kz/n", "Полиция отчиталась")
        assert link.published == datetime(2026, 3, 1, 5, tzinfo=UTC)


def collect(home, sources, store, **given):
    items = []
    crawl(w.settings(**given).model_copy(update={"home": home}), sources, items.append, lambda s: store.get(s, {}))
    assert [k for k, n in Counter((i.source, i.key) for i in items).items() if n > 1] == []
    return {i.key: i for i in items}


def test_a_feed_that_did_not_change_costs_one_small_answer_and_gaps_are_told(tmp_path):
    with w.serve() as world:
        old = format_datetime(TODAY - timedelta(days=40))
        for n in range(4):
            world.put(f"/{n}", w.article(f"Страница {n}"))
        world.put("/feed.xml", w.feed(world, [("/0", old), ("/1", old)]), ETag='"a"')
        first = collect(tmp_path, [w.source(world)], {})
        assert {i.fate for i in first.values()} == {Fate.STORED}
        assert collect(tmp_path, [w.source(world)], {})[world.url + "/0"].fate is Fate.STORED  # they were never stored
        store = {"paper": dict.fromkeys(first, TODAY)}
        again = collect(tmp_path, [w.source(world)], store)
        assert {k: i.fate for k, i in again.items()} == {world.url + "/feed.xml": Fate.UNCHANGED}
        assert world.headers["/feed.xml"]["If-None-Match"] == '"a"'
        world.put("/feed.xml", w.feed(world, [("/2", old), ("/3", old)]), ETag='"b"')
        after = collect(tmp_path, [w.source(world)], store)
        assert after[world.url + "/feed.xml#gap"].fate is Fate.POSSIBLE_GAP
        assert after[world.url + "/3"].fate is Fate.STORED
