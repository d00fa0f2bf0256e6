"""Sensible records for tests: say only what the test is about, the rest is filled in.

`number` varies address, words and time, so that `[make_post(n) for n in range(5)]` are five different posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import declarations as d
from monitor.records import Citation, Fate, Item, Judged, Mention, Opinion, Post, post_id
from monitor.settings import CrawlSettings, Senim, Settings

MONDAY = datetime(2026, 2, 9, 6, 0, tzinfo=UTC)  # Monday of 2026-W07, eleven o'clock in Almaty


@dataclass(frozen=True)
class Named:
    """Finds the police by one word, and takes what tells of Atlantis for foreign."""

    word: str

    def mentions(self, _title, text):
        at = text.find(self.word)
        return [Mention(body="police", start=at, end=at + len(self.word))] if at >= 0 else []

    def is_foreign(self, _title, text):
        return "Атлантид" in text


def make_post(number: int = 0, **given: Any) -> Post:
    """Return a Russian article that names the police once; the id follows from address, title and text."""
    values: dict[str, Any] = {
        "source": "example",
        "kind": "article",
        "url": f"https://news.example/{number}",
        "published": MONDAY + timedelta(minutes=number),
        "published_from": "meta",
        "fetched": MONDAY + timedelta(days=1, minutes=number),
        "title": f"Сообщение номер {number}",
        "text": f"Полиция приехала на вызов {number} через десять минут, жители довольны.",
        "language": "ru",
        "regions": ("KZ-75",),
        "regions_from": "text",
        "mentions": (Mention(body="police", start=0, end=7),),
    } | given
    values.setdefault("id", post_id(values["url"], values["title"], values["text"]))
    return Post(**values)


def make_item(number: int = 0, fate: Fate = Fate.STORED, **given: Any) -> Item:
    """Return an item that carries `make_post(number, **given)`, or no post when its fate is not STORED."""
    post = make_post(number, **given) if fate is Fate.STORED else None
    url = post.url if post else given.get("url", f"https://news.example/{number}")
    return Item(key=url, source=given.get("source", "example"), fate=fate, post=post)


def make_opinion(post: Post | str, **given: Any) -> Opinion:
    """Return a sure negative opinion of model `m1` with one reason cited at the start of the text."""
    values: dict[str, Any] = {
        "post_id": post if isinstance(post, str) else post.id,
        "about": True,
        "bodies": ("police",),
        "sentiment": "negative",
        "confidence": 0.9,
        "probabilities": (0.9, 0.07, 0.03),
        "reasons": (Citation(code="slow_ineffective", start=0, end=7, confidence=0.8),),
        "model": "m1",
        "codebook": "1.0",
        "abstained": False,
    } | given
    return Opinion(**values)


def make_judged(number: int = 0, **given: Any) -> Judged:
    """Return one negative judged post of Almaty city in 2026-W07, a story of its own."""
    values: dict[str, Any] = {
        "post_id": f"post{number}",
        "source": "example",
        "official": False,
        "published": MONDAY + timedelta(minutes=number),
        "regions": ("KZ-75",),
        "language": "ru",
        "bodies": ("police",),
        "sentiment": "negative",
        "reasons": ("slow_ineffective",),
        "story": f"post{number}",
        "abstained": False,
    } | given
    return Judged(**values)


def make_settings(**given: Any) -> Settings:
    """Return settings with one reason, one body, two regions and one source, that need no config folder."""
    name = d.Names(kk="атау", ru="название", en="name")
    values: dict[str, Any] = {
        "home": Path("."),
        "senim": Senim(crawl=CrawlSettings(user_agent="senim-test", contact="test@example.org")),
        "codebook_version": "1.0",
        "sentiments": tuple(
            d.Sentiment(code=code, name=name, definition=name) for code in ("negative", "neutral", "positive")
        ),
        "reasons": (
            d.Reason(
                code="slow_ineffective",
                polarity="negative",
                name=d.Names(kk="баяу", ru="медленно", en="Slow or ineffective"),
                definition=name,
                counts=("came late",),
                does_not_count=("came soon",),
                cues=d.PerLanguage(),
                examples=d.PerLanguage(),
            ),
        ),
        "bodies": (d.Body(id="police", name=name, forms=d.PerLanguage(ru=("полиц",))),),
        "regions": tuple(
            d.Region(
                code=code,
                name=d.Names(kk=city, ru=city, en=city),
                kind="city",
                population=1,
                population_date="2026-01-01",
                kato="750000000",
            )
            for code, city in (("KZ-71", "Astana"), ("KZ-75", "Almaty"))
        ),
        "surveys": (),
        "sources": (
            d.Source(id="example", name="The Example", kind="feed", url="https://news.example/feed", language="ru"),
        ),
        "languages": (),
        "rules": (),
        "recipients": (),
    }
    return Settings(**values | given)
