"""Chooses what is not a weight on the dev split: mixtures, temperatures, thresholds, and where to abstain.

A temperature for each language scales the stance logits (Guo et al. 2017). Yes/no questions are answered above half of
the best F1 there is (Lipton, Elkan, Naryanaswamy 2014), all reasons alike: the mixtures make their chances comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import blend, scores
from models.blend import Blend
from models.folder import Card
from models.network import HEADS, Network
from models.scores import Floats, Ints
from models.tasks import Example

GRID = np.linspace(0.5, 3.0, 51)
LEAST = 0.05  # no threshold is lower, however badly a question is answered
STANCE = HEADS.index("stance")


@torch.inference_mode()
def outputs(network: Network, tokenizer: Any, examples: Sequence[Example], *, batch: int = 64) -> dict[str, Floats]:  # noqa: ANN401
    """Return the network's logits for examples: sentiment [n, heads, 3], about [n], reasons [n, codes]."""
    device = next(network.parameters()).device
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].text))
    found: dict[str, list[Floats]] = {"sentiment": [], "about": [], "reasons": []}
    for start in range(0, len(order), batch):
        texts = [examples[i].text for i in order[start : start + batch]]
        encoded = tokenizer(texts, truncation=True, max_length=320, padding=True, return_tensors="pt").to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            out = network(encoded["input_ids"], encoded["attention_mask"])
        for name, rows in found.items():
            rows.append(out[name].double().cpu().numpy())
    back = np.argsort(order)
    return {name: np.concatenate(rows)[back] for name, rows in found.items()}


def mixed(network: Network, tokenizer: Any, examples: Sequence[Example], card: Card) -> dict[str, Floats]:  # noqa: ANN401
    """Return the logits that count: those of the network, mixed with those of its n-grams where it has some."""
    deep = outputs(network, tokenizer, examples)
    return blend.mix(card.blend, deep, network.wide.read([e.text for e in examples])) if network.wide else deep


def temperature(logits: Floats, truth: Ints) -> float:
    """Return the temperature with the smallest mean negative log-likelihood."""

    def loss(t: float) -> float:
        scaled = logits / t
        top = scaled.max(1, keepdims=True)
        log_sum = np.log(np.exp(scaled - top).sum(1)) + top[:, 0]
        return float((log_sum - scaled[np.arange(len(truth)), truth]).mean())

    return float(min(GRID, key=loss))


def best_threshold(chance: Floats, truth: Ints) -> float:
    """Return the threshold with the best F1 for a yes/no decision."""
    grid = np.linspace(0.05, 0.85, 33)
    return float(max(grid, key=lambda t: _f1_at(chance, truth, t)))


def half_threshold(chance: Floats, truth: Ints) -> float:
    """Return the threshold with the best F1 to be expected: half of the best F1, for chances that are calibrated.

    On halves of our dev split it is steadier than the best threshold of the other half (reasons 0.619 against 0.612
    micro-F1, and 0.608 with a threshold for each reason).
    """
    return max(LEAST, _f1_at(chance, truth, best_threshold(chance, truth)) / 2)


def _f1_at(chance: Floats, truth: Ints, threshold: float) -> float:
    return scores.precision_recall(truth, (chance >= threshold).astype(np.int64))[2]


def calibrate(
    network: Network,
    tokenizer: Any,  # noqa: ANN401
    dev: Sequence[Example],
    card: Card,
    valid: Sequence[Example] = (),
) -> Card:
    """Return the card with mixtures, temperatures and thresholds chosen on `dev`.

    Public heads are mixed by what is best on `valid`; those that it does not show stay with the network alone.
    """
    if network.wide:
        card = replace(card, blend=_blends(network, tokenizer, dev, valid))
    out = mixed(network, tokenizer, dev, card)
    known = np.array([e.about is not None for e in dev])
    about = np.array([bool(e.about) for e in dev]).astype(np.int64)
    return replace(
        card,
        temperatures=_temperatures(out["sentiment"][:, STANCE], dev),
        thresholds=_thresholds(_chance(out["reasons"]), dev, card.reasons),
        about=round(half_threshold(_chance(out["about"])[known], about[known]), 3),
    )


def _blends(network: Network, tokenizer: Any, dev: Sequence[Example], valid: Sequence[Example]) -> dict[str, Blend]:  # noqa: ANN401
    assert network.wide
    found = {}
    for group in (dev, valid):
        if not group:
            continue
        deep, wide = outputs(network, tokenizer, group), network.wide.read([e.text for e in group])
        for n, head in enumerate(HEADS):
            rows = np.array([e.head == head and e.sentiment is not None for e in group])
            if rows.any():
                truth = np.array([e.sentiment for e in group])[rows].astype(np.int64)
                found[head] = blend.sides(
                    deep["sentiment"][rows, n], wide["sentiment"][rows, n], truth, even=head != "stance"
                )
        rows = np.array([e.about is not None for e in group])
        if rows.any():
            truth = np.array([int(bool(e.about)) for e in group])[rows]
            found["about"] = blend.answers(deep["about"][rows], wide["about"][rows], truth)
        coded, labels = _coded(group, deep["reasons"].shape[1])
        if coded.any():
            found["reasons"] = blend.answers(deep["reasons"][coded], wide["reasons"][coded], labels[coded])
    return found


def _coded(examples: Sequence[Example], codes: int) -> tuple[NDArray[np.bool_], Ints]:
    """Return which examples have labelled reasons, and the labels [n, codes]."""
    labels = np.array([[int(n in (e.reasons or ())) for n in range(codes)] for e in examples])
    return np.array([e.reasons is not None for e in examples]), labels


def _temperatures(stance: Floats, dev: Sequence[Example]) -> dict[str, float]:
    staged = np.array([e.sentiment is not None for e in dev])
    truth = np.array([e.sentiment if e.sentiment is not None else 0 for e in dev])
    languages = np.array([e.language for e in dev])
    common = temperature(stance[staged], truth[staged])
    found = {"": common}
    for language in sorted(set(languages[staged])):
        rows = staged & (languages == language)
        # Shrunk toward the common one: a language has 20-60 dev posts.
        weight = rows.sum() / (rows.sum() + 40)
        found[language] = round(weight * temperature(stance[rows], truth[rows]) + (1 - weight) * common, 3)
    return found


def _thresholds(chance: Floats, dev: Sequence[Example], codes: Sequence[str]) -> dict[str, float]:
    coded, labels = _coded(dev, len(codes))
    shared = round(half_threshold(chance[coded].ravel(), labels[coded].ravel()), 3)
    return dict.fromkeys(codes, shared)


def _chance(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)))
