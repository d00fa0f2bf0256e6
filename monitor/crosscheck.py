"""What one block under config/ says about another: unknown codes, ids used twice, wordings that lack a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.declarations import Block

_IDS = {
    "sources": "id", "reasons": "code", "bodies": "id", "regions": "code", "rules": "id", "recipients": "email",
    "surveys": "id",
}  # fmt: skip


def mistakes(values: Mapping[str, Any], origin: Mapping[int, str]) -> Iterator[str]:
    """Yield a line for each mistake; `values` are the blocks by kind, `origin` gives file:line by the id of a block."""
    yield from _twice(values, origin)
    yield from _unknown(values, origin)
    yield from _wordless(values)


def _twice(values: Mapping[str, Any], origin: Mapping[int, str]) -> Iterator[str]:
    for kind, attribute in _IDS.items():
        seen: dict[str, str] = {}
        for block in values[kind]:
            name, place = getattr(block, attribute), origin[id(block)]
            if name in seen:
                yield f"{place}: {attribute} {name!r} stands already in {seen[name]}. Rename one."
            seen.setdefault(name, place)


def _unknown(values: Mapping[str, Any], origin: Mapping[int, str]) -> Iterator[str]:
    known = {
        "region": sorted(r.code for r in values["regions"]),
        "reason": sorted(r.code for r in values["reasons"]),
        "body": sorted(b.id for b in values["bodies"]),
        "answer of the codebook": sorted(
            {a for r in values["reasons"] for a in (r.deputy_reason, r.bureau_answer) if a}
        ),
    }
    for block, kind, code in _references(values):
        if code not in known[kind]:
            yield f"{origin[id(block)]}: {code!r} is no {kind} of this config. Known: {', '.join(known[kind])}."


def _references(values: Mapping[str, Any]) -> Iterator[tuple[Block, str, str]]:
    """Yield (block, kind, code) for everything that a block points to."""
    yield from ((s, "region", s.region) for s in values["sources"] if s.region)
    yield from ((r, "region", code) for r in values["recipients"] for code in r.regions)
    yield from ((r, "reason", code) for r in values["rules"] for code in r.reasons)
    yield from ((s, "body", s.target) for s in values["surveys"])
    yield from ((s, "region", s.region) for s in values["surveys"] if s.region)
    yield from ((s, "answer of the codebook", s.reason) for s in values["surveys"] if s.reason)


def _wordless(values: Mapping[str, Any]) -> Iterator[str]:
    wordings = {x.code: set(x.words) for x in values["languages"]}
    everything = set().union(*wordings.values())
    for code, words in sorted(wordings.items()):
        if everything - words:
            missing = ", ".join(sorted(everything - words))
            yield f"languages/{code}.toml: words: missing {missing}. Add them in this language."
