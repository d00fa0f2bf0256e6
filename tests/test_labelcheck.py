"""The check of labelled files finds what is broken and what repeats, and counts the rest."""

from __future__ import annotations

import json

import pytest

from models import labelcheck
from models.labelcheck import Known

KNOWN = Known(codes=frozenset({"corruption"}), bodies=frozenset({"police"}), regions=frozenset({"KZ-75"}))
GOOD = {
    "id": "a-1", "lang": "ru", "script": "full", "register": "comment", "text": "Опять взяли взятку, и тишина.",
    "about": True, "bodies": ["police"], "sentiment": "negative",
    "reasons": [{"code": "corruption", "start": 6, "end": 18}], "regions": ["KZ-75"], "split": "train",
}  # fmt: skip


def written(tmp_path, *rows):
    file = tmp_path / "labels.jsonl"
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_a_good_file_is_counted(tmp_path):
    report = labelcheck.check([written(tmp_path, GOOD)], KNOWN)
    assert report.problems == ()
    assert report.counts["reason"] == {"corruption": 1}
    assert report.counts["about"] == {"yes": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sentiment": "bad"}, "sentiment 'bad'"),
        ({"bodies": ["army"]}, "unknown body: army"),
        ({"regions": ["KZ-99"]}, "unknown region: KZ-99"),
        ({"reasons": [{"code": "greed", "start": 0, "end": 3}]}, "unknown reason: greed"),
        ({"reasons": [{"code": "corruption", "start": 6, "end": 600}]}, "outside the text"),
        ({"about": False}, "not about law enforcement"),
        ({"lang": "de"}, "lang 'de'"),
        ({"split": "maybe"}, "split 'maybe'"),
        ({"text": 5, "about": "yes"}, "text, about: missing, or not of its kind"),
        ({"reasons": None}, "reasons: missing, or not of its kind"),
        ({"reasons": ["corruption"]}, "'corruption' needs code, start and end"),
        ({"reasons": [{"code": "corruption", "start": 6}]}, "needs code, start and end"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, change, said):
    (problem,) = labelcheck.check([written(tmp_path, GOOD | change)], KNOWN).problems
    assert problem.startswith("labels.jsonl:1: ")
    assert said in problem


def test_broken_lines_and_double_ids(tmp_path):
    report = labelcheck.check([written(tmp_path, GOOD, "{", "[]", GOOD | {"text": "x" * 20, "reasons": []})], KNOWN)
    assert [p.split(": ")[1].split(".")[0] for p in report.problems][:2] == ["not JSON", "not an object"]
    assert any("stands already in labels.jsonl:1" in p for p in report.problems)


def test_a_reworded_copy_is_found(tmp_path):
    one = GOOD | {"id": "b", "reasons": [], "text": "участковый третий день не берёт трубку и не выходит на связь"}
    two = one | {"id": "c", "text": "участковый третий день не берёт трубку и не выходит из дома"}
    report = labelcheck.check([written(tmp_path, one, two)], KNOWN)
    assert report.nearest > 0.5
    assert any("Reword it" in p for p in report.problems)


def test_the_shipped_labels_are_clean():
    from models.labelled import DATA
    from monitor import settings

    loaded = settings.load()
    known = Known(
        codes=frozenset(r.code for r in loaded.reasons), bodies=frozenset(b.id for b in loaded.bodies),
        regions=frozenset(r.code for r in loaded.regions),
    )  # fmt: skip
    report = labelcheck.check([DATA / "written.jsonl"], known)
    assert report.problems == ()
    assert report.distinct >= 0.97
    assert set(report.counts["reason"]) == known.codes
