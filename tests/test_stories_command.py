"""`senim stories` and `senim search` at the door: what is told, by whom, in which languages, and what is near."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from builders import make_item, make_opinion
from click.testing import CliRunner
from installation import install
from telling_set import tools

from models import embedding
from monitor import chronicle
from monitor.cli import main
from monitor.pipeline import open_store
from monitor.settings import load

KK = "Ақсай маңында полиция дронмен 19 жылқы айдаған үш ұрыны ұстады, мал иесіне қайтарылды."
RU = "Полиция ЗКО под Аксаем с помощью дрона нашла девятнадцать украденных лошадей, трое задержаны. Хозяин благодарит."
EN = "Police near Aksay in West Kazakhstan region used a drone to find 19 stolen horses and detained three men."
OTHER = "Полиция Тараза оштрафовала двенадцать женщин, продававших тюльпаны у рынка восьмого марта, горожане возмущены."
LATER = datetime(2026, 3, 4, 9, tzinfo=UTC)


def item(number, text, language, hour, **given):
    values = {"title": "", "source": f"s{number}", "published": LATER.replace(hour=hour), "regions": ("KZ-27",)} | given
    return make_item(number, text=text, language=language, fingerprint=given.pop("fingerprint", b""), **values)


ITEMS = [
    item(0, KK, "kk", 8, title="Жылқы ұрылары ұсталды"),
    item(1, RU, "ru", 9),
    item(2, EN, "en", 10, title="Horse thieves found by drone"),
    item(3, "Молодцы, так держать", "ru", 11, kind="comment"),
    item(4, OTHER, "ru", 12, regions=("KZ-31",)),
    item(5, RU.replace("Хозяин", "Владелец"), "ru", 13),
]


@pytest.fixture(scope="module")
def home(tiny_model, tmp_path_factory):
    """An installation whose model has random weights and a projection, with six posts, four of them judged."""
    where = shutil.copytree(tiny_model, tmp_path_factory.mktemp("model") / "model")
    chance = np.random.default_rng(1)
    embedding.write(where, chance.normal(size=(256, 32)).astype(np.float32), np.zeros(256, dtype=np.float32))
    folder = install(tmp_path_factory.mktemp("home") / "home", weights=where, privacy={"min_posts": 2})
    with open_store(load(folder)) as store:
        store.add(store.begin("t"), [_below_the_first(i) for i in ITEMS])
        store.link_stories()
        stances = {0: "positive", 1: "positive", 2: "negative", 5: "negative"}
        store.add_opinions([make_opinion(ITEMS[n].post, sentiment=s, reasons=()) for n, s in stances.items()])
    return folder


def _below_the_first(one):
    comment = one.post.kind == "comment"
    return replace(one, post=replace(one.post, parent=ITEMS[1].post.id)) if comment else one


def senim(home, *words, rc=0):
    done = CliRunner().invoke(main, ["--home", str(home), *words])
    assert done.exit_code == rc, done.output
    return done.output


@pytest.fixture(scope="module")
def found(home):
    """The stories of the week, read without the door."""
    return told(home)


def told(home, week="2026-W10", **asked):
    with open_store(load(home)) as store:
        return chronicle.stories(store, chronicle.Reader(*tools()), week, k=2, **asked)


def test_one_event_in_three_languages_is_one_story(found):
    horses, flowers = found
    assert (horses.posts, horses.tellings, horses.sources, flowers.posts) == (5, 5, 5, 1)
    assert {side.language: side.posts for side in horses.sides} == {"ru": 3, "en": 1, "kk": 1}
    assert horses.id == ITEMS[0].post.id
    assert horses.regions == ("KZ-27",)
    assert (horses.first.hour, horses.last.hour) == (8, 13)


def test_headlines_have_addresses_and_texts_without_a_title_their_beginning(found):
    sides = {side.language: side for side in found[0].sides}
    assert sides["kk"].headline == "Жылқы ұрылары ұсталды"
    assert sides["kk"].url == ITEMS[0].post.url
    assert RU.startswith(sides["ru"].headline.removesuffix(" …"))
    assert len(sides["ru"].headline) < len(RU)


def test_stance_of_too_few_posts_is_withheld(found):
    sides = {side.language: side for side in found[0].sides}
    assert (sides["kk"].judged, sides["kk"].net) == (1, None)
    assert (sides["ru"].judged, sides["ru"].net) == (2, 0.0)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"region": "KZ-31"}, 1),
        ({"language": "en"}, 1),
        ({"language": "mixed"}, 0),
        ({"week": "2026-W09"}, 0),
        ({"week": "2026-W11"}, 0),
    ],
)
def test_filters(home, asked, number):
    assert len(told(home, **asked)) == number


def test_the_table_and_json_say_the_same(home, found):
    said = senim(home, "stories", "--week", "2026-W10", "--limit", "1")
    for word in ("2 stories", "2026-03-04: 5 posts, 5 tellings, 5 sources", "Horse thieves found by drone", "Жылқы"):
        assert word in said
    assert "тюльпаны" not in said
    whole = json.loads(senim(home, "stories", "--week", "2026-W10", "--json"))
    assert [story["id"] for story in whole] == [story.id for story in found]


def test_nothing_is_changed_by_looking(home):
    with open_store(load(home)) as store:
        before = store.stories([i.post.id for i in ITEMS])
    told(home)
    with open_store(load(home)) as store:
        assert store.stories([i.post.id for i in ITEMS]) == before


def test_search_by_words(home):
    found = json.loads(senim(home, "search", "лошадь", "--json"))
    assert {p["id"] for p in found} == {ITEMS[1].post.id, ITEMS[5].post.id}
    assert "Horse thieves" in senim(home, "search", "drone")


def test_similar_posts_are_found_across_languages_and_vectors_are_made_once(home):
    found = json.loads(senim(home, "search", "--similar", ITEMS[0].post.id, "--json"))
    assert [p["same_event"] > 0.5 for p in found[:3]] == [True] * 3
    assert ITEMS[0].post.id not in {p["id"] for p in found}
    assert len(found) == 5
    with open_store(load(home)) as store:
        version = embedding.Embedder.load(load(home).home / load(home).senim.model.folder).version
        assert list(store.without_vector(version, 10)) == []
        assert sum(len(ids) for ids, _ in store.vectors(version, chunk=2)) == len(ITEMS)
        assert not list(store.vectors("another"))


def test_similar_to_a_text_of_the_same_event_only(home):
    found = json.loads(senim(home, "search", "--similar", "Ақсайда 19 жылқы ұрланды", "--same-event", "--json"))
    assert {p["id"] for p in found} <= {ITEMS[n].post.id for n in (0, 1, 2, 5)}
    assert len(found) >= 2
    said = senim(home, "search", "--similar", "Ақсайда 19 жылқы ұрланды", "--language", "en")
    assert "Horse thieves" in said
    assert "Жылқы" not in said


def test_what_is_forgotten_has_no_vector(home, tmp_path):
    copy = shutil.copytree(home, tmp_path / "home")
    senim(copy, "search", "--similar", "horses")
    with open_store(load(copy)) as store:
        assert store.forget(url=ITEMS[2].post.url) == 1
        assert store.value("SELECT count(*) FROM vector") == len(ITEMS) - 1


@pytest.mark.parametrize(
    ("words", "rc", "said"),
    [
        (("stories", "--week", "2026-99"), 2, "no ISO week"),
        (("stories", "--region", "XX"), 1, "no region XX"),
        (("search",), 2, "Say what to find"),
        (("search", "x", "--same-event"), 2, "needs --similar"),
        (("search", "x", "--region", "XX"), 1, "no region XX"),
    ],
)
def test_wrong_use(home, words, rc, said):
    assert said in senim(home, *words, rc=rc)


def test_a_model_without_embeddings_is_an_error_with_advice(tiny_model, tmp_path):
    where = shutil.copytree(tiny_model, tmp_path / "model")
    home = install(tmp_path / "home", weights=where)
    assert "senim train embeddings" in senim(home, "search", "--similar", "x", rc=1)
