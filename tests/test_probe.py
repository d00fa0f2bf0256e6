"""Sources are asked live for one item, and nothing is kept but what was asked for."""

import json
from datetime import UTC, datetime

import pytest
import world as w

from crawlers import probe
from monitor.errors import SenimError
from monitor.records import Fate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATED = '<meta property="article:published_time" content="2025-11-12T10:00:00+05:00">'


@pytest.fixture(scope="module")
def world():
    with w.serve() as served:
        served.put("/1", w.article("Первая", head=DATED))
        served.put("/2", w.article("Вторая"))
        served.put("/feed.xml", w.feed(served, [("/1", ""), ("/2", "")]))
        yield served


def test_each_source_shows_one_item_or_says_what_is_wrong(world, tmp_path):
    settings = w.settings().model_copy(update={"home": tmp_path})
    good, gone = probe.ask(settings, [w.source(world), w.source(world, "/none", id="gone")])
    assert (good.fate, good.url, good.published_from) == (Fate.STORED, world.url + "/1", "meta")
    assert good.published == datetime(2025, 11, 12, 5, tzinfo=UTC)
    assert (gone.fate, gone.text) == (Fate.GONE, "")
    assert world.count["/2"] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_captured_with_what_is_read_in_it(world, tmp_path):
    folder = tmp_path / "paper" / "plain"
    probe.capture(w.settings(), w.source(world), folder, NOW)
    assert sorted(p.name for p in folder.iterdir()) == ["README", "expected.json", "page.html"]
    assert json.loads((folder / "expected.json").read_text("utf-8"))["title"] == "Первая"
    assert "<h1>Первая</h1>" in (folder / "page.html").read_text("utf-8")
    assert world.url + "/1" in (folder / "README").read_text("utf-8")
    with pytest.raises(SenimError, match="not empty"):
        probe.capture(w.settings(), w.source(world), folder, NOW)
    with pytest.raises(SenimError, match="no page of paper could be read: gone"):
        probe.capture(w.settings(), w.source(world, "/none"), tmp_path / "other", NOW)
