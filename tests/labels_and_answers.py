"""Labelled posts and what was answered of them, in a few words, for the tests of the evaluation."""

from __future__ import annotations

import gzip
import json

from builders import make_opinion, make_post

from models import benchmarks
from models.answers import compare
from models.labelled import Labelled
from monitor.records import Citation

CODES = ("corruption", "effective_help")


def make_labelled(number=0, sentiment="negative", reasons=(), **given):
    """Return a labelled post; it is about the police when it has a stance. `reasons` are (code, start, end)."""
    values = {
        "id": f"w-{number}", "language": "ru", "script": "full", "register": "comment", "split": "test",
        "text": f"полиция опять взяла деньги {number}", "about": sentiment is not None, "bodies": ("police",),
        "sentiment": sentiment, "reasons": tuple(reasons),
    } | given  # fmt: skip
    return Labelled(**values)


def make_answer(sentiment="negative", reasons=(), confidence=0.9, **given):
    """Return an opinion; `sentiment` None is "not about", and an abstention has none to give.

    The other two stances share what confidence is left.
    """
    rest = (1 - confidence) / 2
    chances = tuple(confidence if s == (sentiment or "neutral") else rest for s in ("negative", "neutral", "positive"))
    values = {
        "about": sentiment is not None, "sentiment": None if given.get("abstained") else sentiment,
        "confidence": confidence, "probabilities": chances,
        "reasons": tuple(Citation(code=c, start=a, end=b, confidence=0.8) for c, a, b in reasons),
    } | given  # fmt: skip
    return make_opinion(make_post(), **values)


def answers(*pairs):
    """Return Answers of (labelled, answered) pairs."""
    return compare([p for p, _ in pairs], [o for _, o in pairs], CODES)


def write_public_sets(where):
    """Write a data folder whose public sets are a dozen invented lines each; returns it."""
    words = {-1: "плохо ужасно", 0: "обычно средне", 1: "хорошо отлично"}

    def rows(source, labels):
        return [{"lang": "ru", "text": f"{words[k]} {n}", "label": k, "source": source} for n in range(6)
                for k in labels]  # fmt: skip

    families = (("kazsandra_train_recovered", (-1, 1)), ("rusentitweet_train", words), ("rusentne_train", words))
    _write(where / "sentiment" / "train.jsonl.gz", [row for family in families for row in rows(*family)])
    _write(where / "sentiment" / "valid.jsonl.gz", rows("kazsandra_pc_valid", (-1, 1)))
    for b in benchmarks.BENCHMARKS:
        _write(where / "eval" / f"{b.name}.jsonl.gz", rows(b.name, (-1, 1) if b.head == "review" else words))
    languages = [{"lang": lang, "text": f"{lang} {n}"} for n in range(8) for lang in ("kk", "ru", "mixed")]
    _write(where / "eval" / f"{benchmarks.LANGUAGES}.jsonl.gz", languages)
    return where


def _write(file, rows):
    file.parent.mkdir(exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8") as opened:
        for row in rows:
            opened.write(json.dumps({"target": None, "target_span": None, "licence": "MIT"} | row) + "\n")
