"""Real crawls of a small web on loopback: every address gets one fate, and nobody is bothered."""

import gzip
import logging
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest
import world as w

from crawlers import archive
from crawlers.crawl import crawl
from monitor.records import Fate

NOW = datetime.now(UTC)
FRESH, OLD = format_datetime(NOW - timedelta(hours=5)), format_datetime(NOW - timedelta(days=40))


def collect(sources, known=None, since=None, keep=False, **given):
    items = []
    crawl(w.settings(**given), sources, items.append, lambda s: (known or {}).get(s, ()), since, keep)
    assert [k for k, n in Counter((i.source, i.key) for i in items).items() if n > 1] == []
    return {i.key: i for i in items}


def fates(world, items):
    return {key.removeprefix(world.url): item.fate for key, item in items.items()}


@pytest.fixture(scope="module")
def newspaper():
    """One pass over a newspaper where everything goes wrong that can; (world, items by key)."""
    with w.serve() as world:
        world.put("/robots.txt", "User-agent: *\nDisallow: /secret\n", kind="text/plain")
        dated = '<meta property="article:published_time" content="2025-11-12T10:00:00+05:00">'
        remarks = (
            '<div class="comments"><div class="comment"><span class="author">Сосед</span><time datetime='
            '"2025-11-12T12:00:00+05:00"></time><div class="text">Участковый так и не перезвонил.</div></div></div>'
        )
        world.put("/good", w.article("Хорошая новость", head=dated, tail=remarks))
        old = w.article("Старая кодировка").replace('<meta charset="utf-8">', "")
        world.put("/cp1251", old.encode("cp1251"), kind="text/html; charset=utf-8")
        world.put("/secret/page", w.article("Тайна"))
        world.put("/huge", "x" * 500_000)
        world.put("/bomb", gzip.compress(b"x" * 5_000_000), Content_Encoding="gzip")
        world.put("/slow", "x", delay=4)
        world.put("/fail", "x", status=503)
        world.put("/login", "x", status=403)
        world.put("/file.pdf", b"%PDF-1.7", kind="application/pdf")
        world.put("/blank", "<html><body></body></html>")
        world.redirect("/moved", "/target")
        world.put("/target", w.article("Переехала"))
        world.redirect("/loop", "/loop2")
        world.redirect("/loop2", "/loop")
        world.redirect("/inward", "http://10.0.0.1/admin")
        world.redirect("/metadata", "http://169.254.169.254/latest")
        world.put("/shop/x", w.article("Реклама"))
        paths = [
            "/good?utm_source=feed#top", "/good", "/cp1251", "/secret/page", "/huge", "/bomb", "/slow", "/fail", 
            "/login", "/file.pdf", "/blank", "/moved", "/loop", "/inward", "/metadata", "/missing", "/shop/x",
            "http://167772161/", "http://nowhere.invalid/", "file:///etc/hostname",
        ]  # fmt: skip
        world.put("/feed.xml", w.feed(world, [(p, "") for p in paths]), kind="application/rss+xml")
        paper = w.source(world, comments=True, only=r"^(?!.*/shop/)")
        os.environ["SENIM_AUTHOR_SECRET"] = "secret of the tests"
        try:
            items = collect([paper], timeout_seconds=1.5)
        finally:
            del os.environ["SENIM_AUTHOR_SECRET"]
        yield world, items


@pytest.mark.parametrize(
    ("path", "fate"),
    [
        ("/good", Fate.STORED), ("/cp1251", Fate.STORED), ("/moved", Fate.STORED), ("/secret/page", Fate.FORBIDDEN),
        ("/huge", Fate.TOO_LARGE), ("/bomb", Fate.TOO_LARGE), ("/slow", Fate.UNREACHABLE), ("/fail", Fate.UNREACHABLE),
        ("/login", Fate.FORBIDDEN), ("/file.pdf", Fate.UNREADABLE), ("/blank", Fate.UNREADABLE),
        ("/loop", Fate.UNREACHABLE), ("/inward", Fate.FORBIDDEN), ("/metadata", Fate.FORBIDDEN),
        ("/missing", Fate.GONE),
        ("http://167772161/", Fate.FORBIDDEN), ("http://nowhere.invalid/", Fate.UNREACHABLE),
        ("file://etc/hostname", Fate.FORBIDDEN),
    ],
)  # fmt: skip
def test_every_address_gets_its_fate(newspaper, path, fate):
    world, items = newspaper
    assert fates(world, items)[path] is fate, items


def test_nothing_else_came_and_nothing_forbidden_was_asked(newspaper):
    world, items = newspaper
    assert len([i for i in items.values() if not i.key.startswith(f"{world.url}/good#")]) == 18
    assert world.count["/secret/page"] == 0
    assert world.count["/shop/x"] == 0
    assert world.count["/good"] == 1


