"""Reads the dates that Kazakh, Russian and English pages write; everything comes back aware and in UTC.

Why our own rules: measured with dateparser 1.5 and htmldate 1.11, «2025 жылғы 12 қараша» gives nothing or, worse,
1 January; and 03.04.2025 is read as March without a language. Here the day always comes first, a time without a
zone is local in Almaty, and a date that cannot be the date of a publication is refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Almaty")
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # Kazakhstan's first news sites are younger
AHEAD = timedelta(days=1)  # clocks and zones of servers differ; nothing is published later than that
BYLINE = 90  # characters: a longer line is prose, and a date in prose is the date of the event

# Kazakh letters become the Russian ones that people type instead, so each month is written here once.
_FOLD = str.maketrans("әғқңөұүһіё", "агкноуухие")
_STEMS = {
    1: ("кантар", "кан", "январ", "янв", "jan", "qantar", "qańtar"),
    2: ("акпан", "акп", "феврал", "фев", "feb", "aqpan"),
    3: ("наурыз", "нау", "март", "мар", "mar", "nauryz"),
    4: ("сауир", "сау", "апрел", "апр", "apr", "sauir", "sáuir"),
    5: ("мамыр", "мам", "мая", "май", "may", "mamyr"),
    6: ("маусым", "мау", "июн", "jun", "mausym"),
    7: ("шилде", "шил", "июл", "jul", "shilde", "şilde"),
    8: ("тамыз", "там", "август", "авг", "aug", "tamyz"),
    9: ("кыркуйек", "кыр", "сентябр", "сент", "сен", "sep", "sept", "qyrkuiek", "qyrkúiek"),
    10: ("казан", "каз", "октябр", "окт", "oct", "qazan"),
    11: ("караша", "кар", "ноябр", "нояб", "ноя", "nov", "qarasha", "qaraşa"),
    12: ("желтоксан", "жел", "декабр", "дек", "dec", "jeltoqsan"),
}
_MONTH_OF = {stem: number for number, stems in _STEMS.items() for stem in stems}
_ENDING = (  # what may follow a stem: inflection, or the rest of the English name
    r"(?:ь|я|а|е|ю|ем|ом|(?:с?[ыи](?:н(?:да|де|ан|ен|ын|ин))?)|ын|ында|инде|нда|нде|да|де|та|те|дан|ден|тан|тен|нан|нен|дагы|деги|тагы|теги|"
    r"нын|нин|дын|дин|тын|тин|uary|ruary|ch|il|e|y|ust|tember|ember|ober|da|de)?"
)
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))}){_ENDING}\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_OF_YEAR = r"(?:\s*(?:жылгы|жылдын|жылы|жыл|года|году|год|ж\.?|г\.?)(?!\w))?"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:-?(?:го|е|шы|ши|st|nd|rd|th))?"
_CLOCK = re.compile(r"(?<![\d.:])([01]?\d|2[0-3])[:.]([0-5]\d)(?::([0-5]\d))?(?![\d:]|\.\d)(?:\s*([ap])\.?m\b)?")

_ABSOLUTE = tuple(
    re.compile(p)
    for p in (
        rf"(?<!\d){_YEAR}{_OF_YEAR},?\s*(?<!\d)(?P<day>\d{{1,2}})\s*-?\s*{_MONTH}(?!\w)",
        rf"{_DAY}\s*-?\s*{_MONTH}(?!\w),?\s*{_YEAR}(?!\d){_OF_YEAR}",
        rf"(?<!\w){_MONTH}(?!\w)\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)",
        r"(?<![\d.])(?P<day>\d{1,2})([./-])(?P<m>\d{1,2})\2(?P<year>(?:19|20)\d\d)(?![./-]?\d)",
        r"(?<![\d.])(?P<year>(?:19|20)\d\d)([./-])(?P<m>\d{1,2})\2(?P<day>\d{1,2})(?!\d)",
    )
)
_YEARLESS = re.compile(rf"{_DAY}\s*-?\s*{_MONTH}(?!\w)(?!\s*\d{{4}})")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]+(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?)?",
    re.IGNORECASE,
)
_DAYS = {"бугин": 0, "сегодня": 0, "today": 0, "bugin": 0, "кеше": 1, "вчера": 1, "yesterday": 1,
         "позавчера": 2, "алдынгуни": 2}  # fmt: skip
_RELATIVE = re.compile(rf"(?<!\w)({'|'.join(sorted(_DAYS, key=len, reverse=True))})(?!\w)")
_AGO = re.compile(r"(?<!\d)(\d{1,3})\s*(мин|час|саг|дн|ден|кун|min|hour|day)\w*\.?\s*(?:назад|бурын|ago)(?!\w)")
_UNITS = {"мин": 1, "min": 1, "час": 60, "саг": 60, "hour": 60, "дн": 1440, "ден": 1440, "кун": 1440, "day": 1440}


def parse(text: str, now: datetime) -> datetime | None:
    """Return the moment that one date expression names, or None.

    `now` (aware) gives «вчера», «2 сағат бұрын» and dates without a year their meaning. ISO 8601 and RFC 2822
    keep their own zone; everything else is local time in Almaty. A date alone is local midnight. Implausible
    dates (see `plausible`) are None.
    """
    text = text.strip()[:200]
    for read in (_iso, _rfc, _absolute, _ago, _relative, _yearless):
        found = read(text, now)
        if found is not None:
            return plausible(found, now)
    return None


def plausible(moment: datetime, now: datetime) -> datetime | None:
    """Return `moment` in UTC (a naive one is local) when it lies between 1995 and a day after `now`, else None."""
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
        aware = aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return aware if EARLIEST <= aware <= now + AHEAD else None


def byline(lines: Iterable[str], now: datetime) -> datetime | None:
    """Return the date of the first short line that has a full date in it; prose is not asked."""
    for line in lines:
        line = line.strip()
        if 6 <= len(line) <= BYLINE:
            found = _absolute(line, now)
            moment = plausible(found, now) if found else None
            if moment:
                return moment
    return None


def first(steps: Iterable[tuple[str, str | datetime | None]], now: datetime) -> tuple[datetime | None, str]:
    """Walk the date ladder: return the first readable (moment, name of the step), or (None, "")."""
    for name, value in steps:
        moment = plausible(value, now) if isinstance(value, datetime) else parse(value, now) if value else None
        if moment:
            return moment, name
    return None, ""


def _fold(text: str) -> str:
    return text.lower().translate(_FOLD)


def _iso(text: str, now: datetime) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if not zone:
            return naive.replace(tzinfo=ZONE)
        if zone[0] not in "+-":
            return naive.replace(tzinfo=UTC)
        digits = zone[1:].replace(":", "").ljust(4, "0")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return (naive - shift if zone[0] == "+" else naive + shift).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _rfc(text: str, now: datetime) -> datetime | None:
    if not re.match(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +\d|\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:", text):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _absolute(text: str, now: datetime) -> datetime | None:
    folded = _fold(text)
    for pattern in _ABSOLUTE:
        for match in pattern.finditer(folded):
            parts = match.groupdict()
            month = int(parts["m"]) if parts.get("m") else _MONTH_OF[parts["month"]]
            try:
                day = date(int(parts["year"]), month, int(parts["day"]))
            except ValueError:
                continue
            return _at(day, folded, match.span())
    return None


def _yearless(text: str, now: datetime) -> datetime | None:
    folded = _fold(text)
    match = _YEARLESS.search(folded)
    if not match or len(text) > 40:
        return None
    today = now.astimezone(ZONE)
    for year in (today.year, today.year - 1):
        try:
            moment = _at(date(year, _MONTH_OF[match["month"]], int(match["day"])), folded, match.span())
        except ValueError:
            continue
        if moment <= now + AHEAD:
            return moment
    return None


def _relative(text: str, now: datetime) -> datetime | None:
    folded = _fold(text)
    match = _RELATIVE.search(folded)
    if not match or len(text) > 40:
        return None
    return _at((now.astimezone(ZONE) - timedelta(days=_DAYS[match[1]])).date(), folded, match.span())


def _ago(text: str, now: datetime) -> datetime | None:
    match = _AGO.search(_fold(text))
    return now - timedelta(minutes=int(match[1]) * _UNITS[match[2]]) if match and len(text) <= 40 else None


def _at(day: date, text: str, span: tuple[int, int]) -> datetime:
    """Put the time of day that stands within 25 characters after the date, or before it, to the date."""
    for part in (text[span[1] : span[1] + 25], text[max(0, span[0] - 12) : span[0]]):
        clock = _CLOCK.search(part)
        if clock:
            hour = int(clock[1])
            if clock[4]:
                hour = hour % 12 + (12 if clock[4] == "p" else 0)
            return datetime.combine(day, time(hour, int(clock[2]), int(clock[3] or 0)), ZONE)
    return datetime.combine(day, time(), ZONE)
