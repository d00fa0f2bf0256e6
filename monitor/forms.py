"""Says which declared words a word of a text may be an inflected form of.

One declared word is a stem that takes the endings of its language, or `=word` (this form only), or `word*` (any
continuation). Forms are compared without the Kazakh letters, so that кызметкер meets қызметкер; words in Latin
letters are compared by `kazakh.skeleton`. A word of a text is looked up once and remembered.
"""

from __future__ import annotations

import re

from monitor.kazakh import fold, is_suffix, skeleton

# All endings of Russian nouns and adjectives; a stem of three letters or more makes false hits rare (суд-но, мент-
# алитет do not pass) and not_when names those that remain (судя по).
_RUSSIAN = frozenset(
    """а я ы и у ю е о ь й ой ей ою ею ом ем ам ям ами ями ах ях ов ев ий ый ая яя ое ее ые ие ого его ому ему ым им
    ых их ыми ими ую юю ью ия ии ию ией иями иях иям ья ьи ьей ьям ьями ьях""".split()  # noqa: SIM905
)
_RUSSIAN_SKELETON = frozenset(re.sub("и+", "и", skeleton("б" + e)[1:]) for e in _RUSSIAN)
_ENGLISH = frozenset(("s", "es", "'s", "s'", "’s", "’"))
_VOICED = {"п": "б", "к": "г"}
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ'’]+")
# Shorter skeletons meet by chance: sud, ment, mia.
_SHORTEST_SKELETON = 5
_MEMORY = 300_000  # words of texts to remember; about 100 MB when full


class Forms:
    """An index from the words of texts to the numbers of declared words."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._stems: dict[str, list[tuple[int, str]]] = {}
        self._skeletons: dict[str, list[tuple[int, str]]] = {}
        self._capitals: dict[str, int] = {}
        self._letters: dict[str, list[int]] = {}
        self._memory: dict[str, tuple[int, ...]] = {}

    def declare(self, word: str, language: str) -> int:
        """Return the number of a declared word.

        `language` is kk, ru or en; "capitals" for an abbreviation; "letters" for a word that is met only letter by
        letter, so that сотка (a hundredth) is not сотқа (to court).
        """
        key = (word, language)
        if key in self._numbers:
            return self._numbers[key]
        number = self._numbers[key] = len(self._numbers)
        if language == "capitals":
            self._capitals[fold(word)] = number
            return number
        if language == "letters" and not word.endswith("*"):
            self._letters.setdefault(word.lower(), []).append(number)
            return number
        rule = "=" if word.startswith("=") else "*" if word.endswith("*") else language
        stem = fold(word.strip("=*"))
        self._stems.setdefault(stem, []).append((number, rule))
        if rule == "kk" and stem[-1] in _VOICED:
            self._stems.setdefault(stem[:-1] + _VOICED[stem[-1]], []).append((number, "voiced"))
        if rule in ("kk", "ru") and re.search("[а-я]", stem) and len(skeleton(stem)) >= _SHORTEST_SKELETON:
            self._skeletons.setdefault(skeleton(stem), []).append((number, rule))
        return number

    def numbers(self, word: str) -> tuple[int, ...]:
        """Return the numbers of all declared words that `word`, as it stands in a text, may be a form of."""
        found = self._memory.get(word)
        if found is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            found = self._memory[word] = tuple(dict.fromkeys(self._look_up(word)))
        return found

    def _look_up(self, word: str) -> list[int]:
        plain = fold(word)
        found = self._abbreviations(word, plain) + self._letters.get(word.lower(), [])
        for size in range(1, len(plain) + 1):
            for number, rule in self._stems.get(plain[:size], ()):
                if _may_end(rule, plain[size - 1], plain[size:]):
                    found.append(number)
        if _LATIN_WORD.fullmatch(word):
            bones = skeleton(word)
            for size in range(_SHORTEST_SKELETON, len(bones) + 1):
                for number, rule in self._skeletons.get(bones[:size], ()):
                    tail = bones[size:]
                    if is_suffix(tail, skeleton=True) if rule == "kk" else (not tail or tail in _RUSSIAN_SKELETON):
                        found.append(number)
        return found

    def _abbreviations(self, word: str, plain: str) -> list[int]:
        """Abbreviations stand in capitals, with a Kazakh suffix in small letters or without: ІІМ, ІІМнің."""
        found = []
        for size in range(2, len(plain) + 1):
            number = self._capitals.get(plain[:size])
            tail = word[size:]
            if (
                number is not None
                and word[:size].isupper()
                and (not tail or (tail.islower() and is_suffix(fold(tail))))
            ):
                found.append(number)
        return found


def _may_end(rule: str, before: str, tail: str) -> bool:
    """Say whether a word may go on with `tail` after the letter `before`, the last of its stem."""
    if not tail:
        return rule != "voiced"
    if rule == "kk":
        vowel = before in "аеиоуыэюя"
        clash = tail[0] in "аеыит" if vowel else tail[0] == "с" or (tail[0] == "н" and before not in "мн")
        return not clash and is_suffix(tail)
    if rule == "voiced":
        return tail[0] in "ыиае" and is_suffix(tail)
    if rule in ("ru", "en"):
        return tail in (_RUSSIAN if rule == "ru" else _ENGLISH)
    return rule == "*"
