"""`senim drift`, `label queue --check`, `label accuracy` and the operators' part of the digest, on one database."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import numpy as np
import pytest
from builders import MONDAY, make_item, make_opinion, make_post
from click.testing import CliRunner
from installation import install

from monitor import editions, issue, watching
from monitor.cli import main
from monitor.privacy import SECRET
from monitor.settings import load
from monitor.store import Store

WEEK, PER_WEEK, WEEKS = "2026-W07", 40, 9


class Embedder:
    """Gives texts of the last week another direction than those before."""

    version = "toy"

    def embed(self, texts):
        rng = np.random.default_rng(len(texts))
        rows = rng.normal(size=(len(texts), 8)).astype(np.float32)
        rows[[" new " in text for text in texts], 0] += 5
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def post(week, n):
    number = week * PER_WEEK + n
    new = " new " if week == 0 else ""
    when = MONDAY - timedelta(weeks=week) + timedelta(minutes=n)
    return make_post(number, published=when, language=("ru", "kk")[n % 2], text=f"Полиция {new} на вызове {number}.")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Nine weeks of forty posts; in the last one the model reads criticism in nearly all."""
    folder = install(tmp_path_factory.mktemp("drift") / "home")
    (folder / "var").mkdir()
    with Store.open(folder / "var" / "senim.db") as store:
        posts = [(w, n, post(w, n)) for w in range(WEEKS) for n in range(PER_WEEK)]
        items = [make_item(w * PER_WEEK + n, published=p.published, language=p.language, text=p.text)
                 for w, n, p in posts]  # fmt: skip
        store.add(store.begin("test"), items)
        store.add_opinions([
            make_opinion(p, sentiment="negative" if w == 0 or n % 3 == w % 3 else "neutral", reasons=())
            for w, n, p in posts
        ])  # fmt: skip
    return folder


def run(home, *arguments, rc=0):
    done = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])
    assert done.exit_code == rc, done.output
    return done


def test_a_change_is_named_at_the_door(home):
    said = run(home, "drift", "--week", WEEK, "--no-texts").stdout
    assert re.search(r"all posts +negative +40 +1\.00 +0\.3", said)
    assert "WARNING" in said
    every = json.loads(run(home, "drift", "--week", WEEK, "--no-texts", "--json").stdout)
    assert every["model"] == "m1"
    assert {s["figure"] for s in every["shifts"] if s["warns"]} == {"negative", "neutral"}
    before = run(home, "drift", "--week", "2026-W06", "--no-texts", "--all").stdout
    assert "0 warnings" in before
    assert "confidence" in before


def test_texts_are_compared_by_vectors_that_are_then_stored(home):
    with Store.open(home / "var" / "senim.db") as store:
        assert watching.watch(store, WEEK).without_vector == 0
        found = watching.watch(store, WEEK, Embedder())
        assert ("all", "texts") in {(s.kind, s.figure) for s in found.warnings}
        assert found.without_vector == 0
        again = watching.watch(store, WEEK)
    assert again == found


def test_the_weekly_job_makes_the_vectors_where_the_model_can(home, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes((home / "var" / "senim.db").read_bytes())
    settings = load(home)
    none = settings.senim.model_copy(update={"model": settings.senim.model.model_copy(update={"folder": "none"})})
    with Store.open(copy) as store:
        with store.writing() as connection:
            connection.execute("DELETE FROM vector")
        without = settings.model_copy(update={"senim": none})
        assert "6 files" in editions.weekly_digest(without, store, MONDAY + timedelta(days=8))
        watching.remember(settings, store, "2025-W50", lambda _: Embedder())  # no past, nothing to compare
        assert store.value("SELECT count(*) FROM vector") == 0
        watching.remember(settings, store, WEEK, lambda _: Embedder())
        assert store.value("SELECT count(*) FROM vector") == PER_WEEK * WEEKS


def test_another_model_is_not_compared_with_this_one(home, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes((home / "var" / "senim.db").read_bytes())
    with Store.open(copy) as store:
        store.add_opinions([make_opinion(post(0, n), model="m2", reasons=()) for n in range(PER_WEEK)])
        found = watching.watch(store, WEEK)
    assert (found.model, found.shifts) == ("m2", ())


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_digest_warns_operators(home, language):
    settings = load(home)
    with Store.open(home / "var" / "senim.db", read_only=True) as store:
        warned = issue.render(editions.compose_digest(settings, store, WEEK), language, settings)
        usual = issue.render(editions.compose_digest(settings, store, "2026-W06"), language, settings)
    heading = settings.language(language).words["section_drift"]
    assert heading.upper() in warned.text
    assert "100" in warned.text
    assert "senim drift" in warned.html
    assert heading.upper() not in usual.text


def test_the_random_sample_goes_out_and_comes_back_as_accuracy(home, tmp_path, monkeypatch):
    monkeypatch.setenv(SECRET, "a secret of the tests")
    queue = json.loads(run(home, "label", "queue", "--check", "--week", WEEK, "--number", 20, "--json").stdout)
    assert len(queue) == 20
    assert {one["drawn"] for one in queue} == {"check"}
    assert queue == json.loads(run(home, "label", "queue", "--check", "--week", WEEK, "--number", 20, "--json").stdout)
    sheet = tmp_path / "sheet.jsonl"
    run(home, "label", "export", sheet, "--check", "--week", WEEK, "--number", 20)
    rows = [json.loads(line) for line in sheet.read_text("utf-8").splitlines()]
    assert {row["id"] for row in rows} == {one["id"] for one in queue}
    for place, row in enumerate(sorted(rows, key=lambda r: r["id"])):
        row |= {"about": True, "sentiment": "negative" if place < 15 else "positive"}
    sheet.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    assert "by chance" in run(home, "label", "accuracy", "--week", WEEK).stdout
    run(home, "label", "import", sheet, "--labeller", "somebody")
    found = json.loads(run(home, "label", "accuracy", "--week", WEEK, "--json").stdout)
    one = next(a for a in found if (a["question"], a["language"]) == ("stance", ""))
    assert (one["n"], one["of"], one["share"]) == (20, 40, 0.75)
    assert {a["language"] for a in found} == {"", "kk", "ru"}
    assert not json.loads(run(home, "label", "queue", "--check", "--week", WEEK, "--number", 20, "--json").stdout)
    settings = load(home)
    with Store.open(home / "var" / "senim.db", read_only=True) as store:
        assert "75%" in issue.render(editions.compose_digest(settings, store, WEEK), "en", settings).text


def test_wrong_use(home):
    assert "--number and --week" in run(home, "label", "queue", "--check", "--seed", 3, rc=2).output
    assert "--check" in run(home, "label", "queue", "--week", WEEK, rc=2).output
