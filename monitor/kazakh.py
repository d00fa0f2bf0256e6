"""What Senim knows of Kazakh spelling and suffixes, in one place for language, lemmas and relevance.

Kazakh is met in three dresses: with its letters, without them (қ typed as к, ң as н ...) and in Latin. `fold`
takes the letters off without changing the length, so that offsets survive; `from_latin` brings Latin spellings,
official and improvised, to Cyrillic; `skeleton` goes further and makes all three comparable. Stemming is by
stripping suffixes in their fixed order, with vowel harmony as the brake, because no Kazakh analyser has a
licence that would let us ship it.
"""

from __future__ import annotations

import re
from functools import lru_cache

LETTERS = frozenset("әғқңөұүһіӘҒҚҢӨҰҮҺІ")  # letters that Russian does not have

_FOLD = str.maketrans("әғқңөұүһіё", "агкноуухие")
_SKELETON = str.maketrans({"ы": "и", "й": "и", "я": "иа", "ю": "иу", "ц": "с", "щ": "ш", "ъ": "", "ь": "", "э": "е"})

# Latin pairs before single letters; the official alphabet of 2021 and what people type on English keyboards.
_PAIRS = {
    "shch": "щ", "sch": "ш", "sh": "ш", "zh": "ж", "ch": "ч", "kh": "х", "gh": "ғ", "ng": "ң", "ts": "ц",
    "ya": "я", "yu": "ю", "yo": "ё", "ye": "е", "ia": "я", "iia": "ия", "iya": "ия", "ıia": "ия", "yi": "ый",
    "iy": "ий", "yy": "ый",
}  # fmt: skip
_SINGLES = dict(
    zip("aäbcçdeəfgğhıijklmnñŋoöpqrsştuūüúvwxyýzáóǵń",
        "аәбцчдеәфгғхыижклмнңңоөпқрсштуұүұвухыузәөғң", strict=True)
)  # fmt: skip
_LATIN = re.compile("|".join(sorted(_PAIRS, key=len, reverse=True)) + "|[" + "".join(_SINGLES) + "]")


def fold(text: str) -> str:
    """Return `text` in lower case without the Kazakh letters and ё; the length never changes."""
    lower = text.lower()
    if len(lower) != len(text):  # "İ" becomes two characters
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.translate(_FOLD)


@lru_cache(maxsize=50_000)
def from_latin(word: str) -> str:
    """Return one word in Latin letters as Cyrillic, in lower case; what is no Latin letter stays."""
    plain = word.lower().replace("i̇", "i").replace("'", "").replace("’", "")
    return _LATIN.sub(lambda m: _PAIRS.get(m[0]) or _SINGLES[m[0]], plain)


def skeleton(word: str) -> str:
    """Return the key under which all spellings of a word meet: полиция, polisiia, politsiya -> полисиа."""
    cyrillic = word if re.search("[\u0400-\u052f]", word) else from_latin(word)
    return re.sub("и+", "и", fold(cyrillic).translate(_SKELETON))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- suffixes, folded; A = а/е, Y = ы/и ---------------------------------------------------------------------


def _both(patterns: str) -> list[str]:
    """Spell out both vowel harmonies of space-parted patterns."""
    back = [p.replace("A", "а").replace("Y", "ы") for p in patterns.split()]
    front = [p.replace("A", "е").replace("Y", "и") for p in patterns.split()]
    return sorted(set(back + front), key=lambda s: (-len(s), s))


_PLURAL = _both("лAр дAр тAр")
_POSSESSIVE = _both("YмYз мYз YнYз нYз сY Yм Yн Y м н лAрY")
_CASE = _both("нYн дYн тYн нY дY тY гA кA нA A дA тA ндA дAн тAн нAн ндAн мен бен пен менен")
_PLACE = _both("дAгY тAгY ндAгY нYкY дYкY тYкY")
_MORE = _both("мYн пYн бYн сYн мYз бYз пYз сYндAр сYздAр ша ше дAй тAй сYз лYк дYк тYк")


def _any(*groups: list[str]) -> str:
    return "(?:" + "|".join(sorted({s for g in groups for s in g}, key=lambda s: (-len(s), s))) + ")?"


_NOUN = re.compile(_any(_PLURAL) + _any(_POSSESSIVE) + _any(_CASE) + _any(_PLACE) + _any(_PLURAL) + _any(_CASE, _MORE))


_NOUN_SKELETON = re.compile(_NOUN.pattern.replace("ы", "и"))


def is_suffix(tail: str, *, skeleton: bool = False) -> bool:
    """Say whether folded `tail` (or its skeleton) is a chain of noun suffixes; the empty chain is one."""
    return len(tail) <= 16 and (_NOUN_SKELETON if skeleton else _NOUN).fullmatch(tail) is not None


