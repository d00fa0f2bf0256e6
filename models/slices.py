"""Divides the test posts: by language, register, script and origin, into named difficulties, and contrast pairs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import intervals
from models.answers import Answers
from models.labelled import Labelled
from models.passages import WHOLE

Part = Callable[[Labelled], str]

GROUPS: dict[str, Part] = {
    "language": lambda p: p.language,
    "register": lambda p: p.register,
    "script": lambda p: "not recorded" if p.origin == "real" else p.script,  # nobody noted it of real posts
    "origin": lambda p: p.origin,
    "language and register": lambda p: f"{p.language} {p.register}",
}
# Difficulties that the posts themselves show; the others are named in their `slices`.
_SHOWN: dict[str, Callable[[Labelled], bool]] = {
    "letterless": lambda p: p.script == "letterless",
    "latin": lambda p: p.script == "latin",
    "mixed": lambda p: p.language == "mixed",
    "headline": lambda p: p.register == "headline",
    "long_article": lambda p: len(p.text) > WHOLE,
}
# Two names of one difficulty: batches were named by different hands.
_SAME = {
    "foreign": "foreign_police",
    "quote_to_refute": "quote_refute",
    "quote_refuted": "quote_refute",
    "bribe_by_citizen": "bribe_offered",
}
_MEMBER = re.compile(r"^(.*\d)[a-z]$")  # ct-001a and ct-001b are one pair


def groups(posts: Sequence[Labelled]) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Return {group: {part: mask of posts}}; the parts of a group cover all posts."""
    found = {}
    for name, part in GROUPS.items():
        values = np.array([part(p) for p in posts], dtype=str)
        found[name] = {str(v): values == v for v in sorted(set(values.tolist()))}
    return found


def named(posts: Sequence[Labelled]) -> dict[str, NDArray[np.bool_]]:
    """Return {difficulty: mask of posts}; a post may have several."""
    members = {name: np.array([shown(p) for p in posts], dtype=bool) for name, shown in _SHOWN.items()}
    for row, post in enumerate(posts):
        for tag in post.slices:
            members.setdefault(_SAME.get(tag, tag), np.zeros(len(posts), dtype=bool))[row] = True
    return {name: mask for name, mask in sorted(members.items()) if mask.any()}


def pairs(answers: Answers) -> dict[str, Any]:
    """Return of how many contrast pairs (or triples) every member is answered rightly.

    `stance`: about and stance of all members; `wholly`: their sets of reasons as well. `by_kind` are the counts of
    pairs right in stance, by what the members differ in.
    """
    members: dict[str, list[int]] = {}
    for row, post in enumerate(answers.posts):
        match = _MEMBER.match(post.id) if post.origin == "contrast" else None
        if match:
            members.setdefault(match[1], []).append(row)
    whole = [rows for rows in members.values() if len(rows) > 1]
    stance, wholly = (np.array([[right[rows].all()] for rows in whole], dtype=np.float64).reshape(-1, 1)
                      for right in (answers.stance_right, answers.wholly_right))  # fmt: skip
    kinds: dict[str, list[int]] = {}
    for rows, right in zip(whole, stance[:, 0], strict=True):
        for kind in answers.posts[rows[0]].slices:
            counts = kinds.setdefault(_SAME.get(kind, kind), [0, 0])
            counts[0] += int(right)
            counts[1] += 1
    return {
        "stance": _share(stance),
        "wholly": _share(wholly),
        "by_kind": {kind: {"right": right, "pairs": n} for kind, (right, n) in sorted(kinds.items())},
    }


def _share(right: NDArray[np.float64]) -> dict[str, Any]:
    count = len(right)
    return intervals.as_record(intervals.of_sums(right, lambda sums: sums[..., 0] / max(1, count)), count)
