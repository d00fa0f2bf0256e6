"""Checks files of labelled posts: what is broken, what repeats another text, and how many there are of what."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import ModelError
from monitor.records import SENTIMENTS

NEAR = 0.3  # Jaccard of word 3-grams above which two texts count as one worded twice
_ABSENT = object()
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "id": str, "lang": str, "register": str, "text": str, "about": bool, "bodies": list, "sentiment": (str, type(None)),
    "reasons": list, "split": str,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Known:
    """The codes that a label may use."""

    codes: frozenset[str]
    bodies: frozenset[str]
    regions: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Counts by name and value, the share of distinct word 5-grams, the nearest pair, and problems with their place."""

    posts: int
    counts: dict[str, dict[str, int]]
    distinct: float
    nearest: float
    problems: tuple[str, ...]


def check(files: Sequence[Path], known: Known) -> Report:
    """Read and check files; raises ModelError when one cannot be read at all."""
    problems: list[str] = []
    rows: list[tuple[str, dict[str, Any]]] = []
    seen: dict[str, str] = {}
    for file in files:
        for place, row in _rows(file, problems):
            name = str(row.get("id"))
            if name in seen:
                problems.append(f"{place}: id {name} stands already in {seen[name]}.")
            seen.setdefault(name, place)
            if broken := misshapen(row):
                problems.append(f"{place}: {broken}")
                continue
            problems += [f"{place}: {what}" for what in faults(row, known)]
            rows.append((place, row))
    words = [(place, _words(row["text"])) for place, row in rows]
    nearest, copies = near_copies(words)
    fives = [gram for _, w in words for gram in _grams(w, 5)]
    return Report(
        posts=len(rows), counts=_counts([r for _, r in rows]), nearest=nearest,
        distinct=len(set(fives)) / max(1, len(fives)), problems=(*problems, *copies),
    )  # fmt: skip


def _rows(file: Path, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot be read: {error}", where=str(file), advice="Give a JSONL file in UTF-8.") from error
    for number, line in enumerate(lines, 1):
        place = f"{file.name}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            problems.append(f"{place}: not JSON: {error}.")
            continue
        if isinstance(row, dict):
            yield place, row
        else:
            problems.append(f"{place}: not an object.")


def misshapen(row: dict[str, Any]) -> str:
    """Return what keeps a row from being read as a labelled post, empty when nothing does."""
    if wrong := [key for key, kind in _SHAPE.items() if not isinstance(row.get(key, _ABSENT), kind)]:
        return f"{', '.join(wrong)}: missing, or not of its kind."
    keys = {"code": str, "start": int, "end": int}
    for reason in row["reasons"]:
        if not isinstance(reason, dict) or not all(isinstance(reason.get(key), kind) for key, kind in keys.items()):
            return f"reason {reason!r} needs code, start and end."
    return ""


def faults(row: dict[str, Any], known: Known) -> Iterator[str]:
    """Yield what is wrong with one labelled post of the right shape."""
    if row["lang"] not in ("kk", "ru", "en", "mixed") or row["split"] not in ("train", "dev", "test"):
        yield f"lang {row['lang']!r} or split {row['split']!r} is not known."
    if row["about"] and row["sentiment"] not in SENTIMENTS:
        yield f"sentiment {row['sentiment']!r} is none of {', '.join(SENTIMENTS)}."
    if not row["about"] and (row["sentiment"] or row["reasons"] or row["bodies"]):
        yield "is not about law enforcement and yet has sentiment, bodies or reasons."
    for name, values, allowed in (
        ("body", row["bodies"], known.bodies),
        ("region", row.get("regions") or [], known.regions),
        ("reason", [r["code"] for r in row["reasons"]], known.codes),
    ):
        if unknown := [v for v in map(str, values) if v not in allowed]:
            yield f"unknown {name}: {', '.join(unknown)}."
    for reason in row["reasons"]:
        if not 0 <= reason["start"] < reason["end"] <= len(row["text"]):
            yield f"reason {reason['code']} points outside the text."


def near_copies(texts: Sequence[tuple[str, list[str]]]) -> tuple[float, list[str]]:
    """Return the largest Jaccard of word 3-grams between two texts, and a line for each pair above NEAR.

    Only texts that share a 3-gram are compared; texts under 5 words are left out, as "thank you" may be said twice.
    """
    grams = [set(_grams(w, 3)) if len(w) >= 5 else set() for _, w in texts]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shared: Counter[tuple[int, int]] = Counter()
    for i, own in enumerate(grams):
        for gram in own:
            shared.update((j, i) for j in holders[gram])
            holders[gram].append(i)
    nearest, lines = 0.0, []
    for (i, j), common in sorted(shared.items()):
        value = common / (len(grams[i]) + len(grams[j]) - common)
        nearest = max(nearest, value)
        if value > NEAR:
            lines.append(f"{texts[j][0]}: shares {value:.2f} of its word 3-grams with {texts[i][0]}. Reword it.")
    return nearest, lines


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _grams(words: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def _counts(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    names = ("lang", "script", "register", "sentiment", "split", "origin")
    counts = {n: dict(Counter(str(r.get(n)) for r in rows).most_common()) for n in names}
    counts["about"] = dict(Counter("yes" if r["about"] else "no" for r in rows))
    counts["reason"] = dict(Counter(x["code"] for r in rows for x in r["reasons"]).most_common())
    return counts
