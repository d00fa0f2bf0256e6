"""When an alert rings, when it must not, and how often it is wrong in worlds whose truth we know."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from builders import MONDAY, make_judged
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from monitor.alerts import Count, count, decide
from monitor.settings import load
from monitor.weeks import shift

CODES = ("abuse_of_power", "corruption", "formalism", "slow_ineffective")
WEEKS = [shift("2026-W01", n) for n in range(27)]
LAST = WEEKS[-1]
SETTINGS = load(Path(__file__).parents[1])
SHIPPED = SETTINGS.rules
RULE = SHIPPED[0]


def cell(week, stories, region="KZ-75", reason="corruption", sources=3, name="s"):
    ids = tuple(f"{week}-{region}-{reason}-{name}{n}" for n in range(stories))
    return Count(region=region, reason=reason, week=week, stories=ids, sources=sources, posts=ids)


def quiet(stories=1, **given):
    return [cell(w, stories, **given) for w in WEEKS[:-1]]


def ringing(counts, **given):
    return [(a.region, a.reason) for a in decide(counts, [RULE], LAST, **given)]


# --- counting --------------------------------------------------------------------------------------------------------


def test_reprints_are_one_story_and_the_earliest_post_stands_for_it():
    posts = [make_judged(n, story="s1", source=f"paper{n}", reasons=("corruption",)) for n in range(3)]
    found = {(c.region, c.reason): c for c in count(posts, CODES)}
    assert found["KZ-75", "corruption"].stories == ("s1",)
    assert found["KZ-75", "corruption"].posts == ("post0",)
    assert found["", ""].sources == 3


def test_facts_without_judgement_count_and_official_and_undecided_posts_do_not():
    posts = [
        make_judged(1, sentiment="neutral", reasons=("corruption",)),
        make_judged(2, official=True),
        make_judged(3, abstained=True, sentiment=None),
        make_judged(4, sentiment="positive", reasons=("effective_help",)),
        make_judged(5, sentiment="negative", reasons=(), regions=()),
    ]
    found = {(c.region, c.reason): len(c.stories) for c in count(posts, CODES)}
    assert found == {
        ("KZ-75", "corruption"): 1,
        ("KZ-75", ""): 1,
        ("", "corruption"): 1,
        ("", ""): 2,
    }


def test_a_story_counts_in_the_week_in_which_it_was_first_told():
    posts = [make_judged(1, story="s", published=MONDAY + timedelta(days=8)), make_judged(2, story="s")]
    assert [c.week for c in count(posts, CODES) if not c.region and not c.reason] == ["2026-W07"]


# --- deciding --------------------------------------------------------------------------------------------------------


def test_an_outbreak_rings_with_what_is_usual():
    (alert,) = decide([*quiet(), cell(LAST, 9)], [RULE], LAST)
    assert (alert.region, alert.reason, alert.observed, alert.week) == ("KZ-75", "corruption", 9, LAST)
    assert alert.expected == pytest.approx(1, abs=0.1)
    assert 2 <= alert.upper <= 5
    assert alert.p < 0.001
    assert len(alert.posts) == 5


def test_the_id_depends_on_the_cell_and_not_on_what_else_is_known():
    one = decide([*quiet(), cell(LAST, 9)], [RULE], LAST)[0]
    more = [*quiet(), cell(LAST, 12), *quiet(2, region="KZ-19"), cell(LAST, 2, region="KZ-19")]
    assert one.id == decide(more, [RULE], LAST)[0].id
    assert one.id != replace(one, id="").id


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([*quiet(0), cell(LAST, 3)], "too few stories"),
        ([*quiet(), cell(LAST, 9, sources=1)], "one source"),
        ([*quiet()[-3:], cell(LAST, 9)], "too short a past"),
        ([*quiet(2)[-6:], cell(LAST, 6)], "within three standard deviations of a short past"),
        ([*quiet(30), cell(LAST, 45)], "not twice the usual"),
        ([*quiet(3), cell(LAST, 4)], "nothing unusual"),
        ([*quiet()], "silence"),
        ([], "nothing at all"),
    ],
)
def test_it_stays_silent(counts, why):
    assert decide(counts, [RULE], LAST) == (), why


def test_weeks_without_collection_are_no_history():
    counts = [*quiet()[:4], cell(LAST, 9)]
    assert ringing(counts) == [("KZ-75", "corruption")]
    assert ringing(counts, collected=[*WEEKS[:2], WEEKS[-2], LAST]) == []


def test_nothing_rings_across_a_gap_of_collection():
    counts = [*quiet(), cell(LAST, 9)]
    assert ringing(counts, collected=WEEKS) == [("KZ-75", "corruption")]
    assert ringing(counts, collected=[w for w in WEEKS if w != WEEKS[-5]]) == [("KZ-75", "corruption")]
    assert ringing(counts, collected=[w for w in WEEKS if w != WEEKS[-2]]) == []


def test_a_cold_start_says_so():
    (alert,) = decide([*quiet()[-5:], cell(LAST, 9)], [RULE], LAST)
    assert (alert.cold, alert.weeks) == (True, 5)
    (alert,) = decide([*quiet(), cell(LAST, 9)], [RULE], LAST)
    assert (alert.cold, alert.weeks) == (False, 26)


def test_past_outbreaks_do_not_make_the_next_one_usual():
    history = [cell(w, 12 if n in (8, 16) else 1) for n, w in enumerate(WEEKS[:-1])]
    (alert,) = decide([*history, cell(LAST, 12)], [RULE], LAST)
    assert alert.expected < 2


def test_the_same_event_rings_again_only_when_it_grows():
    counts = [*quiet(), cell(LAST, 9)]
    (alert,) = decide(counts, [RULE], LAST)
    last_week = replace(alert, week=WEEKS[-2])
    assert ringing(counts, past=[last_week]) == []
    assert ringing(counts, past=[replace(last_week, observed=6)]) == [("KZ-75", "corruption")]
    assert ringing(counts, past=[replace(last_week, week=WEEKS[-6])]) == [("KZ-75", "corruption")]
    assert ringing(counts, past=[alert]) == [("KZ-75", "corruption")], "the alert of this week is the same alert"


def rolled_up(week, ids, regions=("KZ-75",), reasons=("corruption",)):
    return [
        Count(region=g, reason=r, week=week, stories=tuple(ids), sources=3, posts=tuple(ids))
        for g in {*regions, ""}
        for r in {*reasons, ""}
    ]


def test_one_event_rings_once_in_its_finest_cell():
    past = [c for w in WEEKS[:-1] for c in rolled_up(w, [w])]
    assert ringing([*past, *rolled_up(LAST, [f"s{n}" for n in range(9)])]) == [("KZ-75", "corruption")]


def test_the_same_stories_under_two_reasons_ring_once():
    both = ("corruption", "formalism")
    past = [c for w in WEEKS[:-1] for c in rolled_up(w, [w], reasons=both)]
    assert len(ringing([*past, *rolled_up(LAST, [f"s{n}" for n in range(9)], reasons=both)])) == 1


def test_a_rise_spread_over_the_country_rings_as_the_country():
    regions = [f"KZ-{n}" for n in range(10, 30)]
    counts = []
    for n, week in enumerate(WEEKS):
        ids = []
        for m, region in enumerate(regions):
            own = [f"{week}-{region}-{k}" for k in range(3 if week == LAST else int((n + m) % 4 == 0))]
            ids += own
            if own:
                counts.append(Count(region=region, reason="corruption", week=week, stories=tuple(own), sources=2))
        counts.append(Count(region="", reason="corruption", week=week, stories=tuple(ids), sources=9))
    assert ringing(counts) == [("", "corruption")]


def test_a_rule_about_two_reasons_tests_no_others():
    rights = next(rule for rule in SHIPPED if rule.id == "rights")
    counts = [*quiet(0), cell(LAST, 9), cell(LAST, 3, reason="abuse_of_power"), cell(WEEKS[0], 1)]
    found = decide(counts, [rights], LAST)
    assert [(a.reason, a.rule) for a in found] == [("abuse_of_power", "rights")]


def test_two_rules_do_not_ring_for_the_same_stories():
    counts = [*quiet(0), cell(LAST, 9, reason="abuse_of_power"), cell(WEEKS[0], 1)]
    assert [a.rule for a in decide(counts, SHIPPED, LAST)] == ["spike"]


# --- what must not matter --------------------------------------------------------------------------------------------


def test_what_the_whole_country_shares_is_no_news_of_a_place():
    regions = [f"KZ-{n}" for n in range(10, 30)]
    noisy = [cell(w, 6 + (n + k) % 5, region=g) for k, w in enumerate(WEEKS[:-1]) for n, g in enumerate(regions)]
    alone = [cell(LAST, 22 if g == "KZ-10" else 8, region=g) for g in regions]
    assert [a.region for a in decide([*noisy, *alone], [RULE], LAST)] == ["KZ-10"]
    everywhere = [cell(LAST, 22 if g == "KZ-10" else 18, region=g) for g in regions]
    assert decide([*noisy, *everywhere], [RULE], LAST) == ()


LASTING = next(rule for rule in SHIPPED if rule.span == 2)


def test_what_is_too_little_in_one_week_rings_after_two():
    history = [cell(w, (9, 12, 10, 11, 8)[n % 5]) for n, w in enumerate(WEEKS[:-2])]
    two = [cell(WEEKS[-2], 17), cell(LAST, 18)]
    assert decide([*history, *two], [RULE], LAST) == ()
    (alert,) = decide([*history, *two], [RULE, LASTING], LAST)
    assert (alert.rule, alert.span, alert.observed) == (LASTING.id, 2, 35)
    assert alert.expected == pytest.approx(20, rel=0.1)
    assert decide([*history, two[0]], [RULE, LASTING], WEEKS[-2]) == ()


def test_a_loud_week_does_not_ring_again_as_a_part_of_two():
    history = [cell(w, (9, 12, 10, 11, 8)[n % 5]) for n, w in enumerate(WEEKS[:-2])]
    first = decide([*history, cell(WEEKS[-2], 40)], SHIPPED, WEEKS[-2])
    assert [a.rule for a in first] == ["spike"]
    assert decide([*history, cell(WEEKS[-2], 40), cell(LAST, 12)], SHIPPED, LAST, past=first) == ()


@given(st.permutations(range(30)))
def test_the_order_of_arrival_does_not_matter(order):
    posts = [
        make_judged(n, story=f"s{n % 20}", source=f"paper{n % 5}", reasons=(CODES[n % 2],),
                    published=MONDAY - timedelta(weeks=n % 12 if n < 15 else 0, hours=n))
        for n in range(30)
    ]  # fmt: skip
    counts = count(posts, CODES)
    mixed = count([posts[n] for n in order], CODES)
    assert mixed == counts
    assert decide(mixed[::-1], SHIPPED, "2026-W07") == decide(counts, SHIPPED, "2026-W07")


@given(st.integers(0, 60), st.integers(1, 20), st.integers(4, 26))
def test_a_series_that_never_changes_never_rings_however_large(stories, times, weeks):
    counts = [cell(w, stories * times) for w in WEEKS[-weeks - 1 :]]
    assert decide([c for c in counts if c.stories], SHIPPED, LAST) == ()


@given(st.permutations(range(6)), st.lists(st.integers(0, 30), min_size=6, max_size=6))
@examples(max_examples=20)
def test_permuting_regions_permutes_alerts(order, now):
    def told(names):
        found = []
        for n, place in enumerate(names):
            past = [cell(w, 2 + (n + k) % 3, region=f"KZ-{10 + place}") for k, w in enumerate(WEEKS[:-1])]
            found += [*past, cell(LAST, now[n], region=f"KZ-{10 + place}")]
        return [c for c in found if c.stories]

    def rung(names):
        return sorted((int(a.region[3:]) - 10, a.rule, a.observed) for a in decide(told(names), SHIPPED, LAST))

    assert rung(order) == sorted((order[n], rule, seen) for n, rule, seen in rung(range(6)))


@given(st.lists(st.integers(0, 40), min_size=12, max_size=26), st.integers(0, 60))
def test_more_stories_never_silence_an_alert(past, now):
    counts = [cell(w, n) for w, n in zip(WEEKS[-1 - len(past) : -1], past, strict=True) if n]
    counts.append(cell(WEEKS[0], 1))
    if ringing([*counts, cell(LAST, now)]):
        assert ringing([*counts, cell(LAST, now + 5)])


# --- worlds whose truth we know --------------------------------------------------------------------------------------


def world(rng, dispersion, raised=None, factor=4.0):
    """Return usual levels of 20 regions x 4 reasons and the counts of 27 weeks with all their roll-ups."""
    usually = rng.gamma(1.0, 1.5, size=(20, 4))
    counts = []
    for week in WEEKS:
        level = usually * (rng.gamma(1 / dispersion, dispersion, size=usually.shape) if dispersion else 1)
        if raised is not None and week == LAST:
            usually[raised] = max(usually[raised], 4.0)
            level[raised] = usually[raised] * factor
        elif raised is not None:
            level[raised] = level[raised] / usually[raised] * max(usually[raised], 4.0)
        cells: dict[tuple[str, str], list[str]] = {}
        for (i, j), stories in np.ndenumerate(rng.poisson(level)):
            ids = [f"{week}-{i}-{j}-{n}" for n in range(stories)]
            for key in ((f"KZ-{i + 10}", CODES[j]), (f"KZ-{i + 10}", ""), ("", CODES[j]), ("", "")):
                cells.setdefault(key, []).extend(ids)
        counts += [Count(region=g, reason=r, week=week, stories=tuple(s), sources=3) for (g, r), s in cells.items()]
    return counts


# Counts that vary so wildly rang 0.51 times a week under one rule; the three rules of today together ring 1.08 times
# over 200 worlds, 1.2 over these 40.
WILD = pytest.param(1.0, marks=pytest.mark.xfail(strict=True, reason="too many false alarms at a dispersion of 1"))


@pytest.mark.parametrize("dispersion", [0.0, 0.1, 0.3, WILD])
def test_quiet_worlds_ring_less_than_once_a_week(dispersion):
    rng = np.random.default_rng(11)
    worlds = 40
    alarms = sum(len(decide(world(rng, dispersion), SHIPPED, LAST)) for _ in range(worlds))
    assert alarms / worlds <= 1.0


@pytest.mark.parametrize(("dispersion", "share"), [(0.0, 0.7), (0.1, 0.6)])
def test_a_fourfold_rise_is_found(dispersion, share):  # over 200 worlds: 0.86 and 0.75
    rng = np.random.default_rng(12)
    found = 0
    for n in range(40):
        alerts = decide(world(rng, dispersion, raised=(n % 20, n % 4)), SHIPPED, LAST)
        found += any(a.region == f"KZ-{n % 20 + 10}" and a.reason in (CODES[n % 4], "") for a in alerts)
    assert found / 40 >= share
