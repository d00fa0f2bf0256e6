"""Finds the law-enforcement bodies that a text names: the gate through which every post goes.

All declared phrases of all bodies, and the phrases in which such a word has another sense, stand in one tree; a
text is walked once, and at each word the longest phrase wins. A phrase of another sense wins a draw and is then
forgotten. Nothing depends on the order of the declarations but the draw between two bodies: the first one has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.abroad import Whereabouts, whereabouts
from monitor.declarations import Body
from monitor.forms import Forms
from monitor.kazakh import LETTERS, fold, is_suffix
from monitor.language import kazakh_word
from monitor.records import Mention

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_GAP = re.compile(r"[\s\-–—«»\"“”„']{1,3}")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n")
_OTHER_SENSE = ""
# Russian forms of "court" that are Kazakh forms of "water": суды ішу, суда жүзу. Read as water among Kazakh words.
_WATER = frozenset(("суды", "суда", "судын", "судан"))

_Word = tuple[int, int]


class _Node:
    __slots__ = ("body", "context", "next")

    def __init__(self) -> None:
        self.next: dict[int, _Node] = {}
        self.body: str | None = None
        self.context = 0  # last words of the phrase that are no part of the mention


class Matcher:
    """Finds mentions of `bodies`; build it once, it remembers the words it has met."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._forms = Forms()
        self._root = _Node()
        for body in bodies:
            for phrase in body.not_when:
                self._plant(phrase.split(), "letters", _OTHER_SENSE)
        for body in bodies:
            for language in ("kk", "ru", "en"):
                for phrase in getattr(body.forms, language):
                    self._plant(phrase.split(), language, body.id)
            for abbreviation in body.abbreviations:
                self._plant(abbreviation.split(), "capitals", body.id)

    def mentions(self, title: str, text: str) -> tuple[Mention, ...]:
        """Return the bodies named in `title` and `text` in order, title first, without overlaps.

        Offsets are characters of the string the mention stands in, Kazakh suffixes after a hyphen included.
        """
        in_title = [Mention(body=b, start=s, end=e, in_title=True) for b, s, e in self._find(title)]
        return (*in_title, *(Mention(body=b, start=s, end=e) for b, s, e in self._find(text)))

    def is_foreign(self, title: str, text: str) -> bool:
        """Say whether the text is clearly about the police of other countries only.

        Any sign of Kazakhstan (a place, the country, "our") makes it False; so does a mention that comes before
        every sign of another country.
        """
        title_signs, text_signs = whereabouts(title), whereabouts(text)
        if title_signs.home or text_signs.home:
            return False
        if title_signs.police or text_signs.police:
            return True
        if title_signs.abroad:
            return bool(self.mentions(title, text))
        found = list(self._find(text))
        return bool(found) and all(self._abroad(text, text_signs, start) for _, start, _ in found)

    def _abroad(self, text: str, signs: Whereabouts, start: int) -> bool:
        """Say whether a country is named before the mention or in its sentence."""
        end = _SENTENCE.search(text, start)
        return any(place < (end.start() if end else len(text)) for place in signs.abroad)

    def _plant(self, words: Sequence[str], language: str, body: str) -> None:
        node = self._root
        for word in (w.lstrip(">") for w in words):
            small = language == "capitals" and not word.isupper()  # УП >района
            node = node.next.setdefault(self._forms.declare(word, "ru" if small else language), _Node())
        if node.body is None:
            node.body, node.context = body, sum(w.startswith(">") for w in words)

    def _find(self, text: str) -> Iterator[tuple[str, int, int]]:
        numbers, root = self._forms.numbers, self._root.next
        words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            first = numbers(text[words[at][0] : words[at][1]])
            nodes = [root[n] for n in first if n in root] if first else []
            if not nodes:
                at += 1
                continue
            body, last = self._longest(text, words, at, nodes)
            if body is None:
                at += 1
                continue
            if body != _OTHER_SENSE and not _is_water(text, words, at, last):
                yield body, words[at][0], _with_suffix(text, words, last)
            at = last + 1

    def _longest(self, text: str, words: list[_Word], at: int, nodes: list[_Node]) -> tuple[str | None, int]:
        """Walk the tree from the word `at`; return the body of the longest phrase and its last word."""
        best: tuple[str | None, int] = (None, at)
        while nodes:
            named = sorted((n for n in nodes if n.body is not None), key=lambda n: n.body != _OTHER_SENSE)
            if named:
                best = (named[0].body, at - named[0].context)
            at += 1
            if at == len(words) or not _GAP.fullmatch(text, words[at - 1][1], words[at][0]):
                break
            following = self._forms.numbers(text[words[at][0] : words[at][1]])
            nodes = [n.next[f] for n in nodes for f in following if f in n.next]
        return best


def _with_suffix(text: str, words: list[_Word], last: int) -> int:
    """Return the end of a mention with the Kazakh suffix that hangs on it by a hyphen: ІІМ-нің."""
    end = words[last][1]
    if last + 1 < len(words) and words[last + 1][0] == end + 1 and text[end] == "-":
        tail = text[words[last + 1][0] : words[last + 1][1]]
        if tail.islower() and is_suffix(fold(tail)):
            return words[last + 1][1]
    return end


def _is_water(text: str, words: list[_Word], at: int, last: int) -> bool:
    if at != last or fold(text[words[at][0] : words[at][1]]) not in _WATER:
        return False
    near = [text[s:e] for s, e in words[max(0, at - 3) : at] + words[at + 1 : at + 4]]
    return sum(any(c in LETTERS for c in w) or kazakh_word(w) >= 0.9 for w in near) * 2 > len(near)
