"""A small web of our own on loopback: write its pages, ask it what was asked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from monitor.declarations import Source
from monitor.settings import CrawlSettings, Senim, Settings


class World:
    """Paths and what they answer: bytes or text, or a tuple (status, headers, body), or a function of the headers."""

    def __init__(self):
        self.pages = {}
        self.asked = []
        self.agents = set()
        self.started = {}
        self.headers = {}  # of the last request for a path
        self.url = ""

    def put(self, path, body, status=200, kind="text/html; charset=utf-8", delay=0.0, **headers):
        raw = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.pages[path] = (status, named, raw, delay)

    def redirect(self, path, to):
        self.put(path, "", status=302, Location=to)

    @property
    def count(self):
        return Counter(self.asked)


@contextmanager
def serve(host="127.0.0.1"):
    world = World()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            world.asked.append(self.path)
            world.started.setdefault(self.path, time.monotonic())
            world.agents.add(self.headers.get("User-Agent"))
            status, headers, body, delay = world.pages.get(self.path, (404, {"Content-Type": "text/html"}, b"none", 0))
            time.sleep(delay)
            world.headers[self.path] = dict(self.headers)
            if status == 200 and "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

        def handle_one_request(self):
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass  # clients that hang up are part of the tests

    server = Server((host, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    world.url = f"http://{host}:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()


def settings(**crawl):
    values = {
        "user_agent": "SenimTest/1.0", "contact": "duty@example.org", "delay_seconds": 0, "timeout_seconds": 2,
        "max_megabytes": 0.2, "max_redirects": 3, "allow_loopback": True, "concurrent_requests": 8,
    }  # fmt: skip
    senim = Senim(crawl=CrawlSettings(**values | crawl))
    empty = ("sentiments", "reasons", "bodies", "regions", "surveys", "sources", "languages", "rules", "recipients")
    return Settings(home=Path("."), senim=senim, codebook_version="1", **dict.fromkeys(empty, ()))


def source(world, path="/feed.xml", **given):
    values = {"id": "paper", "name": "Paper", "kind": "feed", "url": world.url + path, "language": "ru"} | given
    return Source(**values)


def article(title, paragraphs=3, head="", tail="", lang="ru", sentence=""):
    """A plain news page with a date in its head unless `head` says otherwise."""
    sentence = sentence or (
        "Полиция города приехала на вызов жителей через десять минут и приняла заявление, "
        "сообщили в департаменте; очевидцы рассказали, что участковый разобрался на месте."
    )
    body = "".join(f"<p>{title}: {n}. {sentence}</p>" for n in range(paragraphs))
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} | Газета</title>{head}</head>'
        f'<body><nav><a href="/">Главная</a> <a href="/sport">Спорт</a></nav><article><h1>{title}</h1>{body}</article>'
        f"{tail}<footer>Газета, все права защищены</footer></body></html>"
    )


def feed(world, items):
    """RSS of (path, published as RFC 2822 or empty)."""
    entries = "".join(
        f"<item><title>{path}</title><link>{path if path.startswith(('http', 'file')) else world.url + path}</link>"
        + (f"<pubDate>{date}</pubDate>" if date else "") + "</item>"
        for path, date in items
    )  # fmt: skip
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{entries}</channel></rss>'
