"""How pages say when they were published, and what misleads: JSON-LD, meta tags and visible dates with their truth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from crawlers.pages.dates import ZONE

# The pages are read at 2025-11-13 11:00 in Almaty.
T = "2025-11-12 14:05"
D = "2025-11-12 00:00"


class Stamp(NamedTuple):
    """A date as a page carries it: JSON-LD properties, meta tags, what is shown, the feed; and the truth (local)."""

    ld: Mapping = MappingProxyType({})
    meta: tuple = ()
    shown: str = ""
    feed: str = ""
    truth: str | None = T
    step: str = "selector"


def local(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE) if text else None


def span(words, name="date"):
    return f'<span class="{name}">{words}</span>'


def ld(published, **more):
    return {"datePublished": published, **more}


def meta(published, **more):
    pairs = [("article:published_time", published)]
    return tuple(pairs + [(f"article:{name}", value) for name, value in more.items()])


# Forms that do not depend on the language.
COMMON = (
    Stamp(ld=ld("2025-11-12T14:05:00+05:00", dateModified="2025-11-13T09:00:00+05:00"), step="jsonld"),
    Stamp(ld=ld("2025-11-12T09:05:00.000Z"), shown=span("10.11.2025", "event-date"), step="jsonld"),
    Stamp(ld=ld("2052-11-12T14:05:00+05:00"), meta=meta("2025-11-12T14:05:00+05:00"), step="meta"),
    Stamp(ld=ld("0001-01-01T00:00:00"), shown='<time datetime="2025-11-12T14:05:00+05:00">12.11</time>'),
    Stamp(ld=ld("2026-12-11T14:05:00+05:00"), shown=span("12.11.2025, 14:05")),
    Stamp(ld={"dateModified": "2025-11-13T10:30:00+05:00"}, shown=span("12.11.2025 14:05", "news-date-time")),
    Stamp(meta=(("article:modified_time", "2025-11-13T10:00:00+05:00"), *meta("2025-11-12 14:05:00")), step="meta"),
    Stamp(meta=(("datePublished", "12.11.2025"),), truth=D, step="meta"),
    Stamp(meta=meta("2099-01-01T00:00:00Z"), feed="2025-11-12 14:05", shown=span("12.11.2025"), step="feed"),
    Stamp(
        shown='<time class="updated" datetime="2025-11-13T08:00:00+05:00">13.11.2025</time> '
        '<time class="entry-date published" datetime="2025-11-12T14:05:00+05:00">12.11.2025</time>'
    ),
    Stamp(shown='<span itemprop="dateModified" content="2025-11-13T08:00:00+05:00">13.11</span>'
          '<meta itemprop="datePublished" content="2025-11-12T14:05:00+05:00">', step="meta"),
    Stamp(shown=span("12.11.2025"), truth=D),
    Stamp(shown=span("14:05, 12.11.2025", "post__time")),
    Stamp(shown="<p>12.11.2025 14:05</p>", step="text"),
    Stamp(truth=None, step=""),
)  # fmt: skip
RUSSIAN = (
    Stamp(shown=span("Сегодня, 09:40", "publish-time"), truth="2025-11-13 09:40"),
    Stamp(shown=span("вчера, 18:20"), truth="2025-11-12 18:20"),
    Stamp(shown=span("12 ноября 2025, 14:05")),
    Stamp(shown=span("12 ноября 2025 года", "article__date"), truth=D),
    Stamp(shown=span("12 нояб. 2025 14:05", "meta-date")),
    Stamp(shown=span("12 ноября, 14:05")),
    Stamp(shown=span("3 часа назад", "time"), truth="2025-11-13 08:00"),
    Stamp(shown=span("Обновлено: 13 ноября 2025, 09:00", "date-updated") + span("Опубликовано: 12 ноября 2025, 14:05")),
    Stamp(shown=span("Опубликовано 12 ноября 2025, 14:05 · Обновлено 13 ноября 2025, 09:00", "post-date")),
    Stamp(shown=span("Обновлено 13 ноября 2025, 09:00. Опубликовано 12 ноября 2025, 14:05", "post-date")),
    Stamp(shown="<div>Среда, 12 ноября 2025 года, 14:05</div>", step="text"),
    Stamp(shown="<p>Опубликовано: 12.11.2025 г.</p>", truth=D, step="text"),
)
KAZAKH = (
    Stamp(shown=span("Бүгін, 08:15", "publish-time"), truth="2025-11-13 08:15"),
    Stamp(shown=span("кеше, 18:20"), truth="2025-11-12 18:20"),
    Stamp(shown=span("2025 жылғы 12 қараша", "article__date"), truth=D),
    Stamp(shown=span("12 қарашада 2025 ж."), truth=D),
    Stamp(shown=span("12 Қараша, 2025 14:05", "meta-date")),
    Stamp(shown=span("14:05 | 12 қараша 2025")),
    Stamp(shown=span("12 қараша, 14:05")),
    Stamp(shown=span("2 сағат бұрын", "time"), truth="2025-11-13 09:00"),
    Stamp(shown=span("Жаңартылды: 2025 жылғы 13 қараша, 09:00", "date-updated")
          + span("Жарияланды: 2025 жылғы 12 қараша, 14:05")),
    Stamp(shown=span("Жарияланған күні: 12 қараша 2025, 14:05. Жаңартылған күні: 13 қараша 2025", "post-date")),
    Stamp(shown=span("12 қар. 2025, 14:05")),
    Stamp(shown="<div>Сәрсенбі, 2025 жылғы 12 қараша, 14:05</div>", step="text"),
    Stamp(shown="<p>Жарияланды: 12.11.2025 ж.</p>", truth=D, step="text"),
)  # fmt: skip


def stamps(language):
    """Return all forms for a language; every form is worn by at least one page."""
    own = KAZAKH if language == "kk" else RUSSIAN
    return [stamp for pair in zip(own, COMMON, strict=False) for stamp in pair] + list(COMMON[len(own) :])
