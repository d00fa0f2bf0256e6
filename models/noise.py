"""The ways people really type: Kazakh without its letters or in Latin script, typos, stretched letters.

Used to widen the training texts and to make named test slices; never changes what a text means.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

LETTERLESS = str.maketrans("қғүұөңіәһҚҒҮҰӨҢІӘҺ", "кгууониахКГУУОНИАХ")
# The Latin alphabet presented in January 2021, and the way people improvise on a plain keyboard.
_OFFICIAL = dict(zip("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя", [
    "a", "ä", "b", "v", "g", "ğ", "d", "e", "e", "j", "z", "i", "i", "k", "q", "l", "m", "n", "ñ", "o", "ö", "p",
    "r", "s", "t", "u", "ū", "ü", "f", "h", "h", "s", "ç", "ş", "ş", "", "y", "ı", "", "e", "iu", "ia",
], strict=True))  # fmt: skip
_IMPROVISED = _OFFICIAL | {
    "ә": "a", "ғ": "g", "ж": "zh", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "ч": "ch", "ш": "sh", "щ": "sh",
    "ы": "y", "і": "i",
}  # fmt: skip
_KEYS = {"а": "пвс", "о": "лр", "е": "нк", "и": "мт", "н": "ег", "т": "ьи", "с": "чм", "р": "по", "л": "до",
         "к": "уе", "a": "sq", "e": "rw", "i": "uo", "o": "ip", "n": "bm", "t": "ry", "s": "ad"}  # fmt: skip


def letterless(text: str, rng: random.Random | None = None) -> str:
    """Return Kazakh typed without its letters; with `rng` about one word in eight keeps them, as people do."""
    if rng is None:
        return text.translate(LETTERLESS)
    return " ".join(w if rng.random() < 0.12 else w.translate(LETTERLESS) for w in text.split(" "))


def latin(text: str, rng: random.Random | None = None) -> str:
    """Return Kazakh in Latin script: the official alphabet, or by `rng` the improvised one in half of the cases."""
    return _spelt(text, _IMPROVISED if rng is not None and rng.random() < 0.5 else _OFFICIAL)


def _spelt(text: str, table: dict[str, str]) -> str:
    out = []
    for char in text:
        mapped = table.get(char.lower(), char)
        out.append(mapped.capitalize() if char.isupper() else mapped)
    return "".join(out)


def typos(text: str, rng: random.Random, rate: float = 0.03) -> str:
    """Drop, double, swap or mistype letters, each letter with probability `rate`."""
    out: list[str] = []
    chars = list(text)
    i = 0
    while i < len(chars):
        char = chars[i]
        if char.isalpha() and rng.random() < rate:
            kind = rng.randrange(4)
            if kind == 0:
                pass
            elif kind == 1:
                out += [char, char]
            elif kind == 2 and i + 1 < len(chars) and chars[i + 1].isalpha():
                out += [chars[i + 1], char]
                i += 1
            else:
                out.append(rng.choice(_KEYS.get(char.lower(), char)))
        else:
            out.append(char)
        i += 1
    return "".join(out)


def unpunctuated(text: str) -> str:
    """Return the text without the punctuation at the ends of words; what stands inside numbers and words stays."""
    return re.sub(r"[.,;:!?»«\"—-]+(?=\s|$)", "", text)


def careless(text: str, rng: random.Random) -> str:
    """Return the text as typed in a hurry: no capitals, or no punctuation, or a stretched vowel."""
    return _hurried(rng)(text)


def _hurried(rng: random.Random) -> Callable[[str], str]:
    return (str.lower, unpunctuated, lambda text: stretched(text, rng))[rng.randrange(3)]


def stretched(text: str, rng: random.Random) -> str:
    """Return the text with one vowel three to six times."""
    vowels = [m.start() for m in re.finditer(r"[аеоуыиэюяaeiouәіөұү](?=\w*\b)", text, re.IGNORECASE)]
    if not vowels:
        return text
    at = rng.choice(vowels)
    return text[:at] + text[at] * rng.randint(3, 6) + text[at + 1 :]


def widen(text: str, language: str, rng: random.Random) -> str:
    """Return the text, in about four of ten cases as somebody less careful would have typed it."""
    return habit(language, rng)(text)


def habit(language: str, rng: random.Random) -> Callable[[str], str]:
    """Draw how somebody types; what is returned is applied to every piece of one text, so that it is typed alike.

    The shares are near those of our own slices: people drop the Kazakh letters often, use Latin script less. Latin had
    4 of 100 and cost the model 23 points and more.
    """
    steps: list[Callable[[str], str]] = []
    if language in ("kk", "mixed"):
        draw = rng.random()
        if draw < 0.20:
            steps.append(lambda text: letterless(text, rng))
        elif draw < 0.30 and language == "kk":
            table = rng.choice((_OFFICIAL, _IMPROVISED))
            steps.append(lambda text: _spelt(text, table))
    draw = rng.random()
    if draw < 0.20:
        steps.append((lambda text: typos(text, rng)) if draw < 0.08 else _hurried(rng))

    def typed(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return typed
