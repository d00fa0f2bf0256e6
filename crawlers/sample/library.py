"""The texts of the sample web and their dates: data files in, dated pages out.

Dates are not written but counted back from the last full week before `now`, so that the demo is always fresh and,
for one `now`, always the same.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from crawlers.pages.dates import ZONE

WEEKS = 12  # enough for the rule `spike` to know what is usual (min_weeks 8)
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """A comment below a page."""

    by: str
    published: datetime
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One article, topic or message; times are local.

    `stance` and `reasons` are what its author means about the police, in the words of the codebook; `stance` is
    empty when the page says nothing about them. Pages with the same `story` are reprints of one text.
    """

    site: str
    path: str
    language: str
    published: datetime
    updated: datetime
    kind: str
    region: str
    stance: str
    reasons: tuple[str, ...]
    title: str
    paragraphs: tuple[str, ...]
    comments: tuple[Remark, ...]
    section: str = ""
    story: str = ""
    spike: bool = False
    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One site; `source` holds keys of the block that declares it."""

    id: str
    title: str
    language: str
    style: str
    listing: str
    about: str
    source: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """An address that a site lists and that does not answer as a page should."""

    site: str
    path: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """The second version of one page."""

    path: str
    title: str
    paragraphs: tuple[str, ...]

    def of(self, page: Page, at: datetime) -> Page:
        """Return the page as it reads since `at`."""
        return replace(page, title=self.title, paragraphs=self.paragraphs, updated=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """Everything that the sample web holds; pages of a site stand oldest first."""

    sites: tuple[Site, ...]
    pages: tuple[Page, ...]
    troubles: tuple[Trouble, ...]
    edition: Edition
    notice: dict[str, str]

    def of(self, site: str, section: str | None = None) -> tuple[Page, ...]:
        """Return the pages of a site, or of one section of it."""
        return tuple(p for p in self.pages if p.site == site and section in (None, p.section))


def sites() -> tuple[Site, ...]:
    """Return the sites without their pages."""
    return tuple(Site(**s) for s in _declared()["site"])


def load(now: datetime, *, quiet: bool = False) -> Library:
    """Return the sample web as it stands at `now` (aware); `quiet` leaves the built-in spike out."""
    declared, shelves = _declared(), sites()
    monday = now.astimezone(ZONE).date()
    monday -= timedelta(days=monday.weekday() + 7)
    channels = {s.id for s in shelves if s.listing == "channel"}
    dated = [_page(row, monday, row["site"] in channels) for row in _rows() if not (quiet and row.get("spike"))]
    dated.sort(key=lambda p: (p.site, p.published, p.path))
    numbered = [replace(p, number=n) for _, group in groupby(dated, lambda p: p.site) for n, p in enumerate(group, 1)]
    pages = tuple(replace(p, path=f"/{p.site}/{p.number}") if p.site in channels else p for p in numbered)
    edited = declared["edited"]
    return Library(
        sites=shelves, pages=pages, notice=declared["notice"],
        troubles=tuple(Trouble(**t) for t in declared["trouble"]),
        edition=Edition(
            path=f"/{edited['site']}/{edited['slug']}", title=edited["title"], paragraphs=tuple(edited["paragraphs"])
        ),
    )  # fmt: skip


def _page(row: dict[str, Any], monday: date, short: bool) -> Page:
    back, weekday, clock = row["at"]
    day = monday + timedelta(days=weekday - 1 - 7 * back)
    at = datetime.combine(day, time.fromisoformat(clock), ZONE)
    section = row.get("section", "")
    return Page(
        site=row["site"], path="" if short else "/".join(("", row["site"], *filter(None, [section]), row["slug"])),
        language=row["language"], published=at, updated=at, kind=row["kind"], region=row.get("region", ""),
        stance=row.get("stance", ""), reasons=tuple(row.get("reasons", ())), title=row.get("title", ""),
        paragraphs=(row["text"],) if short else tuple(row["paragraphs"]), section=section,
        comments=tuple(
            Remark(by=c["by"], published=at + timedelta(minutes=c["after"]), text=c["text"])
            for c in row.get("comments", ())
        ),
        story=row.get("story", ""), spike=row.get("spike", False),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _declared() -> dict[str, Any]:
    return tomllib.loads((_HERE / "sites.toml").read_text("utf-8"))


def _rows() -> Iterator[dict[str, Any]]:
    for file in sorted(_HERE.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)
