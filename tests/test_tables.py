"""Rows for other programs have the same columns always, and tell nothing of a handful of posts."""

from __future__ import annotations

import csv
import io
import json

from builders import make_judged

from monitor.tables import COLUMNS, rows, to_csv, to_json
from monitor.trends import tally

CELLS = tally([make_judged(n, regions=("KZ-75",) if n < 7 else ("KZ-71",)) for n in range(9)])


def test_csv_and_json_hold_the_same_rows():
    from_csv = list(csv.DictReader(io.StringIO(to_csv(CELLS))))
    from_json = json.loads(to_json(CELLS))
    assert len(from_csv) == len(from_json) == 3
    for left, right in zip(from_csv, from_json, strict=True):
        assert tuple(left) == tuple(right) == COLUMNS
        for name in COLUMNS:
            value = right[name]
            assert left[name] == ("" if value is None else json.dumps(value) if value is not str(value) else value)


def test_a_small_cell_is_named_without_figures():
    country, astana, almaty = rows(CELLS)
    assert (country["posts"], country["suppressed"], country["net"]) == (9, False, -1)
    assert (almaty["posts"], almaty["low"] < 0) == (7, True)
    assert (astana["region"], astana["suppressed"]) == ("KZ-71", True)
    assert {astana[name] for name in COLUMNS[5:-1] if name != "settlement"} == {None}


def test_the_smallest_number_is_a_setting():
    assert [row["suppressed"] for row in rows(CELLS, k=1)] == [False, False, False]


def test_no_cells_are_an_empty_table():
    assert to_csv(()) == ",".join(COLUMNS) + "\n"
    assert json.loads(to_json(())) == []
