"""The commands that keep an installation alive, as real processes: run, serve, backup, restore, corpus."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest
from installation import install, make_records, senim, start, write_jsonl

from monitor.store import Store

LONG_AGO = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home with thirty posts and the digest of the last week still unwritten."""
    home = install(tmp_path_factory.mktemp("prepared") / "home", crawl={"allow_loopback": True, "delay_seconds": 0.0})
    senim(home, "import", write_jsonl(home / "archive.jsonl", make_records(30)))
    return home


@pytest.fixture
def home(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "home")


class Silent:
    """A site that takes every connection and never answers; `gone` when whoever asked has hung up."""

    def __init__(self):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}/feed"
        self.asked, self.gone = threading.Event(), threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                caller, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.wait, args=[caller], daemon=True).start()

    def wait(self, caller):
        self.asked.set()
        with caller:
            while True:
                try:
                    if not caller.recv(4096):
                        break
                except ConnectionError:
                    break
        self.gone.set()


@pytest.fixture
def silent(home):
    """A site without answer as the only source, and a crawl that is overdue."""
    site = Silent()
    shutil.rmtree(home / "config" / "sources")
    (home / "config" / "sources").mkdir()
    block = f'[[source]]\nid = "silent"\nname = "Silent"\nkind = "feed"\nurl = "{site.url}"\nlanguage = "ru"\n'
    (home / "config" / "sources" / "silent.toml").write_text(block, "utf-8")
    with Store.open(home / "var" / "senim.db") as store:
        store.record_job("crawl", LONG_AGO, LONG_AGO, True, "long ago")
    yield site
    site.door.close()


def test_run_stops_in_order_in_the_midst_of_a_crawl_and_runs_once_at_a_time(home, silent):
    process = start(home, "-v", "run")
    try:
        assert silent.asked.wait(60), "the missed crawl was not made up for"
        refusal = senim(home, "run", rc=1)
        assert f"already run by process {process.pid}" in refusal
        assert f"kill {process.pid}" in refusal
        assert "already run" in senim(home, "run", "--once", "alerts", rc=1)
        assert not silent.gone.is_set()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, told
    assert time.monotonic() - began < 15
    assert silent.gone.wait(5), "the crawling child lives on"
    assert "timetable=stopped" in told
    with Store.open(home / "var" / "senim.db") as store:
        assert store.check() == ()
        assert [(j.ok, j.detail) for j in store.jobs("crawl")] == [
            (False, "stopped before its end"),
            (True, "long ago"),
        ]
        assert store.health().passes[0].finished is None


def test_ctrl_c_ends_a_single_job_in_order_too(home, silent):
    process = start(home, "run", "--once", "crawl")
    try:
        assert silent.asked.wait(60)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 1
    assert told == "senim: crawl: stopped before its end\n"
    assert silent.gone.wait(5)


def test_one_job_run_at_once_is_recorded_and_shown_with_its_next_run(home):
    said = senim(home, "run", "--once", "digest")
    assert "6 files" in said
    assert len(list((home / "var" / "digests").iterdir())) == 6
    told = json.loads(senim(home, "health", "--json"))["jobs"]
    assert told["digest"]["last"]["ok"] is True
    assert datetime.fromisoformat(told["digest"]["next"]) > datetime.now(UTC)
    assert told["crawl"]["last"] is None
    assert "next run" in senim(home, "health")


def test_a_job_that_fails_is_exit_code_one(home):
    main = home / "config" / "senim.toml"
    main.write_text(main.read_text("utf-8").replace('[model]\nfolder = ""', '[model]\nfolder = "nowhere"'), "utf-8")
    assert "senim: classify: " in senim(home, "run", "--once", "classify", rc=1)
    assert json.loads(senim(home, "health", "--json"))["jobs"]["classify"]["last"]["ok"] is False


def test_serve_answers_and_stops(home):
    process = start(home, "serve", "--port", "0")
    try:
        address = process.stdout.readline().split()[1]
        port = int(address.rpartition(":")[2])
        for path, status in (("/", 200), ("/sources", 200), ("/api/cells.json", 200), ("/nowhere", 404)):
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("GET", path)
                assert connection.getresponse().status == status
        assert "cannot listen" in senim(home, "serve", "--port", port, rc=1)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert "Aborted" not in told


def test_a_backup_brings_back_what_was_forgotten(home, tmp_path):
    count = json.loads(senim(home, "health", "--json"))["counts"]["posts"]
    copy = tmp_path / "copy.db"
    assert f"{count} posts" in senim(home, "backup", copy)
    assert "already a file" in senim(home, "backup", copy, rc=1)
    assert senim(home, "forget", "https://archive.example/1") == "1 posts forgotten\n"
    assert json.loads(senim(home, "health", "--json"))["counts"]["posts"] == count - 1
    said = senim(home, "restore", copy)
    assert f"{count} posts" in said
    assert "senim.db.before-restore" in said
    assert json.loads(senim(home, "health", "--json"))["counts"]["posts"] == count
    copy.write_bytes(copy.read_bytes()[:5000])
    assert "half written" in senim(home, "restore", copy, rc=1)


def test_a_release_verifies_until_a_byte_changes(home, tmp_path):
    folder = tmp_path / "corpus"
    assert "posts.parquet" in senim(home, "corpus", "release", folder, "--no-text")
    assert not {"title", "text"} & set(json.loads((folder / "posts.jsonl").read_text("utf-8").splitlines()[0]))
    assert "as it was released" in senim(home, "corpus", "verify", folder)
    assert "is not empty" in senim(home, "corpus", "release", folder, rc=1)
    assert "no post to release" in senim(home, "corpus", "release", tmp_path / "none", "--query", "нетакогослова", rc=1)
    (folder / "posts.csv").write_bytes((folder / "posts.csv").read_bytes() + b" ")
    (folder / "stray.txt").touch()
    told = senim(home, "corpus", "verify", folder, rc=1)
    assert "posts.csv was changed after the release" in told
    assert "stray.txt does not belong" in told


def test_label_check_lists_mistakes_and_fails(home, tmp_path):
    good = {
        "id": "a-1", "lang": "ru", "script": "full", "register": "comment", "text": "Опять взяли взятку, и тишина.",
        "about": True, "bodies": ["police"], "sentiment": "negative",
        "reasons": [{"code": "corruption", "start": 6, "end": 18}], "regions": [], "split": "train",
    }  # fmt: skip
    assert json.loads(senim(home, "label", "check", write_jsonl(tmp_path / "a.jsonl", [good]), "--json"))["posts"] == 1
    told = senim(home, "label", "check", write_jsonl(tmp_path / "b.jsonl", [good, good | {"split": "dev"}]), rc=1)
    assert "b.jsonl:2: id a-1 stands already in b.jsonl:1" in told
