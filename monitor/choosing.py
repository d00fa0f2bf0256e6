"""Chooses which posts a person should label next: most of them where the model is least sure, a share by chance.

What the model is unsure of teaches it most (uncertainty sampling, Lewis and Gale 1994), but says nothing of how often
it errs: the share drawn by chance does. Chance is a hash of seed and id, so the posts of one seed have one order for
ever: what was labelled is passed over, and the next ones follow, in whatever order posts arrive.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

ABSTAINS, NOT_ABOUT = "abstains", "not about"
_TURNS = (ABSTAINS, "negative", "positive", "neutral", NOT_ABOUT)  # whose turn it is first in a round
RANDOM, UNSURE, CHECK = "random", "unsure", "check"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A post that a model has judged and no person has: what the model reads in it, without its words."""

    id: str
    language: str
    story: str
    about: bool
    sentiment: str | None
    abstained: bool
    confidence: float
    probabilities: tuple[float, float, float]

    @property
    def reads(self) -> str:
        """The model's answer in a word or two."""
        if not self.about:
            return NOT_ABOUT
        return ABSTAINS if self.abstained or self.sentiment is None else self.sentiment

    @property
    def doubt(self) -> float:
        """How unsure the model is, from 0 to 1.

        The likeliest stance's lead over the second taken from 1; for a post that it takes to be about something else,
        the chance that it is about a body after all.
        """
        if not self.about:
            return round(1 - self.confidence, 4)
        _, second, first = sorted(self.probabilities)
        return round(1 - (first - second), 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A post to label, and why it was `drawn`: unsure, random or check."""

    candidate: Candidate
    drawn: str


def choose(
    candidates: Iterable[Candidate], *, number: int, share: float, seed: int, known: Collection[str] = ()
) -> list[Chosen]:
    """Return up to `number` posts: the unsure ones, the least sure first, then the random `share` of them (0..1).

    Random ones are drawn from all candidates alike, reprints too, so that their errors stand for those of all. The
    unsure ones are one for each story, none of a story in `known`, and taken in turn from what the model reads in
    each language, so that no answer floods the list. The same for any order of `candidates`.
    """
    by_chance = sorted(candidates, key=lambda c: rank(seed, c.id))
    cut = round(number * share)
    drawn = by_chance[:cut]
    stories = {*known, *(c.story for c in drawn)}
    unsure = _in_turn(by_chance[cut:], number - cut, stories)
    return [*(Chosen(candidate=c, drawn=UNSURE) for c in unsure), *(Chosen(candidate=c, drawn=RANDOM) for c in drawn)]


def shuffled(chosen: Iterable[Chosen], seed: int) -> list[Chosen]:
    """Return the posts in an order that tells nothing of why they were drawn."""
    return sorted(chosen, key=lambda c: rank(seed, "order\x1f" + c.candidate.id))


def rank(seed: int, name: str) -> str:
    """Return the place of a name in the chance order of a seed, as text that sorts."""
    return hashlib.sha256(f"{seed}\x1f{name}".encode()).hexdigest()


def _in_turn(candidates: Sequence[Candidate], number: int, stories: set[str]) -> list[Candidate]:
    """Take the least sure of each group in turn; ties fall as chance has ordered them."""
    groups: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: -c.doubt):
        groups[_TURNS.index(candidate.reads), candidate.language].append(candidate)
    turns = [_one_per_story(groups[key], stories) for key in sorted(groups)]
    found: list[Candidate] = []
    while turns and len(found) < number:
        for turn in turns.copy():
            following = next(turn, None)
            if following is None:
                turns.remove(turn)
            elif len(found) < number:
                found.append(following)
    return found


def _one_per_story(candidates: Iterable[Candidate], taken: set[str]) -> Iterator[Candidate]:
    """Yield candidates of stories that are not taken, and take them; several of these share one set."""
    for candidate in candidates:
        if candidate.story not in taken:
            taken.add(candidate.story)
            yield candidate
