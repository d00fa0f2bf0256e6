"""The frontier that several crawling processes share: addresses to ask, who asks which, which were met; kept in Redis.

Why not scrapy-redis: it takes a request out of Redis before it is answered, so that what a killed process had in hand
is lost, and it trusts pickles. Here an entry is plain JSON, stays with its worker until its items are handed over, and
comes back when the worker dies. An address is asked once in a pass, whoever finds it, because noting and queueing are
one step (a script, which Redis runs alone). Hosts take turns, so that one slow host does not fill all hands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha1
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor.errors import CrawlError

if TYPE_CHECKING:
    from redis import Redis

PASSWORD = "SENIM_REDIS_PASSWORD"  # name of the environment variable, never a key of config/
TRIES = 2  # workers that may die over an address: the third is not risked
LIFE = 2 * 86_400  # seconds after which Redis forgets a pass whose program was killed

_PUSH = """
if redis.call('SADD', KEYS[1] .. 'met', ARGV[1]) == 0 then return 0 end
local line = KEYS[1] .. 'line:' .. ARGV[2]
if redis.call('EXISTS', line) == 0 then redis.call('RPUSH', KEYS[1] .. 'hosts', ARGV[2]) end
redis.call(ARGV[4] == '1' and 'LPUSH' or 'RPUSH', line, ARGV[3])
redis.call('EXPIRE', line, ARGV[5])
redis.call('EXPIRE', KEYS[1] .. 'met', ARGV[5])
redis.call('EXPIRE', KEYS[1] .. 'hosts', ARGV[5])
return 1
"""
_POP = """
local host = redis.call('LPOP', KEYS[1] .. 'hosts')
if not host then return false end
local line = KEYS[1] .. 'line:' .. host
local entry = redis.call('LPOP', line)
if redis.call('EXISTS', line) == 1 then redis.call('RPUSH', KEYS[1] .. 'hosts', host) end
redis.call('HSET', KEYS[1] .. 'busy', ARGV[1] .. ' ' .. cjson.decode(entry)['mark'], entry)
redis.call('EXPIRE', KEYS[1] .. 'busy', ARGV[2])
return entry
"""
_BACK = """
if redis.call('HDEL', KEYS[1] .. 'busy', ARGV[1]) == 0 then return 0 end
local line = KEYS[1] .. 'line:' .. ARGV[2]
if redis.call('EXISTS', line) == 0 then redis.call('RPUSH', KEYS[1] .. 'hosts', ARGV[2]) end
redis.call('LPUSH', line, ARGV[3])
redis.call('EXPIRE', line, ARGV[4])
return 1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An address to ask for a source; `step` names the spider's reader, `extra` what that is told beside the answer."""

    source: str
    url: str
    step: str
    listing: bool
    extra: dict[str, Any]
    tries: int = 0

    @property
    def mark(self) -> str:
        """What tells the address from others of the pass."""
        return mark(self.source, self.url)

    @property
    def host(self) -> str:
        """The line that the entry waits in."""
        return urlsplit(self.url).netloc


def mark(source: str, url: str) -> str:
    """Return 20 hex digits for an address of a source."""
    return sha1(f"{source}\x1f{url}".encode("utf-8", "replace")).hexdigest()[:20]


class Frontier:
    """The frontier of the pass `name` as the process `worker` sees it; CrawlError where there is no Redis."""

    def __init__(self, url: str, name: str, worker: str = "") -> None:
        self.worker, self._keys = worker, f"senim:{name}:"
        self._redis = _connect(url)
        self._push, self._pop, self._back = (self._redis.register_script(code) for code in (_PUSH, _POP, _BACK))

    def push(self, entry: Entry) -> bool:
        """Queue an address, a listing before all others of its host; False when it was met in this pass."""
        argv = [entry.mark, entry.host, _dump(entry), int(entry.listing), LIFE]
        return bool(self._push(keys=[self._keys], args=argv))

    def pop(self) -> Entry | None:
        """Take the next address of the host whose turn it is; it is in this worker's hands until `done`."""
        found = self._pop(keys=[self._keys], args=[self.worker, LIFE])
        return _load(found) if found else None

    def done(self, finished: str, met: Collection[str] = ()) -> None:
        """Let go of an entry by its mark, and note addresses that were met on the way, as one step."""
        with self._redis.pipeline(transaction=True) as steps:
            if met:
                steps.sadd(f"{self._keys}met", *met)
            steps.hdel(f"{self._keys}busy", f"{self.worker} {finished}")
            steps.execute()

    def met(self, address: str) -> bool:
        """Tell whether an address, by its mark, was met in this pass."""
        return bool(self._redis.sismember(f"{self._keys}met", address))

    def pending(self) -> bool:
        """Tell whether anything waits or is in anybody's hands: what is in hand may name more."""
        with self._redis.pipeline(transaction=True) as steps:
            steps.exists(f"{self._keys}hosts")
            steps.exists(f"{self._keys}busy")
            return any(steps.execute())

    def count(self, what: str, source: str) -> int:
        """Count something of a source for all workers, and return how many there are."""
        counted = int(self._redis.hincrby(f"{self._keys}counts", f"{what} {source}", 1))
        self._redis.expire(f"{self._keys}counts", LIFE)
        return counted

    def reclaim(self, worker: str, settled: Collection[str]) -> list[Entry]:
        """Queue again what a dead worker had in hand; returns the entries over which too many died.

        It may have died between handing over and letting go: what is `settled`, by its mark, is not asked again.
        """
        lost = []
        for field, text in self._redis.hgetall(f"{self._keys}busy").items():
            if not field.decode().startswith(f"{worker} "):
                continue
            entry = replace(_load(text), tries=_load(text).tries + 1)
            if entry.tries >= TRIES or entry.mark in settled:
                lost += [entry] if entry.mark not in settled else []
                self._redis.hdel(f"{self._keys}busy", field)
            else:
                self._back(keys=[self._keys], args=[field, entry.host, _dump(entry), LIFE])
        return lost

    def close(self) -> Iterator[Entry]:
        """Yield what is left, and let Redis forget the pass."""
        for host in self._redis.lrange(f"{self._keys}hosts", 0, -1):
            line = f"{self._keys}line:{host.decode()}"
            yield from map(_load, self._redis.lrange(line, 0, -1))
            self._redis.delete(line)
        yield from map(_load, self._redis.hvals(f"{self._keys}busy"))
        self._redis.delete(*(self._keys + name for name in ("met", "hosts", "busy", "counts")))


def _dump(entry: Entry) -> str:
    return json.dumps(asdict(entry) | {"mark": entry.mark})


def _load(text: bytes) -> Entry:
    values = json.loads(text)
    del values["mark"]
    return Entry(**values)


def _connect(url: str) -> Redis:
    try:
        from redis import Redis
        from redis.exceptions import RedisError
    except ImportError:
        raise CrawlError("a shared frontier needs redis", advice="Install it: pip install 'senim[scale]'.") from None
    client = Redis.from_url(url, password=os.environ.get(PASSWORD) or None, socket_timeout=30)
    try:
        client.ping()
    except (RedisError, ValueError) as error:
        advice = "Start the server, or mend crawl.frontier in senim.toml; empty crawls without it."
        raise CrawlError(f"the frontier does not answer ({error})", where=url, advice=advice) from None
    return client
