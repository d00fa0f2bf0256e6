"""Finds the numbers of a text, in digits and words, in three languages: «сорок семь», «1,5 млн», «екі жүз».

Words of numbers change their endings, so they are known by their stems. "One" is no number: it is an article, a pronoun
and a part of other words too often. Dates and times of day are numbers like others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.kazakh import fold

_WORD = re.compile(r"\d{1,3}(?:[ \u00a0]\d{3})+(?!\d)|\d+(?:[.,]\d+)*(?:-?[^\W\d_]+)?|[^\W_]+(?:[-'’][^\W_]+)*")
_DIGITS = re.compile(r"(\d+(?:[., \u00a0]\d+)*)-?[^\W\d_]*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[., \u00a0]\d{3})+")
_AGE = re.compile("лет(?:н|ие|ию)|жас")
LONGEST = 15  # digits; longer ones are telephone numbers and accounts


def _table(lines: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in lines.strip().splitlines():
        value, *stems = line.split()
        found |= {fold(stem): float(value) for stem in stems}
    return found


# A stem that ends in "=" is a whole word.
_STEMS = _table("""
1.5 полтор полутор
2 два= две= двое= двух= двоих= двоим= двумя= двухлет екі= екеу two=
3 три= трое= трёх= трех= троих= тремя= трёхлет трехлет үш= үшеу үшінші three=
4 четыре= четыр четверо= четверых= четверым= төрт four=
5 пять= пяти= пятеро пятерых бес= бесеу five=
6 шесть= шести= шестеро шестерых алты= алтау six=
7 семь= семи= семеро семерых семилет жеті= жетеу жетінші seven=
8 восемь= восьми восьмер восьмилет сегіз eight=
9 девять= девяти= девятер девятерых девятилет тоғыз nine=
10 десять= десяти= десятер десятилет оннан= онға= ten=
11 одиннадцат eleven
12 двенадцат twelve
13 тринадцат thirteen
14 четырнадцат fourteen
15 пятнадцат fifteen
16 шестнадцат sixteen
17 семнадцат seventeen
18 восемнадцат eighteen
19 девятнадцат nineteen
20 двадцат жиырма twenty
30 тридцат отыз thirty
40 сорок= сорока= қырық forty
50 пятьдесят пятидесят полсотн елу= елуден fifty
60 шестьдесят шестидесят алпыс sixty
70 семьдесят семидесят жетпіс seventy
80 восемьдесят восьмидесят сексен eighty
90 девяност тоқсан ninety
100 сто= сотн ста= жүз= жүзден hundred
200 двести= двухсот
300 триста= трёхсот трехсот
400 четыреста= четырёхсот четырехсот
500 пятьсот= пятисот
600 шестьсот= шестисот
700 семьсот= семисот
800 восемьсот= восьмисот
900 девятьсот= девятисот
1000 тыс= тысяч мың= мыңнан мыңға thousand
1000000 млн= миллион million
1000000000 млрд= миллиард billion
""")
_WHOLE = {s.rstrip("="): v for s, v in _STEMS.items() if s.endswith("=")}
_TENS = {s: v for s, v in _STEMS.items() if 20 <= v < 100}
_OPEN = sorted(((s, v) for s, v in _STEMS.items() if not s.endswith("=")), key=lambda pair: -len(pair[0]))


def words(text: str) -> list[tuple[str, int]]:
    """Return the words of a text, numbers with their separators as one, each with its offset."""
    return [(m[0], m.start()) for m in _WORD.finditer(text)]


def find(words: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    """Yield (value, first word, word after the last) of each number above one, in the order of `words`."""
    at = 0
    while at < len(words):
        value, end = _number(words, at)
        if value > 1:
            yield value, at, end
        at = max(end, at + 1)


def is_age(word: str) -> bool:
    """Tell whether a number in one word is an age: «16-летний», «восьмилетнего»."""
    return bool(_AGE.search(word)) and of(word) is not None


def _number(words: Sequence[str], at: int) -> tuple[float, int]:
    """Return the number that begins at a word, 0 when there is none, and where it ends."""
    total = part = 0.0
    last = float("inf")
    while at < len(words) and (value := _said(words, at)) is not None:
        digits = words[at][0].isdigit()
        if value >= 1000 and not digits:  # a multiplier closes what stands before it
            total, part, last = total + (part or 1.0) * value, 0.0, float("inf")
        elif value == 100 and 1 < part < 10 and not digits:  # "екі жүз", "two hundred"
            part, last = part * 100, 100.0
        elif (part or total) and (digits or value >= last or not _goes_on(part, value)):
            break
        else:
            part, last = part + value, value
        at += 1
    return total + part, at


def _said(words: Sequence[str], at: int) -> float | None:
    """Return what a word counts; «он» is ten in Kazakh before a smaller number and "he" in Russian."""
    if words[at].lower() == "он":
        following = of(words[at + 1]) if at + 1 < len(words) else None
        return 10.0 if following and following < 10 and not words[at + 1][0].isdigit() else None
    return of(words[at])


def _goes_on(part: float, value: float) -> bool:
    """Tell whether a word goes on with a number: forty + seven, but not four + three; a thousand + anything."""
    return part == 0 or (part % 10 == 0 and value < (100 if part % 100 == 0 else 10))


@lru_cache(maxsize=50_000)
def of(word: str) -> float | None:
    """Return the number that one word says, None for any other word."""
    if word[0].isdigit():
        return _digits(word)
    folded = fold(word)
    if folded in _WHOLE:
        return _WHOLE[folded]
    tens, _, unit = folded.partition("-")
    if unit in _WHOLE and tens in _TENS:  # forty-seven
        return _TENS[tens] + _WHOLE[unit]
    return next((value for stem, value in _OPEN if folded.startswith(stem)), None)


def _digits(word: str) -> float | None:
    met = _DIGITS.fullmatch(word)
    if not met or len(met[1]) > LONGEST:
        return None
    if _THOUSANDS.fullmatch(met[1]):
        return float(re.sub(r"\D", "", met[1]))
    return float(met[1].replace(",", ".")) if met[1].count(".") + met[1].count(",") < 2 else None
