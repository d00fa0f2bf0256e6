"""Reads a line of the timetable as cron reads it: minute, hour, day of month, month, day of week.

Why not APScheduler's own reader: it counts weekdays from Monday where cron counts from Sunday, so that `0 8 * * 1`
would silently be Tuesday (apscheduler#286). Here every field becomes the list of what it stands for, weekdays by name.
"""

from __future__ import annotations

from collections.abc import Iterator

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}),
    ("day_of_week", 0, 7, {name: n for n, name in enumerate(_DAYS)}),  # 0 and 7 are both Sunday
)
_LONGEST = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1))  # days of each month


def read(line: str) -> dict[str, str]:
    """Return what each field stands for, `*` or a list like `0,30`; ValueError says what cannot be read."""
    given = line.lower().split()
    if len(given) != len(_FIELDS):
        raise ValueError(f"write five fields, as in '*/30 * * * *'; here are {len(given)}")
    found: dict[str, str] = {}
    for text, (name, low, high, names) in zip(given, _FIELDS, strict=True):
        values = sorted(set(_values(text, name, low, high, names)))
        if text != "*" and name == "day_of_week":
            found[name] = ",".join(dict.fromkeys(_DAYS[n % 7] for n in values))
        else:
            found[name] = "*" if text == "*" else ",".join(map(str, values))
    _sensible(found)
    return found


def checked(line: str) -> str:
    """Return the line as it is; ValueError when it cannot be read."""
    read(line)
    return line


def _sensible(found: dict[str, str]) -> None:
    """Refuse what would never happen, and what cron and others read differently."""
    if found["day"] == "*":
        return
    if found["day_of_week"] != "*":
        raise ValueError("give days of the month or days of the week, not both: cron would take either of them")
    months = range(1, 13) if found["month"] == "*" else map(int, found["month"].split(","))
    if int(found["day"].split(",")[0]) > max(_LONGEST[m] for m in months):
        raise ValueError("there is no such day in these months")


def _values(text: str, name: str, low: int, high: int, names: dict[str, int]) -> Iterator[int]:
    def number(word: str) -> int:
        value = names.get(word, int(word) if word.isascii() and word.isdigit() else -1)
        if not low <= value <= high:
            raise ValueError(f"{name.replace('_', ' ')} {word!r} is not in {low}-{high}")
        return value

    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, 6 if names and high == 7 else high
        else:
            start = number(first)
            end = number(last) if dash else high if step else start
        if end == 0 and dash and high == 7:
            end = 7  # mon-sun
        if "/" in part and not (step.isascii() and step.isdigit() and int(step)):
            raise ValueError(f"{part!r}: after the slash comes how many to go on, like */30")
        if end < start:
            raise ValueError(f"{part!r} runs backwards")
        yield from range(start, end + 1, int(step or 1))
