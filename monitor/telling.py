"""Tells one story in a mail: its title, where it is from, a quotation, and what was read in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.quotes import Quote
from monitor.records import Post
from monitor.settings import Settings
from monitor.wording import Wording

COLOURS = {"negative": "#b35806", "positive": "#2166ac"}  # as in the charts
FAINT = "#6b7280"


def told(
    post: Post,
    quote: Quote,
    sentiment: str | None,
    reasons: Sequence[str],
    settings: Settings,
    wording: Wording,
    *,
    copies: int = 0,
) -> dict[str, Any]:
    """Return what `stories.html` and `stories.txt` show of a story; reasons of an older codebook are left out."""
    code = wording.language.code
    names = {r.code: r.name.get(code) for r in settings.reasons}
    stances: dict[str, str] = {s.code: s.name.get(code) for s in settings.sentiments}
    regions = {r.code: r.name.get(code) for r in settings.regions}
    return {
        "id": post.id,
        "title": post.title or heading(post.text),
        "url": web_address(post.url),
        "meta": [
            source_name(post.source, settings),
            wording.date(post.published) if post.published else "",
            wording.count("reprints_n", copies) if copies else "",
        ],
        "quote": quote,
        "sentiment": stances.get(sentiment or "", ""),
        "colour": COLOURS.get(sentiment or "", FAINT),
        "reasons": ", ".join(names[r] for r in reasons if r in names),
        "regions": ", ".join(regions[r] for r in post.regions if r in regions),
    }


def heading(text: str, most: int = 70) -> str:
    """Return the first words of a text without a title, cut between words."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0].rstrip(" ,.;:–—-") + " …"


def source_name(name: str, settings: Settings) -> str:
    """Return the name of a source, or its id when it came from an import."""
    source = settings.source(name)
    return source.name if source else name


def web_address(url: str) -> str:
    """Return `url` when it may stand in a link: pages choose their own canonical address, some badly."""
    return url if url.startswith(("http://", "https://")) else ""
