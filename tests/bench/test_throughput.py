"""Articles a second from loopback to a database on two cores: ours beside news-please and newspaper4k, same pages.

The pages lie on HOSTS sites, because ours asks one site for one page at a time, however fast it answers. Ours fetches
in one process, extracts, prepares (language, bodies, places, reprints) and stores with two search indexes, its start
included; the others fetch with two processes, extract, and store title, text and date in a plain table. newspaper4k
comes with `pip install 'senim[bench]'`; news-please wants an environment of its own, whose python SENIM_OTHERS names;
without them ours is measured alone. SENIM_PAGES says how many pages, else 2,000.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time

import pytest
import world as w
from bench_table import TABLE
from installation import install

PAGES = int(os.environ.get("SENIM_PAGES") or 2000)
HOSTS = 8
OTHERS_PYTHON = os.environ.get("SENIM_OTHERS") or sys.executable
pytestmark = pytest.mark.timeout(3600)

SMALL = [
    "и",
    "в",
    "на",
    "что",
    "по",
    "с",
    "не",
    "из",
    "за",
    "для",
    "от",
    "его",
    "как",
    "это",
    "но",
    "они",
    "был",
    "уже",
    "только",
    "после",
]

SERVER = """
import json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
pages = [page.encode("utf-8", "surrogateescape") for page in json.load(open(sys.argv[1]))]

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1].removesuffix(".html")
        if name == "sitemap.xml":
            host, at = self.headers["Host"], servers.index(self.server)
            own = range(at, len(pages), len(servers))
            urls = "".join(f"<url><loc>http://{host}/news/{n}.html</loc></url>" for n in own)
            body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
        else:
            body = pages[int(name)] if name.isdigit() and int(name) < len(pages) else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

servers = [ThreadingHTTPServer((f"127.0.0.{n + 1}", 0), Handler) for n in range(int(sys.argv[2]))]
for server in servers:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
print(*(f"http://{s.server_address[0]}:{s.server_port}" for s in servers), flush=True)
"""

OTHERS = """
import sqlite3, sys, time
from multiprocessing import Pool
library, webs, count, out = sys.argv[1], sys.argv[2].split(), int(sys.argv[3]), sys.argv[4]

def newspaper(url):
    import newspaper
    article = newspaper.Article(url, language="ru", fetch_images=False)
    article.download()
    article.parse()
    return url, article.title, article.text, str(article.publish_date)

def newsplease(url):
    from newsplease import NewsPlease
    article = NewsPlease.from_url(url)
    return url, article.title, article.maintext, str(article.date_publish)

def read(url):
    try:
        return (newspaper if library == "newspaper4k" else newsplease)(url)
    except Exception as error:
        return url, "", "", repr(error)

if __name__ == "__main__":
    urls = [f"{webs[n % len(webs)]}/news/{n}.html" for n in range(count)]
    with Pool(2) as pool, sqlite3.connect(out) as table:
        pool.map(read, urls[:4])  # the imports are not measured
        begun = time.monotonic()
        table.execute("CREATE TABLE article (url TEXT PRIMARY KEY, title TEXT, text TEXT, published TEXT)")
        for row in pool.imap_unordered(read, urls):
            table.execute("INSERT INTO article VALUES (?, ?, ?, ?)", row)
        table.commit()
        print(time.monotonic() - begun)
        print(table.execute("SELECT count(*) FROM article WHERE length(text) > 100").fetchone()[0])
"""


def pages():
    """Return PAGES invented pages with menus and teasers around the words."""
    rng = random.Random(3)
    syllables = [c + v for c in "бвгдзклмнпрст" for v in "аеиоу"]

    # The n-th word is met about 1/n as often as the first, as in any language: caches of words matter to all.
    vocabulary = ["".join(rng.choices(syllables, k=rng.choice((2, 3, 4)))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / n for n in range(1, 20_001)))

    def words(count):
        # every other word is a common one: newspaper4k takes text without such words for no text
        drawn = rng.choices(vocabulary, cum_weights=weights, k=count // 2)
        return " ".join(f"{word} {rng.choice(SMALL)}" for word in drawn)

    stamp = '<meta property="article:published_time" content="2026-11-12T10:00:00+05:00">'
    menu = "".join(f'<li><a href="/{n}">{words(2)}</a></li>' for n in range(60))
    made = []
    for n in range(PAGES):
        teasers = "".join(f'<div class="teaser"><a href="/{m}"><h3>{words(6)}</h3></a></div>' for m in range(25))
        page = w.article(f"Новость {n}", 12, stamp, f"<aside>{teasers}</aside>", sentence=f"Полиция: {words(50)}.")
        made.append(page.replace("<nav>", f"<nav><ul>{menu}</ul>"))
    return made


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """Serve the pages from a process of its own; returns (addresses, how many)."""
    folder = tmp_path_factory.mktemp("web")
    made = pages()
    (folder / "pages.json").write_text(json.dumps(made), "utf-8")
    command = [sys.executable, "-c", SERVER, str(folder / "pages.json"), str(HOSTS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().split(), len(made)
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def rates(pytestconfig):
    """Articles a second by program; the table gets a row for each."""
    return {}


def test_ours(web, rates, tmp_path, pytestconfig):
    from monitor import settings
    from monitor.pipeline import collect, open_store

    urls, count = web
    crawl = {"allow_loopback": True, "delay_seconds": 0, "concurrent_requests": 16}
    home = settings.load(install(tmp_path / "home", crawl=crawl))
    sources = [
        w.Source(id=f"paper{n}", name="Paper", kind="sitemap", url=f"{url}/sitemap.xml", language="ru")
        for n, url in enumerate(urls)
    ]
    with open_store(home) as store:
        begun = time.monotonic()
        fates = collect(home, store, sources)
        seconds = time.monotonic() - begun
    assert fates.total() >= count
    rates["senim"] = count / seconds
    pytestconfig.stash[TABLE].append(("loopback to database: senim", count, "pages", seconds, 0))


@pytest.mark.parametrize(("library", "module"), [("newspaper4k", "newspaper"), ("news-please", "newsplease")])
def test_others(web, rates, tmp_path, pytestconfig, library, module):
    if subprocess.run([OTHERS_PYTHON, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        pytest.skip(f"{library} is not installed")
    urls, count = web
    script = tmp_path / "others.py"
    script.write_text(OTHERS)
    command = [OTHERS_PYTHON, str(script), library, " ".join(urls), str(count), str(tmp_path / "out.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, read = done.stdout.split()[-2:]
    assert int(read) > 0.5 * count, done.stderr[-2000:]
    rates[library] = count / float(seconds)
    pytestconfig.stash[TABLE].append((f"loopback to database: {library}", count, "pages", float(seconds), 0))


def test_ours_is_the_fastest(rates):
    if len(rates) < 2:
        pytest.skip("nothing to compare with")
    ours = rates.pop("senim")
    assert ours > max(rates.values()), rates
