"""Feeds, sitemaps and channels are read whatever their bytes are, up to their caps."""

import contextlib
import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.spiders import feed as feeds
from crawlers.spiders import sitemap, telegram
from monitor.errors import BadItem
from monitor.records import Fate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_feed_is_never_opened_as_a_file():
    listing = feeds.read(b"/etc/hostname", "https://a.example/", "text/plain", 10, NOW)
    assert listing.trouble == "not a feed"


def test_a_long_feed_is_cut_at_its_cap():
    items = "".join(f"<item><link>https://a.example/{n}</link></item>" for n in range(50))
    listing = feeds.read(
        f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "https://a.example/", "", 7, NOW
    )
    assert len(listing.links) == 7


def test_a_packed_sitemap_that_explodes_is_too_large():
    with pytest.raises(BadItem) as error:
        sitemap.read(gzip.compress(b" " * 10_000_000), "https://a.example/m.gz", 10, 100_000, NOW)
    assert error.value.fate == Fate.TOO_LARGE


def test_the_newest_pages_of_a_sitemap_come_first():
    urls = "".join(f"<url><loc>https://a.example/{d}</loc><lastmod>2025-11-{d:02}</lastmod></url>" for d in (3, 9, 5))
    listing = sitemap.read(f"<urlset>{urls}</urlset>".encode(), "https://a.example/", 2, 10_000, NOW)
    assert [link.url[-1] for link in listing.links] == ["9", "5"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(raw):
    feeds.read(raw, "https://a.example/", "", 5, NOW)
    for read in (
        lambda: sitemap.read(raw, "https://a.example/", 5, 1000, NOW),
        lambda: telegram.read(raw.decode("latin-1"), "https://a.example/", NOW),
    ):
        with contextlib.suppress(BadItem):
            read()
