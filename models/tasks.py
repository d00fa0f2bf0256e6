"""Turns labelled records of every origin into one kind of training example."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models import corpus, noise
from models.passages import CLOSE, OPEN

# Which sentiment head a public set trains, and how many of its rows one epoch shows (None: all). KazSAnDRA is two
# thirds of everything and mostly five stars: all its negative and neutral rows are shown, positive ones in turns.
FAMILIES: dict[str, tuple[str, int | None]] = {
    "kazsandra_train_recovered": ("review", 60_000),
    "mixed_tone_train": ("review", None),
    "sst2_train": ("review", 3_000),
    "rusentitweet_train": ("tweet", None),
    "xlmt_english_train": ("tweet", None),
    "kaggle_kz_news_extra215": ("tweet", None),
    "romip2012_news_train": ("tweet", None),
    "acl14twitter_train": ("entity", None),
    "newsmtsc_train": ("entity", None),
    "ruopinionne_train": ("entity", None),
    "rusentne_train": ("entity", None),
    "sentirueval2015_banks_test_etalon": ("entity", None),
    "sentirueval2015_banks_train": ("entity", None),
    "sentirueval2015_telecom_test_etalon": ("entity", None),
    "sentirueval2015_telecom_train": ("entity", None),
}
_MARK = re.compile(re.escape(OPEN) + "|" + re.escape(CLOSE))
# Licences that are stated and allow training; see the model card.
OPEN_LICENCES = ("MIT", "NewsMTSC: MIT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One passage with the labels that are known of it; None or an empty mask means "not labelled".

    `sentiment` is 0, 1, 2 for negative, neutral, positive; `spans` are (reason index, start, end) in `text`.
    """

    text: str
    language: str
    head: str = "stance"
    sentiment: int | None = None
    about: bool | None = None
    reasons: tuple[int, ...] | None = None
    spans: tuple[tuple[int, int, int], ...] = ()
    weight: float = 1.0
    source: str = field(default="own")


def mark_target(record: dict[str, Any]) -> str:
    """Return the text of a public record with its target marked, or put in front when it is not in the text."""
    text, span, target = record["text"], record.get("target_span"), record.get("target")
    if span:
        return str(text[: span[0]] + OPEN + text[span[0] : span[1]] + CLOSE + text[span[1] :])
    return f"{OPEN}{target}{CLOSE} {text}" if target else str(text)


def public(path: Path, *, open_licences: bool = False, head: str | None = None) -> list[Example]:
    """Return the examples of one labelled public file; rows without a label are left out."""
    found = []
    for record in corpus.records(path):
        if record.get("label") is None or (open_licences and not record["licence"].startswith(OPEN_LICENCES)):
            continue
        family = head or FAMILIES.get(record["source"], ("tweet", None))[0]
        found.append(
            Example(
                text=mark_target(record), language=record["lang"], head=family, sentiment=record["label"] + 1,
                source=record["source"],
            )
        )  # fmt: skip
    return found


def validation(data: Path) -> list[Example]:
    """Return the public validation examples, each under the head that answers such texts."""
    found = public(validation_file(data))
    reviews = ("kazsandra", "mixed_tone", "sst2")
    return [
        replace(e, head="entity" if OPEN in e.text else "review" if e.source.startswith(reviews) else "tweet")
        for e in found
    ]


def validation_file(data: Path) -> Path:
    """Return where the validation examples lie in the data folder."""
    return data / "sentiment" / "valid.jsonl.gz"


def epoch(examples: Sequence[Example], own: Sequence[Example], *, repeat: int, rng: random.Random) -> list[Example]:
    """Return the examples of one epoch, shuffled and widened by noise: capped public sets and `repeat` times ours."""
    chosen = [_noisy(e, rng) for e in capped(examples, rng)]
    for _ in range(repeat):
        chosen += [_noisy(e, rng) for e in own]
    rng.shuffle(chosen)
    return chosen


def capped(examples: Sequence[Example], rng: random.Random) -> list[Example]:
    """Return the examples with the sets that FAMILIES caps cut to size: all that is rare, and a draw of five stars."""
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        by_source.setdefault(example.source, []).append(example)
    chosen: list[Example] = []
    for source, group in by_source.items():
        cap = FAMILIES.get(source, ("", None))[1]
        if cap is None or len(group) <= cap:
            chosen += group
        else:
            rare = [e for e in group if e.sentiment != 2]
            common = [e for e in group if e.sentiment == 2]
            chosen += rare + rng.sample(common, min(len(common), max(0, cap - len(rare))))
    return chosen


def _noisy(example: Example, rng: random.Random) -> Example:
    """Widen a text by noise, piece by piece: what is marked stays marked, what is labelled keeps its characters."""
    typed = noise.habit(example.language, rng)
    borders = {0, len(example.text)} | {at for _, start, end in example.spans for at in (start, end)}
    marks = {m.span() for m in _MARK.finditer(example.text)}
    edges = sorted(borders | {at for span in marks for at in span})
    text, moved = "", {}
    for start, end in itertools.pairwise(edges):
        moved[start] = len(text)
        piece = example.text[start:end]
        text += piece if (start, end) in marks else typed(piece)
    moved[edges[-1]] = len(text)
    spans = tuple((reason, moved[start], moved[end]) for reason, start, end in example.spans)
    return replace(example, text=text, spans=spans)
