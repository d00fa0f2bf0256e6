"""`senim evaluate` through the door, with a model that knows nothing: every figure, the report, the pictures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from builders import Named, make_post
from click.testing import CliRunner
from installation import install
from labels_and_answers import make_labelled, write_public_sets

from models import evaluation, labelled, report, speed
from models.classifier import Classifier
from monitor.cli import main


@pytest.fixture(scope="module")
def evaluated(tiny_model, tmp_path_factory):
    """Return (figures, folder) of one run on our own posts and tiny public sets."""
    where = tmp_path_factory.mktemp("evaluate")
    home = install(where / "home", tiny_model)
    (where / "data").mkdir()
    data = write_public_sets(where / "data")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    result = CliRunner().invoke(main, [
        "--home", str(home), "evaluate", "--data", str(data), "--report", str(where / "out" / "REPORT.md"),
        "--baselines", "none", "--no-speed", "--errors", "7",
    ])  # fmt: skip
    torch.set_num_threads(before)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), where / "out"


def test_every_part_is_measured(evaluated):
    found, _ = evaluated
    posts = [p for file in labelled.OWN for p in labelled.read(file) if p.split == "test"]
    assert found["own_test"]["posts"] == len(posts) == found["all"]["about_f1"]["n"]
    for parts in found["parts"].values():
        assert sum(part["posts"] for part in parts.values()) == len(posts)
    assert set(found["robustness"]) == {"letterless", "latin", "typos", "no_punctuation", "no_capitals"}
    assert sum(sum(row.values()) for row in found["stance_matrix"].values()) == len(posts)
    assert len(found["reasons_confused"]) <= 10
    assert found["pairs"]["stance"]["n"] > 20
    assert found["public"]["langid_mixed_test"]["n"] == 24
    assert "baselines" not in found
    assert "speed" not in found


def test_two_ways_of_counting_agree(evaluated):
    own, everything = evaluated[0]["own_test"], evaluated[0]["all"]
    assert own["about"]["f1"] == everything["about_f1"]["value"]
    assert own["stance"]["macro_f1"] == everything["stance_macro_f1"]["value"]
    assert own["reasons_micro"]["f1"] == everything["reasons_micro_f1"]["value"]
    assert own["reasons_macro_f1"] == everything["reasons_macro_f1"]["value"]


def test_the_report_stands_with_its_pictures(evaluated):
    found, folder = evaluated
    text = (folder / "REPORT.md").read_text("utf-8")
    pictures = sorted(folder.glob("*.svg"))
    assert [p.name for p in pictures] == ["report-reliability.svg", "report-risk.svg", "report-robustness.svg"]
    assert all(f"]({p.name})" in text and p.read_text("utf-8").startswith("<svg") for p in pictures)
    assert sum(p.stat().st_size for p in pictures) < 150_000
    assert "$" not in text
    assert all(f"| {name} |" in text for name in found["public"] if name != "threshold")


def test_the_same_figures_give_the_same_report(evaluated, tmp_path):
    found, folder = evaluated
    report.write(tmp_path / "REPORT.md", found, lambda picture: picture.title)
    assert (tmp_path / "REPORT.md").read_bytes() == (folder / "REPORT.md").read_bytes()


def test_what_is_optional_is_told_when_it_is_there(evaluated, tmp_path):
    found, _ = evaluated
    figure = {"n": 30, "value": 0.5, "low": 0.4, "high": 0.6}
    method = {"what": "words and a line"} | dict.fromkeys(
        ("about_f1", "stance_macro_f1", "reasons_micro_f1", "reasons_macro_f1"), figure
    )
    times = {"posts_per_second": 321.0, "peak_megabytes": 700, "threads": 2, "tokens": 128, "posts": 64,
             "numbers": "float32", "processor": "x86_64 avx2", "times_as_fast": 32.1,
             "compared": {"posts_per_second": 10.0, "peak_megabytes": 2000, "posts": 24, "numbers": "float32"},
             }  # fmt: skip
    more = {"baselines": {"tfidf": method}, "speed": times, "public_baselines": {"kazsandra_pc_test": 0.787}}
    written = report.write(tmp_path / "REPORT.md", found | more, lambda picture: picture.title)
    text = written[0].read_text("utf-8")
    assert "| TF-IDF + regression | words and a line | 0.50 (0.40–0.60; 30) |" in text
    assert "321.0 posts a second and at most 700 MB" in text
    assert "0.787" in text
    assert "report-baselines.svg" in {p.name for p in written}


def test_the_police_of_another_country_are_set_aside_as_at_work(tiny_classifier):
    texts = ("полиция приехала быстро", "в Атлантиде полиция приехала быстро")
    posts = [make_labelled(n, text=t) for n, t in enumerate(texts)]
    tiny_classifier.card, kept = replace(tiny_classifier.card, about=0.0), tiny_classifier.card
    found = evaluation.judge(tiny_classifier, posts, Named("полиция"))
    tiny_classifier.card = kept
    assert found.about_said.tolist() == [1, 0]
    assert [o.bodies for o in found.opinions] == [("police",), ()]


def test_mistakes_are_ids_without_words(evaluated):
    lines = [json.loads(line) for line in (evaluated[1] / "errors.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 7
    assert [x["confidence"] for x in lines] == sorted((x["confidence"] for x in lines), reverse=True)
    assert all(set(x) == {"id", "language", "register", "origin", "label", "answer", "confidence"} for x in lines)


def test_texts_for_the_timing_have_the_length_they_should(tiny_model):
    reader = Classifier.load(tiny_model)
    posts = [make_post(n) for n in range(40)]
    lengths = [len(reader.reader.tokenizer(t)["input_ids"]) for t in speed.cut(reader.reader.tokenizer, posts, 9, 64)]
    assert len(lengths) == 9
    assert all(abs(n - 64) <= 2 for n in lengths)


def test_speed_is_measured_in_a_process_of_its_own(tiny_model):
    held = b"full" * 100_000_000
    found = speed.measure(tiny_model, [make_post(n) for n in range(60)], number=16, compared=0)
    assert len(held) > 0
    assert found["posts"] == 16
    assert found["posts_per_second"] > 0
    assert 100 < found["peak_megabytes"] < speed.peak()
    assert found["processor"]
