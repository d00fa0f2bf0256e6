"""What the model says of a post, and of each body that it names; the weights here have learnt nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import make_item, make_opinion, make_post
from click.testing import CliRunner
from installation import install
from sqlite_utils import Database

from models import passages
from monitor import pipeline, settings
from monitor.cli import main
from monitor.records import SENTIMENTS, BodyStance
from monitor.relevance import Matcher

PRAISE = "Полиция приехала через пять минут и вернула велосипед, спасибо ребятам."
BLAME = "Прокуратура второй месяц не отвечает на жалобу и покрывает взяточников."
WEATHER = " ".join(f"Погода {n} в городе была тихой, и на рынке продавали яблоки и дыни." for n in range(12))


@pytest.fixture(scope="module")
def about():
    """Return a maker of posts with the mentions that the shipped names find."""
    matcher = Matcher(settings.load(settings.shipped_config().parent).bodies)

    def made(text, title=""):
        return make_post(0, title=title, text=text, mentions=matcher.mentions(title, text))

    return made


def test_praise_of_one_body_and_blame_of_another_are_two_stances(tiny_classifier, about):
    (opinion,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    assert opinion.bodies == ("police", "prosecutor")
    assert [s.body for s in opinion.stances] == ["police", "prosecutor"]
    police, prosecutor = opinion.stances
    assert police.probabilities != prosecutor.probabilities
    text = f"{PRAISE} {BLAME}"
    assert [text[s.start : s.end] for s in opinion.stances] == [PRAISE, BLAME]
    for stance in opinion.stances:
        assert sum(stance.probabilities) == pytest.approx(1, abs=1e-9)
        assert stance.confidence == max(stance.probabilities)
        assert stance.sentiment in (None, SENTIMENTS[stance.probabilities.index(stance.confidence)])
        assert (stance.sentiment is None) == (stance.confidence < tiny_classifier.card.abstain)


def test_the_model_abstains_on_one_body_alone(tiny_classifier, about):
    (opinion,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    low, high = sorted(s.confidence for s in opinion.stances)
    between, tiny_classifier.card = tiny_classifier.card, replace(tiny_classifier.card, abstain=(low + high) / 2)
    try:
        (shy,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    finally:
        tiny_classifier.card = between
    assert sorted(s.sentiment is None for s in shy.stances) == [False, True]


def test_the_whole_post_is_read_as_if_nobody_asked_for_single_bodies(tiny_classifier, about):
    both, one = about(f"{PRAISE} {BLAME}"), about(PRAISE)
    (opinion,) = tiny_classifier.judge([both])
    cut = passages.cut(both.title, both.text, both.mentions)
    assert replace(opinion, stances=()) == tiny_classifier._opinion(both, tiny_classifier.reader.read(cut))
    assert tiny_classifier.judge([one])[0].stances == ()


def test_the_strongest_passage_of_a_long_text_is_the_evidence(tiny_classifier, about):
    text = f"{PRAISE} {WEATHER} {BLAME} {WEATHER} Полиция снова молодцы, нашли угонщика за час. {WEATHER}"
    (opinion,) = tiny_classifier.judge([about(text)])
    for stance, name in zip(opinion.stances, ("Полиция", "Прокуратура"), strict=True):
        assert name in text[stance.start : stance.end]
        assert stance.end - stance.start < len(text) / 2


def test_posts_about_something_else_have_no_stances(tiny_classifier, about):
    assert tiny_classifier.judge([replace(about(f"{PRAISE} {BLAME}"), language="und")])[0].stances == ()
    assert tiny_classifier.judge([]) == []


def test_figures_by_body_of_posts_that_praise_one_and_blame_another(tiny_model, tmp_path):
    home = install(tmp_path / "home", tiny_model)
    toward = (
        BodyStance(body="police", sentiment="positive", confidence=0.8, probabilities=(0.1, 0.1, 0.8)),
        BodyStance(body="prosecutor", sentiment="negative", confidence=0.8, probabilities=(0.8, 0.1, 0.1)),
    )
    with pipeline.open_store(settings.load(home)) as store:
        store.add(store.begin("import"), [make_item(n) for n in range(6)])
        given = {"bodies": ("police", "prosecutor"), "sentiment": "neutral", "stances": toward}
        store.add_opinions([make_opinion(make_post(n), **given) for n in range(6)])
    cells = {c["body"]: (c["negative"], c["neutral"], c["positive"]) for c in by_body(home)}
    assert cells == {"": (0, 6, 0), "police": (0, 0, 6), "prosecutor": (6, 0, 0)}


def test_a_database_from_before_there_were_stances_is_brought_up_to_date_by_a_check(tiny_model, tmp_path):
    home = install(tmp_path / "home", tiny_model)
    loaded = settings.load(home)
    with pipeline.open_store(loaded) as store:
        store.add(store.begin("import"), [make_item(n) for n in range(6)])
        store.add_opinions([make_opinion(make_post(n), bodies=("knb", "police")) for n in range(6)])
    database = Database(loaded.database)
    database["current_stance"].drop()
    database["_sqlite_migrations"].delete_where("name = ?", ["004 stances"])
    database.close()
    CliRunner().invoke(main, ["--home", str(home), "check"])
    assert {c["body"]: c["negative"] for c in by_body(home)} == {"": 6, "knb": 6, "police": 6}


def by_body(home):
    result = CliRunner().invoke(main, ["--home", str(home), "trends", "--by", "body", "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
