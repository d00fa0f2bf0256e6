"""The dashboard as other programs meet it: JSON and CSV over real HTTP."""

import json

import pytest
from dashboard_site import filled


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    made = filled(tmp_path_factory.mktemp("full"))
    yield made
    made.close()


def test_cells_come_as_json_and_csv_with_the_same_rows(full):
    asked = "?by=region,week&region=KZ-75&from=2026-W06&to=2026-W07"
    cells = json.loads(full.get("/api/cells.json" + asked).text)
    assert [c["week"] for c in cells] == ["2026-W06", "2026-W07"]
    lines = full.get("/api/cells.csv" + asked).text.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("region,week")


@pytest.mark.parametrize("asked", ["by=author", "from=2026-W60", "to=yesterday"])
def test_a_question_that_makes_no_sense_is_answered_with_advice(full, asked):
    answer = full.get("/api/cells.json?" + asked)
    assert answer.status == 400
    assert json.loads(answer.text)["advice"]


def test_posts_come_with_quotes_and_without_their_whole_text(full):
    found = json.loads(full.get("/api/posts.json?sentiment=neutral&limit=2").text)
    assert found["count"] == 10
    assert len(found["posts"]) == 2
    assert found["posts"][0]["reasons"][0]["quote"] == "Полиция"
    assert "text" not in found["posts"][0]
    assert "author_key" not in found["posts"][0]
