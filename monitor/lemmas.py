"""Brings words to the form under which full-text search finds them again.

SQLite's index knows no Russian or Kazakh morphology, so it is fed with lemmas: pymorphy3 for Russian, our own
suffix stripper for Kazakh, a light stemmer for English. Kazakh stems are folded to letters that every keyboard
has, so that a query without ә and қ finds the text with them, and the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from monitor.kazakh import LETTERS, fold, from_latin, kazakh_stem
from monitor.language import kazakh_word

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

__all__ = ["kazakh_stem", "lemmas"]

_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_CYRILLIC = re.compile("[\u0400-\u052f]")


def lemmas(text: str, language: str) -> str:
    """Return the lemmas of `text`, parted by blanks, in the order of its words.

    `language` is "kk", "ru", "en", "mixed" or "und"; in the last two every word is judged by itself. Numbers stay,
    punctuation goes, everything is in lower case without ё and without Kazakh letters.
    """
    one = _PER_LANGUAGE.get(language, _any)
    return " ".join(one(word) for word in _WORD.findall(text))


@lru_cache(maxsize=100_000)
def _kazakh(word: str) -> str:
    if not _CYRILLIC.search(word):
        return _english(word) if word.isascii() and not _KAZAKH_LATIN.search(word.lower()) else _stem(from_latin(word))
    if not any(c in LETTERS for c in word) and kazakh_word(word) < 0.1:
        return _russian(word)  # a Russian word inside Kazakh
    return _stem(word)


# Spellings that English does not use but Kazakh in Latin letters is full of.
_KAZAKH_LATIN = re.compile("q(?!u)|zh|yn|ñ|ii|iia|tyr|dyq|lar$|ler$|ga$|ge$|dan$|nyn")


def _stem(word: str) -> str:
    return fold(kazakh_stem(word))


@lru_cache(maxsize=100_000)
def _russian(word: str) -> str:
    if not _CYRILLIC.search(word):
        return _english(word)
    if any(c in LETTERS for c in word):
        return _stem(word)
    return fold(str(_analyser().parse(word.replace("ё", "е"))[0].normal_form))


@lru_cache(maxsize=100_000)
def _any(word: str) -> str:
    if not _CYRILLIC.search(word):
        return _kazakh(word)
    return _stem(word) if kazakh_word(word) > 0.5 else _russian(word)


@lru_cache(maxsize=100_000)
def _english(word: str) -> str:
    """Strip plural, -ed and -ing; a light stemmer in the manner of Harman's s-stemmer."""
    plain = re.sub(r"['’ʼ]s?$", "", word.lower())
    if _CYRILLIC.search(plain):
        return _any(plain)
    if len(plain) > 4 and plain.endswith("ies"):
        return plain[:-3] + "y"
    if len(plain) > 3 and plain.endswith("s") and plain[-2] not in "sui":
        plain = plain[:-2] if plain.endswith(("ches", "shes", "sses", "xes")) else plain[:-1]
    for ending in ("ing", "ed"):
        stem = plain.removesuffix(ending)
        if stem != plain and len(stem) > 2 and re.search("[aeiouy]", stem):
            doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz"
            return stem[:-1] if doubled else stem
    return plain[:-1] if len(plain) > 4 and plain.endswith("e") else plain


_PER_LANGUAGE: dict[str, Callable[[str], str]] = {"kk": _kazakh, "ru": _russian, "en": _english}


@cache
def _analyser() -> MorphAnalyzer:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()
