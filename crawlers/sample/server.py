"""Serves the sample web on loopback: what `senim demo` and the journey tests crawl instead of the world."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from crawlers.sample import library
from crawlers.sample.web import Web, address
from monitor.declarations import Source


class Served:
    """A running sample web: its address, what was asked (`requests`, paths with queries) and its one switch."""

    def __init__(self, web: Web) -> None:
        self.url = web.url
        self.requests: list[str] = []
        self._web = web

    def edit(self) -> None:
        """Switch the edited page to its second version."""
        self._web.edit()


@contextmanager
def serve(now: datetime, *, quiet: bool = False, port: int = 0) -> Iterator[Served]:
    """Serve the sample web of the twelve full weeks before `now` (aware) on 127.0.0.1; port 0 takes a free one.

    `quiet` is the same web without its built-in spike.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    web = Web(now, f"http://127.0.0.1:{server.server_address[1]}", quiet=quiet)
    served = Served(web)
    server.RequestHandlerClass = partial(_Handler, web, served.requests)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sources(url: str) -> tuple[Source, ...]:
    """Return the blocks that declare the sites of a sample web served at `url`."""
    return tuple(Source(id=s.id, name=s.title, url=address(s, url.rstrip("/")), **s.source) for s in library.sites())


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, web: Web, requests: list[str], *arguments: Any) -> None:  # noqa: ANN401 - the server's own
        self.web, self.requests = web, requests
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.requests.append(self.path)
        parts = urlsplit(self.path)
        answer = self.web.answer(parts.path, parts.query)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        try:
            self.wfile.write(answer.body)
        except ConnectionError:  # a crawler that was stopped has hung up
            self.close_connection = True

    def log_message(self, *_: Any) -> None:  # noqa: ANN401
        """Keep quiet: `requests` is the log."""
