"""Tells operators in a digest what changed in the model's reading, and how often it was right in spot checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.drift import CONFIDENCE, SHARES, TEXTS, Shift
from monitor.settings import Settings
from monitor.spotcheck import ALL, Accuracy
from monitor.telling import source_name
from monitor.wording import Wording

SHOWN = 10  # warnings in a digest; `senim drift` shows all
_STANCES = SHARES[2:]


def lines(shifts: Iterable[Shift], settings: Settings, wording: Wording) -> list[str]:
    """Return a sentence for each warning, the surest first, up to SHOWN."""
    found = []
    for shift in [s for s in shifts if s.warns][:SHOWN]:
        where = _where(shift, settings, wording)
        if shift.figure == TEXTS:
            found.append(wording.say("drift_texts", where=where))
            continue
        figure = wording.say(shift.figure if shift.figure in _STANCES else f"drift_{shift.figure}")
        digits = 1 if shift.figure == CONFIDENCE else 0
        now, usual = wording.percent(shift.now, digits), wording.percent(shift.usual, digits)
        ends = {"low": wording.signed(shift.low or 0), "high": wording.signed(shift.high or 0)}
        ends["stories"] = wording.count("stories_n", shift.n)
        found.append(wording.say("drift_line", where=where, figure=figure, now=now, usual=usual, **ends))
    return found


def accuracy(found: Sequence[Accuracy], wording: Wording) -> str:
    """Return a sentence about how often the stance was right over all languages; empty before anybody has read."""
    for one in found:
        if one.question == "stance" and one.language == ALL and one.share is not None:
            share, low, high = (wording.percent(v or 0.0) for v in (one.share, one.low, one.high))
            return wording.say("accuracy_line", posts=wording.count("posts_n", one.n), share=share, low=low, high=high)
    return ""


def _where(shift: Shift, settings: Settings, wording: Wording) -> str:
    if shift.kind == "language":
        return wording.say("lang_" + shift.name)
    return source_name(shift.name, settings) if shift.kind == "source" else wording.say("drift_all")
