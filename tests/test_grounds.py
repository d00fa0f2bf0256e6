"""The figures of a whole installation: corrected, folded, with shares and coverage."""

from __future__ import annotations

import json
from datetime import timedelta

from builders import MONDAY, make_item, make_opinion
from click.testing import CliRunner

from monitor import settings
from monitor.cli import main
from monitor.correction import FILE
from monitor.grounds import confusions, grounds
from monitor.pipeline import open_store


def installation(folder):
    """Make an installation with ten posts a week over twelve weeks, judged by the model that ships."""
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    chosen = settings.load(folder)
    model = confusions(chosen).model
    store = open_store(chosen)
    with store:
        for week in range(12):
            at = MONDAY + timedelta(weeks=week)
            store.clock = lambda at=at: at
            items = [make_item(100 * week + n, published=at + timedelta(hours=n)) for n in range(10)]
            store.add(store.begin("crawl"), items)
            store.add_opinions([make_opinion(item.post, model=model) for item in items])
    return chosen


def test_figures_of_an_installation(tmp_path):
    chosen = installation(tmp_path / "home")
    with open_store(chosen, read_only=True) as store:
        found = grounds(chosen, store)
    assert sum(found.collected.values()) == 120
    home = ["--home", str(tmp_path / "home"), "trends", "--by", "week"]
    cells = json.loads(CliRunner().invoke(main, [*home, "--json"]).stdout)
    assert [cell["posts"] for cell in cells] == [10] * 12
    assert all(cell["net"] == -1 for cell in cells)
    assert all(-1 <= cell["corrected_low"] < cell["corrected"] < cell["corrected_high"] <= 1 for cell in cells)
    assert {cell["collected"] for cell in cells} == {1.0}
    months = json.loads(CliRunner().invoke(main, [*home, "--fold", "month", "--json"]).stdout)
    assert [cell["week"] for cell in months] == ["2026-02", "2026-03", "2026-04"]
    assert sum(cell["posts"] for cell in months) == 120
    shown = CliRunner().invoke(main, [*home, "--fold", "quarter"]).stdout
    assert shown.splitlines()[0].split()[:2] == ["quarter", "posts"]
    assert "2026-Q1" in shown


def test_the_model_that_ships_was_measured():
    home = settings.shipped_config().parent
    shipped = home / "models" / "senim-mini"
    assert (
        json.loads((shipped / FILE).read_text("utf-8"))["model"]
        == json.loads((shipped / "senim.json").read_text("utf-8"))["name"]
    )
