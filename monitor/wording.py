"""Says numbers, dates, weeks and sentences as a language says them: the words table of config/languages put to use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime, timedelta

from monitor.declarations import Language
from monitor.weeks import local, monday

MINUS = "\u2212"  # a hyphen would break the line after it
NARROW = "\u00a0"  # between a number and its unit, and between thousands


@dataclass(frozen=True, slots=True)
class Wording:
    """One language; `language` is its block of config/languages."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """Return the phrase `key` with its braces filled; KeyError for an unknown key or brace."""
        return self.language.words[key].format(**values)

    def count(self, key: str, number: int) -> str:
        """Return the phrase `key` in the form that `number` asks for: 1 пост, 2 поста, 5 постов."""
        forms = self.language.words[key].split("|")
        form = forms[min(_form(self.language.code, number), len(forms) - 1)]
        return form.format(n=self.number(number)).replace(" ", NARROW, 1)

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with the thousands, decimal sign and minus of the language; minus nothing is nothing."""
        plain = f"{abs(value):,.{digits}f}"
        whole, _, fraction = plain.partition(".")
        whole = whole.replace(",", self.language.words["thousands"].replace(" ", NARROW))
        text = whole + (self.language.words["decimal"] + fraction if fraction else "")
        return MINUS + text if value < 0 and plain.strip("0.,") else text

    def signed(self, value: float) -> str:
        """Return a balance of -1..1 as points of a hundred with its sign: -0.18 is −18."""
        points = round(value * 100)
        return f"+{self.number(points)}" if points > 0 else self.number(points)

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share of 0..1 as a percentage; a share that is small but not nothing is never said to be zero."""
        if 0 < share < 0.5 / 10 ** (digits + 2):
            return "<" + self.percent(10 ** -(digits + 2), digits)
        return self.say("percent", n=self.number(share * 100, digits)).replace(" ", NARROW)

    def odds(self, probability: float) -> str:
        """Return 1/p as a round number of at most a million: weeks in which something happens once by chance."""
        number = 1 / max(probability, 1e-6)
        step = 10 ** max(len(str(int(number))) - 2, 0)
        return self.number(max(int(number / step), 1) * step)

    def date(self, moment: datetime | Day) -> str:
        """Return a day with its year; a time is taken to local time first."""
        day = local(moment).date() if isinstance(moment, datetime) else moment
        return self.say("date", day=day.day, month=self._month(day), year=day.year)

    def day(self, moment: datetime | Day) -> str:
        """Return a day without its year."""
        day = local(moment).date() if isinstance(moment, datetime) else moment
        return self.say("date_short", day=day.day, month=self._month(day))

    def week(self, week: str) -> str:
        """Return the days of an ISO week: 9–15 февраля 2026 года."""
        first = monday(week)
        last = first + timedelta(days=6)
        key = "range_years" if first.year != last.year else "range_year" if first.month != last.month else "range_month"
        return self.say(
            key, day=first.day, month=self._month(first), year=first.year,
            day2=last.day, month2=self._month(last), year2=last.year,
        )  # fmt: skip

    def when(self, when: str) -> str:
        """Return the date of a survey, which may be a year, a month, a day, or two of them: 2024-10/2024-11."""
        parts = [p.split("-") for p in when.split("/")]
        return "–".join(".".join(reversed(p)) for p in parts)

    def _month(self, day: Day) -> str:
        return self.language.months[day.month - 1]


def _form(language: str, number: int) -> int:
    """Return the index of the plural form: Russian has three, English two, Kazakh one."""
    if language == "ru":
        if number % 10 == 1 and number % 100 != 11:
            return 0
        return 1 if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else 2
    return int(language == "en" and number != 1)
