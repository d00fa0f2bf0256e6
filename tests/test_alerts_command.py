"""`senim alerts replay` at the door: tables, JSON, and the same figures for the same seed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from installation import install

from monitor.cli import main
from monitor.records import Alert
from monitor.store import Store

FEW = ("alerts", "replay", "--simulate", "--weeks", "5", "--trials", "1", "--json")


@pytest.fixture
def home(tmp_path):
    assert CliRunner().invoke(main, ["init", str(tmp_path / "home")]).exit_code == 0
    return str(tmp_path / "home")


def senim(home, *words, rc=0):
    done = CliRunner().invoke(main, ["--home", str(home), *words])
    assert done.exit_code == rc, done.output
    return done.output


def test_it_prints_the_table_with_what_the_world_was_made_of(home):
    said = senim(home, *FEW[:-1])
    for word in ("these rules", "EARS C2", "mean + 2 sd", "x4 >=10", "dispersion 0.03", "seed 1", "105 cells"):
        assert word in said


def test_json_holds_world_scores_and_seed_and_is_the_same_for_the_same_seed(home):
    found = json.loads(senim(home, *FEW, "--seed", "2", "--stories", "300", "--dispersion", "0.1"))
    assert found["world"]["stories"] == 300
    assert found["world"]["dispersion"] == 0.1
    assert found["seed"] == 2
    assert set(found["false_alarms_a_week"]) == {s["method"] for s in found["scores"]}
    assert {f["factor"] for f in found["scores"][0]["found"]} == {1.5, 2.0, 4.0}
    assert found == json.loads(senim(home, *FEW, "--seed", "2", "--stories", "300", "--dispersion", "0.1"))


def test_an_empty_database_has_no_past_to_replay_and_the_default_world(home):
    assert "0 alerts in 4 weeks" in senim(home, "alerts", "replay", "--weeks", "4")
    assert json.loads(senim(home, *FEW, "--fit"))["world"]["stories"] == 600


@pytest.mark.parametrize("wrong", [("--years", "0"), ("--dispersion", "-1"), ("--seed", "x"), ("--weeks", "0")])
def test_wrong_use_is_exit_code_two(home, wrong):
    senim(home, "alerts", "replay", "--simulate", *wrong, rc=2)


def test_alerts_are_answered_and_listed_with_their_answer(tmp_path):
    home = install(tmp_path / "home")
    (home / "var").mkdir()
    rung = Alert(
        id="a1", rule="spike", week="2026-W07", region="KZ-75", reason="corruption", observed=9, expected=2.5,
        upper=6.0, p=0.001, q=0.01, sources=4, posts=(),
    )  # fmt: skip
    with Store.open(home / "var" / "senim.db") as store:
        store.add_alerts([rung, replace(rung, id="b12", reason="formalism"), replace(rung, id="b13", region="KZ-71")])
    assert senim(home, "alerts", "ack", "a", "--note", "officer informed") == "a1: acknowledged\n"
    senim(home, "alerts", "mute", "a1", "--days", "14")
    assert "2 alerts begin with b" in senim(home, "alerts", "ack", "b", rc=1)
    listed = senim(home, "alerts")
    assert "acknowledged, muted until " in listed
    assert json.loads(senim(home, "alerts", "--json"))["states"]["a1"]["muted"]
    senim(home, "alerts", "unmute", "a1")
    assert "muted" not in senim(home, "alerts")
    assert "no such alert" in senim(home, "alerts", "ack", "zz", rc=1)
