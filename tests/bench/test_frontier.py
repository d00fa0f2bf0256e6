"""Pages a second of two crawling processes over one frontier, and of one; on loopback, without pauses.

Extraction is what costs: the server and the parent only read and pass on. On two cores that others use too, and with
the server on the same two, the ratio cannot come near two. SENIM_PAGES says how many pages, else 200.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import redis_server
import world as w

from crawlers.crawl import crawl

pytestmark = pytest.mark.skipif(bool(redis_server.MISSING), reason=f"needs {redis_server.MISSING}")


def test_two_processes_beside_one(tmp_path, capsys):
    pages = int(os.environ.get("SENIM_PAGES", "200"))
    rates = {}
    with redis_server.serve(tmp_path) as redis, w.serve() as world:
        date = format_datetime(datetime.now(UTC))
        for n in range(pages):
            world.put(f"/{n}", w.article(f"Страница номер {n}", paragraphs=80))
        world.put("/feed.xml", w.feed(world, [(f"/{n}", date) for n in range(pages)]))
        for name, frontier, processes in (("alone", "", 1), ("1 of frontier", redis, 1), ("2 of frontier", redis, 2)):
            times = []
            given = {"frontier": frontier, "processes": processes, "timeout_seconds": 60}
            crawl(w.settings(**given), [w.source(world)], lambda _, t=times: t.append(time.monotonic()), lambda _: ())
            assert len(times) == pages
            rates[name] = (pages - 1) / (times[-1] - times[0])
    found = ", ".join(f"{name} {rate:.1f} pages/s" for name, rate in rates.items())
    ratio = rates["2 of frontier"] / rates["1 of frontier"]
    with capsys.disabled():
        sys.stdout.write(f"\n{pages} pages: {found}; two to one {ratio:.2f}\n")
