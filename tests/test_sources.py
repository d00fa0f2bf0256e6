"""Every declared source is one that the crawler can serve."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from crawlers import politeness
from monitor.declarations import Source

FILES = sorted((Path(__file__).parent.parent / "config" / "sources").glob("*.toml"))
BLOCKS = [Source.model_validate(b) for f in FILES for b in tomllib.loads(f.read_text("utf-8"))["source"]]
SPIDERS = {"feed", "sitemap", "site", "portal", "telegram", "youtube", "vk", "mastodon", "bluesky"}


@pytest.mark.parametrize("source", BLOCKS, ids=lambda s: s.id)
def test_source(source):
    assert politeness.refusal(source.url, allow_loopback=False) == ""
    assert source.kind in SPIDERS or not source.enabled
    assert not source.checked or date.fromisoformat(source.checked)
    assert source.kind != "telegram" or re.fullmatch(r"https://t\.me/s/\w+", source.url)
    re.compile(source.only)


def test_ids_and_addresses_are_unique_and_languages_are_covered():
    assert max(Counter(s.id for s in BLOCKS).values()) == 1
    assert max(Counter(s.url for s in BLOCKS).values()) == 1
    assert {"kk", "ru", "en"} <= {s.language for s in BLOCKS if s.enabled}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_each_file_opens_with_a_comment(file):
    assert file.read_text("utf-8").startswith("# ")


def test_the_doors_of_the_crawler_are_cheap_to_import():
    program = (
        "import sys, crawlers.crawl, crawlers.files, crawlers.health; "
        "print(sorted({'scrapy', 'twisted', 'trafilatura', 'feedparser', 'warcio', 'torch'} & set(sys.modules)))"
    )
    root = str(FILES[0].parent.parent.parent)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