def test_we_say_who_we_are(newspaper):
    assert newspaper[0].agents == {"SenimTest/1.0 (+duty@example.org)"}


def test_the_post_has_words_date_and_final_address(newspaper):
    world, items = newspaper
    post = items[world.url + "/good"].post
    assert post.title == "Хорошая новость"
    assert post.text.count("\n") == 2
    assert "Сосед" not in post.text
    assert (post.published, post.published_from) == (datetime(2025, 11, 12, 5, tzinfo=UTC), "meta")
    assert items[world.url + "/moved"].post.url == world.url + "/target"


def test_mislabelled_charset_is_read(newspaper):
    world, items = newspaper
    assert "Полиция города приехала" in items[world.url + "/cp1251"].post.text


def test_comments_stand_below_their_article_and_names_never_travel(newspaper):
    world, items = newspaper
    (comment,) = [i.post for i in items.values() if i.post and i.post.kind == "comment"]
    assert comment.parent == items[world.url + "/good"].post.id
    assert comment.text == "Участковый так и не перезвонил."
    assert len(comment.author_key) == 16
    assert "Сосед" not in str(items)


def test_an_edited_page_is_found_and_an_old_one_is_left_alone():
    with w.serve() as world:
        for path in ("/young", "/old", "/updated", "/new"):
            world.put(path, w.article(f"Страница {path}"))
        stored = NOW - timedelta(days=20)
        entries = [("/young", FRESH), ("/old", OLD), ("/new", OLD)]
        atom = (
            f"<entry><title>u</title><link href='{world.url}/updated'/><published>2025-01-01T00:00:00Z</published>"
            f"<updated>{(NOW - timedelta(days=10)).isoformat()}</updated></entry>"
        )
        world.put("/feed.xml", w.feed(world, entries))
        world.put("/atom.xml", f"<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title>{atom}</feed>")
        known = {world.url + p: stored for p in ("/young", "/old", "/updated")}
        sources = [w.source(world), w.source(world, "/atom.xml", id="atom")]
        items = collect(sources, {"paper": known, "atom": known})
        assert fates(world, items) == {
            "/young": Fate.STORED, "/old": Fate.DUPLICATE, "/new": Fate.STORED, "/updated": Fate.STORED,
        }  # fmt: skip
        assert world.count["/old"] == 0


def test_since_and_the_cap_of_pages_hold():
    with w.serve() as world:
        for n in range(6):
            world.put(f"/{n}", w.article(f"Страница {n}"))
        world.put("/feed.xml", w.feed(world, [("/0", OLD), *((f"/{n}", FRESH) for n in range(1, 6))]))
        items = collect([w.source(world)], since=date.today() - timedelta(days=7), max_pages=3)
        assert sorted(fates(world, items)) == ["/1", "/2", "/3"]


def test_bad_feeds_get_a_fate_and_a_line_in_the_log(caplog):
    caplog.set_level(logging.INFO)
    with w.serve() as world:
        world.put("/one", w.article("Одна"))
        world.put("/html", "<!DOCTYPE html><html><body>Страница обслуживания</body></html>")
        world.put("/empty", w.feed(world, []))
        world.put("/cut", w.feed(world, [("/one", FRESH), ("/two", FRESH)])[:-75])
        sources = [w.source(world, p, id=p.strip("/")) for p in ("/html", "/empty", "/cut", "/gone")]
        tube = w.source(world, "/tube", id="tube", kind="archive")
        items = collect([*sources, tube])
        assert fates(world, items) == {
            "/html": Fate.UNREADABLE, "/empty": Fate.EMPTY, "/cut": Fate.UNREADABLE, "/gone": Fate.GONE,
            "/one": Fate.STORED, "/tube": Fate.UNREADABLE,
        }  # fmt: skip
        assert "cut off" in items[world.url + "/cut"].detail
        for word in ("not a feed but an HTML page", "names no pages", "cut off"):
            assert word in caplog.text


def test_sitemaps_indexes_and_packed_ones_are_walked():
    with w.serve() as world:
        ns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        for path in ("/a", "/b"):
            world.put(path, w.article(f"Страница {path}"))
        maps = "".join(f"<sitemap><loc>{world.url}{p}</loc></sitemap>" for p in ("/m1.xml", "/m2.xml.gz", "/m3.xml"))
        world.put("/index.xml", f"<sitemapindex {ns}>{maps}</sitemapindex>", kind="application/xml")
        one = "<urlset {}><url><loc>{}{}</loc><lastmod>2025-11-12</lastmod></url></urlset>"
        world.put("/m1.xml", one.format(ns, world.url, "/a"))
        world.put("/m2.xml.gz", gzip.compress(one.format(ns, world.url, "/b").encode()), kind="application/gzip")
        world.put("/m3.xml", "<html>")
        items = collect([w.source(world, "/index.xml", kind="sitemap")])
        assert fates(world, items) == {"/a": Fate.STORED, "/b": Fate.STORED, "/m3.xml": Fate.UNREADABLE}
        assert items[world.url + "/a"].post.published is None  # lastmod is not the date of publication


