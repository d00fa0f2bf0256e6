"""Reads reasons by the cue words of the codebook: the baseline, and the answer for reasons the weights do not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.noise import LETTERLESS
from monitor.declarations import Reason


def fold(text: str) -> str:
    """Return text in lower case with Kazakh letters folded and ё as е; every offset stays."""
    return text.lower().translate(LETTERLESS).replace("ё", "е") if len(text.lower()) == len(text) else text


class Cues:
    """The cues of several reasons, compiled to one expression each; `word*` is a stem, other cues are whole words."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self._patterns = {r.code: _compile(r.cues.kk + r.cues.ru + r.cues.en) for r in reasons}

    def find(self, text: str) -> dict[str, tuple[int, int]]:
        """Return the first cue [start, end) of each reason that the text has."""
        folded = fold(text)
        hits = {code: pattern.search(folded) for code, pattern in self._patterns.items() if pattern}
        return {code: hit.span() for code, hit in hits.items() if hit}


def _compile(cues: Sequence[str]) -> re.Pattern[str] | None:
    if not cues:
        return None
    forms = sorted({r"\s+".join(_word(w) for w in fold(cue).split()) for cue in cues}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(forms) + r")(?!\w)")


def _word(word: str) -> str:
    return re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "")
