"""The check of labelled files finds what is broken and what repeats, and counts the rest."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import copies, labelcheck
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
        ({"reasons": [{"code": "corruption", "start": 5, "end": 18}]}, "begins or ends with a space"),
        ({"reasons": [{"code": "corruption", "start": a, "end": 18} for a in (6, 12)]}, "stands twice: corruption"),
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


PAIR = GOOD | {"pair": "p", "contrast": "negation"}
OTHER = GOOD | {
    "id": "a-2", "text": "Опять не взяли взятку, и тишина.", "sentiment": "neutral", "reasons": [],
}  # fmt: skip
REAL = {key: value for key, value in GOOD.items() if key != "text"} | {"sha1": "f00"}


def test_a_pair_may_repeat_itself(tmp_path):
    report = labelcheck.check([written(tmp_path, PAIR, PAIR | OTHER)], KNOWN)
    assert report.problems == ()
    assert (report.pairs, report.nearest) == (1, 0.0)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([PAIR], "one member only"),
        ([PAIR, PAIR | OTHER | {"split": "test"}], "lies in two splits"),
        ([PAIR, PAIR | {"id": "a-2"}], "does not differ in its label"),
        ([PAIR | {"contrast": "letters"}, PAIR | OTHER | {"contrast": "letters"}], "letters must not change it"),
        ([PAIR | {"pair": 7}], "pair: missing, or not of its kind"),
    ],
)
def test_a_pair_that_is_none(tmp_path, rows, said):
    (problem,) = labelcheck.check([written(tmp_path, *rows)], KNOWN).problems
    assert said in problem


def test_the_words_of_real_texts_are_joined(tmp_path):
    file = written(tmp_path, REAL)
    assert labelcheck.check([file], KNOWN).problems == ()
    assert labelcheck.check([file], replace(KNOWN, texts={"f00": GOOD["text"]})).problems == ()
    (short,) = labelcheck.check([file], replace(KNOWN, texts={"f00": "Опять"})).problems
    assert "points outside the text" in short
    (lost,) = labelcheck.check([file], replace(KNOWN, texts={"aaa": "Опять"})).problems
    assert "no text of the data folder has this sha1" in lost
    (twice,) = labelcheck.check([written(tmp_path, REAL, REAL | {"id": "a-2"})], KNOWN).problems
    assert "sha1 f00 stands already in labels.jsonl:1" in twice


def test_reprints_may_not_lie_in_two_splits(tmp_path):
    text = "полиция задержала двух жителей посёлка за кражу угля со станции"
    known = replace(KNOWN, texts={"f00": text, "f01": text + " ночью"})
    one, two = REAL | {"reasons": []}, REAL | {"reasons": [], "id": "a-2", "sha1": "f01"}
    assert labelcheck.check([written(tmp_path, one, two)], known).problems == ()
    (problem,) = labelcheck.check([written(tmp_path, one, two | {"split": "test"})], known).problems
    assert "lies in train" in problem


def test_a_leak_into_a_public_test_is_found(tmp_path):
    row = GOOD | {"text": "участковый третий день не берёт трубку и молчит", "reasons": []}
    known = replace(KNOWN, tests={"public:7": "Участковый третий день не берёт трубку, и молчит!"})
    (problem,) = labelcheck.check([written(tmp_path, row)], known).problems
    assert "with public:7" in problem


WORDS = st.lists(st.sampled_from("абвгдеж"), max_size=9).map(" ".join)


@given(st.lists(WORDS, max_size=6), st.lists(WORDS, max_size=6))
def test_common_3_grams_are_counted_as_by_hand(texts, others):
    def grams(text):
        found = text.split()
        return {tuple(found[i : i + 3]) for i in range(len(found) - 2)} if len(found) >= copies.FEWEST else set()

    def by_hand(pairs):
        return [(i, j, len(a & b) / len(a | b)) for i, a, j, b in pairs if a & b]

    left, right = list(map(grams, texts)), list(map(grams, others))
    inside = [(i, a, j, b) for i, a in enumerate(left) for j, b in enumerate(left) if i < j]
    across = [(i, a, j, b) for i, a in enumerate(left) for j, b in enumerate(right)]
    assert copies.alike(texts) == by_hand(inside)
    assert copies.alike(texts, others) == by_hand(across)


def test_the_shipped_labels_are_clean():
    from models.labelled import FILES
    from monitor import settings

    loaded = settings.load()
    known = Known(
        codes=frozenset(r.code for r in loaded.reasons), bodies=frozenset(b.id for b in loaded.bodies),
        regions=frozenset(r.code for r in loaded.regions),
    )  # fmt: skip
    report = labelcheck.check(FILES, known)
    assert report.problems == ()
    assert report.distinct >= 0.97
    assert report.pairs >= 400
    assert set(report.counts["reason"]) == known.codes
