"""Numbers, dates and sentences as Kazakh, Russian and English say them, and that the three tables agree."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.declarations import Language
from monitor.wording import Wording

FOLDER = Path(__file__).parents[1] / "config" / "languages"
SAY = {
    code: Wording(Language(**tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8"))))
    for code in ("kk", "ru", "en")
}


def test_the_three_tables_have_the_same_keys_and_braces():
    tables = [
        {k: set(re.findall(r"{(\w+)}", v)) for k, v in SAY[code].language.words.items() if not k.startswith("range_")}
        for code in SAY
    ]
    assert tables[0] == tables[1] == tables[2]


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [("ru", 1, "1 текст"), ("ru", 3, "3 текста"), ("ru", 11, "11 текстов"), ("ru", 21, "21 текст"), 
     ("ru", 112, "112 текстов"), ("ru", 0, "0 текстов"),
     ("en", 1, "1 post"), ("en", 0, "0 posts"), ("kk", 1, "1 мәтін"), ("kk", 5, "5 мәтін"),
     ("ru", 12345, "12 345 текстов"), ("en", 12345, "12,345 posts")],
)  # fmt: skip
def test_counts(code, number, said):
    assert SAY[code].count("posts_n", number).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("code", "value", "digits", "said"),
    [("ru", -1.25, 2, "−1,25"), ("en", -1.25, 2, "−1.25"), ("kk", 0.0, 1, "0,0"), ("en", -0.001, 1, "0.0"),
     ("en", 1234567, 0, "1,234,567")],
)  # fmt: skip
def test_numbers(code, value, digits, said):
    assert SAY[code].number(value, digits) == said


def test_a_balance_has_its_sign():
    assert [SAY["ru"].signed(v) for v in (-0.184, 0.0, 0.004, 0.02)] == ["−18", "0", "0", "+2"]


def test_percentages():
    assert SAY["en"].percent(0.123) == "12%"
    assert SAY["ru"].percent(0.123, 1) == "12,3\u00a0%"
    assert SAY["en"].percent(0.0001) == "<1%"
    assert SAY["en"].percent(0) == "0%"


@pytest.mark.parametrize(
    ("week", "kk", "ru", "en"),
    [
        ("2026-W07", "2026 жылғы 9–15 ақпан", "9–15 февраля 2026 года", "9–15 February 2026"),
        ("2026-W05", "2026 жылғы 26 қаңтар – 1 ақпан", "26 января – 1 февраля 2026 года",
         "26 January – 1 February 2026"),
        ("2026-W01", "2025 жылғы 29 желтоқсан – 2026 жылғы 4 қаңтар",
         "29 декабря 2025 – 4 января 2026 года", "29 December 2025 – 4 January 2026"),
    ],
)  # fmt: skip
def test_weeks(week, kk, ru, en):
    assert [SAY[c].week(week) for c in ("kk", "ru", "en")] == [kk, ru, en]


def test_a_time_is_told_in_local_time():
    late = datetime(2026, 2, 8, 20, 30, tzinfo=UTC)  # half past one on the ninth in Almaty
    assert [SAY[c].date(late) for c in SAY] == ["2026 жылғы 9 ақпан", "9 февраля 2026 года", "9 February 2026"]
    assert SAY["ru"].day(late) == "9 февраля"


def test_dates_of_surveys():
    assert [SAY["en"].when(w) for w in ("2018", "2024-10/2024-11", "2025-10-13")] == [
        "2018",
        "10.2024–11.2024",
        "13.10.2025",
    ]


def test_odds_are_round():
    assert [SAY["en"].odds(p) for p in (0.02, 0.000123, 0.0, 1.0)] == ["50", "8,100", "1,000,000", "1"]


@given(st.sampled_from(["kk", "ru", "en"]), st.floats(-1e9, 1e9), st.integers(0, 4))
def test_numbers_can_be_read_back(code, value, digits):
    words = SAY[code].language.words
    said = SAY[code].number(value, digits).replace("\u00a0", " ").replace(words["thousands"], "")
    back = float(said.replace(words["decimal"], ".").replace("−", "-"))
    assert back == pytest.approx(value, abs=0.51 / 10**digits)
