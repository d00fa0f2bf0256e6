"""Reads the question that stands in an address, and writes addresses that ask it again with a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from monitor.search import Filters

PAGE = 20  # posts on a page
LAST_PAGE = 5000  # nobody turns so many; larger numbers would overflow SQLite's OFFSET
LONGEST = 200  # characters of one value: each part of a query is a look-up of its own
NAMES = ("week", "region", "settlement", "language", "body", "source", "sentiment", "reason", "story", "query")
_TRUTHS = ("official", "about")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked of the posts: `filters`, and which page of the answer, from 1."""

    filters: Filters
    page: int = 1

    @property
    def offset(self) -> int:
        """Posts before this page."""
        return (self.page - 1) * PAGE

    @property
    def values(self) -> dict[str, str]:
        """The question as it stands in an address: only what is asked, without the page."""
        found = {name: getattr(self.filters, name) for name in NAMES}
        truths = {name: getattr(self.filters, name) for name in _TRUTHS}
        return {name: value for name, value in found.items() if value} | {
            name: "yes" if value else "no" for name, value in truths.items() if value is not None
        }

    def address(self, page: int = 1, **changes: str) -> str:
        """Return the query part of an address that asks this with `changes`; an empty value drops a filter."""
        values = {name: value for name, value in (self.values | changes).items() if value}
        if page > 1:
            values["page"] = str(page)
        return "?" + urlencode(values)


def read(query: Mapping[str, str]) -> Question:
    """Return the question of an address; an empty value is no filter, an unknown key and a bad page are passed over."""
    values = {name: clean(query.get(name, "")) or None for name in NAMES}
    truths = {name: {"yes": True, "no": False}.get(query.get(name, "")) for name in _TRUTHS}
    return Question(filters=Filters(**values, **truths), page=number(query.get("page", ""), 1, LAST_PAGE))  # type: ignore[arg-type]


def clean(value: str) -> str:
    """Return a value of an address without what no filter can hold: control characters, too many letters."""
    return "".join(c for c in value if c.isprintable()).strip()[:LONGEST]


def number(text: str, default: int, most: int, least: int = 1) -> int:
    """Return a whole number of an address within its bounds, `default` for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return default
    return min(max(int(text), least), most)


def as_dict(filters: Filters) -> dict[str, str | bool | None]:
    """Return the filters as the store takes them."""
    return {field.name: getattr(filters, field.name) for field in fields(filters)}
