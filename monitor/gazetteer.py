"""Builds config/gazetteer.csv: `python -m monitor.gazetteer KATO.csv.gz [CONFIG]`.

Names and codes are facts of the state classifier of administrative units (KATO, NK RK 11). The input is its
table with the columns kato, parent, level, type_code, name_ru, name_kk; winter camps, sidings and the like are left
out, since no news names them. Ranks, English and older names come from config/settlements.csv, our own table.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HEAD = ("code", "level", "type", "region", "district", "ru", "kk", "en", "rank", "also")
COMMENT = """\
# Places below the 20 regions, from the state classifier (KATO, NK RK 11-2025). Do not edit: built by
# `python -m monitor.gazetteer KATO.csv.gz` from the classifier and settlements.csv. code: KATO; level: district or
# settlement; type: district, city_district, city, town, village; district: KATO of the district or town administration;
# rank: free = recognised anywhere, name = with a capital letter, common = also a common word, person = also a
# person's name, marker = only beside a word like "село", "ауылы", "район"; also: other names, each with its own rank.
"""
_RUSSIAN = re.compile(r"^(?P<kind>г|п|с|ст)\. ?(?:им\. ?)?(?P<name>.+)$")
_KAZAKH = re.compile(r"(?: атын\.? ?| )(?:қ|ќ|к|а|ст)\.?$")
_TYPES = {"г": "city", "п": "town", "с": "village", "ст": "village"}

# Names that districts had before 2018-2024 and that people still use.
FORMER = {
    "114500000": "Енбекшильдерский район", "117000000": "Щучинский район", "274400000": "Зеленовский район",
    "396400000": "Тарановский район", "554800000": "Качирский район", "555200000": "Лебяжинский район",
    "634800000": "Зыряновский район", "315000000": "Рыскуловский район", "316600000": "Чуйский район",
    "593600000": "район Жумабаева", "596600000": "район Мусрепова", "153400000": "Айтекебийский район",
    "274800000": "Казталов ауданы", "614800000": "Отырарский район", "615600000": "Созакский район",
    "613600000": "Байдибекский район", "711410000": "район Байконур", "615800000": "Төлеби ауданы",
}  # fmt: skip


def build(kato: Iterable[dict[str, str]], settlements: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield the rows of the gazetteer in the order of the classifier, each name of a district once."""
    own = {(row["region"], row["ru"]): row for row in settlements}
    seen: set[tuple[str, ...]] = set()
    for unit in kato:
        row = _district(unit) or _settlement(unit)
        if row is None:
            continue
        known = own.get((row["region"], row["ru"])) if row["level"] == "settlement" else None
        if known and (row["district"], row["ru"]) != ("", "") and known.get("used") is None:
            row.update(en=known["en"], rank=known["rank"] or "name", also=known["also"])
            known["used"] = "yes"
        identity = (row["district"], row["ru"], row["kk"])
        if identity not in seen or row["rank"] != "marker":
            seen.add(identity)
            yield row
    for row in own.values():
        if row.get("used") is None:
            yield _row("", "settlement", "town", row["region"], "", row["ru"], "") | {
                "en": row["en"], "rank": row["rank"] or "name", "also": row["also"]}  # fmt: skip


def _row(code: str, level: str, kind: str, region: str, district: str, ru: str, kk: str) -> dict[str, str]:
    values = (code, level, kind, region, district, ru, kk, "", "marker", "")
    return dict(zip(HEAD, values, strict=True))


def _district(unit: dict[str, str]) -> dict[str, str] | None:
    """Return a district or a city's district: its Russian name has the word "район"."""
    code, ru, kk = unit["kato"], unit["name_ru"], unit["name_kk"]
    if "район" not in ru.lower() or unit["level"] == "oblast":
        return None
    kind = "district" if unit["level"] == "district" else "city_district"
    kk = kk.replace("атын.", "атындағы ")
    row = _row(code, "district", kind, f"KZ-{code[:2]}", code[:4] + "00000", ru, kk)
    row["also"] = FORMER.get(code, "")
    return row


def _settlement(unit: dict[str, str]) -> dict[str, str] | None:
    """Return a city, town or village; None for camps, sidings, numbers and rural counties."""
    code, found = unit["kato"], _RUSSIAN.match(unit["name_ru"])
    if not found or unit["level"] not in ("settlement", "sub_district") or re.search(r'[\d"№()]', unit["name_ru"]):
        return None
    if unit["level"] == "sub_district" and found["kind"] != "г":
        return None
    ru = re.sub(r"^(?:[А-Я]\. ?)+", "", found["name"]).strip()
    kk = re.sub(r"^(?:[А-ЯӘІҢҒҮҰҚӨҺ]\. ?)+", "", _KAZAKH.sub("", unit["name_kk"])).strip()
    return _row(code, "settlement", _TYPES[found["kind"]], f"KZ-{code[:2]}", code[:4] + "00000", ru, kk)


def write(rows: Iterable[dict[str, str]], path: Path) -> int:
    """Write the rows below the comment and return their number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(COMMENT)
        writer = csv.DictWriter(file, HEAD, lineterminator="\n")
        writer.writeheader()
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def table(path: Path) -> list[dict[str, str]]:
    """Read one of our CSV tables; lines that begin with # are comments."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def main(arguments: list[str]) -> int:
    """Build the gazetteer of the config folder (default: config) from a copy of the classifier."""
    if len(arguments) not in (1, 2):
        sys.stderr.write((__doc__ or "").split("\n", maxsplit=1)[0] + "\n")
        return 2
    folder = Path(arguments[1] if len(arguments) == 2 else "config")
    with gzip.open(arguments[0], "rt", encoding="utf-8", newline="") as file:
        write(build(csv.DictReader(file), table(folder / "settlements.csv")), folder / "gazetteer.csv")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
