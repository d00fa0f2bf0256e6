"""A served dashboard with a real database behind it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import lxml.html
import uvicorn
from builders import MONDAY, make_opinion, make_post

from monitor.dashboard.app import create_app
from monitor.declarations import Source
from monitor.records import Citation, Fate, Item
from monitor.settings import load
from monitor.store import Store

ROOT = Path(__file__).parents[1]
NOW = MONDAY + timedelta(days=3)
SOURCES = tuple(
    Source(id=name, name=title, kind="feed", url=f"https://{name}.example/", language="ru", official=name == "official")
    for name, title in (("example", "Қала <жаңалықтары>"), ("official", "Пресс-служба"), ("silent", "Тихий голос"))
)
SETTINGS = load(ROOT).model_copy(update={"sources": SOURCES})


class Site:
    """A served dashboard with the store behind it."""

    def __init__(self, folder, factory=None, log_level="error"):
        self.path = folder / "senim.db"
        self.store = Store.open(self.path, clock=lambda: NOW)
        self.store.declare_sources(SOURCES)
        self.pass_id = self.store.begin("crawl")
        app = create_app(SETTINGS, factory or (lambda: Store.open(self.path, read_only=True, clock=lambda: NOW)))
        self.server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level=log_level))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def close(self):
        self.server.should_exit = True
        self.thread.join(10)
        self.store.close()

    def put(self, number, opinion=None, **given):
        """Store one post, judged by `opinion` (the fields that differ from a sure negative one, None: not judged)."""
        post = make_post(number, **given)
        self.store.add(self.pass_id, [Item(key=post.url, source=post.source, fate=Fate.STORED, post=post)])
        if opinion is not None:
            self.store.add_opinions([make_opinion(post, **opinion)])
        return post

    def get(self, path, **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Accept-Language": "en", **headers})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def page(self, path, **headers):
        answer = self.get(path, **headers)
        assert answer.status == 200, answer.text
        return lxml.html.fromstring(answer.text)


def words(node):
    return " ".join(node.text_content().split())


def filled(folder):
    """Serve forty posts in two weeks over two regions, one of them with too few; with and without judgement."""
    made = Site(folder)
    for n in range(40):
        stance = ("negative", "negative", "neutral", "positive")[n % 4]
        code = "effective_help" if stance == "positive" else "slow_ineffective"
        made.put(
            n,
            {"sentiment": stance, "reasons": (Citation(code=code, start=0, end=7, confidence=0.8),)},
            published=MONDAY - timedelta(days=7 * (n % 2), minutes=-n),
            regions=("KZ-71",) if n < 3 else ("KZ-75",),
            language="ru" if n % 3 else "kk",
        )
    made.store.link_stories()
    return made
