"""A process that is killed at any moment loses nothing and does nothing twice, once the command is repeated.

Real processes, SIGKILL, moments drawn by chance between the first work and the end of an undisturbed run.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import world
from installation import install, install_demo, make_records, senim, start, write_jsonl

from crawlers import archive
from crawlers.sample import server
from monitor import mailbox
from monitor.records import Message
from monitor.store import Store

RECORDS = 600
LETTERS = 12
# What must be equal: everything but the moments when it was done and the numbers that count arrivals.
CONTENT = {
    "posts": "SELECT id, source, kind, url, version, newest, published, published_from, week, title, text, language,"
    " author_key, parent, regions, regions_from, mentions, hex(fingerprint) FROM post",
    "labels": "SELECT post.id, labeller, what FROM label JOIN post ON number = label.post",
    "opinions": "SELECT id, about, sentiment, abstained, confidence FROM current JOIN post ON number = current.post",
    "reasons": "SELECT id, code FROM current_reason JOIN post ON number = post",
    "regions": "SELECT id, region FROM post_region JOIN post ON number = post",
    "bodies": "SELECT id, body FROM post_body JOIN post ON number = post",
    "stories": "SELECT id, story.story FROM story JOIN post ON number = post",
    "found by word": "SELECT id FROM words JOIN post ON number = words.rowid WHERE words MATCH 'полиция'",
    "found by letters": "SELECT id FROM letters JOIN post ON number = letters.rowid WHERE letters MATCH 'олиц'",
}
PROGRESS = (
    "SELECT (SELECT count(*) FROM fate) + (SELECT count(*) FROM label)"
    " + (SELECT count(*) FROM outbox WHERE state != 'queued')"
)


def content(home):
    """Return what the database says, without times; it must be sound."""
    with Store.open(home / "var" / "senim.db") as store:
        assert store.check() == ()
        return {name: sorted(map(repr, store.rows(sql))) for name, sql in CONTENT.items()}


def progress(home):
    """Return how much of any work is done, 0 while there is no database."""
    file = home / "var" / "senim.db"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return connection.execute(PROGRESS).fetchone()[0]
    except sqlite3.OperationalError:
        return 0


class Killer:
    """Runs one command in one kind of home: undisturbed, or killed at random moments and then repeated."""

    def __init__(self, make_home, *command, before=lambda home: None):
        self.make_home, self.command, self.before = make_home, command, before
        self.moments = []  # (work done, of all) at each kill, for the message of a test that fails
        self.undisturbed = make_home()
        begun, already = time.monotonic(), progress(self.undisturbed)
        process = start(self.undisturbed, *command)
        while process.poll() is None and progress(self.undisturbed) == already:
            time.sleep(0.01)
        self.first = time.monotonic() - begun
        _, complaint = process.communicate(timeout=240)
        assert process.returncode == 0, complaint
        self.work = progress(self.undisturbed) - already

    def kill(self, times, seed):
        """Return a home in which the command was killed `times` times and then ended well."""
        rng, home, reach, done = random.Random(seed), self.make_home(), 0.9, 0
        for _ in range(8 * times):
            if done == times:
                break
            if self._killed(home, rng, reach):
                done += 1
            else:  # it was through before the moment came: anew, with an earlier one
                home, done, reach = self.make_home(), 0, 0.7 * reach
        assert done == times
        self.before(home)
        senim(home, *self.command)
        return home

    def _killed(self, home, rng, reach):
        """Kill one run when it has done a random part of its work; False when it was faster."""
        self.before(home)
        already, wanted = progress(home), int(rng.uniform(0, reach) * self.work)
        process = start(home, *self.command)
        while wanted and process.poll() is None and progress(home) - already < wanted:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1) if wanted else rng.uniform(0.3, 0.9) * self.first)
        process.kill()
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            self.moments.append((progress(home) - already, self.work))
        return process.returncode == -signal.SIGKILL


@pytest.fixture
def times(pytestconfig):
    return 5 if pytestconfig.getoption("--benchmark") else 2


@pytest.fixture
def homes(tmp_path, tiny_model):
    """Return a function that copies a prepared home, with small batches, to a new folder."""
    prepared = install(tmp_path / "prepared", tiny_model, model={"batch": 50})

    def make():
        folder = tmp_path / f"home{len(list(tmp_path.iterdir()))}"
        shutil.copytree(prepared, folder)
        return folder

    make.prepared = prepared
    return make


def test_a_killed_import(homes, times):
    file = write_jsonl(homes.prepared / "archive.jsonl", make_records(RECORDS))
    killer = Killer(homes, "import", file)
    expected = content(killer.undisturbed)
    assert len(expected["posts"]) > 400
    assert len(set(expected["stories"])) == len(expected["posts"])
    assert content(killer.kill(times, "import")) == expected, killer.moments


def test_a_killed_classification(homes, times):
    senim(homes.prepared, "import", write_jsonl(homes.prepared / "archive.jsonl", make_records(RECORDS)))
    killer = Killer(homes, "classify")
    expected = content(killer.undisturbed)
    assert len(expected["opinions"]) == len(expected["posts"])
    assert expected["reasons"]
    assert content(killer.kill(times, "classify")) == expected, killer.moments


def test_a_killed_crawl(tmp_path, tiny_model, times):
    with server.serve(datetime.now(UTC)) as web:
        prepared = install_demo(tmp_path / "prepared", web.url, tiny_model)

        def make():
            folder = tmp_path / f"home{len(list(tmp_path.iterdir()))}"
            shutil.copytree(prepared, folder)
            return folder

        killer = Killer(make, "crawl")
        expected = content(killer.undisturbed)
        assert len(expected["posts"]) > 150
        assert content(killer.kill(times, "crawl")) == expected, killer.moments


def test_mail_that_was_being_sent(homes, times, tmp_path):
    def later(home):
        """Let a quarter of an hour pass: what a dead sender held is due again."""
        with closing(sqlite3.connect(home / "var" / "senim.db")) as connection, connection:
            connection.execute("UPDATE outbox SET next_try = queued")

    with mailbox.serve(tmp_path / "mail", delay=0.2) as box:
        port = f"port = {box.port}"
        main = homes.prepared / "config" / "senim.toml"
        main.write_text(main.read_text("utf-8").replace("port = 25\n", port + "\n"), "utf-8")
        (homes.prepared / "var").mkdir()
        addressees = [f"duty{n:02}@example.org" for n in range(LETTERS)]
        with Store.open(homes.prepared / "var" / "senim.db") as store:
            store.enqueue([make_message(to) for to in addressees])

        def make():
            for file in box.folder.iterdir():
                file.unlink()
            return homes()

        killer = Killer(make, "alerts", "check", before=later)
        assert sorted(m["To"] for m in box.messages()) == addressees
        home = killer.kill(times, "mail")
        assert sorted(m["To"] for m in box.messages()) == addressees, killer.moments
        assert len({m["Message-ID"] for m in box.messages()}) == LETTERS
        with Store.open(home / "var" / "senim.db") as store:
            assert {letter.state for letter in store.outbox()} == {"sent"}


def make_message(to):
    return Message(
        key=json.dumps(["alert", to]), kind="alert", recipient=to, language="ru", subject="Тревога", html="<p>Да</p>",
        text="Да",
    )  # fmt: skip


PAGES = 5000


@contextmanager
def serve_pages(count):
    """Serve `count` articles and the sitemap that names them; yields (address, counter of what was asked)."""
    asked = Counter()
    stamp = "2026-11-12T10:00:00+05:00"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked[self.path] += 1
            if self.path == "/sitemap.xml":
                urls = "".join(f"<url><loc>{web}/{n}</loc><lastmod>{stamp}</lastmod></url>" for n in range(count))
                body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
            elif self.path[1:].isdigit():
                n = int(self.path[1:])
                head = f'<meta property="article:published_time" content="{stamp}">'
                said = f"Полиция сообщила о деле номер {n}. {invented(n)}."
                body = world.article(f"Новость {n}", head=head, sentence=said, paragraphs=1)
            else:
                body = ""
            raw = body.encode()
            self.send_response(200 if raw else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(raw)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield web, asked
    finally:
        server.shutdown()
        server.server_close()


SYLLABLES = [c + v for c in "бвгдзклмнпрст" for v in "аеиоу"]


def invented(n, count=60):
    """Return words that no other page has: pages that shared them would be reprints of each other."""
    rng = random.Random(n)
    return " ".join("".join(rng.choices(SYLLABLES, k=3)) for _ in range(count))


def crawl_home(folder, tiny_model, web):
    """Make a home whose one source is the sitemap of `web`, and which keeps what it reads."""
    crawl = {"allow_loopback": True, "delay_seconds": 0, "concurrent_requests": 16, "max_pages": 10 * PAGES}
    home = install(folder, tiny_model, crawl=crawl, archive={"folder": "var/archive"})
    shutil.rmtree(home / "config" / "sources")
    (home / "config" / "sources").mkdir()
    block = f'[[source]]\nid = "paper"\nname = "Paper"\nkind = "sitemap"\nurl = "{web}/sitemap.xml"\nlanguage = "ru"\n'
    (home / "config" / "sources" / "paper.toml").write_text(block, "utf-8")
    return home


def test_a_crawl_of_many_pages_killed_at_many_moments(tmp_path, tiny_model, pytestconfig):
    """5,000 pages and 20 kills with --benchmark, else 60 and 2; the archive holds what every post was read from."""
    pages, kills = (PAGES, 20) if pytestconfig.getoption("--benchmark") else (60, 2)
    rng = random.Random(7)
    moments = sorted(rng.uniform(0, 0.98) * pages for _ in range(kills))
    with serve_pages(pages) as (web, asked):
        quiet = crawl_home(tmp_path / "quiet", tiny_model, web)
        senim(quiet, "crawl", timeout=1800)
        expected = content(quiet)
        assert len(expected["posts"]) == pages
        asked.clear()
        home, done = crawl_home(tmp_path / "killed", tiny_model, web), 0
        for wanted in moments:
            process = start(home, "crawl")
            while process.poll() is None and stored(home) < wanted:
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.2))
            process.kill()
            process.communicate()
            done += process.returncode == -signal.SIGKILL
        assert done == kills
        senim(home, "crawl", timeout=1800)
        assert content(home) == expected
        again = sum(asked.values()) - pages - asked["/sitemap.xml"] - asked["/robots.txt"]
        # each kill asks again for what was on its way: one batch and what was waiting in pipes and connections
        assert again <= kills * 400, again
        kept = {r.id for f in archive.files([home / "var" / "archive"]) for r in archive.read(f, 10**6)}
        with Store.open(home / "var" / "senim.db") as store:
            behind = [row["answer"] for row in store.rows("SELECT answer FROM kept")]
        assert len(behind) == pages
        assert set(behind) <= kept


def stored(home):
    """Return how many posts are stored, 0 while there is no database."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'var' / 'senim.db'}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM post").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
