"""What traps are made of: raw answers of a server, honest pages, and bombs that unpack to gigabytes."""

from __future__ import annotations

import gzip
import zlib
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


@cache
def layers(count):
    body = gzip.compress(ZEROS * 20)
    for _ in range(count - 1):
        body = gzip.compress(body)
    return body


def laughs():
    """Return the declarations of a billion laughs, whose last name is `z`."""
    names = "abcdefghijz"
    first = f'<!ENTITY {names[0]} "ha">'
    return first + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
