"""How figures stay fast as the base grows: invented judged posts by the million, and the commands that read them.

SENIM_GROWTH names the numbers of posts, by comma; each needs 2 KB of disk a post. Processor seconds stand beside those
of the clock, because other work on the machine moves only the latter. `pytest tests/bench/test_growth.py --benchmark`
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from datetime import timedelta

import growth
import pytest
from bench_table import GROWTH
from builders import make_opinion, make_post
from installation import install

from monitor import grounds, settings, weeks
from monitor.records import Fate, Item
from monitor.store import Store
from monitor.stories import fingerprint

pytestmark = pytest.mark.timeout(6 * 3600)
SIZES = [int(n) for n in os.environ.get("SENIM_GROWTH", "100000,1000000").split(",")]
NEW = 2000  # posts of the week that comes
NEXT = weeks.shift(growth.FIRST, growth.WEEKS)

MEASURED = """
import atexit, resource, sys
def peak():
    status = open("/proc/self/status").read()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("PEAK", status.partition("VmHWM:")[2].split()[0], used.ru_utime + used.ru_stime, file=sys.stderr)
atexit.register(peak)
from monitor.cli import main
main()
"""


class Clock:
    """Seconds of the clock and of the processor since it was made, of this process and its children."""

    def __init__(self):
        self.begun, self.used = time.monotonic(), self._used()

    def _used(self):
        own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime

    def read(self):
        return time.monotonic() - self.begun, self._used() - self.used


def command(home, *words):
    """Run a command; returns what it said, seconds of the clock, of the processor, and its peak of memory in MB."""
    begun = time.monotonic()
    line = [sys.executable, "-c", MEASURED, "--home", str(home), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kilobytes, used = re.findall(r"^PEAK (\d+) (\S+)$", done.stderr, re.M)[-1]
    return done.stdout, (time.monotonic() - begun, float(used)), int(kilobytes) / 1024


def new_week(store, model):
    """Store, link, judge and add up the posts of a week that was not there yet, as passes do; returns its seconds."""
    words = ["жители", "вызов", "дорога", "участковый", "справка", "ночь", "рынок", "школа", "ответ", "камера", "суд"]
    begun = weeks.start(NEXT)
    items = []
    for n in range(NEW):
        said = " ".join(words[(n * p) % 11] + str(n * p % 997) for p in (3, 5, 7, 13, 17, 19, 23, 29))
        text = f"Полиция приехала на вызов номер {n}: {said}."
        post = make_post(n, url=f"https://new.example/{n}", text=text, source=f"source{n % 60}",
                         published=begun + timedelta(minutes=4 * n), fingerprint=fingerprint(text))  # fmt: skip
        items.append(Item(key=post.url, source=post.source, fate=Fate.STORED, post=post))
    clock = Clock()
    number = store.begin("import")
    for start in range(0, NEW, 100):
        store.add(number, items[start : start + 100])
    store.link_stories()
    store.finish(number)
    while posts := store.unjudged(model, 200):
        store.add_opinions([make_opinion(post, model=model) for post in posts])
    judged = clock.read()
    clock = Clock()
    assert 1 <= store.keep_tallies(model) <= 3  # linking looks two weeks back
    return judged, clock.read()


@pytest.mark.parametrize("size", SIZES)
def test_figures_of_a_base_that_grows(size, tmp_path, pytestconfig):
    home = install(tmp_path / "home")
    (home / "var").mkdir()
    file = home / "var" / "senim.db"
    shipped = settings.load(home)
    model = grounds.measured(shipped)
    row = {"posts": size}
    now = weeks.start(NEXT) + timedelta(days=7)
    with Store.open(file, clock=lambda: now) as store:
        growth.fill(store, size, sorted(region.code for region in shipped.regions), model=model)
        row["without sums, MB"] = file.stat().st_size / 1e6
        store.declare_sources(shipped.sources)
        clock = Clock()
        assert store.keep_tallies(model) >= growth.WEEKS
        row["all sums"] = clock.read()
    with Store.open(file, clock=lambda: now) as store:
        row["new week"], row["its sums"] = new_week(store, model)
    row["database, MB"] = file.stat().st_size / 1e6
    said, row["trends"], row["peak, MB"] = command(home, "trends", "--by", "region,week", "--csv")
    assert len(said.splitlines()) > 21 * growth.WEEKS
    _, row["trends of a year"], _ = command(home, "trends", "--by", "region,week", "--from", weeks.shift(NEXT, -52))
    pytestconfig.stash[GROWTH].append(row)
    file.unlink()  # pytest would keep gigabytes of the last three runs
