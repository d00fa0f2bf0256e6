"""Judges the public test files with the metric of each paper; the figures stand beside the published ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import calibration, corpus, intervals, scores, tasks
from models.folder import Card
from models.network import HEADS, Network
from models.scores import Floats, Ints
from models.tasks import Example

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A test file, the head that answers it, its metric and the published anchor; other metrics that papers give."""

    name: str
    head: str
    metric: str  # a key of scores.METRICS
    anchor: str
    also: tuple[str, ...] = ()


LANGUAGES = "langid_mixed_test"  # answered by rules, not by the network
BENCHMARKS = (
    Benchmark(
        name="kazsandra_pc_test", head="review", metric="macro-F1 neg/pos", also=("accuracy",),
        anchor="RemBERT, XLM-R 0.81",
    ),
    Benchmark(
        name="rusentitweet_test", head="tweet", metric="macro-F1", also=("weighted F1",),
        anchor="NB 0.629 on 3 labels, same data",
    ),
    Benchmark(
        name="rusentiment_test", head="tweet", metric="macro-F1", also=("weighted F1",),
        anchor="RuBERT 0.719 on 5 labels, trained on its own train set; ours never was",
    ),
    Benchmark(name="newsmtsc_rw_test", head="entity", metric="macro-F1", anchor="GRU-TSC 0.831"),
    Benchmark(name="newsmtsc_mt_test", head="entity", metric="macro-F1", anchor="GRU-TSC 0.825"),
    Benchmark(name="tweeteval_sentiment_test", head="tweet", metric="macro recall", anchor="RoBERTa-base 0.713"),
    Benchmark(name="rusentne_valid_b", head="entity", metric="F1 pos+neg", anchor="0.66 best of the competition"),
    Benchmark(
        name="sentirueval2016_banks_test", head="entity", metric="F1 pos+neg", also=("micro-F1 pos+neg",),
        anchor="RuBERT 0.659",
    ),
    Benchmark(
        name="sentirueval2016_telecom_test", head="entity", metric="F1 pos+neg", also=("micro-F1 pos+neg",),
        anchor="RuBERT 0.664",
    ),
    Benchmark(
        name="mixed_tone_test", head="review", metric="macro-F1 neg/pos", also=("accuracy",), anchor="0.973 accuracy"
    ),
)  # fmt: skip


def probabilities(network: Network, tokenizer: Any, examples: Sequence[Example], card: Card) -> Floats:  # noqa: ANN401
    """Return sentiment probabilities [examples, 3] by the head that each example names."""
    heads = [HEADS.index(e.head) for e in examples]
    logits = calibration.mixed(network, tokenizer, examples, card)["sentiment"][np.arange(len(heads)), heads]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def table(metric: str, truth: Ints, chance: Floats, threshold: float = 0.5) -> Ints:
    """Return counts [truth, guess]: of two classes for "neg/pos", where `threshold` is the share of positive."""
    if metric == "macro-F1 neg/pos":
        guess = (chance[:, 2] / (chance[:, 0] + chance[:, 2]) >= threshold).astype(np.int64)
        return scores.confusion((truth == 2).astype(np.int64), guess, classes=2)
    return scores.confusion(truth, chance.argmax(1).astype(np.int64))


def score(metric: str, truth: Ints, chance: Floats, threshold: float = 0.5) -> float:
    """Return one metric; `threshold` is the share of positive from which a two-class answer is positive."""
    return float(scores.METRICS[metric](table(metric, truth, chance, threshold)))


def two_class_threshold(truth: Ints, chance: Floats) -> float:
    """Return the threshold with the best two-class macro-F1 on a validation set."""
    grid = np.linspace(0.05, 0.95, 37)
    return float(max(grid, key=lambda t: score("macro-F1 neg/pos", truth, chance, t)))


def truth(examples: Sequence[Example]) -> Ints:
    """Return the labelled sentiment of examples of a public set."""
    return np.array([e.sentiment for e in examples], dtype=np.int64)


def validation(data: Path) -> list[Example]:
    """Return the validation reviews on which the two-class threshold is chosen."""
    return [e for e in tasks.validation(data) if e.source == "kazsandra_pc_valid"]


def run(network: Network, tokenizer: Any, data: Path, card: Card) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    """Return the metric of every public test file with its interval; the two-class threshold comes from validation."""
    valid = validation(data)
    threshold = two_class_threshold(truth(valid), probabilities(network, tokenizer, valid, card))
    found: dict[str, dict[str, Any]] = {"threshold": {"value": round(threshold, 4), "anchor": ""}}
    for b in BENCHMARKS:
        log.info("public test: %s", b.name)
        examples = tasks.public(data / "eval" / f"{b.name}.jsonl.gz", head=b.head)
        counts = table(b.metric, truth(examples), probabilities(network, tokenizer, examples, card), threshold)
        measured = intervals.as_record(intervals.of_table(counts, scores.METRICS[b.metric]), int(counts.sum()))
        also = {metric: round(float(scores.METRICS[metric](counts)), 4) for metric in b.also}
        found[b.name] = measured | {"anchor": f"{b.metric}; {b.anchor}", "also": also}
    return found


def languages(data: Path, detect: Callable[[str], str]) -> dict[str, Any]:
    """Return macro-F1 over Kazakh, Russian and mixed of `detect`, the rule that sorts posts before the model reads."""
    names = ("kk", "ru", "mixed", "other")
    rows = [r for r in corpus.records(data / "eval" / f"{LANGUAGES}.jsonl.gz") if r["lang"] in names]
    guess = [names.index(found) if (found := detect(r["text"])) in names else 3 for r in rows]
    counts = scores.confusion(np.array([names.index(r["lang"]) for r in rows]), np.array(guess), classes=4)
    found_f1 = intervals.of_table(counts, lambda tables: scores.f1_of(tables)[..., :3].mean(-1))
    return intervals.as_record(found_f1, len(rows)) | {"anchor": "macro-F1; XLM-R 0.966", "also": {}}
