"""Survey figures stand beside each other with their scales and never form a series that they are not."""

from itertools import combinations
from pathlib import Path

import pytest
from test_wording import SAY

from monitor.settings import load
from monitor.surveys import rows, series

SETTINGS = load(Path(__file__).parents[1])


@pytest.mark.parametrize("code", ["kk", "ru", "en"])
def test_every_figure_is_told_with_question_and_scale(code):
    found = rows(SETTINGS, SAY[code])
    assert len(found) == len(SETTINGS.surveys)
    assert all(r.question and r.scale and r.answer and r.source and r.method for r in found)


def test_figures_keep_the_digits_of_their_source():
    by_id = {r.id: r.value.replace("\u00a0", " ") for r in rows(SETTINGS, SAY["ru"])}
    assert by_id["bureau-2024-police"] == "64,3 %"
    assert by_id["statistics-2025-police"] == "63 %"
    assert by_id["institute-2022-corruption-police"] == "−0,239"
    assert by_id["academy-2025-load"] == "4 000"


def test_bodies_of_one_survey_are_in_the_order_of_trust():
    found = [r.body for r in rows(SETTINGS, SAY["en"], measures=("trust",)) if r.series == "bureau-2024"]
    assert len(found) == 5
    assert "prosecutor" in found[0].casefold()


def test_full_and_partial_trust_and_other_questions_are_never_chained():
    chained = {
        frozenset(pair) for members in series(SETTINGS).values() for pair in combinations([s.id for s in members], 2)
    }
    for one, other in [
        ("statistics-2019-police", "statistics-2025-police"),
        ("statistics-2019-police", "institute-2021-police-fully"),
        ("bureau-2024-police", "statistics-2025-police"),
        ("statistics-2016-good-job", "victims-2018-good-job"),
        ("ministry-2022-appeals", "prosecutor-2025-unconsidered"),
    ]:
        assert {one, other} <= {s.id for s in SETTINGS.surveys}
        assert frozenset((one, other)) not in chained


def test_a_series_with_two_scales_is_refused():
    other = SETTINGS.surveys[0].model_copy(update={"series": "bureau-2024", "unit": "points"})
    with pytest.raises(ValueError, match="bureau-2024"):
        series(SETTINGS.model_copy(update={"surveys": (*SETTINGS.surveys, other)}))
