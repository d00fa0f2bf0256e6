"""Reads section pages of a site that has neither feed nor sitemap into links, by the patterns of its block."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from crawlers.pages import address, markup
from crawlers.spiders.feed import Link, Listing


def read(html: str, url: str, links: str, further: str) -> Listing:
    """Return the pages (`links`) and further section pages (`more`) that a section page names, in its order.

    `links` and `further` are regular expressions that an address must match somewhere; without `further` the section
    is one page. Addresses of other hosts are left out. A page where nothing matches is empty, not broken.
    """
    root = markup.tree(html)
    if root is None:
        return Listing(trouble="not a page")
    home = address.host(url)
    hrefs = [_joined(url, a.get("href", "")) for a in root.iter("a")]
    own = list(dict.fromkeys(address.tidy(h) for h in hrefs if h and address.host(h) == home))
    own = [o for o in own if o != address.tidy(url)]
    more = tuple(Link(url=o) for o in own if further and re.search(further, o))
    named = {link.url for link in more}
    return Listing(links=tuple(Link(url=o) for o in own if o not in named and re.search(links, o)), more=more)


def _joined(base: str, href: str) -> str:
    try:
        joined = urljoin(base, href.strip())
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""
