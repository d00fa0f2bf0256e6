"""A hostile web on loopback: every trap that a server can set for a crawler, each with the fate that must come of it.

Answers are written to the socket as bytes, because no library would send most of them. Several servers share the
traps; each has a port, and so a robots.txt, of its own.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import socketserver
import struct
import threading
import time
import zlib
from collections import Counter
from contextlib import contextmanager
from functools import cache
from itertools import pairwise

import world as w

from monitor.records import Fate

DATED = '<meta property="article:published_time" content="2026-11-12T10:00:00+05:00">'
ZEROS = bytes(1_000_000)
TEN_GIGABYTES = 10_000  # times a million
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
STORED, BIG, AWAY, NO, UNREAD, OTHER = (
    Fate.STORED, Fate.TOO_LARGE, Fate.UNREACHABLE, Fate.FORBIDDEN, Fate.UNREADABLE, Fate.NOT_RELEVANT,
)  # fmt: skip


@cache
def gzip_bomb(millions=TEN_GIGABYTES):
    """Return gzip that unpacks to so many million zeros: the block of one million, repeated; 10 GB are 9.8 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * millions + b"\x03\x00" + bytes(8)


@cache
def deflate_bomb():
    return b"\x78\x9c" + gzip_bomb()[10:-8]


@cache
def brotli_bomb():
    """Return brotli of 1 GB of zeros: about a kilobyte."""
    import brotli

    packer = brotli.Compressor(quality=1)
    return b"".join(packer.process(ZEROS) for _ in range(1000)) + packer.finish()


@cache
def zstd_bomb():
    """Return zstd frames of 10 GB of zeros."""
    from backports import zstd

    return zstd.compress(ZEROS * 100) * 100


def answer(body=b"", status="200 OK", head=HTML, length=None):
    """Return a whole answer; `length` lies about the body's."""
    size = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status.encode(), head, size) + body


def packed(coding, body):
    return answer(body, head=HTML + b"Content-Encoding: %s\r\n" % coding.encode())


def redirect(to):
    return answer(status="302 Found", head=b"Location: %s\r\n" % to.encode())


def honest(n):
    return w.article(f"Честная страница {n}", head=DATED).encode()


# What a path does: (fate, function of the stage that returns bytes or yields them for ever).
PAGES = {}


def trap(path, fate):
    def keep(play):
        PAGES[path] = (fate, play)
        return play

    return keep


def plain(path, fate, make):
    PAGES[path] = (fate, lambda stage: make())


@trap("/drip/head", AWAY)
def drip_head(stage):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        time.sleep(0.3)
        yield b"X-Slow: 1\r\n"


@trap("/drip/body", AWAY)
def drip_body(stage):
    yield answer(length=100_000)
    while True:
        time.sleep(0.3)
        yield b"<p>"


@trap("/endless/headers", BIG)
def endless_headers(stage):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(5000))


@trap("/endless/header-line", AWAY)
def endless_line(stage):
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        yield b"x" * 65536


@trap("/endless/continue", BIG)
def endless_continue(stage):
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 2000


@trap("/endless/cookies", BIG)
def endless_cookies(stage):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"".join(b"Set-Cookie: c%d=%s; Max-Age=999999999\r\n" % (n, b"x" * 4000) for n in range(100))


@trap("/endless/chunks", BIG)
def endless_chunks(stage):
    yield b"HTTP/1.1 200 OK\r\n" + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65536 + b"\r\n"


@trap("/endless/chunk-size", AWAY)
def endless_chunk_size(stage):
    yield b"HTTP/1.1 200 OK\r\n" + HTML + b"Transfer-Encoding: chunked\r\n\r\n10;"
    while True:
        yield b"x" * 65536


@trap("/endless/trailers", AWAY)
def endless_trailers(stage):
    yield b"HTTP/1.1 200 OK\r\n" + HTML + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    while True:
        yield b"X-Trailer: 1\r\n" * 5000


@trap("/endless/body", BIG)
def endless_body(stage):
    yield b"HTTP/1.1 200 OK\r\n" + HTML + b"Connection: close\r\n\r\n"
    while True:
        yield b"<p>" * 20_000


@trap("/reset/body", AWAY)
def reset_body(stage):
    yield answer(b"<html><p>half of", length=5000)
    time.sleep(0.1)
    stage.reset()


@trap("/reset/head", AWAY)
def reset_head(stage):
    yield b"HTTP/1.1 200 O"
    stage.reset()


@trap("/fifty-megabytes", BIG)
def fifty_megabytes(stage):
    yield answer(length=50_000_000)
    for _ in range(50):
        yield b"<p>" * 333_333


