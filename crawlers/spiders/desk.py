"""The desk where the calls of all platforms are made: one at a time for each host, keys kept out of everything kept.

Why one at a time: limits, budgets and logins can then be obeyed exactly, and no platform needs more than three calls
a second of us.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response

from crawlers import archive, wire
from crawlers.spiders import api, bluesky, fates, mastodon, values, vk, youtube
from crawlers.spiders.feed import Link
from crawlers.spiders.ledger import Ledger
from crawlers.spiders.quota import Budget
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Answer, Fate, Item

KINDS: dict[str, type[api.Platform]] = {
    "youtube": youtube.YouTube,
    "vk": vk.Vk,
    "mastodon": mastodon.Mastodon,
    "bluesky": bluesky.Bluesky,
}
TRIES = 3  # of a call that is answered "too fast"; the waits double
PATIENCE = 60  # seconds that are waited for a limit to end; a later one waits for the next pass
BACK_OFF = 1.0  # seconds before the first repetition

log = logging.getLogger(__name__)


class Desk:
    """Makes the calls of one pass; `send` hands a request to Scrapy."""

    def __init__(self, job: wire.Job, ledger: Ledger, send: Callable[[scrapy.Request], None]) -> None:
        self.job, self.ledger, self.send = job, ledger, send
        self.budget = Budget(Path(job.state) / "quota.json" if job.state else None)
        self.sources = {s.id: s for s in job.sources}
        self.platforms = {kind: make(self) for kind, make in KINDS.items()}
        self.lines: dict[str, deque[api.Call]] = defaultdict(deque)
        self.asking: set[str] = set()
        self.until: dict[str, datetime] = {}  # host -> when its limit ends
        self.broke: set[str] = set()  # sources whose budget of the day is spent
        self.secrets: set[str] = set()

    def start(self) -> Iterator[scrapy.Request]:
        """Yield the first request for each host."""
        for kind, platform in self.platforms.items():
            self.take(platform.start([s for s in self.job.sources if s.kind == kind]))
        for host in list(self.lines):
            yield from self.next(host)

    def hide(self, secret: str) -> None:
        """Keep a secret out of archive, log and fates."""
        self.secrets.add(secret)

    def too_old(self, published: datetime | None) -> bool:
        """Tell whether something lies before the `since` of the job."""
        return self.ledger.too_old(Link(url="", published=published))

    def known(self, source: Source, url: str) -> bool:
        """Tell whether an address was settled in an earlier pass."""
        return wire.digest(url) in self.job.known.get(source.id, {})

    def fresh(self, source: Source, items: Iterable[Item]) -> bool:
        """Tell whether something on a page is new to us: only then is there a point in the next page."""
        return any(
            not self.known(source, item.key) and not (item.post and self.too_old(item.post.published)) for item in items
        )

    def take(self, made: Iterable[api.Made]) -> None:
        """Deliver items, put calls in front of their line in the order in which they came."""
        calls: list[api.Call] = []
        for one in made:
            if isinstance(one, api.Call):
                calls.append(one)
                continue
            source = self.sources[one.source]
            if (one.post and self.too_old(one.post.published)) or not self.ledger.enter(source, one.key):
                continue
            self.ledger.deliver(source, one.key, replace(one, detail=self.plain(one.detail)))
        for call in reversed(calls):
            self.lines[urlsplit(call.url).netloc].appendleft(call)

    def next(self, host: str) -> Iterator[scrapy.Request]:
        """Yield the request for the next call of a line that may be made, if any."""
        while self.lines[host] and host not in self.asking:
            call = self.lines[host].popleft()
            if call.source.id in self.broke or not self.ledger.take_page(call.source):
                continue
            if not call.tries and not self.ledger.enter(call.source, call.key or call.url):
                continue
            left = (self.until.get(host, _now()) - _now()).total_seconds()
            if left > PATIENCE:
                self.settle(call, Fate.UNREACHABLE, f"the server's limit is reached until {self.until[host]:%H:%M} UTC")
            elif not self.budget.take(call.source.id, call.units, call.source.quota, _now()):
                self.broke.add(call.source.id)
                why = f"the budget of {call.source.quota} units is spent; goes on after midnight in California"
                self.settle(call, Fate.SPENT, why)
            else:
                self.asking.add(host)
                yield self.request(call, max(left, self.platforms[call.source.kind].pace))

    def request(self, call: api.Call, wait: float) -> scrapy.Request:
        """Return the request of a call, to be sent after `wait` seconds.

        An API gets no redirects (they would carry the key elsewhere) and no repetition behind our back (it would not
        be counted).
        """
        if call.tries:
            wait = max(wait, BACK_OFF * 2 ** (call.tries - 1))
        return scrapy.Request(
            call.url, method="POST" if call.body else "GET", body=call.body, dont_filter=True, priority=10,
            headers={"Accept": "application/json", **call.secret}, callback=self.answered, errback=self.failed,
            cb_kwargs={"call": call},
            meta={"dont_obey_robotstxt": True, "api": True, "dont_redirect": True, "dont_retry": True, "wait": wait},
        )  # fmt: skip

    def answered(self, response: Response, call: api.Call) -> None:
        """Read an answer, then make the next call of this host."""
        headers = {k.lower(): v for k, v in response.headers.to_unicode_dict().items()}
        answer = api.Answer(
            status=response.status, headers=headers, data=values.parse(response.body), now=_now().replace(microsecond=0)
        )
        try:
            if self.job.keep and not call.private:
                self.ledger.answer = cache(lambda: self.packed(response, call.source))
            self.limits(urlsplit(call.url).netloc, answer)
            self.platforms[call.source.kind].check(answer)
            self.take(call.step(answer))
            self.ledger.close(call.source, call.key or call.url)
        except api.Busy as error:
            self.again(call, str(error))
        except BadItem as error:
            self.settle(call, Fate(error.fate), str(error))
        except Exception as error:  # one bad answer never stops a pass, but it is never silent either
            log.exception("call source=%s url=%s outcome=quarantined", call.source.id, call.url)
            self.settle(call, Fate.QUARANTINED, f"{type(error).__name__}: {error}")
        finally:
            self.ledger.answer = None
        self.go_on(call)

    def packed(self, response: Response, source: Source) -> Answer:
        """Return an answer for the archive, without our secrets."""
        hidden = {k: self.plain(v) for k, v in response.headers.to_unicode_dict().items()}
        body = self.plain(response.body)
        return archive.pack(self.plain(response.url), response.status, hidden, body, source=source.id, reader="call")

    def failed(self, failure: Any) -> None:  # noqa: ANN401 - twisted's Failure
        """Give a call that was never answered its fate, then make the next one."""
        call: api.Call = failure.request.cb_kwargs["call"]
        fate, why = fates.of_failure(failure)
        self.settle(call, fate, why)
        self.go_on(call)

    def go_on(self, call: api.Call) -> None:
        """Send the next call to the host of `call`, and the first to a host that is new."""
        self.asking.discard(urlsplit(call.url).netloc)
        for host in list(self.lines):
            for request in self.next(host):
                self.send(request)

    def again(self, call: api.Call, why: str) -> None:
        """Put a call that came too fast back in front of its line, or give it up."""
        if call.tries + 1 < TRIES:
            self.take([replace(call, tries=call.tries + 1)])
        else:
            self.settle(call, Fate.UNREACHABLE, f"{why} ({TRIES} times)")

    def settle(self, call: api.Call, fate: Fate, why: str) -> None:
        """Give a call its fate, and the sources that wait for it theirs."""
        why = self.plain(why)
        self.ledger.settle(call.source, call.key or call.url, fate, why)
        for source in call.waiting:
            self.ledger.note(source, source.url, fate, why)

    def limits(self, host: str, answer: api.Answer) -> None:
        """Note when a server says that nothing is left, or answers 429."""
        left = answer.headers.get("x-ratelimit-remaining") or answer.headers.get("ratelimit-remaining")
        if answer.status == 429 or left == "0":
            self.until[host] = _reset(answer.headers, answer.now)

    def plain(self, value: Any) -> Any:  # noqa: ANN401 - text or bytes, the same comes back
        """Return a text or bytes without our secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            pair = (secret, "[key]") if isinstance(value, str) else (secret.encode(), b"[key]")
            value = value.replace(*pair)
        return value


def _reset(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when a limit ends: a moment, seconds since 1970 or seconds from now; five minutes when unsaid."""
    for name in ("x-ratelimit-reset", "ratelimit-reset", "retry-after"):
        value = headers.get(name, "").strip()
        if value.isdigit() and len(value) < 6:
            return now + timedelta(seconds=int(value))
        try:
            found = datetime.fromtimestamp(int(value), UTC) if value.isdigit() else datetime.fromisoformat(value)
        except (ValueError, OverflowError, OSError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return now + timedelta(minutes=5)


def _now() -> datetime:
    return datetime.now(UTC)
