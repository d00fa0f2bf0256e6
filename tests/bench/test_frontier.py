"""Pages a second of two crawling processes over one frontier, and of one; on loopback, without pauses.

The pages lie on SITES sites, because a process asks one site for one page at a time, however fast it answers.
Extraction is what costs: the servers and the parent only read and pass on. With the servers on the same two cores, the
ratio cannot come near two. SENIM_PAGES says how many pages, else 400.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import redis_server
import world as w

from crawlers.crawl import crawl

SITES = 8
pytestmark = pytest.mark.skipif(bool(redis_server.MISSING), reason=f"needs {redis_server.MISSING}")


def site(world, pages):
    """Lay pages and a feed of them on a site; returns its source."""
    date = format_datetime(datetime.now(UTC))
    for n in range(pages):
        world.put(f"/{n}", w.article(f"Страница номер {n}", paragraphs=80))
    world.put("/feed.xml", w.feed(world, [(f"/{n}", date) for n in range(pages)]))
    return w.source(world, id=f"paper{world.url.split(':')[1][-1]}")


def test_two_processes_beside_one(tmp_path, capsys):
    each = int(os.environ.get("SENIM_PAGES", "400")) // SITES
    rates = {}
    with redis_server.serve(tmp_path) as redis, ExitStack() as stack:
        worlds = [stack.enter_context(w.serve(f"127.0.0.{n + 1}")) for n in range(SITES)]
        sources = [site(world, each) for world in worlds]
        for name, frontier, processes in (("alone", "", 1), ("1 of frontier", redis, 1), ("2 of frontier", redis, 2)):
            times = []
            for world in worlds:
                world.asked.clear()
            given = {"frontier": frontier, "processes": processes, "timeout_seconds": 60}
            crawl(w.settings(**given), sources, lambda _, t=times: t.append(time.monotonic()), lambda _: ())
            asked = sum((Counter(p for p in world.asked if p[1:].isdigit()) for world in worlds), Counter())
            assert len(times) == each * SITES
            assert set(asked.values()) == {SITES}, "each page of each site is asked for once"
            rates[name] = (len(times) - 1) / (times[-1] - times[0])
    found = ", ".join(f"{name} {rate:.1f} pages/s" for name, rate in rates.items())
    ratio = rates["2 of frontier"] / rates["1 of frontier"]
    with capsys.disabled():
        sys.stdout.write(f"\n{each * SITES} pages: {found}; two to one {ratio:.2f}\n")
