"""Chooses what is not a weight on the dev split: temperatures, thresholds, and where to abstain.

A temperature for each language scales the stance logits (Guo et al. 2017). Reason thresholds are shrunk toward a
common one, because a reason has only a handful of dev examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import scores
from models.folder import Card
from models.network import HEADS, Network
from models.tasks import Example

GRID = np.linspace(0.5, 3.0, 51)
SHRINK = 12  # dev positives at which a reason's own threshold weighs as much as the common one


@torch.inference_mode()
def outputs(network: Network, tokenizer: Any, examples: Sequence[Example]) -> dict[str, NDArray[np.float64]]:  # noqa: ANN401
    """Return logits of our heads for examples: stance [n, 3], about [n], reasons [n, codes]."""
    device = next(network.parameters()).device
    found: dict[str, list[NDArray[np.float64]]] = {"stance": [], "about": [], "reasons": []}
    for start in range(0, len(examples), 64):
        texts = [e.text for e in examples[start : start + 64]]
        encoded = tokenizer(texts, truncation=True, max_length=320, padding=True, return_tensors="pt").to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            out = network(encoded["input_ids"], encoded["attention_mask"])
        found["stance"].append(out["sentiment"][:, HEADS.index("stance")].double().cpu().numpy())
        found["about"].append(out["about"].double().cpu().numpy())
        found["reasons"].append(out["reasons"].double().cpu().numpy())
    return {k: np.concatenate(v) for k, v in found.items()}


def temperature(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the temperature with the smallest mean negative log-likelihood."""

    def loss(t: float) -> float:
        scaled = logits / t
        top = scaled.max(1, keepdims=True)
        log_sum = np.log(np.exp(scaled - top).sum(1)) + top[:, 0]
        return float((log_sum - scaled[np.arange(len(truth)), truth]).mean())

    return float(min(GRID, key=loss))


def best_threshold(chance: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the threshold with the best F1 for a yes/no decision."""
    grid = np.linspace(0.15, 0.85, 29)
    return float(max(grid, key=lambda t: scores.precision_recall(truth, (chance >= t).astype(np.int64))[2]))


def calibrate(network: Network, tokenizer: Any, dev: Sequence[Example], card: Card) -> Card:  # noqa: ANN401
    """Return the card with temperatures and thresholds chosen on `dev`."""
    out = outputs(network, tokenizer, dev)
    staged = np.array([e.sentiment is not None for e in dev])
    truth = np.array([e.sentiment if e.sentiment is not None else 0 for e in dev])
    languages = np.array([e.language for e in dev])
    common = temperature(out["stance"][staged], truth[staged])
    temperatures = {"": common}
    for language in sorted(set(languages[staged])):
        rows = staged & (languages == language)
        # Shrunk toward the common one: a language has 20-60 dev posts.
        weight = rows.sum() / (rows.sum() + 40)
        temperatures[language] = round(
            weight * temperature(out["stance"][rows], truth[rows]) + (1 - weight) * common, 3
        )
    known = np.array([e.about is not None for e in dev])
    about = np.array([bool(e.about) for e in dev]).astype(np.int64)
    chance_about = 1 / (1 + np.exp(-out["about"]))
    coded = np.array([e.reasons is not None for e in dev])
    labels = np.array([[int(n in (e.reasons or ())) for n in range(len(card.reasons))] for e in dev])
    chance = 1 / (1 + np.exp(-out["reasons"]))
    shared = best_threshold(chance[coded].ravel(), labels[coded].ravel())
    thresholds = {}
    for n, code in enumerate(card.reasons):
        positives = labels[coded, n].sum()
        own = best_threshold(chance[coded, n], labels[coded, n]) if positives else shared
        weight = positives / (positives + SHRINK)
        thresholds[code] = round(float(weight * own + (1 - weight) * shared), 3)
    return replace(
        card, temperatures=temperatures, thresholds=thresholds,
        about=round(best_threshold(chance_about[known], about[known]), 3),
    )  # fmt: skip
