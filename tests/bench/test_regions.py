"""How well regions and settlements are found by language, in sentences of our own: those mended by, those held out."""

from __future__ import annotations

import sys

from test_places import HELD_OUT, LANGUAGES, SENTENCES, found, gazetteer, homonyms, macro_f1

from monitor.places import settlements_of


def right(sentences):
    """Return in how many sentences all types of settlement are found and none more, and how many say theirs."""
    asked = [s for s in sentences if "settlements" in s]
    return sum(sorted(settlements_of(gazetteer().locate(s["text"]))) == s["settlements"] for s in asked), len(asked)


def test_regions(capsys):
    lines = [f"\n{'sentences':<20}{'n':>6}{'macro-F1':>10}{'settlements':>14}{'homonyms hit':>14}"]
    for name, sentences in (("mended by", SENTENCES), ("held out", HELD_OUT)):
        for language in LANGUAGES:
            own = [s for s in sentences if s["language"] == language]
            traps = homonyms(own)
            hit = sum(found(s["text"]) != () for s in traps)
            told, asked = right(own)
            score = macro_f1(own)
            shares = f"{f'{told}/{asked}':>14}{f'{hit}/{len(traps)}':>14}"
            lines.append(f"{name + ', ' + language:<20}{len(own):>6}{score:>10.3f}{shares}")
            assert score >= 0.97
    with capsys.disabled():
        sys.stdout.write("\n".join(lines) + "\n")
