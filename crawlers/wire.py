"""What travels between the parent and the crawling child: one job down, many items up, each one line of JSON.

Why hashes of addresses: a source that was watched for years has hundreds of thousands of them, and the child only
asks "do you know this one".
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from monitor.declarations import Source
from monitor.records import Answer, Fate, Item, Post
from monitor.settings import CrawlSettings

END = b'{"end": true}\n'  # the child's last words; an exit without them was a crash

_FOUND_LATER = ("mentions", "regions", "settlements", "fingerprint")
PAGE = b'{"page": true}\n'  # after the items that came of one address, where several children deliver


@dataclass(frozen=True, kw_only=True)
class Share:
    """The part of one of several children: the frontier of pass `name` in the Redis at `url`, and who it is."""

    url: str
    name: str
    worker: str
    workers: int


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the child has to do; `known` maps source -> digest of address -> seconds since 1970, 0 when unsaid.

    `again` maps source -> pages to ask again where no listing names them: (address, date, title), as they were found.
    """

    crawl: CrawlSettings
    sources: tuple[Source, ...]
    known: dict[str, dict[str, float]]
    since: date | None = None
    keep: bool = False  # send along what the posts were read from
    state: str = ""  # folder for what a crawl remembers itself: the budgets of APIs
    again: dict[str, list[tuple[str, datetime | None, str]]] = field(default_factory=dict)
    share: Share | None = None


def digest(url: str) -> str:
    """Return 12 hex digits for an address: 1 in 10^9 to mistake one among a hundred thousand."""
    return hashlib.sha1(url.encode("utf-8", "replace")).hexdigest()[:12]


def known_digests(known: Collection[str]) -> dict[str, float]:
    """Return digest -> when it was stored; only a mapping to datetimes can say when."""
    if not isinstance(known, Mapping):
        return dict.fromkeys(map(digest, known), 0.0)
    return {digest(url): at.timestamp() if isinstance(at, datetime) else 0.0 for url, at in known.items()}


def dump_job(job: Job) -> bytes:
    """Write a job as one line."""
    record = {
        "crawl": job.crawl.model_dump(),
        "sources": [s.model_dump() for s in job.sources],
        "known": job.known,
        "since": job.since.isoformat() if job.since else None,
        "keep": job.keep,
        "state": job.state,
        "again": job.again,
        "share": asdict(job.share) if job.share else None,
    }
    return json.dumps(record, default=_iso).encode() + b"\n"


def load_job(line: bytes) -> Job:
    """Read what `dump_job` wrote."""
    record = json.loads(line)
    return Job(
        crawl=CrawlSettings.model_validate(record["crawl"]),
        sources=tuple(Source.model_validate(s) for s in record["sources"]),
        known=record["known"],
        since=date.fromisoformat(record["since"]) if record["since"] else None,
        keep=record["keep"],
        state=record["state"],
        share=Share(**record["share"]) if record["share"] else None,
        again={s: [(u, _moment(d), t) for u, d, t in pages] for s, pages in record["again"].items()},
    )


def dump_item(item: Item, before: Answer | None = None) -> bytes:
    """Write an item as one line; of a post only what a crawler can know.

    `before` is the answer of the item before: what it holds is not sent a second time.
    """
    record: dict[str, Any] = {"key": item.key, "source": item.source, "fate": item.fate.value, "detail": item.detail}
    if item.post:
        post = asdict(item.post)
        record["post"] = {k: v for k, v in post.items() if k not in _FOUND_LATER}
    if item.answer:
        sent = before is not None and before.id == item.answer.id
        record["answer"] = [item.answer.id, None if sent else base64.b64encode(item.answer.data).decode()]
    return json.dumps(record, default=_iso).encode() + b"\n"


def load_item(line: bytes, before: Answer | None = None) -> Item:
    """Read what `dump_item` wrote; `before` is the answer of the item before."""
    record = json.loads(line)
    name, data = record.pop("answer", None) or ("", None)
    answer = Answer(id=name, data=base64.b64decode(data)) if data else before if name else None
    post = record.pop("post", None)
    if post:
        for name in ("published", "fetched"):
            post[name] = datetime.fromisoformat(post[name]).astimezone(UTC) if post[name] else None
        post = Post(**post)
    return Item(
        key=record["key"], source=record["source"], fate=Fate(record["fate"]), detail=record["detail"], post=post,
        answer=answer,
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel")
