"""A slow turn of the net stance rings once, and noise does not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from builders import make_judged

from monitor.declarations import Rule
from monitor.shifts import chance, find, last_break, voices
from monitor.weeks import shift, start

WEEKS = [shift("2026-W01", n) for n in range(40)]
RULE = Rule(
    id="shift", kind="shift", level=0.05, min_stories=5, min_sources=2, min_weeks=4, history_weeks=52, min_change=0.2
)


def posts(nets, weeks=None, regions=("KZ-75",), stories=20, rng=None):
    """Return posts of which in each week the share is negative that gives the net stance asked for."""
    found = []
    for net, week in zip(nets, weeks or WEEKS, strict=False):
        negative = rng.binomial(stories, (1 - net) / 2) if rng else round(stories * (1 - net) / 2)
        for n in range(stories):
            found.append(
                make_judged(
                    len(found), story=f"{week}-{regions}-{n}", regions=regions, source=f"paper{n % 3}",
                    sentiment="negative" if n < negative else "positive",
                    reasons=("corruption",) if n < negative else ("effective_help",),
                    published=start(week) + timedelta(hours=8 * n),
                )
            )  # fmt: skip
    return found


def step(number=40, at=32, before=0.2, after=-0.3):
    return [before] * at + [after] * (number - at)


def noise(seed=1):
    return np.random.default_rng(seed)


def rung(judged, week=WEEKS[-1], **given):
    return find(judged, [RULE], week, **given)


def test_a_turn_rings_where_it_is_and_says_since_when():
    loud, calm = posts(step(), rng=noise()), posts(step(after=0.2), regions=("KZ-71",), rng=noise(2), stories=60)
    (alert,) = rung([*loud, *calm])
    assert (alert.kind, alert.region, alert.since) == ("shift", "KZ-75", WEEKS[32])
    assert alert.before == pytest.approx(0.2, abs=0.1)
    assert alert.after == pytest.approx(-0.3, abs=0.15)
    assert alert.reasons == ("corruption",)
    assert len(alert.posts) == 5
    assert alert.weeks == 32


def test_what_most_regions_share_rings_as_the_country():
    judged = [p for n in range(4) for p in posts(step(), regions=(f"KZ-1{n}",), rng=noise(n))]
    assert [a.region for a in rung(judged)] == [""]


def test_a_turn_for_the_better_rings_too():
    (alert, *_) = rung(posts(step(before=-0.3, after=0.3), rng=noise()))
    assert alert.after > alert.before
    assert alert.reasons == ("effective_help",)


@pytest.mark.parametrize(
    ("nets", "why"),
    [
        (step(at=40), "nothing happened"),
        (step(at=38), "two weeks are no shift"),
        (step(at=20), "half a year ago is history"),
        (step(after=0.1), "too small to matter"),
        (step(at=36)[33:], "too short a past"),
    ],
)
def test_it_stays_silent(nets, why):
    assert rung(posts(nets, WEEKS[-len(nets) :], rng=noise(3))) == (), why


def test_a_week_without_collection_is_no_evidence():
    judged = posts(step(), rng=noise())
    assert rung(judged, collected=WEEKS)
    assert rung(judged, collected=WEEKS[:-1]) == ()


def test_the_same_shift_rings_once():
    judged = posts(step(), rng=noise())
    first = rung([p for p in judged if p.published < start(WEEKS[-1])], WEEKS[-2])
    assert first
    assert rung(judged, past=first) == ()


def test_official_and_undecided_posts_have_no_voice_and_reprints_one():
    judged = [
        make_judged(1, story="s", sentiment="negative"), make_judged(2, story="s", sentiment="positive"),
        make_judged(3, official=True), make_judged(4, abstained=True, sentiment=None),
    ]  # fmt: skip
    (told,) = voices(judged)["KZ-75"].values()
    assert [v.net for v in told] == [0.0]


def test_the_order_of_posts_does_not_matter():
    judged = posts(step(), rng=noise())
    assert rung(judged[::-1]) == rung(judged)


def test_noise_does_not_ring():
    """Of 200 series that never turn, white or lingering from week to week, the test rejects at 0.05 about as many."""
    rng = noise(7)
    for memory, most in ((0.0, 0.08), (0.4, 0.10)):
        low = 0
        for _ in range(200):
            series = rng.normal(size=40)
            for n in range(1, 40):
                series[n] = memory * series[n - 1] + (1 - memory**2) ** 0.5 * series[n]
            low += chance(series, 4) <= 0.05
        assert low / 200 <= most


def test_a_step_is_found_where_it_is():
    series = np.array(step()) + noise(4).normal(0, 0.08, 40)
    assert last_break(series, 4) == (0, 32)
    assert chance(series, 4) <= 0.001
    assert last_break(np.full(40, 0.1), 4) is None
