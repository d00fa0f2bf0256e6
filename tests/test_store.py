"""The whole store: killed at any moment it has lost nothing, and the repeated pass ends where an unbroken one does."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.store import Store

HERE = Path(__file__).parent
WORK = """
import sys
sys.path.insert(0, sys.argv[2])
from builders import make_item, make_opinion
from monitor.records import BodyStance
from monitor.store import Store

praise = BodyStance(body="knb", sentiment="positive", confidence=0.8, probabilities=(0.1, 0.1, 0.8), start=0, end=7)

with Store.open(sys.argv[1]) as store:
    number = store.begin("import")
    for batch in range(12):
        numbers = range(batch * 10, batch * 10 + 10)
        items = [make_item(n % 50, text=f"Полиция, сообщение {n}: дело пошло.") for n in numbers]
        print(store.add(number, items).total(), flush=True)
        while posts := store.unjudged("m1", 4):
            store.add_opinions([make_opinion(post, bodies=("knb", "police"), stances=(praise,)) for post in posts])
    store.finish(number)
"""
CONTENT = {
    "posts": "SELECT id, url, version, newest, title, text, regions, mentions FROM post ORDER BY id",
    "labels": "SELECT post.id, labeller, what FROM label JOIN post ON number = post ORDER BY 1, 2, 3",
    "current": "SELECT post.id, about, sentiment FROM current JOIN post ON number = post ORDER BY 1",
    "regions": "SELECT post.id, region FROM post_region JOIN post ON number = post ORDER BY 1, 2",
    "bodies": "SELECT post.id, body FROM post_body JOIN post ON number = post ORDER BY 1, 2",
    "reasons": "SELECT post.id, code FROM current_reason JOIN post ON number = post ORDER BY 1, 2",
    "stances": "SELECT post.id, body, sentiment FROM current_stance JOIN post ON number = post ORDER BY 1, 2",
}


def content(file):
    with Store.open(file) as store:
        assert store.check() == ()
        with store.writing() as connection:
            connection.execute("INSERT INTO letters (letters) VALUES ('integrity-check')")
            connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        assert store.count(query="сообщение") == store.count(query='"сообщение"') == store.count()
        return {name: store.rows(sql) for name, sql in CONTENT.items()}


def work(file):
    return subprocess.Popen(
        [sys.executable, "-c", WORK, str(file), str(HERE)], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    file = tmp_path_factory.mktemp("unbroken") / "senim.db"
    assert work(file).communicate(timeout=120) is not None
    found = content(file)
    assert len(found["posts"]) == 120
    assert sum(post["newest"] for post in found["posts"]) == 50
    return found


@pytest.mark.parametrize("seed", range(4))
def test_killed_and_repeated_is_as_if_nothing_had_happened(tmp_path, unbroken, seed):
    file, chance = tmp_path / "senim.db", random.Random(seed)
    for _ in range(2):
        process = work(file)
        stored = 0
        for _ in range(chance.randint(0, 6)):
            stored += int(process.stdout.readline() or 0)
        time.sleep(chance.random() / 20)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Store.open(file) as store:
            assert store.value("SELECT count(*) FROM fate") >= stored  # what was reported is there
    process = work(file)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert content(file) == unbroken
