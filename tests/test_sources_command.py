"""`senim sources`: real processes ask a small web on loopback, grade what was collected, and save a page for a test."""

from __future__ import annotations

import json

import pytest
import world as w
from installation import install, senim

DATED = '<meta property="article:published_time" content="2025-11-12T10:00:00+05:00">'
BLOCK = '[[source]]\nid = "{id}"\nname = "{id}"\nkind = "feed"\nlanguage = "ru"\nurl = "{url}"\n'


@pytest.fixture(scope="module")
def web():
    with w.serve() as served:
        served.put("/1", w.article("Первая", head=DATED))
        served.put("/feed.xml", w.feed(served, [("/1", "")]))
        yield served


@pytest.fixture(scope="module")
def home(web, tmp_path_factory):
    folder = install(tmp_path_factory.mktemp("sources") / "home", crawl={"allow_loopback": True, "delay_seconds": 0})
    for file in (folder / "config" / "sources").glob("*.toml"):
        file.unlink()
    blocks = [BLOCK.format(id="paper", url=f"{web.url}/feed.xml"), BLOCK.format(id="gone", url=f"{web.url}/none")]
    (folder / "config" / "sources" / "own.toml").write_text("# Two sources.\n" + "\n".join(blocks), encoding="utf-8")
    return folder


def test_what_is_declared_is_listed_with_when_it_was_asked_live(home):
    assert [s["id"] for s in json.loads(senim(home, "sources", "--json"))] == ["paper", "gone"]
    assert "never" in senim(home, "sources")


def test_each_source_is_asked_for_one_item_and_a_silent_one_fails_the_command(home, web):
    rows = json.loads(senim(home, "sources", "check", "--json", rc=1))
    assert [(r["source"], r["fate"], r["read"]) for r in rows] == [("paper", "stored", True), ("gone", "gone", False)]
    assert (rows[0]["language"], rows[0]["published"][:10], rows[0]["url"]) == ("ru", "2025-11-12", f"{web.url}/1")
    assert "stored" in senim(home, "sources", "check", "paper")
    assert "no such source: papers" in senim(home, "sources", "check", "papers", rc=1)
    assert not (home / "var" / "senim.db").exists()


def test_health_tells_what_works_from_what_fails(home):
    senim(home, "crawl")
    rows = {r["source"]: r for r in json.loads(senim(home, "sources", "health", "--json"))}
    assert (rows["paper"]["state"], rows["paper"]["posts"]) == ("working", 1)
    assert rows["gone"]["state"] != "working"
    assert rows["gone"]["last_read"] is None


def test_a_page_is_saved_as_a_test_case(home, tmp_path):
    senim(home, "sources", "capture", "paper", str(tmp_path / "case"))
    assert json.loads((tmp_path / "case" / "expected.json").read_text("utf-8"))["title"] == "Первая"
