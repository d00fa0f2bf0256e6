"""Puts a digest into words, tables and pictures of one language: for a mail, or for a file that stands alone."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor import cautions, charts, maps
from monitor.beside import lines
from monitor.declarations import Recipient
from monitor.digest import Digest, ReasonCount, Story
from monitor.pages import page, plain
from monitor.records import Cell, Message
from monitor.settings import Settings
from monitor.surveys import Row, rows
from monitor.telling import source_name, told, web_address
from monitor.trends import Change
from monitor.wording import Wording

EVIDENCE = 400  # posts listed in a file: their addresses stay under 100 kB
RECENT = 3  # years: older surveys are on the page and in `senim surveys`
NOTHING = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A digest in one language: `images` are (content id, PNG), named in `html` as cid: or already inside it."""

    subject: str
    html: str
    text: str
    images: tuple[tuple[str, bytes], ...]


def render(digest: Digest, language: str, settings: Settings, *, mail: bool = False) -> Issue:
    """Render one language of a digest; KeyError for a language without wording.

    For mail, pictures are attached and the list of evidence is left out: mail programs cut messages above 100 kB.
    """
    wording = Wording(settings.language(language))
    images = _images(digest, settings, wording)
    inside = "data:image/png;base64,"
    sources = dict.fromkeys(("index", "reasons", "map"), "")
    sources |= {name: f"cid:{name}" if mail else inside + b64encode(data).decode() for name, data in images}
    view = _view(digest, settings, wording) | {
        "images": sources,
        "evidence": [] if mail else _evidence(digest, wording),
    }
    view["evidence_left"] = 0 if mail else max(len(digest.evidence) - EVIDENCE, 0)
    return Issue(
        subject=wording.say("digest_subject", week=wording.week(digest.week)),
        html=page("digest.html", wording, mail=mail, **view),
        text=plain("digest.txt", wording, mail=mail, **view),
        images=tuple(images) if mail else (),
    )


def message(digest: Digest, recipient: Recipient, settings: Settings) -> Message:
    """Return the digest as mail; the same week to the same address is the same message for ever."""
    issue = render(digest, recipient.language, settings, mail=True)
    return Message(
        key=f"digest/{digest.week}/{recipient.email}",
        kind="digest",
        recipient=recipient.email,
        language=recipient.language,
        subject=issue.subject,
        html=issue.html,
        text=issue.text,
        images=issue.images,
    )


def _images(digest: Digest, settings: Settings, wording: Wording) -> list[tuple[str, bytes]]:
    """Draw the pictures that have something to show."""
    images = []
    if any(c.net is not None for c in digest.index):
        images.append(("index", charts.png(charts.index(digest.index, wording))))
    bars = [
        charts.Bar(name=settings.reason(r.code).name.get(wording.language.code), said=r.said, reported=r.reported)
        for r in digest.reasons
        if r.polarity == "negative" and r.said is not None and r.reported is not None
    ]
    if bars:
        images.append(("reasons", charts.png(charts.reasons(bars, wording))))
    outlines = settings.config / "outlines.json"
    cells = {c.cell.region: c.cell for c in digest.regions}
    if outlines.is_file() and any(c.net is not None for c in cells.values()):
        shapes = json.loads(outlines.read_text("utf-8"))
        spec = maps.regions(cells, shapes, settings.regions, wording, settings.senim.privacy.min_posts)
        images.append(("map", charts.png(spec)))
    return images


def _view(digest: Digest, settings: Settings, wording: Wording) -> dict[str, Any]:
    """Return everything that the templates show, already in words."""
    code = wording.language.code
    small = wording.say("withheld_small", k=settings.senim.privacy.min_posts)
    named = {c.cell.region for c in digest.regions}
    few = {c.cell.region for c in digest.regions if c.cell.net is None}
    return {
        "week": wording.week(digest.week),
        "k": settings.senim.privacy.min_posts,
        "withheld_note": wording.say("withheld_explained", k=settings.senim.privacy.min_posts),
        "headline": _headline(digest, wording),
        "criticised": [_reason(r, settings, wording, small) for r in digest.reasons if r.polarity == "negative"],
        "praised": [_reason(r, settings, wording, small) for r in digest.reasons if r.polarity == "positive"],
        "rollups": _rollups(digest, wording, small),
        "stories": [_story(s, settings, wording) for s in digest.stories],
        "regions": [_region(c, settings, wording) for c in digest.regions if c.cell.net is not None],
        "regions_small": ", ".join(r.name.get(code) for r in settings.regions if r.code in few),
        "regions_silent": ", ".join(r.name.get(code) for r in settings.regions if r.code not in named),
        "silent": [
            (
                source_name(name, settings),
                wording.say("missing_since", date=wording.date(when)) if when else wording.say("missing_ever"),
            )
            for name, when in digest.silent
        ],
        "gaps": _gaps(digest, wording, settings.senim.privacy.min_posts),
        "drift": cautions.lines(digest.drift, settings, wording),
        "accuracy": cautions.accuracy(digest.accuracy, wording),
        "official": _official(digest, wording),
        "surveys": _surveys(digest, settings, wording),
        "method": wording.say("method_read", model=digest.model or NOTHING, codebook=digest.codebook),
    }


