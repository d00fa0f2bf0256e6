"""Several crawling processes over one frontier, and one place where their items come together, page by page.

Calls of platforms stay with one further process: their budgets and limits are kept by one desk.
"""

from __future__ import annotations

import logging
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

from crawlers import crawl as single
from crawlers import wire
from crawlers.frontier import Frontier, mark
from crawlers.spiders.desk import KINDS
from monitor.errors import CrawlError
from monitor.records import Answer, Fate, Item

HELD = 100  # pages that may wait for the writer: more are not read from the children's pipes

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Hand:
    """One child; `state` is running, through or dead."""

    name: str
    child: subprocess.Popen[bytes]
    job: wire.Job
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=single.TAIL))
    state: str = "running"


Event = tuple[_Hand, list[Item], str]


def crawl(job: wire.Job, deliver: Callable[[Item], None]) -> None:
    """Crawl with `processes` children; the contract is that of `crawl.crawl`.

    A child that dies costs nothing: the others take up what it had in hand. CrawlError when none is left.
    """
    frontier = Frontier(job.crawl.frontier, name := uuid4().hex)
    events: queue.Queue[Event] = queue.Queue(HELD)
    hands: list[_Hand] = []
    settled: set[str] = set()
    stop = threading.Event()
    try:
        for worker, part in _parts(job, name).items():
            hands.append(hand := _Hand(worker, single.start(), part))
            for work in (_talk, _listen):
                threading.Thread(target=work, args=(hand, events, stop), daemon=True).start()
            threading.Thread(target=single.drain, args=(hand.child.stderr, hand.tail), daemon=True).start()
        while any(hand.state == "running" for hand in hands):
            hand, items, state = events.get()
            for item in items:
                deliver(item)
                settled.add(mark(item.source, item.key))
            hand.state = state
            if state == "dead":
                _take_back(hand, frontier, settled, deliver)
    finally:
        stop.set()
        for hand in hands:
            single.end(hand.child)
        left = [entry for entry in frontier.close() if entry.mark not in settled]
    for entry in left:
        why = "the pass ended before it was asked"
        deliver(Item(key=entry.url, source=entry.source, fate=Fate.UNREACHABLE, detail=why))
    _judge(hands, bool(left))


def _parts(job: wire.Job, name: str) -> dict[str, wire.Job]:
    """Return the job of each child by its name."""
    web = tuple(s for s in job.sources if s.kind not in KINDS)
    desk = tuple(s for s in job.sources if s.kind in KINDS)
    workers = job.crawl.processes
    parts = {
        f"worker{n}": replace(
            job, sources=web, share=wire.Share(url=job.crawl.frontier, name=name, worker=f"worker{n}", workers=workers)
        )
        for n in range(1, workers + 1 if web else 1)
    }
    return parts | ({"desk": replace(job, sources=desk, again={})} if desk else {})


def _talk(hand: _Hand, events: queue.Queue[Event], stop: threading.Event) -> None:
    assert hand.child.stdin
    try:
        hand.child.stdin.write(wire.dump_job(hand.job))
        hand.child.stdin.flush()
    except (BrokenPipeError, ValueError):
        log.debug("child=%s outcome=gone", hand.name)


def _listen(hand: _Hand, events: queue.Queue[Event], stop: threading.Event) -> None:
    """Read what a child says; give on what came of one address as a whole."""
    assert hand.child.stdout
    page: list[Item] = []
    before: Answer | None = None
    try:
        for line in hand.child.stdout:
            if line in (wire.END, wire.PAGE):
                _put(events, (hand, page, "through" if line == wire.END else "running"), stop)
                if line == wire.END:
                    return
                page, before = [], None
            elif line.endswith(b"\n"):
                item = wire.load_item(line, before)
                before = item.answer
                if hand.job.share is None and page and not (item.post and item.post.parent):
                    _put(events, (hand, page, "running"), stop)
                    page = []
                page.append(item)
    except ValueError:
        log.debug("child=%s outcome=closed", hand.name)
    _put(events, (hand, [] if hand.job.share else page, "dead"), stop)


def _put(events: queue.Queue[Event], event: Event, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            return events.put(event, timeout=1)
        except queue.Full:
            continue


def _take_back(hand: _Hand, frontier: Frontier, settled: set[str], deliver: Callable[[Item], None]) -> None:
    log.warning("child=%s outcome=dead", hand.name)
    for entry in frontier.reclaim(hand.name, settled):
        why = "crawling processes died over it"
        deliver(Item(key=entry.url, source=entry.source, fate=Fate.QUARANTINED, detail=why))
        settled.add(entry.mark)


def _judge(hands: list[_Hand], left: bool) -> None:
    """Raise CrawlError when work was lost: the desk died, or all workers, or the last one before it was through."""
    workers = [hand for hand in hands if hand.job.share]
    dead = [hand for hand in hands if hand.state == "dead"]
    lost = [hand for hand in dead if not hand.job.share]
    if workers and (all(hand.state == "dead" for hand in workers) or (left and any(h in workers for h in dead))):
        lost += [hand for hand in dead if hand.job.share]
    if lost:
        words = "\n  ".join(lost[0].tail)
        raise CrawlError(
            "crawling processes ended too early: " + ", ".join(f"{h.name} ({h.child.returncode})" for h in lost),
            advice="What came before is kept; run the crawl again. Last words:\n  " + words,
        )
