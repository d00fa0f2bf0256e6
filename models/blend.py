"""Mixes what the network and the n-grams say, by weights that are chosen on held-out posts.

Logits are added, each times its weight, plus a bias (logistic stacking: Wolpert 1992). The weights minimise the
negative log-likelihood, so that the mixture is calibrated as well as sharp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from models.network import HEADS
from models.scores import Floats, Ints

Blend = tuple[float, ...]  # weight of the network, weight of the n-grams, bias: one, or one for each sentiment
ALONE: Blend = (1.0, 0.0, 0.0)
PENALTY = 4.0  # examples that a weight of 1.5 instead of 0.5 must serve better: what few examples tell is not chance


def mix(blends: Mapping[str, Blend], deep: Mapping[str, Floats], wide: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the mixed logits: about [n], sentiment [n, heads, 3], reasons [n, codes]; other keys pass through."""
    found = dict(deep)
    for name in ("about", "reasons"):
        found[name] = _one(blends.get(name, ALONE), deep[name], wide[name])
    sides = [
        _one(blends.get(head, ALONE), deep["sentiment"][:, n], wide["sentiment"][:, n]) for n, head in enumerate(HEADS)
    ]
    found["sentiment"] = np.stack(sides, 1)
    return found


def _one(blend: Blend, deep: Floats, wide: Floats) -> Floats:
    return np.asarray(blend[0] * deep + blend[1] * wide + np.array(blend[2:]))


def sides(deep: Floats, wide: Floats, truth: Ints, *, even: bool = False) -> Blend:
    """Return the best mixture for one of three; logits [n, 3], truth [n].

    With `even` all three count alike, however rare: sets differ in what is rare, and macro figures count so. Otherwise
    there is no bias, and the chances are those of these posts.
    """
    counts = np.bincount(truth, minlength=3)
    each = np.where(counts, len(truth) / np.maximum(counts, 1) / 3, 0.0)[truth] if even else np.ones(len(truth))

    def loss(x: Floats) -> float:
        z = x[0] * deep + x[1] * wide + (x[2:] if even else 0.0)
        top = z.max(1, keepdims=True)
        lost = np.log(np.exp(z - top).sum(1)) + top[:, 0] - z[np.arange(len(truth)), truth]
        return float((each * lost).mean())

    return (*_least(loss, 5, len(truth)),) if even else (*_least(loss, 2, len(truth)), 0.0)


def answers(deep: Floats, wide: Floats, truth: Ints) -> Blend:
    """Return the best mixture for yes/no questions; arrays of one shape, truth 1 or 0."""

    def loss(x: Floats) -> float:
        z = x[0] * deep + x[1] * wide + x[2]
        return float((np.logaddexp(0, z) - truth * z).mean())

    return tuple(_least(loss, 3, len(truth)))


def _least(loss: Callable[[Floats], float], size: int, examples: int) -> list[float]:
    """Return the weights, none below zero, with the least penalised loss."""
    from scipy.optimize import minimize

    middle, dear = np.zeros(size), np.zeros(size)
    middle[:2], dear[:2] = 0.5, PENALTY / examples
    bounds = [(0, None), (0, None), *[(None, None)] * (size - 2)]
    found = minimize(
        lambda x: loss(x) + float((dear * (x - middle) ** 2).sum()), middle, method="L-BFGS-B", bounds=bounds
    )
    return [round(float(v), 4) for v in found.x]