# Right to left: rank of the layer, suffixes, letters of stem that must remain. A layer is only stripped below
# the layers to its right. Verb endings are stripped as whole composites (ады, ған), never a bare vowel.
_LAYERS: list[tuple[int, list[str], int]] = [
    (9, _both("сYн сYндAр сYздAр"), 4),
    (8, _both("гAнмYн гAнбYз кAнмYн кAнбYз AдY ймYн йдY AмYн AмYз AсYз йсYн сYн дYм дYн дYнYз тYм"), 3),
    (8, _both("YптY Yп мAк мAкшY сAк сAм сAнYз сA"), 3),
    (7, _both("нYкY дYкY тYкY дAгY тAгY ндAгY"), 3),
    (6, _both("нYн дYн тYн дY тY нY гA кA дA тA дAн тAн нAн мен бен пен ндA ндAн YнA сYнA YндA сYндA YнAн сYнAн"), 3),
    (6, _both("YмA YнA YмдA YмдY YнYн сYнYн Yн сYн YмYздA YмYзгA YмYздY YмYздYн"), 3),
    (5, _both("сY YмYз YнYз Yм мYз нYз Y"), 3),
    (4, _both("лAр дAр тAр"), 3),
    (3, _both("гAн кAн AтYн йтYн"), 3),
    (2, ["у"], 4),
]  # fmt: skip
_TABLE = {s: (rank, keep) for rank, suffixes, keep in reversed(_LAYERS) for s in suffixes}
_LONGEST = max(map(len, _TABLE))

# Words that only look inflected; folded. Kept short: a stem is a key for search, not a dictionary form.
_WHOLE = _words(
    """тартип китап мектеп талап себеп арип касип кауип есеп жауап кылып деп боп алтын жакын узын келин калын отын
    бурын кейин дейин ушин тегин бирак жаксы алты жети енди катты ири кери ози кенсе орган бала кала дала шара пара
    ана ата апа ага мама папа мурын букин букил барлык халык зан кызмет адам коган оган буган неге мында сонда бунда
    мунда онда кайда канда тагы жана сакшы тыныш кузет тургын маман азамат акша есик дурыс баска кайта карта тенге
    сиякты мумкин туралы аркылы кейде немесе бирге бугин кеше сондыктан ойткени мулде туни жалпы мыкты казакстан
    озбекстан кыргызстан арине сайын орган аудан екен алматы павлодар кызылорда атырау манагыстау кокшетау"""
)
_VOICED = {"б": "п", "г": "к", "ғ": "қ"}
_VOICELESS = frozenset("птксшщфхцчбвгд")  # loans end in letters that are voiced only in writing
_BACK, _FRONT = frozenset("аоұыяё"), frozenset("әөүіе")


@lru_cache(maxsize=100_000)
def kazakh_stem(word: str) -> str:
    """Return the stem of one Kazakh word in lower case, with or without the Kazakh letters.

    Strips predicate, verb, case, possessive and plural endings in that order, never below three letters and
    never against vowel harmony, and undoes voicing: тәртібін -> тәртіп, органдарының -> орган.
    """
    whole = word.lower().partition("-")[0] if "-" in word and is_suffix(fold(word.partition("-")[2])) else word.lower()
    length, rank, vowel_cut = len(whole), 10, False
    folded = fold(whole)
    least = max((k for k in range(3, 11) if folded[:k] in _WHOLE), default=3)
    while cut := _cut(whole, folded, (length, rank), least):
        length, rank, vowel_cut = cut
    stem = whole[:length]
    if vowel_cut and stem[-1] in _VOICED:
        stem = stem[:-1] + _VOICED[stem[-1]]
    return stem


def _cut(whole: str, folded: str, state: tuple[int, int], least: int) -> tuple[int, int, bool] | None:
    """Return length, rank and whether the suffix began with a vowel after one more cut, or None."""
    length, rank = state
    for size in range(min(_LONGEST, length - least), 0, -1):
        suffix = folded[length - size : length]
        entry = _TABLE.get(suffix)
        if entry and entry[0] < rank and length - size >= entry[1] and _fits(whole[: length - size], suffix):
            return length - size, entry[0], suffix[0] in "аеыи"
    return None


def _fits(stem: str, suffix: str) -> bool:
    """Say whether `suffix` (folded) may stand after `stem`: sounds that touch, then vowel harmony."""
    return _touch(stem, fold(stem[-1]), suffix) and _harmony(stem, suffix)


def _touch(stem: str, before: str, suffix: str) -> bool:
    if suffix[0] in "аеыи":
        agent = before == "ш" and stem[-2] not in "аәеыіиоөұү"  # сақш-ы, кезекш-інің
        bare = suffix in ("ы", "и") and before == "г" and stem[-2] not in "аәеыіиоөуұү"  # соңғ-ы, қазірг-і
        negated = suffix in ("ады", "еди") and before in "мбп"  # болм-ады
        return not (before in "аеыиоуэюя" or agent or bare or negated)
    if suffix[:2] in ("сы", "си") and before in "ыи" and stem[-2] != "ш":  # облы-сы
        return False
    if suffix[:2] in ("сы", "си") or suffix in ("ны", "ни"):
        return before in "аеыиояуюэ"
    return not ((suffix[0] in "тк" and before not in _VOICELESS) or (suffix[0] in "дгл" and before in "птксшщфхцч"))


def _harmony(stem: str, suffix: str) -> bool:
    colour = next((c for c in suffix if c in "аеыи"), "")
    last = next((c for c in reversed(stem) if c in "аоұыяёәөүіеуиюэ"), "")
    if not colour or suffix in ("мен", "бен", "пен") or (last not in _BACK and last not in _FRONT):
        return True
    return (last in _BACK) == (colour in "аы")
