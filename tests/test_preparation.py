"""What becomes of an item between the web and the database, and that one bad item never stops the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import make_item, make_post

from monitor import settings
from monitor.preparation import STRANGE, Preparer
from monitor.records import Fate

SHIPPED = settings.load(settings.shipped_config().parent)
SOURCES = {s.id: s for s in SHIPPED.sources}
NATIONAL = next(s.id for s in SHIPPED.sources if s.region is None)
LONG = "Жители двора рассказали, как они всю неделю ждали ответа и получили его письмом с печатью."
REGIONAL = next(s for s in SHIPPED.sources if s.region)


def prepare(*items, **given):
    preparer = Preparer(SHIPPED, **given)
    return [preparer.prepare(item) for item in items]


def raw(number=0, **given):
    """A post as a crawler gives it: nothing told from its words yet."""
    values = {"language": "und", "regions": (), "regions_from": "", "mentions": (), "source": NATIONAL}
    return make_post(number, **values | given)


def item(number=0, **given):
    return replace(make_item(number), post=raw(number, **given))


@pytest.mark.parametrize(
    ("given", "fate", "detail"),
    [
        ({}, Fate.STORED, ""),
        (
            {"text": "Погода в городе была тихой, на рынке продавали яблоки.", "title": ""},
            Fate.NOT_RELEVANT,
            "names no",
        ),
        ({"text": "Полиция"}, Fate.TOO_SHORT, "7 characters"),
        ({"text": "\u200b \n"}, Fate.TOO_SHORT, "0 characters"),
        ({"text": "полиция " * 20_000}, Fate.TOO_LARGE, "at most 100000 are read"),
        ({"title": "", "text": "В Москве полиция задержала водителя такси."}, Fate.NOT_RELEVANT, "another country"),
    ],
)
def test_the_fate_of_an_item(given, fate, detail):
    (made,) = prepare(item(**given))
    assert made.fate is fate
    assert detail in made.detail
    assert (made.post is None) == (fate is not Fate.STORED)


def test_an_item_without_a_post_goes_through_as_it_is():
    gone = make_item(1, Fate.GONE)
    assert prepare(gone) == [gone]


def test_everything_that_can_be_told_is_told():
    (made,) = prepare(item(title="Пoлиция  Шымкента", text=f"Участковый принял\u00ad заявление\r\n\r\n{LONG}"))
    post = made.post
    assert (post.title, post.text) == ("Полиция Шымкента", f"Участковый принял заявление\n{LONG}")
    assert post.language == "ru"
    assert (post.regions, post.regions_from, post.settlements) == (("KZ-79",), "text", ("republican",))
    assert [(m.body, m.in_title) for m in post.mentions] == [("police", True), ("precinct_inspector", False)]
    assert post.fingerprint


def test_a_text_without_a_place_belongs_to_the_region_of_its_source():
    found = prepare(item(1, source=REGIONAL.id), item(2, source=NATIONAL), item(3, source="import:unknown"))
    assert [(i.post.regions, i.post.regions_from) for i in found] == [
        ((REGIONAL.region,), "source"), ((), ""), ((), ""),
    ]  # fmt: skip


def test_the_region_of_the_source_tells_its_district_from_others_of_the_same_name():
    text = "Участковый Жамбылского района принял заявление. Жители довольны."
    near, far = prepare(item(1, source=REGIONAL.id, text=text), item(2, source=NATIONAL, text=text))
    assert (far.post.regions, far.post.settlements) == ((), ())
    assert near.post.regions == (REGIONAL.region,)


def test_the_same_words_at_the_same_address_get_the_same_id():
    one, other, moved = prepare(
        item(text="Полиция приехала на вызов быстро."),
        item(text="  Пoлиция приехала\u200b на вызов быстро.\r\n"),
        item(text="Полиция приехала на вызов быстро.", url="https://news.example/other"),
    )
    assert one.post.id == other.post.id != moved.post.id


def below(parent, kind="comment", text="Совершенно согласен, давно пора было."):
    return replace(make_item(9), post=raw(9, kind=kind, parent=parent.id, title="", text=text))


def test_a_comment_is_relevant_because_of_its_article():
    article = item(1, text="Полиция  приехала на вызов,\u00a0сообщили жители.")  # cleaning gives it another id
    kept, comment, answer = prepare(article, below(article.post), below(article.post, "answer"))
    assert comment.fate is answer.fate is Fate.STORED
    assert kept.post.id != article.post.id
    assert (
        comment.post.parent == answer.post.parent == kept.post.id != article.post.id or kept.post.id == article.post.id
    )


def test_a_comment_below_an_article_that_is_not_kept_must_name_a_body_itself():
    article = item(1, text="Погода в городе была тихой, на рынке яблоки.", title="")
    _, silent, speaking = prepare(
        article, below(article.post), below(article.post, text="А полиция опять не приехала.")
    )
    assert (silent.fate, speaking.fate) == (Fate.NOT_RELEVANT, Fate.STORED)
    assert speaking.post.parent == ""


def test_all_lines_are_kept_when_somebody_asks_for_them():
    (made,) = prepare(item(text="Ясно.", title=""), keep_all=True)
    assert made.fate is Fate.STORED


class Broken(Preparer):
    """Fails for texts that say so, as a bug of ours would."""

    def complete(self, raw, title, text, mentions):
        if "сломай" in text:
            raise ZeroDivisionError("a bug")
        return super().complete(raw, title, text, mentions)


def test_an_error_that_nobody_expected_costs_one_item(caplog):
    preparer = Broken(SHIPPED)
    bad, good = preparer.prepare(item(1, text="Полиция, сломай программу нам!")), preparer.prepare(item(2))
    assert (bad.fate, bad.post, bad.detail) == (Fate.QUARANTINED, None, "ZeroDivisionError: a bug")
    assert good.fate is Fate.STORED
    assert "quarantined key=https://news.example/1" in caplog.text


def test_too_many_such_errors_are_the_fault_of_the_program():
    preparer = Broken(SHIPPED)
    bad = item(1, text="Полиция, сломай программу нам!")
    assert {preparer.prepare(bad).fate for _ in range(STRANGE)} == {Fate.QUARANTINED}
    with pytest.raises(ZeroDivisionError):
        preparer.prepare(bad)
