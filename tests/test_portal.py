"""Sections of sites and pages of questions and answers, asked over a real connection."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import world as w
from pydantic import ValidationError
from test_visits import collect

from crawlers.spiders import portal, site
from monitor.declarations import Marks, Source
from monitor.errors import BadItem
from monitor.records import Fate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARKS = Marks(
    block="li.q", appeal=".ask", answer=".reply", title="h3", asked=".when", answered=".then", author=".who", link="a"
)
BLOCK = """<li class=q><h3>Шум ночью</h3><a href="/q/1">далее</a><i class=who>Житель</i>
<i class=when>12.02.2026 10:00</i>
<div class=ask>Участковый не приходит.<br>Звоним неделю.</div><i class=then>15.02.2026 12:30</i>
<div class=reply>Проведена проверка.</div></li><li class=q><h3>Без ответа</h3><a href="/q/2">далее</a>
<i class=when>13.02.2026</i><div class=ask>Когда починят камеру?</div></li>"""


def test_appeals_and_answers_are_found_by_declared_marks():
    one, two = portal.read(f"<ul>{BLOCK}</ul>", "https://a.kz/blog", MARKS, NOW)
    assert (one.url, one.title, one.appeal.text) == (
        "https://a.kz/q/1", "Шум ночью", "Участковый не приходит.\nЗвоним неделю.",
    )  # fmt: skip
    assert one.appeal.moment == datetime(2026, 2, 12, 5, tzinfo=UTC)
    assert [(a.text, a.moment) for a in one.answers] == [
        ("Проведена проверка.", datetime(2026, 2, 15, 7, 30, tzinfo=UTC))
    ]
    assert (two.url, two.answers) == ("https://a.kz/q/2", ())
    appeal, answer = (i.post for i in portal.items(one, "s", one.url, NOW))
    assert (appeal.kind, answer.kind, answer.parent) == ("appeal", "answer", appeal.id)
    assert answer.published - appeal.published == timedelta(days=3, hours=2, minutes=30)
    assert "Житель" not in repr(appeal)


def test_appeals_that_say_so_themselves_need_no_marks():
    node = {
        "@type": "QAPage", "mainEntity": {
            "@type": "Question", "name": "Өтініш", "text": "Инспектор қоңырауға жауап бермейді.",
            "dateCreated": "2026-02-01T10:00:00+05:00",
            "suggestedAnswer": [{"text": "Екінші", "dateCreated": "2026-02-05"}],
            "acceptedAnswer": {"text": "Бірінші", "dateCreated": "2026-02-03T09:00:00+05:00"},
        },
    }  # fmt: skip
    page = f'<html><head><script type="application/ld+json">{json.dumps(node)}</script></head><body>x</body></html>'
    (found,) = portal.read(page, "https://a.kz/q/9", None, NOW)
    assert (found.title, found.url) == ("Өтініш", "https://a.kz/q/9")
    assert [a.text for a in found.answers] == ["Бірінші", "Екінші"]
    with pytest.raises(BadItem, match="no appeal"):
        portal.read("<p>404</p>", "https://a.kz/q", MARKS, NOW)


def test_appeals_without_an_address_of_their_own_stay_apart():
    page = BLOCK.replace('<a href="/q/1">', "<a>").replace('<a href="/q/2">', "<a>")
    assert len({e.url for e in portal.read(page, "https://a.kz/blog", MARKS, NOW)}) == 2


def test_a_section_names_its_articles_and_its_next_lists():
    page = '<a href="/news/1?utm_source=x">a</a><a href="/news/1#c">b</a><a href="?page=2">c</a>' + (
        '<a href="https://other.kz/news/2">d</a><a href="/about">e</a><a href="http://[">f</a>'
    )
    listing = site.read(page, "https://a.kz/news", r"/news/\d+", r"\?page=\d+$")
    assert [k.url for k in listing.links] == ["https://a.kz/news/1"]
    assert [k.url for k in listing.more] == ["https://a.kz/news?page=2"]


def test_declarations_of_sites_and_marks_are_checked():
    base = {"id": "a", "name": "A", "url": "https://a.kz/", "language": "ru"}
    for wrong in ({"kind": "site"}, {"kind": "site", "links": "("}, {"kind": "portal", "marks": {"block": "<"}}):
        with pytest.raises(ValidationError):
            Source.model_validate(base | wrong)


def test_a_site_and_a_portal_are_walked_as_far_as_there_is_news(tmp_path):
    with w.serve() as world:
        for n in range(1, 5):
            world.put(f"/news/{n}", w.article(f"Страница {n}"))
            world.put(f"/list?p={n}", f'<a href="/news/{n}">x</a><a href="/list?p={n + 1}">next</a>')
        world.put("/blog", f"<ul>{BLOCK}</ul><a href='/blog?p=2'>2</a>")
        world.put("/blog?p=2", f"<ul>{BLOCK.replace('/q/', '/r/')}</ul>")
        paper = w.source(world, "/list?p=1", kind="site", links=r"/news/\d", next=r"\?p=\d", depth=3)
        office = w.source(world, "/blog", id="office", kind="portal", next=r"\?p=\d", marks=MARKS)
        items = collect(tmp_path, [paper, office], {})
        assert sorted(k.removeprefix(world.url) for k in items) == [
            "/news/1", "/news/2", "/news/3", "/q/1", "/q/1#answer-1", "/q/2", "/r/1", "/r/1#answer-1", "/r/2",
        ]  # fmt: skip
        assert {i.fate for i in items.values()} == {Fate.STORED}
        known = {s: dict.fromkeys(items, NOW) for s in ("paper", "office")}
        before = world.count
        again = collect(tmp_path, [paper, office], known)
        assert world.count["/news/1"] == before["/news/1"]
        assert world.count["/list?p=2"] == before["/list?p=2"]
        assert again[world.url + "/news/1"].fate is Fate.DUPLICATE
