"""What a name is when it is no place of ours: a person, a dog, a club's town, a street, another country's capital.

Each question looks at the words beside the name and is asked by `readings.Reader`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor import abroad, markers
from monitor.kazakh import skeleton

if TYPE_CHECKING:
    from monitor.tokens import Hit, Words

_CAPITALS = ("столис", skeleton("capital"), "столичн")
_TEAM = skeleton("team")
_DECLINED = "бвгджзйклмнпрстфхцчшщь"
_ADJECTIVE = ("ском", "скои", "ского", "ски", "скии", "цком", "цкои", "цкого", "дағи", "деги", "таги", "теги", "даги")
_GENITIVE = ("нин", "дин", "тин")
_SURNAME = ("и", "ии", "аиа")  # -ий, -ая; Latin writes -y


def is_named(words: Words, hits: list[Hit]) -> bool:
    """Say whether somebody bears the name: "дочь зовут Астана", "Талғар есімді", "Капитан Талғар Есенов"."""
    first, last = hits[0].first, hits[0].last
    if words.key(first - 1) in markers.CALLED_BEFORE and words.gap(first - 1).isspace():
        return True
    if words.gap(last) == ", " and words.key(last + 1) == "тхе" and words.key(last + 2).startswith(markers.TITLES):
        return True  # "Ridder, the detective"
    if words.key(last + 1) in markers.CALLED_AFTER and not markers.after(words.key(last + 2)):
        return True
    if _is_titled(words, hits):
        return True
    if not (words.key(first - 1).startswith(markers.TITLES) and words.gap(first - 1) == " "):
        return False
    if not words.raw[first][0].isupper():
        return False
    if any(h.name.form == "adjective" and h.ending in _SURNAME for h in hits):
        return not markers.is_institution(words.key(last + 1))
    follows = words.raw[last + 1] if last + 1 < len(words.raw) and words.gap(last) == " " else ""
    bare = any(h.ending == "" for h in hits)
    return bare and follows[:1].isupper() and markers.is_surname(words.key(last + 1))


def _is_titled(words: Words, hits: list[Hit]) -> bool:
    """Say whether a title makes it a person: "адвокат Риддер" (of the town: "Риддера"), "Detective Ridder"."""
    first, raw = hits[0].first, words.raw[hits[0].last]
    if words.gap(first - 1) != " " or all(h.ending for h in hits) or not words.raw[first][0].isupper():
        return False
    if raw.isascii():
        return words.key(first - 1) in markers.ENGLISH_TITLES and words.raw[first - 1][0].isupper()
    return words.key(first - 1) in markers.NOMINATIVE_TITLES and raw[-1].lower() in _DECLINED


def is_abroad(words: Words, last: int, starts: set[int]) -> bool:
    """Say whether a region that is none of ours follows: "в Аксае Ростовской области"."""
    if last + 2 >= len(words.raw) or last + 1 in starts or words.gap(last) != " " or words.gap(last + 1) != " ":
        return False
    between = words.key(last + 1)
    looks = between.endswith(("скои", "скиаиа", "скаиа", "ском", "ского", "ски", "ни")) and len(between) > 4
    return looks and words.key(last + 2) in markers.OTHER_COUNTRIES


def is_foreign_namesake(words: Words, hits: list[Hit]) -> bool:
    """Say whether the name is set abroad: "в китайском Аксу", "в Боровом под Воронежем", "Aksu, Xinjiang"."""
    first, last = hits[0].first, hits[0].last
    owner = first - 2 if markers.before(words.key(first - 1)) in ("city", "village") else first - 1
    if owner >= 0 and not words.gap(owner).strip() and abroad.is_abroad(words.raw[owner]):
        plain = all(h.name.rank != "free" for h in hits)
        if words.key(owner).endswith(_ADJECTIVE) or (plain and words.key(owner).endswith(_GENITIVE)):
            return True
    if words.gap(last) == " " and words.key(last + 1) in ("под", "близ"):
        return last + 2 < len(words.raw) and abroad.is_abroad(words.raw[last + 2])
    if not words.raw[last].isascii() or words.gap(last) != ", " or last + 1 >= len(words.raw):
        return False
    away = last + 4 if words.key(last + 1) == "а" and words.key(last + 3) == "ин" else last + 1  # ", a town in Russia"
    return away < len(words.raw) and abroad.is_abroad(words.raw[away])


def is_club(words: Words, last: int) -> bool:
    """Say whether a sponsor stands between the town and its team: "Astana Qazaqstan Team"."""
    return words.key(last + 2) == _TEAM and words.gap(last) == " "


def is_firm_abroad(words: Words, first: int, last: int) -> bool:
    """Say whether a firm or a house bears the name in another country: "the Almaty restaurant in Dubai"."""
    if words.key(first - 1) != "тхе" or words.gap(last) != " " or markers.is_institution(words.key(last + 1)):
        return False
    after = range(last + 2, len(words.raw))
    return any(words.key(i).startswith(markers.FOREIGN_CAPITALS) and words.key(i - 1) in ("ин", "ат") for i in after)


def is_other_capital(words: Words, hits: list[Hit]) -> bool:
    """Say whether "столица", "the capital" is that of another country, an earlier one or none at all."""
    first, last = hits[0].first, hits[0].last
    stem = hits[0].name.first.stem
    if not stem.startswith(_CAPITALS) or hits[0].name.rest:
        return False
    before, after = words.key(first - 1), words.key(last + 1)
    if stem == _CAPITALS[1] and (before != "тхе" or after in markers.NO_CAPITAL):
        return True
    if before in markers.OTHER_CAPITALS:
        return True
    follows = words.raw[last + 1] if last + 1 < len(words.raw) and words.gap(last) == " " else ""
    foreign_owner = follows[:1].isupper() and not after.startswith("казахстан") and hits[0].name.form == "noun"
    if foreign_owner and stem in (_CAPITALS[0], _CAPITALS[0] + "а"):
        return True
    return any(words.key(i).startswith(markers.FOREIGN_CAPITALS) for i in range(len(words.raw)))
