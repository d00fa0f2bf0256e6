"""What an issue says, what it withholds, and that every figure in it can be walked back to its posts."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import MONDAY, make_judged, make_opinion, make_post

from monitor import digest, issue
from monitor.declarations import Recipient
from monitor.records import Citation
from monitor.settings import load

WEEK = "2026-W07"
SETTINGS = load(Path(__file__).parents[1])
VOID = {"img", "br", "meta", "hr", "input", "link"}


def world(*rows):
    """Make judged rows, posts and opinions; each row says what differs from one negative post about slowness."""
    judged, posts, opinions = [], [], {}
    for number, given in enumerate(rows):
        post = make_post(number, **given.pop("post", {}))
        row = make_judged(number, post_id=post.id, **({"story": f"story{number}"} | given))
        start = post.text.index("через")
        cited = tuple(Citation(code=c, start=start, end=start + 12, confidence=0.8) for c in row.reasons)
        judged.append(row)
        posts.append(post)
        opinions[post.id] = make_opinion(post, sentiment=row.sentiment, reasons=cited, model="senim-mini")
    return judged, posts, opinions


def make_digest(*rows, **given):
    return digest.compose(WEEK, *world(*rows), SETTINGS, **given)


def some(number, **given):
    return [dict(given) for _ in range(number)]


def reason(found, code):
    return next(r for r in found.reasons if r.code == code)


# --- composing -------------------------------------------------------------------------------------------------------


def test_said_and_reported_are_counted_apart():
    found = make_digest(
        *some(6, sentiment="negative", reasons=("corruption",)),
        *some(3, sentiment="neutral", reasons=("corruption",)),
        *some(5, sentiment="positive", reasons=("effective_help",)),
        *some(2, sentiment="negative", reasons=("effective_help",)),
    )
    assert (reason(found, "corruption").said, reason(found, "corruption").reported) == (6, 3)
    assert (reason(found, "effective_help").said, reason(found, "effective_help").reported) == (5, 2)


def test_small_reasons_and_regions_are_withheld_and_tell_no_order():
    found = make_digest(
        *some(7, regions=("KZ-75",)),
        *some(4, regions=("KZ-71",), reasons=("formalism",)),
        *some(2, regions=("KZ-10",), reasons=("corruption",)),
    )
    assert [(r.code, r.said) for r in found.reasons] == [
        ("slow_ineffective", 7),
        ("corruption", None),
        ("formalism", None),
    ]
    assert {c.cell.region: c.cell.net for c in found.regions} == {"KZ-75": -1.0, "KZ-71": None, "KZ-10": None}
    html = issue.render(found, "ru", SETTINGS).html
    assert "Меньше 5 оценённых текстов: Область Абай, Город Астана." in html


def test_a_post_with_two_reasons_of_one_answer_counts_once_in_it():
    found = make_digest(*some(6, reasons=("formalism", "slow_ineffective", "crime_concealment")))
    assert next(r.posts for r in found.rollups if (r.kind, r.code) == ("deputy", "formalism")) == 6


def test_what_bodies_write_of_themselves_stays_apart():
    found = make_digest(*some(6), *some(4, official=True, sentiment="positive", reasons=("effective_help",)))
    assert found.cell.posts == 6
    assert found.cell.net == -1.0
    assert (found.official, found.official_positive) == (4, 4)
    assert not any(r.code == "effective_help" for r in found.reasons)
    assert len(found.evidence) == 10
    assert "4 posts from official sources, of them positive: 4." in issue.render(found, "en", SETTINGS).text.replace(
        "\u00a0", " "
    )


def test_a_story_is_shown_once_however_often_it_was_reprinted():
    found = make_digest(*[{"story": "s", "source": f"paper{n}"} for n in range(4)], *some(2))
    assert [s.posts for s in found.stories] == [4, 1, 1]
    assert found.stories[0].sources == 4
    assert "ещё 3 перепечатки" in issue.render(found, "ru", SETTINGS).text.replace("\u00a0", " ")


def test_the_quoted_post_is_the_first_with_a_cited_reason():
    found = make_digest(
        {"story": "s", "reasons": (), "sentiment": "negative"},
        {"story": "s"},
    )
    assert found.stories[0].reasons == ("slow_ineffective",)
    assert any(mark and text.startswith("через") for text, mark in found.stories[0].quote.parts)


def test_stories_that_say_nothing_of_the_body_are_no_headlines():
    assert make_digest(*some(9, story="s", sentiment="neutral", reasons=())).stories == ()


def test_silent_sources_are_those_without_success_since_the_week_began():
    enabled = [s.id for s in SETTINGS.sources if s.enabled]
    success = dict.fromkeys(enabled, MONDAY + timedelta(days=1)) | {
        enabled[0]: MONDAY - timedelta(days=9), enabled[1]: None,
    }  # fmt: skip
    found = make_digest(*some(5), last_success=success)
    assert [name for name, _ in found.silent] == enabled[:2]
    assert make_digest(*some(5)).silent == (), "nobody knows, nobody is blamed"
    text = issue.render(found, "kk", SETTINGS).text
    assert "соңғы сәтті жинау: 2026 жылғы 31 қаңтар" in text
    assert "әлі бірде-бір рет сәтті жиналмаған" in text


def test_later_weeks_do_not_change_an_issue():
    judged, posts, opinions = world(*some(6))
    later = make_judged(99, published=MONDAY + timedelta(days=8), sentiment="positive")
    assert digest.compose(WEEK, [*judged, later], posts, opinions, SETTINGS) == digest.compose(
        WEEK, judged, posts, opinions, SETTINGS
    )


def test_every_figure_can_be_walked_back():
    found = make_digest(*some(6), *some(5, sentiment="neutral", reasons=("corruption",), regions=("KZ-71",)))
    public = [e for e in found.evidence if not e.official]
    assert found.cell.posts == len(public)
    assert found.cell.negative == sum(e.sentiment == "negative" for e in public)
    for row in found.reasons:
        assert row.said + row.reported == sum(row.code in e.reasons for e in public)
    for change in found.regions:
        assert change.cell.posts == sum(change.cell.region in e.regions for e in public)
    html = issue.render(found, "en", SETTINGS).html
    for e in found.evidence:
        assert e.url in html
        assert e.post in html


# --- the headline ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stances", "verdict"),
    [
        (["negative"] * 20 + ["positive"] * 2, "More bad than good"),
        (["positive"] * 20 + ["negative"] * 2, "More good than bad"),
        (["positive"] * 6 + ["negative"] * 7, "about even"),
        (["negative"] * 3, "too few posts"),
    ],
)
def test_the_headline_says_what_the_figure_means(stances, verdict):
    found = make_digest(*({"sentiment": s} for s in stances))
    assert verdict in issue.render(found, "en", SETTINGS).text


def test_the_change_is_told_only_when_it_is_more_than_chance():
    before = [
        make_judged(100 + n, published=MONDAY - timedelta(days=3), sentiment="positive", story=f"old{n}")
        for n in range(30)
    ]
    judged, posts, opinions = world(*some(30))
    fallen = digest.compose(WEEK, [*before, *judged], posts, opinions, SETTINGS)
    assert "На 200 пунктов ниже, чем неделей раньше." in issue.render(fallen, "ru", SETTINGS).text.replace(
        "\u00a0", " "
    )
    same = [replace(row, sentiment="negative") for row in before]
    still = digest.compose(WEEK, [*same, *judged], posts, opinions, SETTINGS)
    assert "изменение в пределах погрешности" in issue.render(still, "ru", SETTINGS).text
    alone = digest.compose(WEEK, judged, posts, opinions, SETTINGS)
    assert "сравнить нельзя" in issue.render(alone, "ru", SETTINGS).text


# --- rendering -------------------------------------------------------------------------------------------------------


class Checker(HTMLParser):
    """Collects what mail programs care about and complains about tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.images, self.links = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        values = dict(attrs)
        if tag == "img":
            self.images.append(values["src"])
            assert values.get("alt"), "a picture without words"
        if tag == "a":
            self.links.append(values["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def checked(html):
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


@pytest.fixture(scope="module")
def rich():
    rows = [
        *some(12, regions=("KZ-75",)),
        *some(6, sentiment="positive", reasons=("effective_help",), regions=("KZ-71",), language="kk"),
        *some(5, sentiment="neutral", reasons=("corruption",), regions=("KZ-10",)),
        *some(2, sentiment=None, abstained=True, reasons=()),
    ]
    return make_digest(*rows, last_success={}, unread=3)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_file_stands_alone_in_every_language(rich, language):
    found = issue.render(rich, language, SETTINGS)
    page = checked(found.html)
    assert found.images == ()
    assert len(page.images) == 3
    assert all(i.startswith("data:image/png;base64,") for i in page.images)
    assert not page.tags & {"script", "iframe", "form", "link"}
    assert "{" not in re.sub(r"data:[^\"]+", "", found.html), "an unfilled brace"
    words = SETTINGS.language(language).words
    for key in ("allegation_note", "sample_note", "section_not_seen", "section_official", "section_method"):
        assert words[key] in found.html.replace("&#39;", "'")
    assert words["sample_note"] in found.text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_mail_attaches_its_pictures_and_is_small(rich, language):
    found = issue.message(rich, Recipient(email="press@example.org", language=language), SETTINGS)
    page = checked(found.html)
    assert sorted(page.images) == sorted(f"cid:{name}" for name, _ in found.images)
    assert len(found.html.encode()) < 100_000, "mail programs cut longer ones"
    assert found.key == "digest/2026-W07/press@example.org"
    assert "<style" not in found.html
    assert SETTINGS.language(language).words["footer_stop"] in found.text


def test_markup_in_a_text_stays_text():
    nasty = {
        "title": '<script>alert("1")</script>',
        "text": "Приехали <b>через</b> час, <img src=x onerror=alert(1)>",
        "url": "javascript:alert(1)",
    }
    found = make_digest({"post": nasty}, *some(4))
    html = issue.render(found, "ru", SETTINGS).html
    page = checked(html)
    assert "<script" not in html
    assert "onerror=alert(1)>" not in html
    assert not any(link.startswith("javascript") for link in page.links)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_week_without_posts_is_an_honest_issue(language):
    found = issue.render(make_digest(), language, SETTINGS)
    checked(found.html)
    words = SETTINGS.language(language).words
    assert words["verdict_none"] in found.text
    assert words["official_none"] in found.text


def test_long_evidence_is_cut_and_says_so():
    found = make_digest(*some(issue.EVIDENCE + 7))
    assert "7 more are on the page" in issue.render(found, "en", SETTINGS).html


def test_what_the_model_left_out_is_told(rich):
    text = issue.render(rich, "en", SETTINGS).text
    assert "In 8% of the posts (2) the model would not decide" in text
    assert "has not yet read 3\u00a0posts" in text
    assert "Languages: Russian 76%, Kazakh 24%." in text
