"""Traps among listings, each a source of its own: feeds, sitemaps, channels and sections that explode or never end."""

from __future__ import annotations

import world as w
from bombs import answer, laughs


def bomb_feed(declared, inside):
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [{declared}]><rss version="2.0"><channel><title>F</title>'
        f"<item><title>{inside}</title><link>http://127.0.0.1:9/{inside}</link></item></channel></rss>"
    ).encode()


# Listings, each a source of its own: path -> (kind of source, what the server answers for any path below it).
def laughing_feed(web, path):
    return answer(bomb_feed(laughs(), "&z;"))


def quadratic_feed(web, path):
    return answer(bomb_feed(f'<!ENTITY q "{"q" * 100_000}">', "&q;" * 1000))


def external_feed(web, path):
    return answer(bomb_feed(f'<!ENTITY x SYSTEM "{web.url}/secret"><!ENTITY % y SYSTEM "{web.url}/secret"> %y;', "&x;"))


def long_feed(web, path):
    return answer(w.feed(web, [(f"/honest/{n}?long", "") for n in range(10_000)]).encode())


def long_addresses(web, path):
    return answer(w.feed(web, [("/" + "x" * 1_000_000 + str(n), "") for n in range(5)]).encode())


SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def laughing_sitemap(web, path):
    return answer(
        f"<!DOCTYPE x [{laughs()}]><urlset {SITEMAP}><url><loc>http://127.0.0.1:9/&z;</loc></url></urlset>".encode()
    )


def crowded_sitemap(web, path):
    many = "".join(f"a{n}='' " for n in range(200_000))
    return answer(f"<urlset {SITEMAP}><url {many}><loc>{web.url}/honest/crowd</loc></url></urlset>".encode())


def maze(web, path):
    """An index that names itself and ten further indexes, without end."""
    deeper = [f"{path}/{n}" for n in range(10)]
    links = "".join(f"<sitemap><loc>{web.url}{p}</loc></sitemap>" for p in ["/maze", path, *deeper])
    return answer(f"<sitemapindex {SITEMAP}>{links}</sitemapindex>".encode())


def endless_channel(web, path):
    """A channel that always has earlier messages."""
    before = int(path.partition("before=")[2] or 10_000_000)
    more = f'<a class="tme_messages_more" data-before="{before - 1}" href="/s/maze?before={before - 1}"></a>'
    block = (
        f'<div class="tgme_widget_message" data-post="maze/{before}"><div class="tgme_widget_message_text">Полиция '
        f'района ответила на письмо {before}</div><time datetime="2026-11-10T09:00:00+00:00"></time></div>'
    )
    return answer(f"<html><body>{more}<section>{block}</section></body></html>".encode())


def calendar(web, path):
    """Months with one article each that link to their neighbours for ever, before year 1 and after 9999."""
    at = int(path.partition("month=")[2] or 0)
    links = "".join(f'<a href="/calendar?month={at + step}">{at + step}</a>' for step in (-12, -1, 1, 12))
    links += f'<a href="/honest/{at}?calendar">{at}</a>'
    return answer(f"<html><body><h1>Календарь</h1>{links}</body></html>".encode())


# Path: (kind of source, what it answers, further keys of the source's block).
LISTINGS = {
    "/laughs.xml": ("feed", laughing_feed, {}), "/quadratic.xml": ("feed", quadratic_feed, {}),
    "/external.xml": ("feed", external_feed, {}), "/long.xml": ("feed", long_feed, {}),
    "/addresses.xml": ("feed", long_addresses, {}), "/laughs-map.xml": ("sitemap", laughing_sitemap, {}),
    "/crowd-map.xml": ("sitemap", crowded_sitemap, {}), "/maze": ("sitemap", maze, {}),
    "/s/maze": ("telegram", endless_channel, {}),
    "/calendar": ("site", calendar, {"links": r"/honest/", "next": r"month=", "depth": 20}),
}  # fmt: skip
