"""Traps among pages: what a path answers, and the fate that must come of it."""

from __future__ import annotations

import gzip
import time

import world as w
from bombs import (
    AWAY,
    BIG,
    HTML,
    NO,
    OTHER,
    STORED,
    UNREAD,
    answer,
    brotli_bomb,
    deflate_bomb,
    gzip_bomb,
    honest,
    laughs,
    layers,
    packed,
    redirect,
    zstd_bomb,
)

from monitor.records import Fate

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
