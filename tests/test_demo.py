"""The home of the demo is a whole installation, pointed at this machine, and never eats another one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawlers.sample.server import sources
from monitor import demo, settings, weeks
from monitor.errors import SenimError

NOW = datetime.now(UTC)


def test_the_home_of_the_demo_is_a_whole_installation(tmp_path):
    home = demo.home(tmp_path / "demo", "http://127.0.0.1:4321", 2525, NOW)
    loaded = settings.load(home)
    checked = weeks.local(NOW).date().isoformat()
    assert loaded.sources == tuple(s.model_copy(update={"checked": checked}) for s in sources("http://127.0.0.1:4321"))
    shipped = settings.load()
    crawl_settings = {"delay_seconds": 0.0, "allow_loopback": True}
    assert loaded.senim.crawl == shipped.senim.crawl.model_copy(update=crawl_settings)
    assert (loaded.senim.mail.host, loaded.senim.mail.port) == ("127.0.0.1", 2525)
    for part in ("reasons", "bodies", "regions", "surveys", "languages", "rules"):
        assert getattr(loaded, part) == getattr(shipped, part)
    assert {r.language for r in loaded.recipients} == {"kk", "ru", "en"}


def test_a_second_demo_starts_from_nothing(tmp_path):
    home = demo.home(tmp_path, "http://127.0.0.1:1", 2525, NOW)
    (home / "var").mkdir()
    (home / "var" / "senim.db").write_text("old")
    demo.home(tmp_path, "http://127.0.0.1:2", 2526, NOW)
    assert not (home / "var").exists()
    assert {s.url.split("/")[2] for s in settings.load(home).sources} == {"127.0.0.1:2"}


def test_a_real_installation_is_never_overwritten(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "senim.toml").write_text("mine")
    with pytest.raises(SenimError, match="no demo"):
        demo.home(tmp_path, "http://127.0.0.1:1", 2525, NOW)
    assert (tmp_path / "config" / "senim.toml").read_text() == "mine"
