"""All spellings of a place: from a row of the gazetteer, or a region of the settings, to the patterns of its names.

A village of ten thousand and a region of the settings end as the same thing: an entry with names, each with the
rank that says how much of a sentence it needs to be believed.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass

from monitor import markers, toponyms
from monitor.declarations import Region
from monitor.kazakh import skeleton
from monitor.toponyms import Pattern

_WHOLE = frozenset([""])


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One meaning of a name. `district` is the KATO code of the district, "" for regions."""

    region: str
    name: str
    level: str
    type: str
    rank: str
    district: str
    settlement: str = ""  # of records.SETTLEMENTS, "" for regions
    noted: bool = False  # a town or district centre of our own table


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of an entry: the pattern of its first word and of the others."""

    first: Pattern
    rest: tuple[Pattern, ...]
    form: str  # noun, adjective, resident, abbreviation
    rank: str
    entry: Entry


def _nouns(text: str, rank: str, entry: Entry, form: str = "noun") -> Iterable[Name]:
    """Yield the Russian and the Kazakh patterns of a name of any number of words."""
    parts = toponyms.WORD.findall(text)
    if not parts:
        return
    whole = [toponyms.kazakh(p) if n == len(parts) - 1 else Pattern(skeleton(p), _WHOLE) for n, p in enumerate(parts)]
    yield Name(whole[0], tuple(whole[1:]), form, rank, entry)
    cases = [toponyms.russian(p) for p in parts]
    if any(p.endings != _WHOLE for p in cases):
        yield Name(cases[0], tuple(cases[1:]), form, rank, entry)


def region_names(region: Region) -> Iterable[Name]:
    """Yield the spellings of a region or a city of republican significance, aliases included."""
    city = region.kind == "city"
    for text in (region.name.kk, region.name.ru, region.name.en, *region.aliases):
        parts = text.split()
        kinds = [markers.after(skeleton(p)) or markers.before(skeleton(p)) for p in parts]
        marked = [k for k in kinds if k in ("region", "city")]
        bare = " ".join(p for p, k in zip(parts, kinds, strict=True) if k not in ("region", "city"))
        kind = "republican" if city else ""
        entry = Entry(region.code, region.name.en, "region", region.kind, "free", "", kind, noted=True)
        if bare.endswith(("ская", "чная")) and " " not in bare:
            last = [p for p in re.split("-", bare)]
            front = tuple(Pattern(skeleton(p), _WHOLE) for p in last[:-1])
            rear = toponyms.adjective(last[-1])
            patterns = (*front, rear)
            yield Name(patterns[0], patterns[1:], "adjective", "free", entry)
        elif bare.isupper():
            yield from _nouns(bare, "free", entry, "abbreviation")
        else:
            rank = "free" if city or not marked else "marker"
            yield from _nouns(bare, rank, entry)
            if city:
                yield from _adjectives(bare, "free", entry)


def settlement(row: dict[str, str], cities: Container[str]) -> str:
    """Return the type of settlement of a row of gazetteer.csv; `cities` are the cities of republican significance.

    The classifier gives the first city of each region, its centre, the code 1010000 behind the region's two digits,
    and the akimats of cities a third digit of 1 or 2: a township below one is urban by the law on the
    administrative-territorial structure, any other is rural. A district is rural, a city's district is its city.
    """
    code, kind = row["code"], row["type"]
    if row["region"] in cities:
        return "republican"
    if kind in ("city", "city_district"):
        return "centre" if code[2:5] == "101" else "town"
    return "town" if kind == "town" and code[2:3] in ("1", "2") else "village"


def row_names(row: dict[str, str], cities: Container[str] = ()) -> Iterable[Name]:
    """Yield the spellings of a row of gazetteer.csv."""
    place = settlement(row, cities)
    noted = row["rank"] != "marker" or bool(row["en"])
    entry = Entry(row["region"], row["ru"], row["level"], row["type"], row["rank"], row["district"], place, noted)
    if row["level"] == "district":
        for text in (row["kk"], row["ru"], *filter(None, row["also"].split("|"))):
            yield from _district_names(text, entry)
        return
    spellings = {row[language]: row["rank"] for language in ("ru", "kk", "en")}
    if row["kk"] != row["ru"] and row["kk"].endswith(("ов", "ев", "ин")) and row["rank"] != "marker":
        spellings[row["kk"]] = "person"  # Сергеевка is Сергеев in Kazakh
    for other in filter(None, row["also"].split("|")):
        text, _, rank = other.partition(":")
        spellings[text] = rank or row["rank"]
    for text, rank in spellings.items():
        yield from _nouns(text, rank, entry)
        if rank != "marker":
            yield from _adjectives(text, "free" if rank == "free" else "name", entry)


def _district_names(text: str, entry: Entry) -> Iterable[Name]:
    words = [w.removeprefix("им.") for w in text.split() if not re.match(r"(?:р|Р)айон|аудан|атындағы", w)]
    bare = " ".join(words).strip()
    if re.search("[сц]кий$", bare) and " " not in bare:
        parts = bare.split("-")
        front = [Pattern(skeleton(p), _WHOLE) for p in parts[:-1]]
        patterns = (*front, toponyms.adjective(parts[-1]))
        yield Name(patterns[0], patterns[1:], "adjective", "marker", entry)
    else:
        yield from _nouns(bare, "marker", entry)
        if entry.type == "city_district":  # район Сарыарка is Сарыаркинский район as well
            yield from _adjectives(bare, "marker", entry)


def _adjectives(text: str, rank: str, entry: Entry) -> Iterable[Name]:
    """Yield the words made from a town's Russian name; the last part of a double name carries them."""
    parts = toponyms.WORD.findall(text)
    if not parts or not re.search("[а-яё]", text) or len(parts[-1]) < 3:
        return
    front = [Pattern(skeleton(p), _WHOLE) for p in parts[:-1]]
    for form, pattern in toponyms.derived(parts[-1]):
        patterns = (*front, pattern)
        yield Name(patterns[0], patterns[1:], form, rank, entry)
