"""Checks files of labelled posts: what is broken, what repeats or leaks, and how many there are of what.

Three kinds of rows: texts of our own, members of a contrast pair (`pair`), and labels of real texts (`sha1`), whose
words are joined when they are given.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models import copies, corpus
from monitor.errors import ModelError
from monitor.records import SENTIMENTS

SAME = ("letters", "translation")  # contrasts that change the words and not the label
LANGUAGES, SPLITS = ("kk", "ru", "en", "mixed"), ("train", "dev", "test")
_ABSENT = object()
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "id": str, "lang": str, "register": str, "about": bool, "bodies": list, "sentiment": (str, type(None)),
    "reasons": list, "split": str,
}  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """The codes that a label may use, the words of real texts by key, and public test texts by name.

    Without `texts`, labels of real texts are checked but for where their offsets end.
    """

    codes: frozenset[str]
    bodies: frozenset[str]
    regions: frozenset[str]
    texts: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, str] = field(default_factory=dict)

    def with_data(self, data: Path, key: Callable[[str], str]) -> Known:
        """Return this with the real texts and the public tests of a data folder; `key` is that of labels.jsonl."""
        texts = {key(r["text"]): r["text"] for r in corpus.records(data / "domain" / "unlabelled.jsonl.gz")}
        tests = {
            f"{file.name.removesuffix('.jsonl.gz')}:{number}": record["text"]
            for file in sorted((data / "eval").glob("*.jsonl.gz"))
            for number, record in enumerate(corpus.records(file), 1)
        }
        return replace(self, texts=texts, tests=tests)


@dataclass(frozen=True, kw_only=True)
class Report:
    """Counts by name and value, the two figures of diversity (of our own texts), and problems with their place.

    `nearest` is the largest Jaccard of word 3-grams between two texts that are not one pair.
    """

    posts: int
    pairs: int
    counts: dict[str, dict[str, int]]
    distinct: float
    nearest: float
    problems: tuple[str, ...]


def check(files: Sequence[Path], known: Known) -> Report:
    """Read and check files; raises ModelError when one cannot be read at all."""
    problems: list[str] = []
    rows: list[tuple[str, Row]] = []
    seen: dict[str, str] = {}
    for file in files:
        for place, row in _rows(file, problems):
            for name in (f"{key} {row[key]}" for key in ("id", "sha1") if key in row):
                if name in seen:
                    problems.append(f"{place}: {name} stands already in {seen[name]}.")
                seen.setdefault(name, place)
            if "sha1" in row and row["sha1"] in known.texts:
                row["text"] = known.texts[row["sha1"]]
            if broken := misshapen(row):
                problems.append(f"{place}: {broken}")
                continue
            problems += [f"{place}: {what}" for what in faults(row, known)]
            rows.append((place, row))
    problems += pair_faults(rows)
    nearest, copied = repeats(rows, known.tests)
    own = [row for _, row in rows if "sha1" not in row and "pair" not in row]
    return Report(
        posts=len(rows), pairs=len({row["pair"] for _, row in rows if "pair" in row}),
        counts=_counts([row for _, row in rows]), nearest=nearest,
        distinct=copies.distinct([row["text"] for row in own]), problems=(*problems, *copied),
    )  # fmt: skip


def _rows(file: Path, problems: list[str]) -> Iterator[tuple[str, Row]]:
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


def misshapen(row: Row) -> str:
    """Return what keeps a row from being read as a labelled post, empty when nothing does."""
    joined = "sha1" in row and "text" not in row
    shape = _SHAPE if joined else {"text": str} | _SHAPE
    wrong = [key for key, kind in shape.items() if not isinstance(row.get(key, _ABSENT), kind)]
    wrong += [key for key in ("sha1", "pair", "contrast") if not isinstance(row.get(key, ""), str)]
    if wrong:
        return f"{', '.join(wrong)}: missing, or not of its kind."
    keys = {"code": str, "start": int, "end": int}
    for reason in row["reasons"]:
        if not isinstance(reason, dict) or not all(isinstance(reason.get(key), kind) for key, kind in keys.items()):
            return f"reason {reason!r} needs code, start and end."
    return ""


def faults(row: Row, known: Known) -> Iterator[str]:
    """Yield what is wrong with one labelled post of the right shape."""
    if row["lang"] not in LANGUAGES or row["split"] not in SPLITS:
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
    if twice := [code for code, n in Counter(r["code"] for r in row["reasons"]).items() if n > 1]:
        yield f"reason stands twice: {', '.join(twice)}. Keep the strongest place."
    if known.texts and "text" not in row:
        yield "no text of the data folder has this sha1."
    yield from misplaced(row)


def misplaced(row: Row) -> Iterator[str]:
    """Yield what is wrong with the places of a row's evidence; without a text only that they are places at all."""
    text = row.get("text")
    for reason in row["reasons"]:
        start, end = reason["start"], reason["end"]
        if not 0 <= start < end or (text is not None and end > len(text)):
            yield f"reason {reason['code']} points outside the text."
        elif text is not None and (text[start].isspace() or text[end - 1].isspace()):
            yield f"reason {reason['code']} begins or ends with a space."


