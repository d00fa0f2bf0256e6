"""Sheets to label in: handed out as JSON lines or as CSV for spreadsheets, read back filled in.

In a CSV a list is one cell: `police, courts`, and `corruption: words | formalism: other words` for reasons. A cell
that a spreadsheet would take for a formula or a number gets an apostrophe before it, which is taken off again when
the sheet is read; texts longer than a spreadsheet's cell are cut, because what is read back are quotes, never texts.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import SenimError

_SPREADSHEET = "utf-8-sig"  # encoding of a CSV: without its mark, Excel takes it for windows-1251
_CELL = 32_000  # characters; a spreadsheet takes 32,767 and breaks the row after them
_CODED = r"\s*[A-Za-z]\w*\s*:"
_DIVIDER = re.compile(rf"\s*(?:(?<!\|)\|(?!\|)|\n)(?={_CODED})")  # "||" is a bar of the quoted words themselves
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"\d+(e\d+)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """One line of a sheet, with `file` and `line` as a labeller finds it; `wrong` when it could not be read at all.

    In a CSV `line` is the row of the spreadsheet, the head being the first.
    """

    file: str
    line: int
    values: Mapping[str, Any]
    wrong: str = ""


def write(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of the same keys to a file that must be new, whole or not at all.

    Raises SenimError for a file that exists, one that cannot be written, and an unknown ending.
    """
    if not (kind := _kind(file)):
        raise SenimError("ends in neither .jsonl nor .csv", where=str(file), advice="Name it sheet.csv, for example.")
    if file.exists():
        advice = "It may hold somebody's labels: name another one."
        raise SenimError("is there already", where=str(file), advice=advice)
    part = file.with_name(file.name + ".part")
    try:
        with part.open("w", encoding=kind, errors="backslashreplace", newline="") as out:
            table = csv.writer(out)
            if kind == _SPREADSHEET:
                table.writerow(rows[0] if rows else ())
            for row in rows:
                if kind == _SPREADSHEET:
                    table.writerow([_cell(name, value) for name, value in row.items()])
                else:
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
        part.replace(file)
    except OSError as error:
        advice = "Choose a folder that exists and may be written to."
        raise SenimError(f"cannot be written ({error.strerror})", where=str(file), advice=advice) from None


def read(file: Path) -> Iterator[Filled]:
    """Yield every line of a sheet, blank ones left out; a file that cannot be read at all is one line, 0, with why."""
    kind = _kind(file)
    try:
        raw = file.read_bytes() if kind else b""
    except OSError as error:
        yield Filled(file=str(file), line=0, values={}, wrong=f"cannot be read ({error.strerror}): name a sheet")
        return
    if not kind:
        wrong = "ends in neither .jsonl nor .csv: save it as CSV (UTF-8) from the spreadsheet"
        yield Filled(file=str(file), line=0, values={}, wrong=wrong)
    for number, values in _table(raw) if kind == _SPREADSHEET else _lines(raw):
        if isinstance(values, str):
            yield Filled(file=str(file), line=number, values={}, wrong=values)
        else:
            yield Filled(file=str(file), line=number, values=values)


def quotes(text: str, reasons: Iterable[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Return reasons as a sheet holds them: code, characters and words."""
    return [{"code": code, "start": start, "end": end, "quote": text[start:end]} for code, start, end in reasons]


def _kind(file: Path) -> str:
    """Return the encoding of a kind of sheet, empty for no sheet."""
    return {".csv": _SPREADSHEET, ".jsonl": "utf-8"}.get(file.suffix.lower(), "")


def _lines(raw: bytes) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip(b"\xef\xbb\xbf \t\r"):
            continue
        try:
            values = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            yield number, f"is not JSON in UTF-8 ({error}): write one object a line"
            continue
        if isinstance(values, dict):
            yield number, values
        else:
            yield number, 'is no object: write {"id": ..., "about": ...}'


def _table(raw: bytes) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the rows of a CSV as spreadsheets save it: comma, semicolon or tab; UTF-8, UTF-16 or a Kazakh code page."""
    text = _decoded(raw)
    first = text.split("\n", 1)[0]
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    head: list[str] = []
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"is broken ({error}): save the sheet again from the spreadsheet"
            continue
        if not head:
            head = [name.strip().casefold() for name in row]
            if missing := {"id", "about"} - set(head):
                yield number, f"the head line names no column {' and '.join(sorted(missing))}: keep the sheet's own"
                return
        elif any(cell.strip() for cell in row[len(head) :]):
            yield number, "has more cells than the head line: put quotation marks around a cell with the delimiter"
        elif any(cell.strip() for cell in row):
            yield number, _values(dict(zip(head, row, strict=False)))


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("kz1048", "replace")  # windows-1251 with the Kazakh letters


def _values(cells: dict[str, str]) -> dict[str, Any]:
    """Return the cells of a row in the form that a line of JSON has."""
    plain = {name: _bare(cell.strip()) for name, cell in cells.items()}
    bodies = [body for body in re.split(r"[\s,;|]+", plain.get("bodies", "")) if body]
    reasons = []
    for part in _DIVIDER.split(plain.get("reasons", "")):
        code, _, quote = part.strip(" |\n").partition(":")
        if code.strip():
            reasons.append({"code": code.strip(), "quote": quote.strip().replace("||", "|")})
    return plain | {"bodies": bodies, "reasons": reasons}


def _cell(name: str, value: object) -> str:
    """Return a value as one cell that no spreadsheet takes for something else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "reasons" and isinstance(value, Iterable):
        value = " | ".join(f"{reason['code']}: {_flat(reason['quote'])}" for reason in value)
    elif isinstance(value, list | tuple):
        value = ", ".join(value)
    cell = "" if value is None else str(value)
    cell = cell if len(cell) <= _CELL else cell[:_CELL] + " […]"
    return f"'{cell}" if _FORMULA.match(cell) or _NUMBER.fullmatch(cell) else cell


def _flat(quote: str) -> str:
    """Return a quote on one line, its bars doubled; reading back forgives other blanks than the text has."""
    return " ".join(quote.split()).replace("|", "||")


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and (_FORMULA.match(cell[1:]) or _NUMBER.fullmatch(cell[1:])) else cell