def _headline(digest: Digest, wording: Wording) -> dict[str, Any]:
    cell = digest.cell
    if cell is None or cell.net is None or cell.low is None or cell.high is None:
        said: dict[str, Any] = {
            "net": NOTHING,
            "colour": charts.FAINT,
            "interval": "",
            "verdict": wording.say("verdict_none"),
        }
        return said | {"change": "", "summary": _summary(cell, wording), "stance": "", "beside": []}
    verdict = "verdict_negative" if cell.high < 0 else "verdict_positive" if cell.low > 0 else "verdict_even"
    colour = {"verdict_negative": charts.WORSE, "verdict_positive": charts.BETTER}.get(verdict, charts.INK)
    return {
        "net": wording.signed(cell.net),
        "colour": colour,
        "interval": wording.say("interval_90", low=wording.signed(cell.low), high=wording.signed(cell.high)),
        "verdict": wording.say(verdict),
        "change": _change(digest.change, wording),
        "summary": _summary(cell, wording),
        "stance": wording.say("stance_line", **{s: wording.number(getattr(cell, s)) for s in _STANCES}),
        "beside": lines(cell, wording),
    }


_STANCES = ("negative", "neutral", "positive")


def _summary(cell: Cell | None, wording: Wording) -> str:
    counts = {name: int(getattr(cell, name, 0)) for name in ("posts", "stories", "sources")}
    return wording.say("digest_summary", **{name: wording.count(f"{name}_n", n) for name, n in counts.items()})


def _change(change: Change | None, wording: Wording) -> str:
    if change is None or change.change is None or change.earlier is None or change.earlier.net is None:
        return wording.say("change_none")
    if not change.certain:
        return wording.say("change_same", before=wording.signed(change.earlier.net))
    points = wording.count("points_n", abs(round(change.change * 100)))
    return wording.say("change_up" if change.change > 0 else "change_down", points=points)


def _reason(row: ReasonCount, settings: Settings, wording: Wording, small: str) -> dict[str, str]:
    name = settings.reason(row.code).name.get(wording.language.code)
    if row.said is None or row.reported is None:
        return {"name": name, "said": small, "reported": ""}
    return {"name": name, "said": wording.number(row.said), "reported": wording.number(row.reported)}


def _rollups(digest: Digest, wording: Wording, small: str) -> list[tuple[str, str]]:
    found = []
    for kind in dict.fromkeys(r.kind for r in digest.rollups):
        parts = [
            f"{wording.say('rollup_' + r.code)} {'(' + small + ')' if r.posts is None else wording.number(r.posts)}"
            for r in digest.rollups
            if r.kind == kind
        ]
        found.append((wording.say("rollup_" + kind), "; ".join(parts)))
    return found


def _story(story: Story, settings: Settings, wording: Wording) -> dict[str, Any]:
    return told(story.quoted, story.quote, story.sentiment, story.reasons, settings, wording, copies=story.posts - 1)


def _region(change: Change, settings: Settings, wording: Wording) -> dict[str, str]:
    cell = change.cell
    moved = change.certain and change.change is not None
    return {
        "name": settings.region(cell.region).name.get(wording.language.code),
        "posts": wording.number(cell.posts),
        "net": wording.signed(cell.net or 0),
        "interval": f"{wording.signed(cell.low or 0)} … {wording.signed(cell.high or 0)}",
        "change": wording.signed(change.change or 0) if moved else "",
    }


def _gaps(digest: Digest, wording: Wording, k: int) -> list[str]:
    """Say what the figures leave out besides silent sources: abstentions, choruses, unread posts, mix of languages."""
    found, cell = [], digest.cell
    if cell and cell.abstained:
        share = wording.percent(cell.abstained / cell.posts)
        found.append(wording.say("abstained_line", share=share, n=wording.number(cell.abstained)))
    if cell and cell.accounts >= k:
        posts, accounts = wording.count("posts_n", cell.coordinated), wording.number(cell.accounts)
        found.append(wording.say("coordinated_line", posts=posts, accounts=accounts))
    if digest.unread:
        found.append(wording.say("unread_line", posts=wording.count("posts_n", digest.unread)))
    if cell and digest.languages:
        shares = [f"{wording.say('lang_' + x)} {wording.percent(n / cell.posts)}" for x, n in digest.languages]
        found.append(wording.say("languages_line", shares=", ".join(shares)))
    return found


def _official(digest: Digest, wording: Wording) -> str:
    if not digest.official:
        return wording.say("official_none")
    posts, good = wording.count("posts_n", digest.official), wording.number(digest.official_positive)
    return wording.say("official_line", posts=posts, positive=good)


def _surveys(digest: Digest, settings: Settings, wording: Wording) -> list[Row]:
    """Return recent survey shares about trust and its reasons, each to be shown with its scale."""
    first = str(int(digest.week[:4]) - RECENT)
    recent = {s.id for s in settings.surveys if s.when >= first and s.unit == "%"}
    return [r for r in rows(settings, wording, measures=("trust", "reason")) if r.id in recent]


def _evidence(digest: Digest, wording: Wording) -> list[Mapping[str, str]]:
    return [
        {
            "id": e.post, "url": web_address(e.url), "source": e.source,
            "date": wording.day(e.published), "stance": wording.say(e.sentiment) if e.sentiment else NOTHING,
            "reasons": ", ".join(e.reasons), "official": wording.say("official") if e.official else "",
        }
        for e in digest.evidence[:EVIDENCE]
    ]  # fmt: skip
