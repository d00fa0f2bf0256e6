"""Pages of our own writing, one folder each: add a folder with page.html and expected.json and it is tested."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import world as w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.pages import article, markup
from monitor.errors import BadItem
from monitor.records import Fate

NOW = datetime(2025, 11, 13, 6, tzinfo=UTC)
CASES = sorted(p.parent for p in (Path(__file__).parent / "pages").glob("*/*/expected.json"))
FIELDS = ("title", "text", "author", "published", "published_from", "canonical", "language_hint", "comments")
KAZAKH = "Қала тұрғындары учаскелік инспекторға ризашылығын білдіріп, полицияның тез келгенін айтты. "


def plain(page):
    return {
        "title": page.title, "text": page.text.split("\n"), "author": page.author,
        "published": page.published and page.published.isoformat(), "published_from": page.published_from,
        "canonical": page.canonical, "language_hint": page.language_hint,
        "comments": [[c.author, c.published and c.published.isoformat(), c.text] for c in page.comments],
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_page(case):
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    raw = (case / "page.html").read_bytes()
    if "error" in expected:
        with pytest.raises(BadItem) as error:
            article.read(raw, expected["url"], NOW)
        assert error.value.fate == expected["error"]
        return
    assert plain(article.read(raw, expected["url"], NOW)) == {k: expected[k] for k in FIELDS}


@pytest.mark.parametrize(
    ("encoding", "header", "meta"),
    [
        ("utf-8", "windows-1251", "windows-1251"),
        ("utf-8", None, ""),
        ("utf-8-sig", "iso-8859-1", ""),
        ("utf-16", "utf-8", ""),
        ("kz1048", "utf-8", "utf-8"),
        ("kz1048", "windows-1251", ""),
        ("kz1048", "iso-8859-1", ""),
        ("kz1048", None, "windows-1251"),
        ("kz1048", "no-such-charset", ""),
        ("kz1048", None, ""),
    ],
)
def test_charsets_however_they_are_labelled(encoding, header, meta):
    html = w.article("Алғыс айтты", sentence=KAZAKH * 3)
    html = html.replace('<meta charset="utf-8">', f'<meta charset="{meta}">' if meta else "")
    page = article.read(html.encode(encoding), "https://a.example/1", NOW, header)
    assert page.title == "Алғыс айтты"
    assert KAZAKH.strip() in page.text


def test_other_declared_charsets_are_obeyed_and_a_cut_page_is_still_utf_8():
    assert markup.decode("Полиция приехала на вызов".encode("koi8-r"), "koi8-r") == "Полиция приехала на вызов"
    assert markup.decode("Café à la carte déjà".encode("latin-1"), "iso-8859-1") == "Café à la carte déjà"
    assert markup.decode(("Полиция " * 40).encode()[:-3]).startswith("Полиция Полиция")


def test_the_canonical_address_must_be_on_the_same_host():
    for href, expected in (
        ("https://a.example/right#x", "https://a.example/right"),
        ("/right?id=4&utm_medium=z", "https://a.example/right?id=4"),
        ("https://other.example/wrong", "https://a.example/page"),
        ("https://a.example/", "https://a.example/page"),
        ("http://[broken", "https://a.example/page"),
    ):
        html = w.article("Заголовок", head=f'<link rel="canonical" href="{href}">')
        assert article.read(html, "https://a.example/page", NOW).canonical == expected


def test_the_date_ladder_of_a_page():
    feed_date = datetime(2025, 11, 1, 9, tzinfo=UTC)
    head = '<meta property="article:published_time" content="2099-01-01T00:00:00Z">'
    tail = '<time datetime="2025-11-05T00:00:00+05:00">5 ноября</time>'
    page = article.read(w.article("З", head=head, tail=tail), "https://a.example/1", NOW, feed_date=feed_date)
    assert (page.published, page.published_from) == (feed_date, "feed")
    page = article.read(w.article("З", tail=tail), "https://a.example/1", NOW)
    assert page.published_from == "selector"
    assert article.read(w.article("З"), "https://a.example/1", NOW).published is None


def test_comments_never_leak_into_the_text():
    tail = "".join(
        f'<div id="c{n}" class="comment"><b class="comment-author">Гость {n}</b><p class="comment-body">'
        f"Слова гостя номер {n}: полиция опять опоздала, и никто не извинился перед жильцами дома.</p></div>"
        for n in range(30)
    )
    page = article.read(w.article("Заголовок", tail=tail), "https://a.example/1", NOW)
    assert len(page.comments) == 30
    assert "гостя" not in page.text
    assert page.comments[3].author == "Гость 3"


@pytest.mark.parametrize(
    "html", ["", "   ", "<html></html>", "\x00\x00", "<!-- only a comment -->", "<p>", b"\xff\xfe"]
)
def test_nothing_is_unreadable(html):
    with pytest.raises(BadItem) as error:
        article.read(html, "https://a.example/1", NOW)
    assert error.value.fate == Fate.UNREADABLE


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.integers(0, 900))
def test_broken_markup_gives_a_page_or_a_named_error(junk, place):
    html = w.article("Заголовок")
    with contextlib.suppress(BadItem):
        assert article.read(html[:place] + junk + html[place:], "https://a.example/1", NOW).text


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8
    )
)
@settings(max_examples=40, deadline=None)
def test_any_json_ld_is_survived(value):
    node = {"@type": "NewsArticle", "headline": value, "datePublished": value, "author": value, "articleBody": value,
            "comment": [{"@type": "Comment", "text": value, "author": value}]}  # fmt: skip
    body = json.dumps(node).replace("<", "\\u003c")
    script = f'<script type="application/ld+json">{body}</script>'
    assert article.read(w.article("Заголовок", head=script), "https://a.example/1", NOW).text


def test_a_script_is_no_tag_with_a_crowd_of_attributes():
    script = "<script>for(i=0;i<n ;i++){" + "a = b ; " * 300 + "}</script><!-- i<n " + "c " * 300 + "-->"
    assert article.read(w.article("Заголовок", head=script), "https://a.example/1", NOW).text
    for trick in ('<b title="<script">', "<!-->", "<script>x</script>", "<!-- -->"):
        with pytest.raises(BadItem, match="attributes"):
            article.read(
                w.article("Заголовок", head=script + trick + "<b " + "a=1 " * 300 + ">"), "https://a.example/1", NOW
            )


def test_half_characters_of_json_do_not_reach_the_store():
    body = json.dumps(
        {"@type": "NewsArticle", "headline": "Пост \ud83d", "articleBody": "Полиция \ud83d приехала. " * 20}
    )
    html = f'<html><script type="application/ld+json">{body}</script><body></body></html>'
    page = article.read(html, "https://a.example/1", NOW)
    assert (page.title + page.text).encode()
