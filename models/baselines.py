"""Simple methods trained on the same posts and scored in the same way: what the model must beat to be worth it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import benchmarks, guesses, hashing, linear, tasks
from models.cues import Cues
from models.guesses import Guesses, Labels
from models.labelled import Finder, Labelled
from models.tasks import Example
from monitor.declarations import Reason
from monitor.records import SENTIMENTS, Citation, Opinion

log = logging.getLogger(__name__)
NAMES = {
    "majority": "the most frequent answer of the training posts, no reasons",
    "cues": "a body is named; the cue words of the codebook give reasons, their polarity the stance",
    "tfidf": "TF-IDF (letters 2-4, words 1-2) and logistic regression, one against the rest for reasons",
    "fasttext_like": "mean of hashed n-gram embeddings, trained from nothing",
}


def answers(
    train: Sequence[Labelled],
    dev: Sequence[Labelled],
    test: Sequence[Labelled],
    *,
    reasons: Sequence[Reason],
    finder: Finder,
) -> dict[str, list[Opinion]]:
    """Return {baseline: opinions on `test`}: trained on `train`, thresholds chosen on `dev`.

    Raises ModelError with advice where scikit-learn is missing.
    """
    codes = [r.code for r in reasons]
    truth = guesses.labels(train, codes)
    texts = [p.text for p in train]

    def judged(found: Sequence[Guesses]) -> list[Opinion]:
        about, reason = guesses.thresholds(found[0], guesses.labels(dev, codes))
        return guesses.opinions(test, found[1], codes, about, reason)

    unseen = [[p.text for p in posts] for posts in (dev, test)]
    found = {"majority": majority(truth, test), "cues": by_cues(test, reasons, finder)}
    found["tfidf"] = judged(linear.guesses(texts, truth, unseen))
    bags = hashing.train(texts, truth)
    found["fasttext_like"] = judged([hashing.read(bags, t) for t in unseen])
    return found


def majority(truth: Labels, test: Sequence[Labelled]) -> list[Opinion]:
    """Return the most frequent answers of the training posts for every post."""
    about = bool(truth.about.mean() >= 0.5)
    shares = np.bincount(truth.stance[truth.stance >= 0], minlength=3) / max(1, (truth.stance >= 0).sum())
    return [guesses.opinion(p, about, shares, ()) for p in test]


def by_cues(test: Sequence[Labelled], reasons: Sequence[Reason], finder: Finder) -> list[Opinion]:
    """Return what the cue words say; as many positive as negative ones are neutral."""
    cues = Cues(reasons)
    polarity = {r.code: r.polarity for r in reasons}
    found = []
    for post in test:
        spans = cues.find(post.text)
        sides = [polarity[code] for code in spans]
        balance = sides.count("positive") - sides.count("negative")
        side = "neutral" if not balance else "positive" if balance > 0 else "negative"
        stance = [float(s == side) for s in SENTIMENTS]
        cited = [Citation(code=c, start=a, end=b, confidence=0.5) for c, (a, b) in spans.items()]
        found.append(guesses.opinion(post, bool(finder.mentions("", post.text)), stance, cited))
    return found


def public(data: Path) -> dict[str, float]:
    """Return the figures of TF-IDF and logistic regression on the public tests; takes minutes.

    One regression for each family of sets (reviews, tweets, named entities), trained on the same rows as the model's
    head of that family; the threshold of two classes is chosen on the same validation rows.
    """
    train = tasks.public(data / "sentiment" / "train.jsonl.gz")
    found: dict[str, float] = {}
    for head in sorted({b.head for b in benchmarks.BENCHMARKS}):
        log.info("baseline on public sets: %s", head)
        found |= _family(data, head, [e for e in train if e.head == head])
    return found


def _family(data: Path, head: str, train: Sequence[Example]) -> dict[str, float]:
    chosen = [b for b in benchmarks.BENCHMARKS if b.head == head]
    tests = [tasks.public(data / "eval" / f"{b.name}.jsonl.gz", head=head) for b in chosen]
    valid = benchmarks.validation(data) if head == "review" else []
    vectors = linear.features()
    seen = vectors.fit_transform([e.text for e in train])
    unseen = [vectors.transform([e.text for e in group]) for group in (valid, *tests) if group]
    chances = linear.several(seen, benchmarks.truth(train), unseen)
    threshold = benchmarks.two_class_threshold(benchmarks.truth(valid), chances.pop(0)) if valid else 0.5
    return {
        b.name: round(benchmarks.score(b.metric, benchmarks.truth(test), chance, threshold), 4)
        for b, test, chance in zip(chosen, tests, chances, strict=True)
    }
