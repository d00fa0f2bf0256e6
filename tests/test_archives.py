"""The source kind `archive`: other people's WARC files, by one connection that waits, resumes and guards itself."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import world as w
from installation import install

from crawlers import archive, download
from monitor import settings
from monitor.errors import BadItem
from monitor.pipeline import collect, open_store
from monitor.records import Fate

HTML = {"Content-Type": "text/html; charset=utf-8"}


class Shop:
    """Files and how they are served: `cuts` are bytes after which an answer breaks off, `refusals` come first."""

    def __init__(self):
        self.files, self.cuts, self.refusals = {}, [], []
        self.asked, self.ranges, self.at_once, self.most = Counter(), [], 0, 0
        self.resumes = True
        self.url = ""


@contextmanager
def serve():
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            shop.asked[self.path] += 1
            shop.at_once += 1
            shop.most = max(shop.most, shop.at_once)
            try:
                self.answer()
            finally:
                shop.at_once -= 1

        def answer(self):
            if shop.refusals:
                status, wait = shop.refusals.pop(0)
                self.send_response(status)
                if wait is not None:
                    self.send_header("Retry-After", str(wait))
                self.end_headers()
                return
            body = shop.files.get(self.path)
            if body is None:
                self.send_error(404)
                return
            begin = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if shop.resumes else 0
            shop.ranges.append(begin)
            if begin >= len(body) > 0:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.end_headers()
                return
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - begin))
            self.end_headers()
            cut = shop.cuts.pop(0) if shop.cuts else len(body)
            self.wfile.write(body[begin : begin + cut])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def shop():
    with serve() as shop:
        yield shop


def warc(*names, status=200):
    pages = [(f"https://news.example/{n}", w.article(f"Страница {n}").encode()) for n in names]
    return b"".join(archive.pack(url, status, HTML, body).data for url, body in pages)


def fetch(shop, tmp_path, waits=None, path="/a", **crawl):
    waits = [] if waits is None else waits
    download.fetch(shop.url + path, tmp_path / "a", w.settings(**crawl).senim.crawl, 10**6, waits.append)
    return (tmp_path / "a").read_bytes()


def test_a_cut_download_goes_on_where_it_was(shop, tmp_path):
    shop.files["/a"] = body = bytes(range(256)) * 2000
    shop.cuts = [100_000, 1, 200_000]
    waits = []
    assert fetch(shop, tmp_path, waits) == body
    assert shop.ranges == [0, 100_000, 100_001, 300_001]
    assert waits == [2, 2, 2]
    assert (tmp_path / "a").exists()
    assert not (tmp_path / "a.part").exists()


def test_a_part_of_an_earlier_run_is_used_and_a_whole_one_is_not_asked_again(shop, tmp_path):
    shop.files["/a"] = body = b"0123456789" * 1000
    (tmp_path / "a.part").write_bytes(body[:7000])
    assert fetch(shop, tmp_path) == body
    assert shop.ranges == [7000]
    fetch(shop, tmp_path)
    assert shop.ranges == [7000]
    (tmp_path / "a").rename(tmp_path / "a.part")
    assert fetch(shop, tmp_path) == body  # the server says 416: nothing is left


def test_a_server_without_ranges_sends_all_again(shop, tmp_path):
    shop.files["/a"] = body = b"0123456789" * 1000
    shop.resumes = False
    (tmp_path / "a.part").write_bytes(b"rubbish")
    assert fetch(shop, tmp_path) == body


def test_a_busy_server_is_given_time(shop, tmp_path):
    shop.files["/a"] = b"x" * 10
    shop.refusals = [(503, None), (429, 17), (403, 5)]
    waits = []
    assert fetch(shop, tmp_path, waits) == b"x" * 10
    assert waits == [2, 17, 8]


@pytest.mark.parametrize(
    ("refusals", "fate"),
    [([(404, None)], Fate.GONE), ([(403, None)], Fate.FORBIDDEN), ([(503, 86400)], Fate.UNREACHABLE),
     ([(503, None)] * 9, Fate.UNREACHABLE)],
)  # fmt: skip
def test_a_server_that_refuses_is_left_alone(shop, tmp_path, refusals, fate):
    shop.files["/a"] = b"x"
    shop.refusals = refusals
    with pytest.raises(BadItem) as error:
        fetch(shop, tmp_path)
    assert error.value.fate == fate
    assert shop.asked["/a"] <= download.TRIES


def test_too_large_and_private_are_refused(shop, tmp_path):
    shop.files["/a"] = b"x" * 1_000_001
    with pytest.raises(BadItem, match="larger than"):
        fetch(shop, tmp_path)
    with pytest.raises(BadItem, match="this machine"):
        fetch(shop, tmp_path, allow_loopback=False)
    with pytest.raises(BadItem, match="not a public address"):
        download.fetch("http://10.0.0.1/a", tmp_path / "b", w.settings().senim.crawl, 10, lambda _: None)


@pytest.fixture
def home(tmp_path):
    return settings.load(install(tmp_path / "home", crawl={"allow_loopback": True}))


def paper(shop, path, **given):
    return w.source(shop, path, kind="archive", id="cc", **given)


def test_a_list_of_archives_is_read_once_by_one_connection(shop, home):
    shop.files["/one.warc.gz"] = warc("a", "b", "shop/c") + warc("missing", status=404)
    shop.files["/two.warc.gz"] = warc("d")
    shop.files["/warc.paths.gz"] = gzip.compress(f"one.warc.gz\n{shop.url}/two.warc.gz\n".encode())
    source = paper(shop, "/warc.paths.gz", only=r"^https://news\.example/(?!shop)")
    with open_store(home) as store:
        fates = collect(home, store, [source])
        assert dict(fates) == {Fate.STORED: 3}
        assert {p.url[-1] for p in store.posts()} == {"a", "b", "d"}
        assert collect(home, store, [source]).total() == 0
        assert shop.asked["/one.warc.gz"] == shop.asked["/two.warc.gz"] == 1
        assert shop.most == 1
        shop.files["/three.warc.gz"] = warc("e", "a")
        shop.files["/warc.paths.gz"] = gzip.compress(b"one.warc.gz\nthree.warc.gz\n")
        assert dict(collect(home, store, [source])) == {Fate.STORED: 1}


def test_a_pass_that_was_cut_reads_the_archive_again(shop, home):
    shop.files["/one.warc.gz"] = warc(*range(6))
    few = home.model_copy(
        update={"senim": home.senim.model_copy(update={"crawl": home.senim.crawl.model_copy(update={"max_pages": 4})})}
    )
    with open_store(home) as store:
        assert dict(collect(few, store, [paper(shop, "/one.warc.gz")])) == {Fate.STORED: 4}
        assert dict(collect(few, store, [paper(shop, "/one.warc.gz")])) == {Fate.STORED: 2}
    assert shop.asked["/one.warc.gz"] == 1


def test_a_damaged_archive_is_told_and_done_with(shop, home):
    shop.files["/one.warc.gz"] = warc("a", "b")[:-300]
    with open_store(home) as store:
        fates = collect(home, store, [paper(shop, "/one.warc.gz")])
        assert fates[Fate.STORED] >= 1
        assert fates[Fate.BAD_LINE] == 1
        assert collect(home, store, [paper(shop, "/one.warc.gz")]).total() == 0
