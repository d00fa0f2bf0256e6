"""Answers for every address of the sample web: which page, feed or deliberate fault stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from crawlers.pages.dates import ZONE
from crawlers.sample import library, listings
from crawlers.sample.library import Page, Site, Trouble

if TYPE_CHECKING:
    from jinja2 import Environment

MESSAGES = 10  # on one page of a channel
ROBOTS = "User-agent: *\nDisallow: /region-news/internal/\n"
_MONTHS = {
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the server sends back."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    location: str = ""


def written(moment: datetime, language: str) -> str:
    """Write a date the way news pages do: «2026 жылғы 12 қараша, 14:05», «12 ноября 2026, 14:05»."""
    month = _MONTHS.get(language, _MONTHS["kk"]).split()[moment.month - 1]
    if language in ("ru", "en"):
        return f"{moment.day} {month} {moment.year}, {moment:%H:%M}"
    return f"{moment.year} жылғы {moment.day} {month}, {moment:%H:%M}"


def address(site: Site, url: str) -> str:
    """Return the address that a source of this site starts from, on the server at `url`."""
    start = {"rss": "rss.xml", "atom": "atom.xml"}.get(site.listing, "sitemap.xml")
    return f"{url}/s/{site.id}" if site.listing == "channel" else f"{url}/{site.id}/{start}"


class Web:
    """The sample web as it stands at `now`; `url` is its own address without a slash at the end."""

    def __init__(self, now: datetime, url: str, *, quiet: bool = False) -> None:
        self.url = url
        self.library = library.load(now, quiet=quiet)
        self.sites = {s.id: s for s in self.library.sites}
        self.edited: datetime | None = None
        newest = max(p.published for p in self.library.pages)
        self._broken_at = newest.replace(hour=6, minute=30)

    def edit(self) -> None:
        """Switch the edited page to its second version, from this moment on."""
        # the next whole second: sitemaps know no fractions, and an edit must be later than any reading before it
        self.edited = (datetime.now(ZONE) + timedelta(seconds=1)).replace(microsecond=0)

    def answer(self, path: str, query: str = "") -> Answer:
        """Return what stands at a path."""
        if path == "/robots.txt":
            return Answer(body=ROBOTS.encode(), kind="text/plain; charset=utf-8")
        trouble = next((t for t in self.library.troubles if path in (t.path, t.path + "/snova")), None)
        if trouble:
            return self._faulty(trouble, path)
        page = next((p for p in self._pages() if p.path == path), None)
        if page:
            return self._page(page)
        listing = self._listings.get(path)
        return listing(query) if listing else Answer(status=404, body=self._draw("missing", language="ru"))

    @cached_property
    def _listings(self) -> dict[str, Callable[[str], Answer]]:
        found: dict[str, Callable[[str], Answer]] = {"/": self._front}
        for site in self.library.sites:
            if site.listing == "channel":
                found[f"/s/{site.id}"] = partial(self._channel, site)
                continue
            found[f"/{site.id}/"] = partial(self._home, site)
            found[address(site, "")] = partial(self._listing, site)
            for section in self._sections(site):
                found[f"/{site.id}/sitemap-{section or 'main'}.xml"] = partial(self._section, site, section)
        return found

    def _pages(self, site: str = "", section: str | None = None) -> tuple[Page, ...]:
        """Return the pages as they read now."""
        edition = self.library.edition
        pages = self.library.of(site, section) if site else self.library.pages
        return tuple(edition.of(p, self.edited) if self.edited and p.path == edition.path else p for p in pages)

    def _sections(self, site: Site) -> list[str]:
        return sorted({p.section for p in self.library.of(site.id)}) if site.listing == "sitemap" else []

    def _broken(self, site: Site) -> list[tuple[str, datetime]]:
        return [(t.path, self._broken_at) for t in self.library.troubles if t.site == site.id]

    def _listing(self, site: Site, _: str) -> Answer:
        pages, notice = self._pages(site.id), self.library.notice[site.language]
        match site.listing:
            case "rss":
                body = listings.rss(site, pages, self._broken(site), self.url, notice)
            case "atom":
                body = listings.atom(site, pages, self.url, notice)
            case "plain-sitemap":
                body = listings.sitemap(pages, (), self.url, dated=False)
            case _:
                maps = [
                    (f"{self.url}/{site.id}/sitemap-{s or 'main'}.xml", max(p.updated for p in pages if p.section == s))
                    for s in self._sections(site)
                ]
                body = listings.index(maps)
        return Answer(body=body, kind="application/xml; charset=utf-8")

    def _section(self, site: Site, section: str, _: str) -> Answer:
        broken = [] if section else self._broken(site)
        body = listings.sitemap(self._pages(site.id, section), broken, self.url)
        return Answer(body=body, kind="application/xml; charset=utf-8")

    def _page(self, page: Page) -> Answer:
        site = self.sites[page.site]
        if site.listing == "channel":
            return Answer(status=302, location=f"{self.url}/s/{site.id}?before={page.number + 1}")
        return Answer(body=self._draw(site.style, page=page, site=site, language=page.language))

    def _home(self, site: Site, _: str) -> Answer:
        return Answer(body=self._draw("home", site=site, pages=self._pages(site.id)[::-1], language=site.language))

    def _front(self, _: str) -> Answer:
        starts = {s.id: f"/s/{s.id}" if s.listing == "channel" else f"/{s.id}/" for s in self.library.sites}
        return Answer(body=self._draw("front", sites=self.library.sites, starts=starts, language="ru"))

    def _channel(self, site: Site, query: str) -> Answer:
        asked = parse_qs(query).get("before", [""])[0]
        pages = [p for p in self._pages(site.id) if not asked.isdecimal() or p.number < int(asked)]
        shown = pages[-MESSAGES:]
        more = shown[0].number if shown and shown[0].number > 1 else 0
        return Answer(body=self._draw("channel", site=site, messages=shown, more=more, language=site.language))

    def _faulty(self, trouble: Trouble, path: str) -> Answer:
        site = self.sites[trouble.site]
        match trouble.what:
            case "gone":
                return Answer(status=404, body=self._draw("missing", language=site.language))
            case "empty":
                return Answer()
            case "loop":
                again = trouble.path if path.endswith("/snova") else trouble.path + "/snova"
                return Answer(status=302, location=self.url + again)
            case "cut":  # the connection broke somewhere in the head
                whole = self._page(self._pages(site.id)[0]).body
                return Answer(body=whole[: whole.index(b"<body") - 10])
            case _:
                return self._page(self._pages(site.id)[0])

    @cached_property
    def _templates(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        drawing = Environment(
            loader=FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        drawing.globals.update(written=written)
        return drawing

    def _draw(self, template: str, *, language: str, **given: Any) -> bytes:  # noqa: ANN401 - handed to Jinja
        spoken = language if language in self.library.notice else "kk"
        page = self._templates.get_template(f"{template}.html").render(
            **given, url=self.url, language=spoken, notice=self.library.notice[spoken]
        )
        return page.encode()
