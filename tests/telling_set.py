"""The labelled tellings of invented events, read and split for measuring: tellings.jsonl.

Each line is one text; `event` names what it tells, `like` an event that is easily taken for it. Events with what is
like them fall into one half by the hash of their name: `learn` taught the weights of monitor/kinship.py, `held` did
not. The events f01 and up were written when the weights were done, by somebody else, and are all held.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

from monitor import facts, settings
from monitor.kinship import Telling
from monitor.places import Gazetteer

HERE = Path(__file__).parent
FRESH = "f"
WRITTEN = HERE.parent / "models" / "data" / "written.jsonl"


@cache
def rows():
    """Return the lines of tellings.jsonl."""
    return [json.loads(line) for line in (HERE / "tellings.jsonl").open(encoding="utf-8")]


@cache
def tools():
    """Return the lexicon and the gazetteer that ship."""
    shipped = settings.load(settings.shipped_config().parent)
    return facts.Lexicon.load(shipped.config), Gazetteer.load(shipped.config, shipped.regions)


def telling(id, published, language, title, text):
    lexicon, gazetteer = tools()
    places = gazetteer.locate(f"{title}\n{text}" if title else text)
    return Telling(id=id, published=published, language=language, facts=facts.read(title, text, places, lexicon))


def tellings(part):
    """Return the tellings of a part: learn, held or fresh."""
    return [
        telling(r["id"], datetime.fromisoformat(r["published"]), r["language"], r["title"], r["text"])
        for r in rows()
        if part_of(r) == part
    ]


def part_of(row):
    root = row["like"] or row["event"]
    if root.startswith(FRESH):
        return "fresh"
    return ("learn", "held")[int(hashlib.sha1(root.encode()).hexdigest(), 16) % 2]


def events():
    """Return the event of each telling."""
    return {row["id"]: row["event"] for row in rows()}


def strangers(part, share=8):
    """Return tellings of other things in the same fortnight: a share of our own training posts, without dates."""
    found = []
    for line in WRITTEN.open(encoding="utf-8"):
        row = json.loads(line)
        mark = int(hashlib.sha1(row["id"].encode()).hexdigest(), 16)
        if mark % share == ("learn", "held").index(part) and len(row["text"]) >= 80:
            published = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=mark // share % (14 * 24))
            found.append(telling(row["id"], published, row["lang"], "", row["text"]))
    return found


def score(found, tells, languages=None):
    """Return pairs (right, found, true) of a grouping {id: story} among `tells`, of two languages if given."""
    event = events()
    right = of_found = true = 0
    for one, other in combinations(tells, 2):
        if languages and {one.language, other.language} != set(languages):
            continue
        together, same = found[one.id] == found[other.id], event[one.id] == event[other.id]
        right, of_found, true = right + (together and same), of_found + together, true + same
    return right, of_found, true


def f1(counts):
    right, found, true = counts
    return 2 * right / (found + true) if found + true else 0.0
