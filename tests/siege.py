"""Crawls a hostile web with the real crawler into a real database, and watches what the crawling process costs."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import hostile
import world as w
from installation import install

from monitor import settings
from monitor.pipeline import collect, open_store
from monitor.records import Fate

TOGETHER = 4  # traps on one server: fewer than failures after which a host is given up

# What the crawling process is told by its name server; it reads this before anything else.
NAMES = """
import socket
real = socket.gethostbyname
def fake(name):
    return "10.1.2.3" if name == "inside.example" else real(name)
socket.gethostbyname = fake
"""


@dataclass
class Outcome:
    """What came of a siege: fates and reasons by address, peak memory and processor time of the crawling process."""

    fates: dict = field(default_factory=dict)
    details: dict = field(default_factory=dict)
    megabytes: float = 0
    computing: float = 0
    seconds: float = 0


class Watch(threading.Thread):
    """Reads the peak of the memory of every crawling child while it lives."""

    def __init__(self, outcome):
        super().__init__(daemon=True)
        self.outcome, self.over = outcome, threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            for pid in children():
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
                except (OSError, IndexError):  # it has just ended
                    continue
                self.outcome.megabytes = max(self.outcome.megabytes, peak)
                computing = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
                self.outcome.computing = max(self.outcome.computing, computing)


def children():
    found = set()
    for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        try:
            found |= set(map(int, task.read_text().split()))
        except OSError:
            continue
    return {pid for pid in found if b"crawlers.child" in _command(pid)}


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def besiege(folder, monkeypatch, pages=(), listings=(), robots=(), **crawl):
    """Crawl the named traps, and honest pages beside them, in one pass; returns (Outcome, address of each trap).

    `crawl` are changes of the settings of the crawl.
    """
    names = folder / "names"
    names.mkdir(parents=True)
    (names / "sitecustomize.py").write_text(NAMES)
    monkeypatch.setenv("PYTHONPATH", str(names))
    given = {"allow_loopback": True, "delay_seconds": 0, "max_feed_items": 50} | crawl
    home = settings.load(install(folder / "home", crawl=given))
    outcome, traps = Outcome(), {}
    with ExitStack() as stack, open_store(home) as store:
        sources = list(_sources(stack, traps, pages, listings, robots))
        watch = Watch(outcome)
        watch.start()
        begun = time.monotonic()
        collect(home, store, sources)
        outcome.seconds = time.monotonic() - begun
        watch.over.set()
        watch.join()
        rows = store.rows("SELECT source, key, fate, detail FROM fate")
        assert len(rows) == len({(row["source"], row["key"]) for row in rows})
        outcome.fates = {row["key"]: Fate(row["fate"]) for row in rows}
        outcome.details = {row["key"]: row["detail"] for row in rows}
        assert store.check() == ()
    return outcome, traps


def _sources(stack, traps, pages, listings, robots):
    links = []
    pages = list(pages)
    for begin in range(0, len(pages), TOGETHER):
        web = stack.enter_context(hostile.serve())
        for path in pages[begin : begin + TOGETHER]:
            traps[path] = web.url + path
            links += [traps[path], f"{web.url}/honest{path}"]
    if links:
        main = stack.enter_context(hostile.serve())
        main.feed("/feed.xml", [*links, "/honest/last"])
        traps["last"] = f"{main.url}/honest/last"
        yield w.source(main, id="traps")
    for n, path in enumerate(listings):
        web = stack.enter_context(hostile.serve())
        traps[path] = web.url + path
        traps[f"asked {path}"] = web
        kind, _, keys = hostile.LISTINGS[path]
        yield w.source(web, path, id=f"listing{n}", kind=kind, **keys)
    for name in robots:
        web = stack.enter_context(hostile.serve())
        web.own["/robots.txt"] = hostile.ROBOTS[name][1]
        traps[name] = f"{web.url}/feed.xml" if hostile.ROBOTS[name][0] is Fate.UNREACHABLE else f"{web.url}/honest/1"
        traps[f"asked {name}"] = web
        web.feed("/feed.xml", ["/honest/1", "/honest/secret"])
        yield w.source(web, id=f"robots-{name}")
