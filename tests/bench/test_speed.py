"""How fast and how large: import, classify, trends, digest, and ten thousand lines. `make bench` runs it.

SENIM_DATA names the folder of the training data, whose texts are measured and never kept. Each command is a process of
its own, so that its peak memory is its own; a table stands at the end.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench_table import TABLE
from installation import install, make_records

from monitor.store import Store

DATA = Path(os.environ.get("SENIM_DATA") or "no-such-folder")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="set SENIM_DATA to the folder of the training data")
pytestmark = pytest.mark.timeout(3600)
LINES, BAD = 10_000, 20


@pytest.fixture(scope="session")
def table(pytestconfig):
    """Rows (what, how many, unit, seconds, megabytes) that conftest.py shows at the end."""
    return pytestconfig.stash[TABLE]


# The command, and at its end the peak of its own memory. Not ru_maxrss: on Linux that of a child begins with what the
# parent held when it was started.
MEASURED = """
import atexit, sys
def peak():
    status = open("/proc/self/status").read()
    print("PEAK", status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
atexit.register(peak)
from monitor.cli import main
main()
"""


def measure(home, *words):
    """Run a command; returns what it said, its seconds and the peak of its resident memory in megabytes."""
    begun = time.monotonic()
    command = [sys.executable, "-c", MEASURED, "--home", str(home), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    return done.stdout, seconds, int(re.findall(r"^PEAK (\d+)$", done.stderr, re.M)[-1]) / 1024


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return install(tmp_path_factory.mktemp("bench") / "home")


def fates(said):
    found = json.loads(said)
    assert sum(found["fates"].values()) == found["items"]
    return found


@needs_data
def test_import_of_every_record(home, table):
    import gzip

    file = DATA / "domain" / "unlabelled.jsonl.gz"
    with gzip.open(file) as lines:
        records = sum(1 for line in lines if line.strip())
    said, seconds, megabytes = measure(home, "import", file, "--date", "2026-11-02", "--json")
    found = fates(said)
    assert found["items"] == records
    table.append((f"import {file.name}", records, "records", seconds, megabytes))
    table.append(("  of them stored", found["fates"]["stored"], "posts", seconds, megabytes))
    with Store.open(home / "var" / "senim.db") as store:
        assert store.check() == ()


@needs_data
@pytest.mark.parametrize("folder", ["kz_pages", "extraction_benchmark/html"])
def test_import_of_saved_pages(home, table, folder):
    pages = DATA / "html" / folder
    count = sum(1 for f in pages.rglob("*") if re.search(r"\.html?(\.gz)?$", f.name))
    if not count:
        pytest.skip(f"no pages in html/{folder}")
    said, seconds, megabytes = measure(home, "import", pages, "--json")
    assert fates(said)["items"] == count
    table.append((f"import html/{folder}", count, "pages", seconds, megabytes))


@needs_data
def test_classify_everything_that_was_imported(home, table):
    said, seconds, megabytes = measure(home, "classify")
    table.append(("classify the database", int(said.split()[0]), "posts", seconds, megabytes))
    assert measure(home, "classify")[0] == "0 posts judged\n"


@needs_data
@pytest.mark.parametrize(
    "words", [("trends", "--by", "region,week,reason", "--json"), ("digest",), ("alerts", "check")]
)
def test_figures_of_everything(home, table, words):
    said, seconds, megabytes = measure(home, *words)
    table.append((" ".join(words[:3]), 1, "run", seconds, megabytes))
    assert said


def make_lines(count):
    """Return lines for classify: the texts of SENIM_DATA when it is there, invented ones otherwise."""
    import gzip

    if DATA.is_dir():
        with gzip.open(DATA / "domain" / "unlabelled.jsonl.gz", "rt", encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in file]
    else:
        texts = [record["text"] for record in make_records(count)]
    lines = [json.dumps({"id": n, "text": texts[n % len(texts)]}, ensure_ascii=False) for n in range(count - BAD)]
    rng = random.Random(1)
    for n in range(BAD):
        lines.insert(rng.randrange(len(lines)), ("{broken", '{"id": "x"}', '{"id": "x", "text": 5}', "[]")[n % 4])
    return lines


def test_ten_thousand_lines(home, table, tmp_path):
    given, made = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = make_lines(LINES)
    given.write_text("".join(line + "\n" for line in lines), "utf-8")
    _, seconds, megabytes = measure(home, "classify", given, "-o", made)
    table.append((f"classify a file, {BAD} lines bad", LINES, "lines", seconds, megabytes))
    answers = [json.loads(line) for line in made.read_text("utf-8").splitlines()]
    assert len(answers) == LINES
    assert sum("error" in answer for answer in answers) == BAD
    for line, answer in zip(lines, answers, strict=True):
        if "error" not in answer:
            text = json.loads(line)["text"]
            assert all(text[r["start"] : r["end"]] == r["quote"] for r in answer["reasons"])
