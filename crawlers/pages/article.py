"""Reads one news page: what the publisher declares first (JSON-LD), then trafilatura, then the plain paragraphs.

Why this order: a publisher's own declaration needs no guessing, but it is often cut or flattened to one line; so its
words are taken only where the page itself does not give them better.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawlers.pages import address, comments, dates, markup
from monitor.errors import BadItem
from monitor.records import Fate

MIN_BODY = 200  # characters: a shorter articleBody is a teaser
ARTICLES = {
    "Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "BlogPosting",
    "Report", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting", "AdvertiserContentArticle",
}  # fmt: skip
_DATES_META = (
    "article:published_time", "og:article:published_time", "datepublished", "publishdate", "pubdate", "dc.date",
    "dc.date.issued", "dcterms.created", "date", "sailthru.date", "parsely-pub-date", "mediator_published_time",
)  # fmt: skip
_DATE_CLASS = re.compile(
    r"(^|[-_])(date|time|datetime|published|pubdate|post-date|created|data|kun)([-_]|$)|publish|meta-date"
)
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
    steps = _steps(root, node, metas, feed_date)
    text = _without_head(_text(root, node, url), title, fetched)
    published, step = dates.first(steps, fetched)
    if published is None:
        published = dates.byline(_lines(root), fetched)
        step = "text" if published else ""
    if not text or _is_wall(title, text) or (not node and url and not urlsplit(url).path.strip("/")):
        raise BadItem(Fate.UNREADABLE, f"no article text on the page titled {title[:80]!r}", where=url)
    return Page(
        title=title, text=text, author=_author(node, metas, root), published=published, published_from=step,
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


def _steps(
    root: Any,  # noqa: ANN401
    node: dict[str, Any],
    metas: dict[str, str],
    feed_date: datetime | None,
) -> list[tuple[str, str | datetime | None]]:
    steps: list[tuple[str, str | datetime | None]] = [
        ("jsonld", markup.plain(node.get("datePublished"))),
        ("jsonld", markup.plain(node.get("dateCreated"))),
    ]
    steps += [("meta", metas.get(name)) for name in _DATES_META]
    steps.append(("feed", feed_date))
    for element in root.xpath("//*[@itemprop='datePublished'] | //time | //*[contains(@class, 'dat')"
                              " or contains(@class, 'time') or contains(@class, 'publish')]")[:200]:  # fmt: skip
        words = (element.get("class") or "").lower()
        if element.tag == "time" or element.get("itemprop") or _DATE_CLASS.search(words):
            shown = " ".join(element.text_content().split())
            steps.append(("selector", element.get("datetime") or element.get("content")))
            steps.append(("selector", shown if len(shown) <= dates.BYLINE else None))
    return steps


def _text(root: Any, node: dict[str, Any], url: str) -> str:  # noqa: ANN401
    """Return the words of the article, one paragraph a line."""
    declared = _declared_body(node)
    extracted = _extract(root, url)
    if len(extracted) >= MIN_BODY and len(extracted) >= 0.5 * len(declared):
        return extracted
    return max((declared, extracted, _paragraphs(root) if not extracted else ""), key=len)


def _without_head(text: str, title: str, now: datetime) -> str:
    """Return the text without first lines that repeat the title (one mention must not count twice) or are a date."""
    while True:
        first, _, rest = text.partition("\n")
        repeated = first.casefold().strip(" .") == title.casefold().strip(" .")
        if not rest or not (repeated or (len(first) <= 40 and dates.byline([first], now))):
            return text
        text = rest


def _declared_body(node: dict[str, Any]) -> str:
    body = node.get("articleBody")
    if not isinstance(body, str):
        return ""
    body = unescape(_TAGS.sub("\n", re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", body)))
    lines = [" ".join(line.split()) for line in body.splitlines()]
    text = markup.sound("\n".join(line for line in lines if line))
    return text if len(text) >= MIN_BODY and not text.endswith(("...", "…")) else ""


def _extract(root: Any, url: str) -> str:  # noqa: ANN401
    """Return trafilatura's text; precision first, because a foreign teaser in the text is a false mention."""
    from copy import deepcopy

    from trafilatura import extract

    text: str | None = extract(
        deepcopy(root), url=url or None, favor_precision=True, include_comments=False, include_tables=False,
        include_links=False, deduplicate=False,
    )  # fmt: skip
    lines = (" ".join(line.split()) for line in (text or "").splitlines())
    return "\n".join(line for line in lines if line)


def _paragraphs(root: Any) -> str:  # noqa: ANN401
    """Return the paragraphs of the element that directly holds most paragraph text: the last resort."""
    weights: dict[Any, list[str]] = {}
    for p in root.iter("p"):
        text = " ".join(p.text_content().split())
        links = sum(len(a.text_content()) for a in p.iter("a"))
        if len(text) >= 20 and links < 0.5 * len(text) and p.getparent() is not None:
            weights.setdefault(p.getparent(), []).append(text)
    best = max(weights.values(), key=lambda texts: sum(map(len, texts)), default=[])
    return "\n".join(best)


def _lines(root: Any) -> list[str]:  # noqa: ANN401
    """Return the visible short texts in reading order: where a byline hides that no tag marks."""
    lines = []
    for element in root.iter("p", "span", "div", "li", "td", "small", "em", "b"):
        parts = [element.text or "", *(child.tail or "" for child in element)]
        text = " ".join(" ".join(parts).split())
        if text:
            lines.append(text)
        if len(lines) >= 400:
            break
    return lines


def _author(node: dict[str, Any], metas: dict[str, str], root: Any) -> str:  # noqa: ANN401
    name = markup.plain(node.get("author")) or metas.get("author", "") or metas.get("article:author", "")
    if not name:
        found = root.xpath("//*[@itemprop='author' or @rel='author']")
        name = " ".join(found[0].text_content().split()) if found else ""
    return "" if name.startswith(("http://", "https://")) else name[:200]


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
