"""A hostile server: every trap ends in a named fate, costs little, and the honest pages of the pass are read.

A quick selection; all of them, in their full size, stand in bench/test_hostile.py.
"""

from __future__ import annotations

import threading
from pathlib import Path

import hostile
import pytest
from siege import besiege

from crawlers import caps
from crawlers.pages import markup
from crawlers.spiders import fates, ledger
from monitor.errors import BadItem
from monitor.records import Fate

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="measures processes in /proc")

PAGES = [
    "/endless/cookies", "/endless/continue", "/endless/chunks", "/reset/body", "/length/too-long", "/length/too-short",
    "/bomb/gzip", "/bomb/brotli", "/bomb/zstd", "/bomb/deflate", "/redirect/endless/0", "/redirect/private",
    "/redirect/name", "/redirect/file", "/redirect/mail-port", "/charset/mixed", "/charset/punycode", "/many-tags",
    "/many-attributes", "/fifty-megabytes", "/packed/unknown",
]  # fmt: skip
LISTINGS = ["/laughs.xml", "/external.xml", "/long.xml", "/maze", "/s/maze", "/calendar"]
ROBOTS = ["huge", "broken", "private", "file", "bomb"]


@pytest.fixture(scope="module")
def siege(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield besiege(tmp_path_factory.mktemp("siege"), patch, PAGES, LISTINGS, ROBOTS, timeout_seconds=20)


@pytest.mark.parametrize("path", PAGES)
def test_every_trap_ends_in_its_fate_and_the_page_beside_it_is_read(siege, path):
    outcome, traps = siege
    assert outcome.fates[traps[path]] is hostile.PAGES[path][0], outcome.details[traps[path]]
    beside = traps[path].replace(path, f"/honest{path}")
    assert outcome.fates[beside] is Fate.STORED, outcome.details[beside]


@pytest.mark.parametrize("name", ROBOTS)
def test_a_robots_file_that_cannot_be_had_forbids(siege, name):
    outcome, traps = siege
    assert outcome.fates[traps[name]] is hostile.ROBOTS[name][0], outcome.details[traps[name]]
    assert traps[f"asked {name}"].asked["/honest/secret"] == 0


def test_what_stands_at_the_beginning_of_a_huge_robots_file_counts(siege):
    outcome, traps = siege
    secret = traps["huge"].replace("/honest/1", "/honest/secret")
    assert (outcome.fates[secret], outcome.details[secret]) == (Fate.FORBIDDEN, "Forbidden by robots.txt")


def test_listings_without_end_have_one(siege):
    outcome, traps = siege
    assert outcome.fates[traps["last"]] is Fate.STORED
    assert sum("?long" in key for key in outcome.fates) == 50
    assert sum(traps["asked /maze"].asked.values()) < 150
    assert any("nested deeper" in why for why in outcome.details.values())
    assert 1 < sum(traps["asked /s/maze"].asked.values()) < 100
    assert 1 < sum("month" in path for path in traps["asked /calendar"].asked) <= ledger.LISTINGS


def test_entities_are_neither_unfolded_nor_fetched(siege):
    outcome, traps = siege
    assert traps["asked /external.xml"].asked["/secret"] == 0
    assert not any(len(key) > 1000 for key in outcome.fates)


def test_memory_stays_small(siege):
    # without the caps one page of tags alone takes 4 GB
    assert 0 < siege[0].megabytes < 600


def test_a_host_that_only_fails_is_given_up(tmp_path, monkeypatch):
    links = [f"/drip/body?{n}" for n in range(40)]
    monkeypatch.setitem(hostile.LISTINGS, "/slow.xml", ("feed", lambda web, path: slow_feed(web, links), {}))
    outcome, _ = besiege(tmp_path, monkeypatch, listings=["/slow.xml"], timeout_seconds=0.5)
    whys = [why for key, why in outcome.details.items() if "/drip/" in key]
    assert len(whys) == 40
    assert whys.count("the host failed too often in this pass") >= 30


def slow_feed(web, links):
    import world as w

    return hostile.answer(w.feed(web, [(p, "") for p in links]).encode())


def test_reading_is_interrupted_and_the_next_page_is_read():
    with pytest.raises(BadItem) as error, caps.reading(0.05):
        swallow()
    assert error.value.fate == Fate.TOO_LARGE
    with caps.reading(5):
        assert markup.tree("<p>x</p>") is not None


def swallow():
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


def test_reading_has_no_limit_outside_the_main_thread():
    done = []

    def read():
        with caps.reading(0.001):
            done.append(sum(range(10_000)))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done


@pytest.mark.parametrize(
    ("tag", "crowded"),
    [
        ("<p " + "a=1 " * 200 + ">", True), ("<p " + 'a=">" ' * 200 + ">", True), ("<p " + "a='<' " * 200, True),
        ("<p" + "/a" * 200 + ">", True), ("<p " + "a " * 90 + ">", False), ('<p a="' + "b " * 1000 + '">', False),
        ("<p>" + "слово " * 1000, False), ("a < b " * 300, False),
    ],
)  # fmt: skip
def test_a_tag_with_a_crowd_of_attributes_is_found(tag, crowded):
    if not crowded:
        assert markup.tree(f"<html><body>{tag}x</p></body></html>") is not None
        return
    with pytest.raises(BadItem, match="attributes"):
        markup.tree(f"<html><body>{tag}x</p></body></html>")


@pytest.mark.parametrize(
    ("location", "fate"),
    [("file:///etc/passwd", Fate.FORBIDDEN), ("DATA:text/html,x", Fate.FORBIDDEN), ("", Fate.UNREACHABLE),
     ("/there", Fate.UNREACHABLE)],
)  # fmt: skip
def test_redirects_that_are_not_followed(location, fate):
    assert fates.of_redirect(location)[0] is fate
