"""A week without a change rings at most as often as is said; a real change is found, where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from monitor import distances, drift
from monitor.weeks import shift

LAST = "2026-W30"
WEEKS = [shift(LAST, -n) for n in range(drift.PAST, -1, -1)]
SOURCES = {f"s{n}": ("kk", "ru", "en")[n % 3] for n in range(6)}
USUAL = np.array([0.35, 0.4, 0.25])
STANCES = ("negative", "neutral", "positive")


def world(seed, *, subjects=0.0, changed=(), size=40, sources=SOURCES, weeks=WEEKS):
    """Return the answers of thirteen weeks; `subjects` is how far shares wander, `changed` sources turn critical."""
    rng, rows = np.random.default_rng(seed), []
    for week in weeks:
        for source, language in sources.items():
            shares, about = USUAL, 0.6
            if subjects:
                drawn = rng.gamma(USUAL / subjects)
                shares, about = drawn / drawn.sum(), rng.beta(0.6 / subjects, 0.4 / subjects)
            if week == LAST and source in changed:
                shares = np.array([0.8, 0.15, 0.05])
            for _ in range(rng.poisson(size)):
                rows.append(answer(len(rows), week, source, language, rng, about, shares))
    return rows


def answer(n, week, source, language, rng, about=0.6, shares=USUAL):
    said, shy = rng.random() < about, rng.random() < 0.1
    stance = STANCES[int(np.searchsorted(shares.cumsum(), rng.random() * shares.sum()))]
    return drift.Answer(
        post=f"p{n}", week=week, source=source, language=language, story=f"p{n}", about=said,
        sentiment=stance if said and not shy else None, abstained=said and shy,
        confidence=float(np.clip(rng.normal(0.8, 0.12), 0, 1)),
    )  # fmt: skip


def found(rows, week=LAST):
    return drift.judge(drift.shifts(rows, week))


@pytest.mark.parametrize("subjects", [0.0, 0.05])
def test_weeks_without_a_change_rarely_warn(subjects):
    rang = sum(any(s.warns for s in found(world(seed, subjects=subjects))) for seed in range(25))
    assert rang <= 4  # 1 or 2 are expected at 5 %; 5 or more come in 1 of 140 tries


def test_a_source_that_turns_is_found_and_named():
    rows = found(world(1, subjects=0.01, changed={"s2"}, size=120))
    warned = {(s.kind, s.name, s.figure) for s in rows if s.warns}
    assert ("source", "s2", "negative") in warned
    assert {name for kind, name, _ in warned if kind == "language"} <= {"en"}
    row = next(s for s in rows if (s.name, s.figure) == ("s2", "negative"))
    assert row.low < row.change < row.high
    assert row.low > 0.2
    assert rows[0].warns


def test_a_small_change_of_very_many_posts_is_no_warning():
    rng, rows = np.random.default_rng(1), []
    for week in WEEKS:
        about = 0.64 if week == LAST else 0.6
        rows += [answer(f"{week}{n}", week, "s", "ru", rng, about) for n in range(2500)]
    row = next(s for s in found(rows) if (s.kind, s.figure) == ("all", "about"))
    assert row.q < 0.05
    assert not row.warns


def test_reprints_count_once():
    rows = world(1, size=30)
    copies = [r for r in rows if r.week == LAST and r.sentiment == "negative"][:1] * 500
    again = [drift.Answer(**{n: getattr(r, n) for n in r.__slots__} | {"post": f"z{i}"}) for i, r in enumerate(copies)]
    assert found([*rows, *again]) == found(rows)


def test_little_past_or_few_posts_are_not_compared():
    assert not found(world(1, weeks=WEEKS[-drift.MIN_WEEKS :]))
    assert not found(world(1, size=2, sources={"s0": "ru"}))
    assert not found([])
    assert not found(world(1), shift(LAST, 1))


@few(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 60), st.integers(1, 60))
def test_the_exact_p_is_that_of_the_hypergeometric_law(yes, n, past_yes, past):
    from scipy.stats import hypergeom

    yes, past_yes = min(yes, n), min(past_yes, past)
    law = hypergeom(n + past, yes + past_yes, n)
    assert drift.fisher(yes, n, past_yes, past) == pytest.approx(min(1, 2 * min(law.cdf(yes), law.sf(yes - 1))))


@few(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_rates_are_those_of_benjamini_and_hochberg(ps):
    from scipy.stats import false_discovery_control

    blank = {"kind": "all", "name": "", "figure": "about", "n": 9, "past": 9, "weeks": 9, "now": 0.0, "usual": 0.0}
    rows = drift.judge([drift.Shift(**blank, low=None, high=None, p=p) for p in ps])
    assert sorted(s.q for s in rows) == pytest.approx(sorted(false_discovery_control(ps)))


def test_what_figures_share_is_found_again():
    rng = np.random.default_rng(1)
    alike = [(float(rng.chisquare(11) / 11 * 2), 11) for _ in range(400)]
    free, level = drift.common(alike)
    assert free > 50
    assert level == pytest.approx(2, rel=0.1)
    unlike = [(float(rng.chisquare(11) / 11 * 4 / rng.chisquare(4)), 11) for _ in range(400)]
    assert 2 < drift.common(unlike)[0] < 8
    assert drift.common([]) == (0.0, 1.0)


# --- texts -----------------------------------------------------------------------------------------------------------


def texts(seed, new=0.0, news=20.0, n=40, width=16):
    """Return a week's comparison where texts are of eight subjects, mixed anew each week; `new` are of a ninth."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(8, width))

    def week(share=0.0):
        mixed = centres[rng.choice(8, n, p=rng.dirichlet(np.full(8, news)))] + rng.normal(size=(n, width))
        fresh = int(share * n)
        mixed[:fresh] = 3 * np.eye(width)[0] + rng.normal(size=(fresh, width))
        return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)

    vectors, drawn = {}, {}
    for name in WEEKS:
        rows = week(new if name == LAST else 0.0)
        drawn[name] = [f"{name}-{i}" for i in range(n)]
        vectors |= dict(zip(drawn[name], rows, strict=True))
    return distances.shifts({("source", "s"): drawn}, LAST, vectors)


@pytest.mark.parametrize("news", [1000.0, 3.0])
def test_texts_of_usual_weeks_rarely_differ(news):
    assert sum(texts(seed, news=news)[0].p <= 0.05 for seed in range(30)) <= 5  # 6 or more: 1 of 300 tries


def test_texts_of_a_new_kind_are_found():
    (row,) = drift.judge(texts(1, new=0.5))
    assert row.warns
    assert row.now > 2 * row.usual
    assert row.figure == "texts"


def test_posts_without_vectors_are_left_out():
    assert distances.shifts({("all", ""): {w: ["none"] * 30 for w in WEEKS}}, LAST, {}) == ()


def test_the_sample_is_the_same_another_day():
    rows = world(1)
    drawn = distances.sample(rows, LAST)
    assert drawn == distances.sample(rows[::-1], LAST)
    assert all(len(ids) <= distances.SAMPLE for by_week in drawn.values() for ids in by_week.values())
    assert ("all", "") in drawn