@trap("/length/too-long", AWAY)
def length_too_long(stage):
    yield answer(honest(0), length=len(honest(0)) + 5000)


plain("/length/too-short", STORED, lambda: answer(honest(0), length=1200))
plain("/length/two", AWAY, lambda: answer(honest(0), head=HTML + b"Content-Length: 5\r\n"))
plain("/length/words", AWAY, lambda: b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + honest(0))
plain("/length/negative", AWAY, lambda: b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + honest(0))
plain("/no-http", AWAY, lambda: b"SSH-2.0-OpenSSH_9.9\r\n" + bytes(range(256)) * 50)
plain("/nothing", AWAY, lambda: b"")
plain("/cookies", STORED, lambda: answer(honest(1), head=HTML + b"Set-Cookie: a=%s\r\n" % (b"x" * 400) * 100))
plain("/bomb/gzip", BIG, lambda: packed("gzip", gzip_bomb()))
plain("/bomb/deflate", BIG, lambda: packed("deflate", deflate_bomb()))
plain("/bomb/brotli", BIG, lambda: packed("br", brotli_bomb()))
plain("/bomb/zstd", BIG, lambda: packed("zstd", zstd_bomb()))
plain("/bomb/gzip-in-gzip", BIG, lambda: packed("gzip, gzip", gzip.compress(gzip_bomb())))
plain("/bomb/layers", BIG, lambda: packed(", ".join(["gzip"] * 60), layers(60)))
plain("/packed/broken", OTHER, lambda: packed("gzip", gzip.compress(honest(2))[:8] + b"rubbish" * 50))
plain("/packed/unknown", UNREAD, lambda: packed("rot13", bytes(range(256)) * 40))
plain("/redirect/endless/0", AWAY, lambda: b"")  # played by `Stage.play`, which counts on
plain("/redirect/self", AWAY, lambda: redirect("/redirect/self"))
plain("/redirect/private", NO, lambda: redirect("http://10.0.0.1/admin"))
plain("/redirect/metadata", NO, lambda: redirect("http://169.254.169.254/latest/meta-data/"))
plain("/redirect/mapped", NO, lambda: redirect("http://[::ffff:10.0.0.1]/"))
plain("/redirect/number", NO, lambda: redirect("http://167772161/"))
plain("/redirect/name", NO, lambda: redirect("http://inside.example/"))  # the name server says 10.1.2.3
plain("/redirect/file", NO, lambda: redirect("file:///etc/passwd"))
plain("/redirect/data", NO, lambda: redirect("data:text/html,<p>x"))
plain("/redirect/javascript", NO, lambda: redirect("javascript:alert(1)"))
plain("/redirect/mail-port", NO, lambda: redirect("http://127.0.0.1:25/"))
plain("/redirect/nowhere", AWAY, lambda: answer(b"", status="302 Found", head=b""))
plain("/redirect/long", AWAY, lambda: redirect("/" + "x" * 100_000))
plain("/refresh", UNREAD, lambda: answer(b'<meta http-equiv="refresh" content="0;url=http://10.0.0.1/">'))
plain("/charset/windows", STORED, lambda: answer(cyrillic().encode("cp1251"), head=HTML))
plain("/charset/mixed", STORED, lambda: answer(honest(3) + "полиция района".encode("cp1251")))
plain("/charset/utf-16", STORED, lambda: answer(honest(4), head=b"Content-Type: text/html; charset=utf-16\r\n"))
plain("/charset/punycode", STORED, lambda: answer(cyrillic().encode("cp1251"), head=named("punycode")))
plain("/charset/unicode-escape", STORED, lambda: answer(cyrillic().encode("cp1251"), head=named("unicode_escape")))
plain("/charset/zip", STORED, lambda: answer(cyrillic().encode("cp1251"), head=named("zlib_codec")))
plain("/charset/long-punycode", BIG, lambda: answer(b"\xe9" * 3_000_000, head=named("punycode")))
plain("/deep", BIG, lambda: answer(b"<div>" * 1_500_000))
plain("/many-tags", BIG, lambda: answer(b"<html><body>" + b"<p>a" * 2_000_000))
plain("/many-attributes", BIG, lambda: answer(b"<p " + b"".join(b"a%d=1 " % n for n in range(900_000)) + b">"))
plain("/one-line", BIG, lambda: answer(f"<html><body><p>Полиция {'а' * 4_000_000}</p>".encode()))
plain("/spaces", UNREAD, lambda: answer(b"<html><title>" + b" " * 4_000_000 + b"|</title><p>" + b" " * 4_000_000))
plain("/json-ld", UNREAD, lambda: answer(b'<script type="application/ld+json">' + b"[" * 3_000_000))
plain("/entities", Fate.TOO_SHORT, lambda: answer(f"<!DOCTYPE html [{laughs()}]><html><p>&z;</p>".encode()))
plain("/script", UNREAD, lambda: answer(b"<script>location='http://10.0.0.1/'</script>"))
plain("/null", UNREAD, lambda: answer(b"\x00" * 1_000_000))


