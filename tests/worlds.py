"""Invented countries whose true stance is known, read by a classifier whose errors are known only from a small test.

Nothing here is drawn from the model that the figures assume: stance differs by language, drifts on the logit scale,
jumps now and then, and posts come as stories with reprints that share stance and error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.adjusting import Counted
from monitor.correction import Confusion

LANGUAGES = ("en", "kk", "mixed", "ru")
MIX = np.array([0.04, 0.38, 0.08, 0.5])
# Labelled (negative, neutral with "not about", positive) by answered stance on our 715 test posts, in all languages.
ALL = np.array([[166, 13, 6, 1], [51, 119, 8, 14], [27, 4, 67, 6]], dtype=float)
TESTED = {"en": 40, "kk": 200, "mixed": 55, "ru": 187}  # held-out posts by language that the answers above are of
REGIONS, WEEKS = 20, 12


@dataclass(frozen=True, kw_only=True)
class World:
    """Counted cells, the first REGIONS x WEEKS those of regions; their true index; and the measured confusion."""

    cells: Counted
    truth: np.ndarray
    confusion: Confusion


def world(seed: int) -> World:
    """Return a country of 20 regions and 12 weeks, with 1 to 100 posts a week and region."""
    random = np.random.default_rng(seed)
    general = ALL / ALL.sum(1, keepdims=True)
    rows = np.array([[random.dirichlet(25 * row + 0.2) for row in general] for _ in LANGUAGES])
    test = {name: _tested(random, rows[n], TESTED[name]) for n, name in enumerate(LANGUAGES)}
    shares, mix = _stance(random), np.array([random.dirichlet(20 * MIX) for _ in range(REGIONS)])
    usual = np.clip(np.exp(random.normal(2.2, 1.0, REGIONS)), 1, 100)
    answers = np.zeros((REGIONS, WEEKS, len(LANGUAGES) + 2, 4))
    effective = np.ones((REGIONS, WEEKS))
    squares = np.zeros((REGIONS, WEEKS))
    for region, week in np.ndindex(REGIONS, WEEKS):
        copies = random.geometric(0.8, random.poisson(usual[region]))
        language = random.choice(len(LANGUAGES), len(copies), p=mix[region])
        for size, spoken in zip(copies, language, strict=True):
            stance = random.choice(3, p=shares[region, week, spoken])
            answers[region, week, spoken, random.choice(4, p=rows[spoken, stance])] += size
        squares[region, week] = (copies**2).sum()
    posts = answers.sum((2, 3))
    effective = posts**2 / np.maximum(squares, 1)
    whole = posts.sum(0) ** 2 / np.maximum(squares.sum(0), 1)
    truth = np.einsum("rl,rwls,s->rw", mix, shares, np.array([-1.0, 0.0, 1.0]))
    cells = Counted(
        answers=np.concatenate([answers.reshape(-1, *answers.shape[2:]), answers.sum(0)]),
        effective=np.concatenate([effective.ravel(), whole]),
        group=np.zeros((REGIONS + 1) * WEEKS, dtype=np.int64),
        region=np.concatenate([np.repeat(np.arange(REGIONS), WEEKS), np.full(WEEKS, -1)]),
        period=np.tile(np.arange(WEEKS), REGIONS + 1),
    )
    return World(cells=cells, truth=truth.ravel(), confusion=Confusion(model="simulated", counts=test))


def _tested(random, rows, number):
    labelled = random.multinomial(number, ALL.sum(1) / ALL.sum())
    return [random.multinomial(n, row).tolist() for n, row in zip(labelled, rows, strict=True)]


def _stance(random):
    """Return shares [region, week, language, stance] whose logits are country, region, language and drift."""
    country = np.cumsum(random.normal(0, 0.12, (WEEKS, 3)), axis=0) + random.normal([0.4, 0.3, -0.3], 0.4)
    apart = random.normal(0, random.uniform(0.1, 0.6), (REGIONS, 1, 3))
    drift = np.cumsum(random.normal(0, 0.1, (REGIONS, WEEKS, 3)), axis=1)
    spoken = random.normal(0, 0.35, (1, 1, len(LANGUAGES), 3))
    logits = (country[None] + apart + drift)[:, :, None, :] + spoken
    jump = random.random((REGIONS, WEEKS)) < 0.02
    logits[jump] += random.normal(0, 0.8, (int(jump.sum()), 1, 3))
    shares = np.exp(logits)
    return shares / shares.sum(-1, keepdims=True)
