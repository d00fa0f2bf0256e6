"""Judges the public test files with the metric of each paper; the figures stand beside the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import scores, tasks
from models.network import HEADS, Network
from models.tasks import Example


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A test file, the head that answers it, its metric and the published anchor."""

    name: str
    head: str
    metric: str  # macro-F1 | macro-F1 neg/pos | F1 pos+neg | macro recall
    anchor: str


BENCHMARKS = (
    Benchmark(name="kazsandra_pc_test", head="review", metric="macro-F1 neg/pos", anchor="RemBERT, XLM-R 0.81"),
    Benchmark(name="rusentitweet_test", head="tweet", metric="macro-F1", anchor="NB 0.629 on 3 labels, same data"),
    Benchmark(name="newsmtsc_rw_test", head="entity", metric="macro-F1", anchor="GRU-TSC 0.831"),
    Benchmark(name="newsmtsc_mt_test", head="entity", metric="macro-F1", anchor="GRU-TSC 0.825"),
    Benchmark(name="tweeteval_sentiment_test", head="tweet", metric="macro recall", anchor="RoBERTa-base 0.713"),
    Benchmark(name="rusentne_valid_b", head="entity", metric="F1 pos+neg", anchor="0.66 best of the competition"),
    Benchmark(name="sentirueval2016_banks_test", head="entity", metric="F1 pos+neg", anchor="RuBERT 0.659"),
    Benchmark(name="sentirueval2016_telecom_test", head="entity", metric="F1 pos+neg", anchor="RuBERT 0.664"),
    Benchmark(name="mixed_tone_test", head="review", metric="macro-F1 neg/pos", anchor="0.973 accuracy"),
)


@torch.inference_mode()
def probabilities(
    network: Network,
    tokenizer: Any,  # noqa: ANN401
    examples: Sequence[Example],
    *,
    batch: int = 128,
) -> NDArray[np.float64]:
    """Return sentiment probabilities [examples, 3] by the head that each example names."""
    device = next(network.parameters()).device
    found = np.zeros((len(examples), 3))
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].text))
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        encoded = tokenizer(
            [examples[i].text for i in rows], truncation=True, max_length=256, padding=True, return_tensors="pt"
        ).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = network(encoded["input_ids"], encoded["attention_mask"])["sentiment"].float()
        heads = torch.tensor([HEADS.index(examples[i].head) for i in rows], device=device)
        found[rows] = logits[torch.arange(len(rows), device=device), heads].softmax(-1).double().cpu().numpy()
    return found


def score(metric: str, truth: NDArray[np.int64], chance: NDArray[np.float64], threshold: float = 0.5) -> float:
    """Return one metric; `threshold` is the share of positive from which a two-class answer is positive."""
    if metric == "macro-F1 neg/pos":
        guess = (chance[:, 2] / (chance[:, 0] + chance[:, 2]) >= threshold).astype(np.int64)
        return scores.macro_f1((truth == 2).astype(np.int64), guess, classes=2)
    guess = chance.argmax(1)
    if metric == "F1 pos+neg":
        return scores.macro_f1(truth, guess, only=(0, 2))
    return scores.macro_recall(truth, guess) if metric == "macro recall" else scores.macro_f1(truth, guess)


def two_class_threshold(truth: NDArray[np.int64], chance: NDArray[np.float64]) -> float:
    """Return the threshold with the best two-class macro-F1 on a validation set."""
    grid = np.linspace(0.05, 0.95, 37)
    return float(max(grid, key=lambda t: score("macro-F1 neg/pos", truth, chance, t)))


def run(network: Network, tokenizer: Any, data: Path) -> dict[str, float]:  # noqa: ANN401
    """Return the metric of every public test file; the two-class threshold comes from the validation part."""
    valid = [e for e in tasks.public(data / "sentiment" / "valid.jsonl.gz") if e.source == "kazsandra_pc_valid"]
    valid = [Example(text=e.text, language=e.language, head="review", sentiment=e.sentiment) for e in valid]
    truth = np.array([e.sentiment for e in valid])
    threshold = two_class_threshold(truth, probabilities(network, tokenizer, valid))
    found = {"threshold": threshold}
    for b in BENCHMARKS:
        examples = tasks.public(data / "eval" / f"{b.name}.jsonl.gz", head=b.head)
        truth = np.array([e.sentiment for e in examples])
        chance = probabilities(network, tokenizer, examples)
        found[b.name] = score(b.metric, truth, chance, threshold)
    return found
