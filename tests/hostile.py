"""A hostile web on loopback: every trap that a server can set for a crawler, each with the fate that must come of it.

Answers are written to the socket as bytes, because no library would send most of them. Several servers share the
traps; each has a port, and so a robots.txt, of its own.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
import zlib
from collections import Counter
from contextlib import contextmanager

import world as w
from bombs import AWAY, STORED, answer, brotli_bomb, honest, packed, redirect
from trap_listings import LISTINGS
from trap_pages import PAGES, endless_headers, reset_head


def slow_robots(stage):
    yield answer(length=1000)
    while True:
        time.sleep(0.3)
        yield b"#"


def huge_robots(stage):
    yield answer(b"User-agent: *\nDisallow: /honest/secret\n", head=b"Content-Type: text/plain\r\n", length=50_000_000)
    for _ in range(500):
        yield b"Disallow: /x*y*z$\n" * 5555


# robots.txt of servers of their own: (fate of what stands behind it, answer).
ROBOTS = {
    "huge": (STORED, huge_robots),
    "html": (STORED, answer(honest("robots"))),
    "missing": (STORED, answer(status="404 Not Found")),
    "slow": (AWAY, slow_robots),
    "broken": (AWAY, answer(status="500 Oops")),
    "busy": (AWAY, answer(status="429 Too Many Requests")),
    "loop": (AWAY, redirect("/robots.txt")),
    "private": (AWAY, redirect("http://10.0.0.1/robots.txt")),
    "file": (AWAY, redirect("file:///etc/passwd")),
    "bomb": (AWAY, packed("br", brotli_bomb())),
    "endless": (AWAY, endless_headers),
    "reset": (AWAY, reset_head),
}


class Stage:
    """One connection; `reset` ends it rudely."""

    def __init__(self, web, sock):
        self.web, self.sock = web, sock

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def play(self, path):
        """Send what `path` answers; True when the connection may be used again."""
        if path.startswith("/redirect/endless/"):
            self.sock.sendall(redirect(f"/redirect/endless/{int(path.rsplit('/', 1)[1]) + 1}"))
            return True
        own = self.web.own.get(path.partition("?")[0])
        listing = next((make for start, (_, make, _) in LISTINGS.items() if path.startswith(start)), None)
        if own is None and listing:
            own = listing(self.web, path)
        if own is None and path.startswith("/honest/"):
            own = answer(honest(zlib.crc32(path.encode())))  # no path in it: «cookies» would read like a notice
        path = path.partition("?")[0]
        if own is None and path not in PAGES:
            own = answer(b"none", status="404 Not Found")
        made = own if own is not None else PAGES[path][1](self)
        if callable(made):
            made = made(self)
        if isinstance(made, bytes):
            self.sock.sendall(made)
            return own is not None
        for piece in made:
            self.sock.sendall(piece)
        return False


class Web:
    """One server: `own` are its answers before those of PAGES, `asked` counts the paths."""

    def __init__(self):
        self.own = {}
        self.asked = Counter()
        self.url = ""

    def feed(self, path, links):
        self.own[path] = answer(w.feed(self, [(p, "") for p in links]).encode())


@contextmanager
def serve():
    """Serve one hostile web on a free port of loopback."""
    web = Web()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                while path := self.path():
                    web.asked[path] += 1
                    if not Stage(web, self.request).play(path):
                        break

        def path(self):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = self.request.recv(65536)
                if not piece:
                    return ""
                head += piece
            return head.split(b" ", 2)[1].decode("latin-1")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
