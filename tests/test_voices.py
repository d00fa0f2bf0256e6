"""What stands beside an index: other weights, the corrected one, folded periods, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import MONDAY, make_judged
from hypothesis import given
from hypothesis import strategies as st
from test_trends import BY, JUDGED, of

from monitor.correction import Confusion, correction
from monitor.trends import Grounds, tally
from monitor.weeks import local

GOOD = correction(Confusion(model="m1", counts={"ru": [[900, 50, 30, 20], [50, 900, 30, 20], [30, 50, 900, 20]]}))
BLIND = correction(Confusion(model="m1", counts={"ru": [[500, 480, 10, 10], [10, 980, 5, 5], [5, 10, 975, 10]]}))
ROWS = st.lists(JUDGED.map(lambda row: replace(row, model="m1")), max_size=25)
COUNTS = ("posts", "negative", "neutral", "positive", "abstained", "official")
STANCE = {"negative": -1, "neutral": 0, "positive": 1}


def year(number=60, **given):
    """Return posts of sixty weeks, of two regions."""
    return [
        make_judged(n, published=MONDAY + timedelta(weeks=n % number), regions=(("KZ-75", "KZ-71")[n % 2],), **given)
        for n in range(number * 10)
    ]


@given(st.lists(JUDGED, max_size=25))
def test_months_add_up_to_quarters_and_half_years_and_to_all(rows):
    moved = [replace(row, published=MONDAY + timedelta(days=37 * n)) for n, row in enumerate(rows)]
    folded = {f: tally(moved, by=("week",), official=True, fold=f) for f in ("week", "month", "quarter", "half")}
    sums = {f: [sum(getattr(c, name) for c in cells) for name in COUNTS] for f, cells in folded.items()}
    assert sums["week"] == sums["month"] == sums["quarter"] == sums["half"]
    months = defaultdict(int)
    for cell in folded["month"]:
        months[f"{cell.week[:4]}-Q{(int(cell.week[5:]) + 2) // 3}"] += cell.posts
    assert months == {cell.week: cell.posts for cell in folded["quarter"]}
    halves = defaultdict(int)
    for quarter, posts in months.items():
        halves[f"{quarter[:4]}-H{(int(quarter[-1]) + 1) // 2}"] += posts
    assert halves == {cell.week: cell.posts for cell in folded["half"]}


def test_a_week_across_two_months_is_split_by_the_day_of_each_post():
    sunday = MONDAY.replace(month=3, day=1, hour=18, minute=59)  # 23:59 in Almaty
    rows = [make_judged(n, published=sunday + timedelta(minutes=n)) for n in (0, 1)]
    assert [(c.week, c.posts) for c in tally(rows, by=("week",), fold="month")] == [("2026-03", 2)]
    saturday = [replace(row, published=row.published - timedelta(days=1)) for row in rows]
    assert local(saturday[0].published).date() == date(2026, 2, 28)
    assert [(c.week, c.posts) for c in tally(saturday, by=("week",), fold="month")] == [("2026-02", 1), ("2026-03", 1)]


def test_folded_periods_that_are_touched_are_whole():
    rows = [make_judged(n, published=MONDAY.replace(day=1) + timedelta(days=n)) for n in range(90)]
    cells = tally(rows, by=("week",), first="2026-W07", last="2026-W10", fold="month")
    assert [(c.week, c.posts) for c in cells] == [("2026-02", 28), ("2026-03", 31)]


@given(ROWS, BY)
def test_each_story_and_each_independent_source_has_one_voice(rows, by):
    cells = tally(rows, by=("region",), k=1)
    for cell in cells:
        mine = [r for r in rows if not r.official and (not cell.region or cell.region in r.regions)]
        mine.sort(
            key=lambda r: (r.published, r.post_id, r.source, r.story, r.sentiment or "", r.abstained, str(r.stances))
        )
        first = {}
        for row in mine:
            first.setdefault(row.story, row.source)
        assert cell.independent == len(set(first.values()))
        told, sources, firsts = defaultdict(list), defaultdict(list), set()
        for row in mine:
            if row.abstained or row.sentiment is None:
                continue
            told[row.story].append(STANCE[row.sentiment])
            if row.story not in firsts:
                firsts.add(row.story)
                sources[row.source].append(STANCE[row.sentiment])
        for name, voices in (("net_stories", told), ("net_sources", sources)):
            means = [sum(v) / len(v) for v in voices.values()]
            assert getattr(cell, name) == (pytest.approx(sum(means) / len(means)) if means else None)


@given(ROWS, BY, st.randoms())
def test_order_of_arrival_does_not_matter_to_corrected_figures(rows, by, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    grounds = Grounds(correction=GOOD, coverage={"2026-W07": 0.8})
    assert tally(shuffled, by=by, k=1, grounds=grounds) == tally(rows, by=by, k=1, grounds=grounds)


@given(ROWS, BY)
def test_corrected_figures_stay_on_the_scale(rows, by):
    for cell in tally(rows, by=by, k=1, grounds=Grounds(correction=BLIND)):
        if cell.judged:
            assert -1 <= cell.corrected_low <= cell.corrected <= cell.corrected_high <= 1


def test_what_the_model_takes_for_neutral_is_given_back():
    rows = year(model="m1", sentiment="neutral")
    blamed = [replace(r, sentiment="negative") if n % 4 == 0 else r for n, r in enumerate(rows)]
    (good,), (blind,) = (tally(blamed, by=(), grounds=Grounds(correction=c)) for c in (GOOD, BLIND))
    assert good.net == blind.net == -0.25
    assert -0.3 < good.corrected < -0.15
    assert -0.6 < blind.corrected < -0.4


def test_a_model_that_was_never_measured_is_not_corrected_and_people_are_believed():
    grounds = Grounds(correction=GOOD)
    assert of(tally(year(model="other"), by=(), grounds=grounds)).corrected is None
    assert of(tally(year(), by=())).corrected is None
    assert of(tally(year(model="person:one"), by=(), grounds=grounds)).corrected < -0.98


def test_small_cells_are_withheld_with_and_without_correction():
    cell = of(tally([make_judged(n, model="m1") for n in range(4)], by=(), grounds=Grounds(correction=GOOD)))
    assert cell.net is cell.corrected is cell.corrected_low is cell.net_stories is cell.net_sources is None


def test_missing_sources_mark_widen_and_at_last_withhold():
    rows = year(model="m1")
    full, most, few = (
        tally(rows, by=("week",), grounds=Grounds(correction=GOOD, coverage=dict.fromkeys(["2026-W20"], share)))
        for share in (1.0, 0.7, 0.4)
    )
    whole, thin, gone = (of(cells, week="2026-W20") for cells in (full, most, few))
    assert [whole.coverage, thin.coverage, gone.coverage] == pytest.approx([1.0, 0.7, 0.4])
    assert thin.corrected_high - thin.corrected_low > whole.corrected_high - whole.corrected_low
    assert gone.corrected is gone.corrected_low is None
    assert of(full, week="2026-W21").coverage is None


def test_the_share_of_all_that_was_collected():
    rows = [make_judged(n) for n in range(6)]
    days = {local(MONDAY).date(): 100, local(MONDAY).date() + timedelta(days=7): 50}
    assert of(tally(rows, by=("week",), grounds=Grounds(collected=days))).collected == 0.06
    assert of(tally(rows, by=("week",), grounds=Grounds(collected={date(2026, 2, 9): 5}))).collected is None
    assert of(tally(rows, by=(), grounds=Grounds(collected=days))).collected is None


def test_official_posts_are_counted_apart():
    rows = [make_judged(n, official=n < 3, sentiment="positive" if n < 2 else "negative") for n in range(9)]
    cell = of(tally(rows, by=("week",)))
    assert (cell.posts, cell.official, cell.official_positive, cell.positive) == (6, 3, 2, 0)


def test_the_past_before_the_first_week_is_leant_on_and_not_shown():
    rows = year(model="m1")
    cells = tally(rows, first="2026-W50", last="2026-W50", grounds=Grounds(correction=GOOD))
    assert {c.week for c in cells} == {"2026-W50"}
    alone = tally([r for r in rows if c_week(r) == "2026-W50"], grounds=Grounds(correction=GOOD))
    wide, narrow = (of(found, region="") for found in (alone, cells))
    assert narrow.corrected_high - narrow.corrected_low < wide.corrected_high - wide.corrected_low


def c_week(row):
    """Return the ISO week of a post."""
    year_, week, _ = local(row.published).isocalendar()
    return f"{year_}-W{week:02}"