def test_a_robots_file_that_fails_forbids_and_its_delay_is_kept():
    with w.serve() as world, w.serve() as slow:
        world.put("/robots.txt", "oops", status=500)
        world.put("/feed.xml", w.feed(world, [("/x", FRESH)]))
        slow.put("/robots.txt", "User-agent: *\nCrawl-delay: 1\n", kind="text/plain")
        slow.put("/feed.xml", w.feed(slow, [("/1", FRESH), ("/2", FRESH)]))
        items = collect([w.source(world), w.source(slow, id="slow")])
        assert items[world.url + "/feed.xml"].fate is Fate.UNREACHABLE
        assert world.count["/feed.xml"] == 0
        assert abs(slow.started["/2"] - slow.started["/1"]) >= 0.45  # Scrapy varies a delay by half


MESSAGE = """<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="kanal/{n}">
{reply}<div class="tgme_widget_message_text js-message_text">{text}</div>
<span class="tgme_widget_message_views">1.2K</span><a class="tgme_widget_message_date"
href="https://t.me/kanal/{n}"><time datetime="2025-11-{n:02}T09:00:00+00:00">14:00</time></a></div></div>"""
REPLY = '<a class="tgme_widget_message_reply"><div class="tgme_widget_message_text">чужие слова</div></a>'


def channel(numbers, before=""):
    more = f'<a class="tme_messages_more" data-before="{before}" href="/s/kanal?before={before}"></a>' if before else ""
    texts = {n: f"Полиция ответила № {n}<br/>вторая строка" if n != 3 else "" for n in numbers}
    blocks = "".join(MESSAGE.format(n=n, text=texts[n], reply=REPLY if n == 4 else "") for n in numbers)
    return f"<html><body>{more}<section>{blocks}</section></body></html>"


def test_a_channel_is_paged_back_until_it_is_known():
    with w.serve() as world:
        world.put("/s/kanal", channel([5, 6], before="5"))
        world.put("/s/kanal?before=5", channel([3, 4], before="3"))
        world.put("/s/kanal?before=3", channel([1, 2], before="1"))
        world.put("/s/hidden", "<html><body>Preview channel</body></html>")
        known = {world.url + f"/kanal/{n}": 0 for n in (1, 2)}
        sources = [w.source(world, "/s/kanal", kind="telegram"), w.source(world, "/s/hidden", id="h", kind="telegram")]
        items = collect(sources, {"paper": known})
        assert {k.rsplit("/", 1)[-1]: i.fate for k, i in items.items()} == {
            "1": Fate.STORED, "2": Fate.STORED, "3": Fate.TOO_SHORT, "4": Fate.STORED, "5": Fate.STORED,
            "6": Fate.STORED, "hidden": Fate.UNREADABLE,
        }  # fmt: skip
        assert world.count["/s/kanal?before=1"] == 0
        post = items[world.url + "/kanal/4"].post
        assert (post.kind, post.text, post.published) == (
            "post", "Полиция ответила № 4\nвторая строка", datetime(2025, 11, 4, 9, tzinfo=UTC),
        )  # fmt: skip


def test_what_a_post_was_read_from_comes_with_it(tmp_path):
    with w.serve() as world:
        world.put("/one", w.article("Одна"))
        world.put("/feed.xml", w.feed(world, [("/one", FRESH)]))
        items = collect([w.source(world)], keep=True)
        assert collect([w.source(world)])[world.url + "/one"].answer is None
    (tmp_path / "pass.warc.gz").write_bytes(items[world.url + "/one"].answer.data)
    (kept,) = archive.read(tmp_path / "pass.warc.gz", 1_000_000)
    assert (kept.url, kept.status, kept.source, kept.reader) == (world.url + "/one", 200, "paper", "page")
    assert datetime.fromisoformat(kept.published) == (NOW - timedelta(hours=5)).replace(microsecond=0)
    assert kept.body.decode() == w.article("Одна")


def test_loopback_is_refused_unless_the_settings_allow_it():
    with w.serve() as world:
        items = collect([w.source(world)], allow_loopback=False)
        assert fates(world, items) == {"/feed.xml": Fate.FORBIDDEN}
        assert world.asked == []
