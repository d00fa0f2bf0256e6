"""How many a second: places, mentions, reprints and cells. Bounds are a fraction of what a quiet core does."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from builders import MONDAY, make_judged
from test_places import SENTENCES, found, gazetteer
from test_relevance import MATCHER, TABLE
from test_stories import BASES, DAY

from monitor.stories import fingerprint, group
from monitor.trends import tally


def test_places():
    texts = [s["text"] for s in SENTENCES] * 5
    article = " ".join(s["text"] for s in SENTENCES[:50])
    found(article)
    begin = time.process_time()
    for text in texts:
        gazetteer().locate(text)
    assert len(texts) / (time.process_time() - begin) >= 1500
    begin = time.process_time()
    for _ in range(40):
        gazetteer().locate(article)
    assert 40 / (time.process_time() - begin) >= 200


def test_mentions():
    posts = [text for _, text in TABLE] * 20
    start = time.perf_counter()
    for post in posts:
        MATCHER.mentions("", post)
    # measured: 35,000 a second on one busy core once the words are known; the bound leaves room for slow machines
    assert len(posts) / (time.perf_counter() - start) > 3000


def test_reprints():
    chance = random.Random(7)
    words = sorted(set(" ".join(BASES).split()))
    texts = [" ".join(chance.choices(words, k=40)) for _ in range(1500)]
    start = time.perf_counter()
    marks = [fingerprint(text) for text in texts]
    # measured: 7,400 texts of 260 characters a second on one core
    assert len(texts) / (time.perf_counter() - start) > 500
    items = [(str(i), DAY + timedelta(hours=i % 500), marks[i % 1500], texts[i % 1500]) for i in range(20_000)]
    start = time.perf_counter()
    found = group(items)
    # measured: 50,000 posts, 47,000 of them different, in 3 seconds
    assert time.perf_counter() - start < 20
    assert len(set(found.values())) == 1500


def test_cells():
    rows = [
        make_judged(
            n,
            regions=(f"KZ-{n % 20 + 10}",) if n % 5 else (f"KZ-{n % 20 + 10}", "KZ-75"),
            published=MONDAY + timedelta(weeks=n % 52),
            reasons=(f"r{n % 16}",),
            story=f"s{n // 2}",
        )
        for n in range(200_000)
    ]
    began = time.perf_counter()
    cells = tally(rows, by=("region", "week", "reason"))
    assert time.perf_counter() - began < 10
    assert sum(c.posts for c in cells if not c.region and not c.reason) == 200_000
