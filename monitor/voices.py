"""How much each post counts: once, as a part of its story, as the voice of its source, or by what its answer is worth.

All functions take rows, one for each post in each of its cells: `row` numbers the cell, `stance` is 0..2, 3 without one
and 4 for an abstention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor import counting
from monitor.adjusting import Counted, adjust
from monitor.correction import ANSWERS, Correction
from monitor.pooling import START
from monitor.weeks import monday, noon, ordinal, period_of

if TYPE_CHECKING:
    from monitor.counting import Codes, Floats

UNKNOWN = 0.1  # of a cell's posts may be judged by a model that was never measured; above it nothing is corrected
ENOUGH = 0.5  # below this share of the usual sources a corrected index is withheld


def alone(row: Codes, story: Codes, source: Codes, size: int) -> dict[str, Codes]:
    """Return the number of independent sources: those that were first with at least one story of the cell.

    Rows are in order of time.
    """
    import numpy as np

    at = counting.first(row, story, np.arange(len(row), dtype=np.int64))
    return {"independent": counting.distinct(row[at], source[at], size)}


def weighted(row: Codes, story: Codes, source: Codes, stance: Codes, size: int) -> dict[str, Floats]:
    """Return the index when each story has one voice, and when each independent source has one.

    A source speaks with the stories that it told first; those where only reprints have a stance are left out.
    """
    import numpy as np

    there = stance < 3
    row, story, source, voice = row[there], story[there], source[there], np.asarray(stance[there] - 1, dtype=np.float64)
    at = counting.first(row, story, np.arange(len(row), dtype=np.int64))
    return {
        "net_stories": counting.by_group(row, story, voice, size),
        "net_sources": counting.by_group(row[at], source[at], voice[at], size),
    }


def corrected(
    places: Sequence[Mapping[str, str]],
    answers: Codes,
    readers: Sequence[tuple[str, str]],
    effective: Floats,
    correction: Correction,
) -> dict[str, Floats]:
    """Return the corrected and pooled index with its interval.

    `answers`, `readers` and `effective` are those of `sums.Sums`, the latter of the posts that the correction knows.
    """
    import numpy as np

    size, width = len(places), len(correction.languages) * len(ANSWERS)
    model = np.array([correction.place(*reader) for reader in readers], dtype=np.int64)[answers[:, 1]]
    cell, number = answers[:, 0], answers[:, 3].astype(np.float64)
    used = model >= 0
    flat = cell * width + model * len(ANSWERS) + answers[:, 2]
    counts = np.zeros((size, len(correction.languages), len(ANSWERS)))
    np.add.at(counts.reshape(-1), flat[used], number[used])
    group, region, period = _layout(places)
    cells = Counted(answers=counts, effective=effective, group=group, region=region, period=period)
    unknown = np.bincount(cell[~used], number[~used], minlength=size)
    known = unknown <= UNKNOWN * np.maximum(np.bincount(cell, number, minlength=size), 1)
    found = (np.where(known, values, np.nan) for values in adjust(cells, correction))
    return dict(zip(("corrected", "corrected_low", "corrected_high"), found, strict=True))


def _layout(places: Sequence[Mapping[str, str]]) -> tuple[Codes, Codes, Codes]:
    """Return group, region (-1 for all) and period of each cell as numbers."""
    import numpy as np

    names = ("language", "body", "reason", "settlement")
    group = counting.numbered("\x1f".join(p.get(x, "") for x in names) for p in places)
    named = {name: n for n, name in enumerate(sorted({p.get("region", "") for p in places} - {""}))}
    region = np.array([named.get(p.get("region", ""), -1) for p in places], dtype=np.int64)
    period = np.array([ordinal(p["week"]) if p.get("week") else 0 for p in places], dtype=np.int64)
    return group, region, period - min(period.tolist(), default=0)


def coverage(periods: Sequence[str], fold: str, known: Mapping[str, float | None]) -> Floats:
    """Return the coverage of each cell: that of its week, or the mean of the days of its period that are known."""
    import numpy as np

    days: dict[str, list[float]] = {}
    for week, share in known.items():
        for n in range(7 if share is not None else 0):
            days.setdefault(period_of(noon(monday(week) + timedelta(days=n)), fold), []).append(float(share or 0.0))
    means = {period: sum(shares) / len(shares) for period, shares in days.items()}
    return np.array([means.get(period, np.nan) for period in periods], dtype=np.float64)


def widened(indices: Mapping[str, Floats], cover: Floats) -> dict[str, Floats]:
    """Return corrected intervals that know of sources that are missing, none below ENOUGH of them.

    What they would have said is anything from -1 to 1, with the variance that pooling starts from, in their share.
    """
    import numpy as np

    if "corrected" not in indices:
        return {}
    missing = np.nan_to_num(1 - cover, nan=0.0)
    more = 1.645**2 * missing**2 * START
    net, low, high = (indices[name] for name in ("corrected", "corrected_low", "corrected_high"))
    low = np.maximum(net - np.sqrt((net - low) ** 2 + more), -1.0)
    high = np.minimum(net + np.sqrt((high - net) ** 2 + more), 1.0)
    withheld = missing > 1 - ENOUGH
    found = {"corrected": net, "corrected_low": low, "corrected_high": high}
    return {name: np.where(withheld, np.nan, values) for name, values in found.items()}


def collected(places: Sequence[Mapping[str, str]], posts: Codes, fold: str, days: Mapping[date, int]) -> Floats:
    """Return the share of the posts in all that was collected in their period, not a number where it cannot be said.

    Where more was found in a period than was collected in it, posts came later, by an import: no share is told.
    """
    import numpy as np

    totals: dict[str, int] = {}
    for day, number in days.items():
        period = period_of(noon(day), fold)
        totals[period] = totals.get(period, 0) + number
    most: dict[str, int] = {}
    for place, number in zip(places, posts.tolist(), strict=True):
        most[place.get("week", "")] = max(most.get(place.get("week", ""), 0), number)
    found = [
        number / totals[week] if totals.get(week, 0) >= most[week] and week else np.nan
        for week, number in ((place.get("week", ""), n) for place, n in zip(places, posts.tolist(), strict=True))
    ]
    return np.array(found, dtype=np.float64)
