"""How well stories are told apart: F1 of pairs by language on held-out events, reprints on labelled pairs.

Held are events whose half taught nothing, but whose texts and concepts one author wrote; `fresh` ones were written by
another when the weights were done. Beside the tellings lie 850 posts on other things. The last row moves all events to
one city, where no place tells them apart.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from builders import make_post
from fit_stories import fit, pairs
from telling_set import HERE, events, f1, part_of, rows, score, strangers, tellings, tools

from models.embedding import Embedder
from monitor import kinship, similar
from monitor.chronicle import Reader
from monitor.events import group
from monitor.records import Fate, Item
from monitor.store import Store
from monitor.stories import fingerprint
from monitor.stories import group as reprints

PAIRS = (None, ("kk", "kk"), ("ru", "ru"), ("en", "en"), ("kk", "ru"), ("en", "kk"), ("en", "ru"))
DRAWS = 400


def show(config, what, counts, between=None):
    """Write one row: pairs right, found and true, with precision, recall and F1."""
    right, found, true = counts
    span = "" if between is None else f"  {between[0]:.2f} to {between[1]:.2f}"
    figures = f"{right / max(found, 1):>8.3f}{right / max(true, 1):>8.3f}{f1(counts):>8.3f}{span}"
    config.get_terminal_writer().line(f"{what:<28}{right:>6}{found:>6}{true:>6}{figures}")


def interval(found, tells, languages):
    """Return the 90 % interval of F1 by drawing events anew."""
    event, random = events(), np.random.default_rng(1)
    by_event = {}
    for telling in tells:
        by_event.setdefault(event[telling.id], []).append(telling)
    rows = np.array([_shares(found, tells, own, languages) for own in by_event.values()])
    drawn = rows[random.integers(len(rows), size=(DRAWS, len(rows)))].sum(1)
    values = 2 * drawn[:, 0] / np.maximum(drawn[:, 1] + drawn[:, 2], 1)
    return np.quantile(values, [0.05, 0.95])


def _shares(found, tells, own, languages):
    """Return what one event adds to (right, found, true); a pair found across two events counts half for each."""
    right, inside, true = score(found, own, languages)
    mine = {t.id for t in own}
    across = sum(
        0.5
        for one in own
        for other in tells
        if other.id not in mine
        and found[one.id] == found[other.id]
        and (not languages or {one.language, other.language} == set(languages))
    )
    return right, inside + across, true


@pytest.mark.parametrize("part", ["held", "fresh"])
def test_events(part, pytestconfig):
    tells, others, weights = tellings(part), strangers("held"), tools()[0].weights
    found = group(tells + others, weights)
    pytestconfig.get_terminal_writer().line(f"\n{'pairs':<28} right found  true precision recall     F1")
    for languages in PAIRS:
        counts = score(found, tells, languages)
        if counts[2]:
            name = "-".join(languages) if languages else "all"
            show(pytestconfig, f"{part} {name}", counts, interval(found, tells, languages))
    sizes = Counter(found.values())
    joined = sum(sizes[found[t.id]] > 1 for t in others)
    pytestconfig.get_terminal_writer().line(f"{joined} of {len(others)} strangers are in a story with something else")
    moved = [replace(t, facts=replace(t.facts, towns=frozenset(), regions=frozenset({"KZ-75"}))) for t in tells]
    show(pytestconfig, f"{part}, all in one city", score(group(moved, weights), tells))
    assert f1(score(found, tells, ("kk", "ru"))) >= 0.75
    assert f1(score(found, tells)) >= 0.85


def test_weights_are_those_learnt():
    """Training posts come and go, so that learning anew moves the weights a little."""
    weights, bias = fit(*pairs())
    assert bias == pytest.approx(kinship.BIAS, abs=0.5)
    assert weights == pytest.approx(kinship.WEIGHTS, rel=0.25, abs=0.5)


class Remembering(Reader):
    """Reads each text once."""

    @cache  # noqa: B019 - lives as long as the test
    def facts(self, title, text):
        return super().facts(title, text)


@pytest.mark.parametrize("part", ["held", "fresh"])
def test_similar(part, pytestconfig, tmp_path):
    """Count how often the first post in each language that has one is of the same event."""
    told, event = [r for r in rows() if part_of(r) == part], events()
    reader, embedder = Remembering(*tools()), Embedder.load()
    right, first, asked = Counter(), Counter(), 0
    with Store.open(tmp_path / "senim.db") as store:
        posts = [
            make_post(n, id=r["id"], title=r["title"], text=r["text"], language=r["language"], regions=())
            for n, r in enumerate(told)
        ]
        store.add(store.begin("t"), [Item(key=p.id, source="s", fate=Fate.STORED, post=p) for p in posts])
        similar.remember(store, embedder, lambda _: None)
        vectors = dict(zip(*next(store.vectors(embedder.version)), strict=True))
        for post in posts:
            for language in {p.language for p in posts if p.id != post.id and event[p.id] == event[post.id]}:
                wanted = similar.Wanted(text="", language="", post=post)
                hit = similar.nearest(store, embedder, reader, wanted, 1, language=language)[0].post.id
                others = [p.id for p in posts if p.language == language and p.id != post.id]
                near = max(others, key=lambda other: float(vectors[other] @ vectors[post.id]))
                right[event[hit] == event[post.id]] += 1
                first[event[near] == event[post.id]] += 1
                asked += 1
    pytestconfig.get_terminal_writer().line(
        f"\n{part}: of {asked} first posts {right[True] / asked:.3f} tell the same event, {first[True] / asked:.3f}"
        " by vectors alone"
    )
    assert right[True] > first[True]


def test_reprints(pytestconfig):
    day = datetime(2026, 3, 2, tzinfo=UTC)
    counts = Counter()
    for line in (HERE / "reprints.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        found = reprints([(name, day, fingerprint(row[name]), row[name]) for name in ("one", "other")])
        counts[row["same"], found["one"] == found["other"]] += 1
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    show(pytestconfig, f"reprints, {counts.total()} pairs", (right, right + wrong, right + missed))
    assert right / (right + wrong) >= 0.98
    assert right / (right + missed) >= 0.95
