"""The only door of the rest of the house to the model: posts in, opinions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import citations, cues, folder, passages
from models.passages import Passage
from models.reading import Reader, Reading
from monitor.declarations import Reason
from monitor.records import SENTIMENTS, BodyStance, Citation, Opinion, Post

SHIPPED = Path(__file__).resolve().parent / "senim-mini"


class Classifier:
    """A loaded model; `judge` may be called from one thread at a time."""

    def __init__(self, reader: Reader, known: Sequence[Reason] = ()) -> None:
        self.reader, self.card = reader, reader.card
        self.name = self.card.name
        unknown = [r for r in known if r.code not in self.card.reasons]
        self._provisional = cues.Cues(unknown) if unknown else None

    @classmethod
    def load(cls, where: Path | None = None, reasons: Sequence[Reason] = (), threads: int = 0) -> Classifier:
        """Open a model folder (the shipped one by default); raises ModelError with advice when it cannot be used.

        `reasons` is the codebook in force: those that the weights do not know are answered by their cues. `threads`
        read side by side, as many as the machine has cores when it is 0.
        """
        return cls(Reader(*folder.load(where or SHIPPED), threads), reasons)

    def judge(self, posts: Sequence[Post]) -> list[Opinion]:
        """Return one opinion for each post, in order.

        Passages of single bodies are read after all others and only for posts that are about a body: what is read of
        the whole post does not depend on them.
        """
        shared = self._read_groups([passages.cut(p.title, p.text, p.mentions) for p in posts])
        opinions = [self._opinion(post, readings) for post, readings in zip(posts, shared, strict=True)]
        cut = [
            passages.own(p.title, p.text, p.mentions, [r.passage for r in readings]) if opinion.about else []
            for p, opinion, readings in zip(posts, opinions, shared, strict=True)
        ]
        return [
            replace(opinion, stances=self._stances(post, readings, more)) if opinion.about else opinion
            for post, opinion, readings, more in zip(posts, opinions, shared, self._read_groups(cut), strict=True)
        ]

    def chances_about(self, posts: Sequence[Post]) -> NDArray[np.float64]:
        """Return how likely each post is about law enforcement, before the threshold: what calibration is about."""
        groups = self._read_groups([passages.cut(p.title, p.text, p.mentions) for p in posts])
        return np.array([max(r.about for r in group) for group in groups], dtype=np.float64)

    def _read_groups(self, cut: Sequence[Sequence[Passage]]) -> list[list[Reading]]:
        """Return the readings of the passages of each post."""
        readings = iter(self.reader.read([passage for group in cut for passage in group]))
        return [[next(readings) for _ in group] for group in cut]

    def _opinion(self, post: Post, readings: Sequence[Reading]) -> Opinion:
        """Fold the readings of one post's passages into its opinion."""
        about = max(r.about for r in readings)
        chances = self._stance(post.language, readings)
        best = int(chances.argmax())
        is_about = about >= self.card.about and post.language != "und"
        abstained = is_about and float(chances[best]) < self.card.abstain
        rounded = _rounded(chances)
        named = {b for r in readings for b in r.passage.bodies} | {m.body for m in post.mentions}
        return Opinion(
            post_id=post.id,
            about=is_about,
            bodies=tuple(sorted(named)) if is_about else (),
            sentiment=SENTIMENTS[best] if is_about and not abstained else None,
            confidence=rounded[best] if is_about else round(1 - about, 4),
            probabilities=rounded,
            reasons=self._reasons(post, readings) if is_about else (),
            model=self.name,
            codebook=self.card.codebook,
            abstained=abstained,
        )

    def _stance(self, language: str, readings: Sequence[Reading]) -> NDArray[np.float64]:
        """Return (negative, neutral, positive): the mean of passages, weighted by how surely each takes a side."""
        temperature = self.card.temperatures.get(language, self.card.temperatures.get("", 1.0))
        each = np.stack([_softmax(r.stance / temperature) for r in readings])
        weight = np.array([r.about for r in readings]) * (1.05 - each[:, 1])
        mean: NDArray[np.float64] = (each * weight[:, None]).sum(0) / weight.sum()
        mean /= mean.sum()
        return mean

    def _stances(self, post: Post, shared: Sequence[Reading], own: Sequence[Reading]) -> tuple[BodyStance, ...]:
        """Return the stance toward each body that passages speak of, where the text names several apart."""
        found = []
        named = {m.body for m in post.mentions if not m.in_title}
        for body in sorted(named) if len(named) > 1 else ():
            mine = [r for r in shared if r.passage.bodies == (body,)] + [r for r in own if body in r.passage.bodies]
            if not mine:
                continue
            chances = self._stance(post.language, mine)
            best = int(chances.argmax())
            rounded = _rounded(chances)
            start, end = max(mine, key=lambda r: r.about * _softmax(r.stance)[best]).passage.span
            sentiment = SENTIMENTS[best] if chances[best] >= self.card.abstain else None
            found.append(BodyStance(body=body, sentiment=sentiment, confidence=rounded[best], probabilities=rounded,
                                    start=start, end=end))  # fmt: skip
        return tuple(found)

    def _reasons(self, post: Post, readings: Sequence[Reading]) -> tuple[Citation, ...]:
        found = []
        for n, code in enumerate(self.card.reasons):
            best = max(readings, key=lambda r: r.reasons[n])
            confidence = float(best.reasons[n])
            if confidence < self.card.thresholds.get(code, 0.5):
                continue
            span = citations.cite(post.text, best.evidence[:, n], best.origins)
            start, end = span if span else (0, 0)
            found.append(Citation(code=code, start=start, end=end, confidence=round(confidence, 4)))
        if self._provisional:
            for code, (start, end) in self._provisional.find(post.text).items():
                found.append(Citation(code=code, start=start, end=end, confidence=0.5, provisional=True))
        return tuple(sorted(found, key=lambda c: -c.confidence))


def _softmax(x: NDArray[Any]) -> NDArray[np.float64]:
    powers: NDArray[np.float64] = np.exp(x.astype(np.float64) - x.max())
    powers /= powers.sum()
    return powers


def _rounded(chances: NDArray[np.float64]) -> tuple[float, float, float]:
    """Round to four digits and give the likeliest what is left, so that the sum is 1 still."""
    rounded = [round(float(c), 4) for c in chances]
    best = int(chances.argmax())
    rounded[best] = round(1 - sum(rounded[:best] + rounded[best + 1 :]), 4)
    return rounded[0], rounded[1], rounded[2]
