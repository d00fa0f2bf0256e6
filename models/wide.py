"""Trains the linear weights of n-grams: one regression for each answer, on the same examples as the network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from models import ngrams
from models.network import HEADS
from models.ngrams import Ngrams
from models.scores import Floats, Ints
from models.tasks import Example
from monitor.errors import ModelError

log = logging.getLogger(__name__)

# Inverse of the penalty: 1, 4 and 16 give a stance of 0.73, 0.74, 0.75 and reasons of 0.50, 0.52, 0.52 on dev.
STRENGTH = 4.0
ROUNDS = 100
FEWEST = 4  # examples on each side below which nothing is learnt of a question


def fit(examples: Sequence[Example], codes: int) -> Ngrams:
    """Return the weights learnt from examples of all origins; raises ModelError where scikit-learn is missing.

    A question with fewer than FEWEST answers on a side gets no weight.
    """
    rarity = ngrams.rarity([e.text for e in examples])
    vectors = ngrams.matrix([e.text for e in examples], rarity)
    log.info("n-grams: %d texts, %d buckets in use", len(examples), int((rarity > 0).sum()))
    weights = np.zeros((2 * ngrams.BUCKETS, 1 + 3 * len(HEADS) + codes), dtype=np.float32)
    bias = np.zeros(weights.shape[1])
    about = np.array([-1 if e.about is None else int(e.about) for e in examples], dtype=np.int64)
    weights[:, 0], bias[0] = _yes_no(vectors, about)
    side = np.array([-1 if e.sentiment is None else e.sentiment for e in examples], dtype=np.int64)
    heads = np.array([HEADS.index(e.head) for e in examples])
    for n in range(len(HEADS)):
        three = slice(1 + 3 * n, 4 + 3 * n)
        weights[:, three], bias[three] = _three(vectors, np.where(heads == n, side, -1))
    for n in range(codes):
        given = np.array([-1 if e.reasons is None else int(n in e.reasons) for e in examples], dtype=np.int64)
        at = 1 + 3 * len(HEADS) + n
        weights[:, at], bias[at] = _yes_no(vectors, given)
    return Ngrams(rarity, weights, bias)


def _yes_no(vectors: Any, truth: Ints) -> tuple[Floats, float]:  # noqa: ANN401 - a sparse matrix
    """Return weights and bias for a question; truth is 1, 0 or -1 for not known.

    Both answers weigh alike while learning: how rare a yes is, the mixture with the network puts right.
    """
    known = truth >= 0
    yes, no = int((truth == 1).sum()), int((truth == 0).sum())
    if min(yes, no) < FEWEST:
        return np.zeros(vectors.shape[1]), 0.0
    model = _regression(solver="liblinear").fit(vectors[known], truth[known])
    return model.coef_[0], float(model.intercept_[0])


def _three(vectors: Any, truth: Ints) -> tuple[Floats, Floats]:  # noqa: ANN401 - a sparse matrix
    """Return weights [buckets, 3] and biases of the three sentiments."""
    known = truth >= 0
    counts = np.bincount(truth[known], minlength=3)
    if counts.min() < FEWEST:
        return np.zeros((vectors.shape[1], 3)), np.zeros(3)
    model = _regression(max_iter=ROUNDS).fit(vectors[known], truth[known])
    # The three weigh alike while learning; the bias then says how rare each is.
    return model.coef_.T, model.intercept_ + np.log(counts / counts.sum())


def _regression(**settings: Any) -> Any:  # noqa: ANN401 - a library without types
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        advice = "Install it with `pip install 'senim[train]'`."
        raise ModelError("training needs scikit-learn", advice=advice) from error
    return LogisticRegression(C=STRENGTH, class_weight="balanced", random_state=1, **settings)
