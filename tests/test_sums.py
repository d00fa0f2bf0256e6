"""What posts add up to can be written down and read again."""

from __future__ import annotations

import random

import numpy as np
from test_tallies import MODEL, SOURCES

from monitor import sums


def test_sums_survive_writing_and_reading():
    rows = [(row, "2026-W07") for row in _judged(50)]
    made = sums.add_up(sums.Posts(rows, model=MODEL), ("region", "week"))
    read = sums.from_json(sums.to_json(made))
    assert read.places == made.places
    assert read.readers == made.readers
    for kind in ("counts", "means"):
        assert getattr(read, kind).keys() == getattr(made, kind).keys()
        for name, values in getattr(made, kind).items():
            assert np.array_equal(getattr(read, kind)[name], values, equal_nan=kind == "means")
    assert np.array_equal(read.answers, made.answers)


def _judged(number):
    from builders import make_judged

    chance = random.Random(3)
    return [
        make_judged(
            n,
            sentiment=chance.choice(["negative", "neutral", "positive", None]),
            story=f"s{chance.randrange(20)}",
            source=chance.choice(SOURCES),
            regions=(chance.choice(["KZ-75", "KZ-71"]),),
            model=chance.choice(["m1", "m2"]),
        )
        for n in range(number)
    ]
