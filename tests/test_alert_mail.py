"""What an alert says to whom."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import make_opinion, make_post

from monitor.alerts import compose_mail, concerns
from monitor.declarations import Recipient
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
@pytest.mark.parametrize("given", [{}, {"region": "", "reason": ""}, {"expected": 0.02, "rule": "gone"}])
def test_the_mail_is_whole_in_every_language(language, given):
    found = mail(make_alert(**given), language, partial=True)
    words = SETTINGS.language(language).words
    assert "{" not in found.subject + found.html + found.text
    assert words["allegation_note"] in found.text
    assert words["alert_partial"] in found.text
    assert found.language == language


def test_the_key_follows_from_alert_and_address():
    assert mail(make_alert()).key == mail(make_alert(observed=12), "kk").key == "alert/0123456789ab/duty@example.org"
