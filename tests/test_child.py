"""The crawling process and its parent: whichever dies, nothing that came is lost and nothing is left running."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import world as w
from builders import make_item
from test_crawl import FRESH

from crawlers import wire
from crawlers.crawl import crawl
from monitor.errors import CrawlError
from monitor.records import Fate, Item

linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")


def children():
    found = set()
    for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found |= set(map(int, task.read_text().split()))
    return {pid for pid in found if b"crawlers.child" in Path(f"/proc/{pid}/cmdline").read_bytes()}


@linux
def test_a_dead_child_is_an_error_that_keeps_what_came_before():
    items = []

    def deliver(item):
        items.append(item)
        for pid in children():
            os.kill(pid, signal.SIGKILL)

    with w.serve() as world:
        world.put("/one", w.article("Одна"))
        world.put("/slow", "x", delay=5)
        world.put("/feed.xml", w.feed(world, [("/one", FRESH), ("/slow", FRESH)]))
        with pytest.raises(CrawlError, match=r"paper: the crawling process ended too early.*run the crawl again"):
            crawl(w.settings(timeout_seconds=8), [w.source(world)], deliver, lambda s: ())
    assert [i.fate for i in items] == [Fate.STORED]


@linux
def test_an_error_of_the_receiver_ends_the_child_and_goes_on():
    def deliver(item):
        raise RuntimeError("the disk is full")

    with w.serve() as world:
        world.put("/slow", "x", delay=5)
        world.put("/feed.xml", w.feed(world, [("/none", FRESH), ("/slow", FRESH)]))
        with pytest.raises(RuntimeError, match="the disk is full"):
            crawl(w.settings(timeout_seconds=8), [w.source(world)], deliver, lambda s: ())
    assert children() == set()


@linux
def test_a_child_does_not_outlive_its_parent():
    program = """
        import sys
        from crawlers.crawl import crawl
        import world as w
        with w.serve() as world:
            world.put("/feed.xml", w.feed(world, [("/none", ""), ("/slow", "")]))
            world.put("/slow", "x", delay=30)
            deliver = lambda item: (sys.stdout.write("ready\\n"), sys.stdout.flush())
            crawl(w.settings(timeout_seconds=30), [w.source(world)], deliver, lambda s: ())
    """
    root = str(Path(__file__).parent.parent)
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root}/tests"},
    )  # fmt: skip
    assert parent.stdout.readline() == "ready\n"
    tasks = Path(f"/proc/{parent.pid}/task").glob("*/children")
    (child,) = {int(pid) for task in tasks for pid in task.read_text().split()}
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(50):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child still runs five seconds after its parent died")


def test_items_survive_the_pipe():
    item = make_item(regions=(), regions_from="", mentions=(), published=None)
    assert wire.load_item(wire.dump_item(item)) == item
    lone = Item(key="k", source="s", fate=Fate.GONE, detail="HTTP status 404 \ud800")
    assert wire.load_item(wire.dump_item(lone)) == lone