def pair_faults(rows: Sequence[tuple[str, Row]]) -> list[str]:
    """Return what is wrong with contrast pairs: alone, in two splits, or alike (different) where they must not be."""
    pairs: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for place, row in rows:
        if "pair" in row:
            pairs[row["pair"]].append((place, row))
    found = []
    for name, members in pairs.items():
        place, first = members[0]
        labels = {(r["about"], r["sentiment"], *sorted(x["code"] for x in r["reasons"])) for _, r in members}
        if len(members) < 2:
            found.append(f"{place}: pair {name} has one member only.")
        elif len({r["split"] for _, r in members}) > 1:
            found.append(f"{place}: pair {name} lies in two splits.")
        elif first.get("contrast") in SAME and len(labels) > 1:
            found.append(f"{place}: pair {name} differs in its label, but {first['contrast']} must not change it.")
        elif first.get("contrast") not in SAME and len(labels) == 1:
            found.append(f"{place}: pair {name} does not differ in its label.")
    return found


def repeats(rows: Sequence[tuple[str, Row]], tests: Mapping[str, str]) -> tuple[float, list[str]]:
    """Return the nearest pair's Jaccard among our own texts, and a line for each repeat or leak above copies.NEAR.

    Members of one contrast pair are meant to be alike; reprints among real texts only must not lie in two splits.
    """
    held = [(place, row) for place, row in rows if "text" in row]
    texts = [row["text"] for _, row in held]
    nearest, lines = 0.0, []
    for i, j, value in copies.alike(texts):
        (there, first), (here, second) = held[i], held[j]
        if "pair" in first and first["pair"] == second.get("pair"):
            continue
        if "sha1" in first and "sha1" in second:
            if value > copies.NEAR and first["split"] != second["split"]:
                lines.append(f"{here}: shares {value:.2f} with {there}, which lies in {first['split']}. Join them.")
            continue
        nearest = max(nearest, value)
        if value > copies.NEAR:
            lines.append(f"{here}: shares {value:.2f} of its word 3-grams with {there}. Reword it.")
    names = list(tests)
    for i, j, value in copies.alike(texts, list(tests.values())) if tests else ():
        if value > copies.NEAR:
            lines.append(f"{held[i][0]}: shares {value:.2f} of its word 3-grams with {names[j]}. Leave it out.")
    return nearest, lines


def _counts(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    names = ("origin", "register", "sentiment", "split", "contrast")
    counts = {n: dict(Counter(str(r.get(n, "-")) for r in rows).most_common()) for n in names}
    kinds = Counter((r.get("origin", "-"), r["lang"], r.get("script", "full")) for r in rows)
    counts["language"] = {" ".join(map(str, kind)): n for kind, n in sorted(kinds.items())}
    counts["about"] = dict(Counter("yes" if r["about"] else "no" for r in rows))
    for name, key in (("body", "bodies"), ("region", "regions")):
        counts[name] = dict(Counter(str(x) for r in rows for x in r.get(key) or ()).most_common())
    counts["reason"] = dict(Counter(x["code"] for r in rows for x in r["reasons"]).most_common())
    return counts