def named(charset):
    return b"Content-Type: text/html; charset=%s\r\n" % charset.encode()


def cyrillic():
    return w.article("Страница старого сайта").replace('<meta charset="utf-8">', "")


@cache
def layers(count):
    body = gzip.compress(ZEROS * 20)
    for _ in range(count - 1):
        body = gzip.compress(body)
    return body


def bomb_feed(declared, inside):
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [{declared}]><rss version="2.0"><channel><title>F</title>'
        f"<item><title>{inside}</title><link>http://127.0.0.1:9/{inside}</link></item></channel></rss>"
    ).encode()


def laughs():
    """Return the declarations of a billion laughs, whose last name is `z`."""
    names = "abcdefghijz"
    first = f'<!ENTITY {names[0]} "ha">'
    return first + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))


# Listings, each a source of its own: path -> (kind of source, what the server answers for any path below it).
def laughing_feed(web, path):
    return answer(bomb_feed(laughs(), "&z;"))


def quadratic_feed(web, path):
    return answer(bomb_feed(f'<!ENTITY q "{"q" * 100_000}">', "&q;" * 1000))


def external_feed(web, path):
    return answer(bomb_feed(f'<!ENTITY x SYSTEM "{web.url}/secret"><!ENTITY % y SYSTEM "{web.url}/secret"> %y;', "&x;"))


def long_feed(web, path):
    return answer(w.feed(web, [(f"/honest/{n}?long", "") for n in range(10_000)]).encode())


def long_addresses(web, path):
    return answer(w.feed(web, [("/" + "x" * 1_000_000 + str(n), "") for n in range(5)]).encode())


SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def laughing_sitemap(web, path):
    return answer(
        f"<!DOCTYPE x [{laughs()}]><urlset {SITEMAP}><url><loc>http://127.0.0.1:9/&z;</loc></url></urlset>".encode()
    )


def crowded_sitemap(web, path):
    many = "".join(f"a{n}='' " for n in range(200_000))
    return answer(f"<urlset {SITEMAP}><url {many}><loc>{web.url}/honest/crowd</loc></url></urlset>".encode())


def maze(web, path):
    """An index that names itself and ten further indexes, without end."""
    deeper = [f"{path}/{n}" for n in range(10)]
    links = "".join(f"<sitemap><loc>{web.url}{p}</loc></sitemap>" for p in ["/maze", path, *deeper])
    return answer(f"<sitemapindex {SITEMAP}>{links}</sitemapindex>".encode())


def endless_channel(web, path):
    """A channel that always has earlier messages."""
    before = int(path.partition("before=")[2] or 10_000_000)
    more = f'<a class="tme_messages_more" data-before="{before - 1}" href="/s/maze?before={before - 1}"></a>'
    block = (
        f'<div class="tgme_widget_message" data-post="maze/{before}"><div class="tgme_widget_message_text">Полиция '
        f'района ответила на письмо {before}</div><time datetime="2026-11-10T09:00:00+00:00"></time></div>'
    )
    return answer(f"<html><body>{more}<section>{block}</section></body></html>".encode())


def calendar(web, path):
    """Months with one article each that link to their neighbours for ever, before year 1 and after 9999."""
    at = int(path.partition("month=")[2] or 0)
    links = "".join(f'<a href="/calendar?month={at + step}">{at + step}</a>' for step in (-12, -1, 1, 12))
    links += f'<a href="/honest/{at}?calendar">{at}</a>'
    return answer(f"<html><body><h1>Календарь</h1>{links}</body></html>".encode())


# Path: (kind of source, what it answers, further keys of the source's block).
LISTINGS = {
    "/laughs.xml": ("feed", laughing_feed, {}), "/quadratic.xml": ("feed", quadratic_feed, {}),
    "/external.xml": ("feed", external_feed, {}), "/long.xml": ("feed", long_feed, {}),
    "/addresses.xml": ("feed", long_addresses, {}), "/laughs-map.xml": ("sitemap", laughing_sitemap, {}),
    "/crowd-map.xml": ("sitemap", crowded_sitemap, {}), "/maze": ("sitemap", maze, {}),
    "/s/maze": ("telegram", endless_channel, {}),
    "/calendar": ("site", calendar, {"links": r"/honest/", "next": r"month=", "depth": 20}),
}  # fmt: skip


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
