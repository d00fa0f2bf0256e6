"""Reads one news page: title, words, author, date with where it came from, canonical address, language, comments.

What the publisher declares (JSON-LD, meta) comes first, because it needs no guessing; only its words of the article are
taken last, because they are often cut or flattened to one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawlers.pages import address, body, bylines, comments, dates, markup, teasers
from monitor.errors import BadItem
from monitor.records import Fate

ARTICLES = {
    "Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "BlogPosting",
    "Report", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting", "AdvertiserContentArticle",
}  # fmt: skip
_WALLS = ("just a moment", "attention required", "checking your browser", "проверка браузера", "access denied",
          "ddos-guard", "are you a robot", "вы не робот", "403 forbidden", "404 not found")  # fmt: skip
_NOTICE = re.compile(r"cookie|куки|файлы cookie|политик\w+ конфиденциальности|құпиялылық саясаты", re.IGNORECASE)
_TAGS = re.compile(r"<[a-zA-Z/][^>]{0,500}>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What was read on a page; `author` and the authors of `comments` are names as written, not yet hashed.

    `language_hint` is what the page says of itself: kk, ru, en or empty.
    """

    title: str
    text: str
    author: str
    published: datetime | None
    published_from: str
    canonical: str
    language_hint: str
    comments: tuple[comments.Comment, ...]


def read(
    html: bytes | str, url: str, fetched: datetime, encoding: str | None = None, feed_date: datetime | None = None
) -> Page:
    """Return the parts of the page at `url`, or raise BadItem (unreadable) when it holds no article.

    `fetched` (aware) is the "now" of relative and future dates, `encoding` the charset of the HTTP header,
    `feed_date` what the feed said. Date ladder: jsonld, meta, feed, selector, text.
    """
    root = markup.tree(markup.decode(html, encoding) if isinstance(html, bytes) else html)
    if root is None:
        raise BadItem(Fate.UNREADABLE, "the page is empty", where=url)
    nodes = markup.json_ld(root)
    node = next((n for n in nodes if markup.types(n) & ARTICLES), {})
    metas = _metas(root)
    title = _title(root, node, metas)
    remarks = comments.read(root, nodes, fetched)
    comments.strip(root)
    teasers.prune(root)
    steps = bylines.steps(root, node, metas, feed_date)
    text = _without_head(body.read(root, node, url, metas.get("og:description", "")), title, fetched)
    published, step = dates.first(steps, fetched)
    if published is None:
        published = dates.byline(bylines.lines(root), fetched)
        step = "text" if published else ""
    if not text or _is_wall(title, text) or (not node and url and not urlsplit(url).path.strip("/")):
        raise BadItem(Fate.UNREADABLE, f"no article text on the page titled {title[:80]!r}", where=url)
    return Page(
        title=title, text=text, author=bylines.author(root, node, metas), published=published, published_from=step,
        canonical=_canonical(root, metas, url), language_hint=_language(root, node, metas), comments=remarks,
    )  # fmt: skip


def _metas(root: Any) -> dict[str, str]:  # noqa: ANN401
    """Return name/property/itemprop -> content of the meta tags, first one wins, names in small letters."""
    metas: dict[str, str] = {}
    for tag in root.iter("meta"):
        content = (tag.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            if tag.get(key) and content:
                metas.setdefault(tag.get(key).lower(), content)
    return metas


def _title(root: Any, node: dict[str, Any], metas: dict[str, str]) -> str:  # noqa: ANN401
    heads = [" ".join(h.text_content().split()) for h in root.iter("h1")]
    heading = heads[0] if len(heads) == 1 else ""  # several: one of them is the name of the site
    page = " ".join((root.findtext(".//title") or "").split())
    page = re.split(r"\s+[|—–»«·-]\s+(?=[^|—–»«·]{1,40}$)", page)[0]
    declared = markup.plain(node.get("headline")) or metas.get("og:title", "") or heading or page
    return " ".join(unescape(_TAGS.sub(" ", declared)).split())[:500]


def _without_head(text: str, title: str, now: datetime) -> str:
    """Return the text without first lines that repeat the title (one mention must not count twice) or are a date."""
    while True:
        first, _, rest = text.partition("\n")
        repeated = first.casefold().strip(" .") == title.casefold().strip(" .")
        if not rest or not (repeated or bylines.is_about(first, now)):
            return text
        text = rest


def _canonical(root: Any, metas: dict[str, str], url: str) -> str:  # noqa: ANN401
    """Return the address the page gives itself when it is on the same host and not the front page, else `url`."""
    links = root.xpath("//link[contains(concat(' ', @rel, ' '), ' canonical ')]/@href")
    for candidate in [*links, metas.get("og:url", "")]:
        try:
            full = address.tidy(urljoin(url, candidate.strip()))
            path = urlsplit(full).path
        except ValueError:
            continue
        same = not url or address.host(full) == address.host(url)
        if candidate and same and full.startswith(("http://", "https://")) and path.strip("/"):
            return full
    return address.tidy(url)


def _language(root: Any, node: dict[str, Any], metas: dict[str, str]) -> str:  # noqa: ANN401
    for value in (markup.plain(node.get("inLanguage")), root.get("lang"), metas.get("og:locale")):
        code = (value or "").lower().replace("_", "-").split("-")[0]
        code = {"kz": "kk", "kaz": "kk", "rus": "ru", "eng": "en"}.get(code, code)
        if code in ("kk", "ru", "en"):
            return code
    return ""


def _is_wall(title: str, text: str) -> bool:
    """Tell a page that a bot guard or an error handler sent with status 200, or one with a cookie notice only."""
    return (len(text) < 1500 and title.lower().startswith(_WALLS)) or (len(text) < 400 and bool(_NOTICE.search(text)))
