"""Pages of our own writing in the layouts and with the dates of Kazakhstan's media, each an invented text."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from furniture import SITES, Case
from layouts import LAYOUTS, truth
from shingles import counts, score
from stamps import COMMON, local, stamps

from crawlers.pages import article
from crawlers.pages.dates import AHEAD
from monitor.privacy import author_key

FOLDER = Path(__file__).parent / "invented"
NOW = datetime(2025, 11, 13, 6, tzinfo=UTC)  # eleven o'clock in Almaty
AUTHORS = {"ru": ("Редакция новостей", "Отдел происшествий"), "kk": ("Аймақ тілшісі", "Жаңалықтар бөлімі")}
PLACES = ("ld", "meta", "rel", "itemprop", "class", "nothing")


@cache
def texts(language):
    parts = (FOLDER / f"{language}.txt").read_text("utf-8").split("= ")[1:]
    return [tuple(part.strip().split("\n")) for part in parts]


def make_cases():
    """Every text in a layout of its own turn; layouts, dates and places of the author go round at different lengths."""
    cases = []
    for shift, language in enumerate(("ru", "kk")):
        every, forms = texts(language), stamps(language)
        titles = [title for title, *_ in every]
        for n, (title, *paragraphs) in enumerate(every):
            layout = LAYOUTS[(n + 10 * shift) % len(LAYOUTS)]
            others = tuple(titles[(n + k) % len(titles)] for k in (7, 11, 17, 23))
            case = Case(
                language=language, title=title, paragraphs=tuple(paragraphs), others=others,
                stamp=forms[n % len(forms)],
                author=AUTHORS[language][n % 2], author_in=PLACES[n % len(PLACES)],
                url=f"https://{'kaz.' * (n % 2) * shift}dala.example/{language}/news/{n}",
            )  # fmt: skip
            cases.append(pytest.param(layout, case, id=f"{layout.__name__}-{language}-{n}"))
    return cases


CASES = make_cases()


def read(layout, case):
    html = layout(case)
    raw = html.encode("kz1048", "xmlcharrefreplace") if layout.__name__ == "table_era" else html.encode()
    return article.read(raw, case.url + "?utm_source=x", NOW, feed_date=local(case.stamp.feed))


@cache
def pages():
    return [(c.id, *c.values, read(*c.values)) for c in CASES]


def test_the_texts_differ_and_there_are_enough():
    every = [" ".join(p) for language in SITES for _, *p in texts(language)]
    assert len(every) == len(set(every)) >= 80
    assert {c.values[0] for c in CASES} == set(LAYOUTS)
    assert all(any(c.values[1].stamp is form for c in CASES) for form in COMMON)


def test_the_words_of_the_article_are_found():
    rows = {name: counts(truth(layout, case), page.text) for name, layout, case, page in pages()}
    f1 = {name: score([row])[0] for name, row in rows.items()}
    poor = {name: round(value, 2) for name, value in f1.items() if value < 0.9}
    assert sum(f1.values()) / len(f1) >= 0.95, poor
    assert score(list(rows.values()))[0] >= 0.95


def test_the_dates_are_right_and_never_in_the_future():
    wrong = {}
    for name, _, case, page in pages():
        assert page.published is None or page.published <= NOW + AHEAD
        right = (local(case.stamp.truth), case.stamp.step)
        if (page.published, page.published_from) != right:
            wrong[name] = (page.published, page.published_from, *right)
    assert len(wrong) <= 0.01 * len(CASES), wrong


@pytest.mark.parametrize(("layout", "case"), CASES)
def test_the_rest_of_a_page(layout, case, monkeypatch):
    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "secret of the tests")
    page = read(layout, case)
    author = "" if case.author_in == "nothing" else case.author
    assert page.title == case.title
    assert author_key(page.author, "s") == author_key(author, "s")
    assert page.canonical == case.url
    assert page.language_hint == case.language
    assert len(page.comments) == {"wordpress": 3, "forum": 9}.get(layout.__name__, 0)
