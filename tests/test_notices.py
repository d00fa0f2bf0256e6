"""What an alert says to whom."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import make_opinion, make_post

from monitor.declarations import Recipient
from monitor.notices import compose_mail, concerns
from monitor.records import Alert, Citation
from monitor.settings import load

SETTINGS = load(Path(__file__).parents[1])


def make_alert(**given):
    values = {
        "id": "0123456789ab", "rule": "spike", "week": "2026-W07", "region": "KZ-75", "reason": "slow_ineffective",
        "observed": 9, "expected": 1.6, "upper": 5.0, "p": 0.00031, "q": 0.02, "sources": 4, "posts": (),
    } | given  # fmt: skip
    return Alert(**values)


def mail(alert, language="ru", posts=(), opinions=(), **given):
    to = Recipient(email="duty@example.org", language=language)
    found = compose_mail(alert, to, {p.id: p for p in posts}, {o.post_id: o for o in opinions}, SETTINGS, **given)
    return replace(found, text=found.text.replace("\u00a0", " "))


@pytest.mark.parametrize(
    ("regions", "region", "wanted"),
    [((), "KZ-75", True), (("KZ-75",), "KZ-75", True), (("KZ-71",), "KZ-75", False), (("KZ-71",), "", True)],
)
def test_an_alert_goes_to_those_it_concerns(regions, region, wanted):
    to = Recipient(email="duty@example.org", language="ru", regions=regions)
    assert concerns(make_alert(region=region), to) is wanted
    assert not concerns(make_alert(region=region), to.model_copy(update={"alerts": False}))


def test_the_mail_says_what_is_usual_what_was_seen_and_why_it_rings():
    text = mail(make_alert()).text
    assert "За неделю 9–15 февраля 2026 года: 9 сюжетов, 4 источника." in text
    assert "около 1,6, до 5 ещё укладывается" in text
    assert "в 5,6 раза больше обычного" in text
    assert "реже, чем раз в 3 200 недель" in text
    assert "не больше 20 % всех тревог" in text


def test_the_mail_says_from_what_the_usual_was_learnt():
    assert "learnt from 26 weeks before." in mail(make_alert(weeks=26), "en").text
    assert "learnt" not in mail(make_alert(), "en").text, "an alert of an older version does not know"
    text = mail(make_alert(weeks=104, trend=True, season=True), "en").text
    assert "The trend of these weeks is accounted for. So is the season of the year." in text.replace("\n", " ")
    assert "Прошлое ещё коротко (5 недель)" in mail(make_alert(weeks=5, cold=True)).text


def test_two_weeks_are_called_two_weeks_and_what_is_shared_is_told():
    text = mail(make_alert(span=2, weeks=30, observed=40, expected=21.0), "en").text.replace("\n", " ")
    assert "In 2 weeks, the last that of 9–15 February 2026: 40 stories, in one of them from 4 sources." in text
    assert "Such a time usually has about 21.0" in text
    assert "country" not in text
    assert "Most of the country was 1.4 times as loud" in mail(make_alert(weeks=30, shared=1.4), "en").text


def test_the_mail_names_the_commonest_reasons():
    text = mail(make_alert(reason="", reasons=("corruption", "formalism", "of an older codebook")), "en").text
    names = [SETTINGS.reason(c).name.en for c in ("corruption", "formalism")]
    assert f"Named most often: {', '.join(names)}." in text.replace("\n", " ")


SHIFT = {
    "kind": "shift", "reason": "", "since": "2026-W03", "before": 0.1, "after": -0.25, "weeks": 30, "upper": 0.0,
    "p": 0.0005, "reasons": ("corruption",),
}  # fmt: skip


def test_a_shift_says_how_it_was_how_it_is_and_since_when():
    found = mail(make_alert(**SHIFT))
    assert "отношение изменилось" in found.subject
    assert "баланс отношения −25 (5 недель), раньше был +10 (30 недель)" in found.text
    assert "реже, чем в одном случае из 2 000" in found.text
    assert "Отношение стало хуже" in found.text
    assert "стало лучше" in mail(make_alert(**SHIFT | {"after": 0.4})).text


def test_the_mail_quotes_the_posts_with_their_addresses():
    post = make_post(1, text="Наряд приехал через два часа.", title="Ждали долго")
    cited = Citation(code="slow_ineffective", start=14, end=28, confidence=0.8)
    other = Citation(code="formalism", start=0, end=5, confidence=0.8)
    found = mail(
        make_alert(posts=(post.id, "gone")), posts=[post], opinions=[make_opinion(post, reasons=(cited, other))]
    )
    assert "«Наряд приехал *через два часа*.»" in found.text
    assert post.url in found.html
    assert "<mark" in found.html


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize(
    "given",
    [{}, {"region": "", "reason": ""}, {"expected": 0.02, "rule": "gone"}, {"weeks": 5, "cold": True}, SHIFT],
)
def test_the_mail_is_whole_in_every_language(language, given):
    found = mail(make_alert(**given), language, partial=True)
    words = SETTINGS.language(language).words
    assert "{" not in found.subject + found.html + found.text
    assert words["allegation_note"] in found.text
    assert words["alert_partial"] in found.text
    assert found.language == language


def test_the_key_follows_from_alert_and_address():
    assert mail(make_alert()).key == mail(make_alert(observed=12), "kk").key == "alert/0123456789ab/duty@example.org"
