"""The datasheet of a release, written from its rows: what is in it, how it was made, where it is thin.

The questions are those of Gebru et al. (2021, Datasheets for Datasets, CACM 64:86-92) that data can answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.settings import Settings
from monitor.weeks import between

_LISTED = 12  # gaps of one source that are named; more are counted


@dataclass(slots=True)
class Census:
    """Counts that grow row by row while a release is written."""

    posts: int = 0
    labels: int = 0
    undated: int = 0
    by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    weeks: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    stories: set[str] = field(default_factory=set)

    def add_post(self, row: Mapping[str, Any]) -> None:
        """Count one row of the posts."""
        self.posts += 1
        self.stories.add(row["story"])
        for name in ("language", "source", "kind", "published_from"):
            self.by[name][row[name] or "(none)"] += 1
        for region in row["regions"] or ("(none)",):
            self.by["region"][region] += 1
        self._add_verdict(row)
        if row["week"]:
            self.by["week"][row["week"]] += 1
            self.weeks[f"source {row['source']}"].add(row["week"])
            self.weeks[f"language {row['language']}"].add(row["week"])
        else:
            self.undated += 1

    def add_label(self, row: Mapping[str, Any]) -> None:
        """Count one row of the label history; people are counted together."""
        self.labels += 1
        person = row["labeller"].startswith("person:")
        self.by["labeller"]["people" if person else row["labeller"]] += 1
        self.by["codebook"][row["codebook"]] += 1

    def gaps(self) -> dict[str, tuple[str, ...]]:
        """Return the weeks between the first and the last of the release that hold no post, by source and language."""
        dated = sorted(self.by["week"])
        if not dated:
            return {}
        everything = between(dated[0], dated[-1])
        missing = {name: tuple(w for w in everything if w not in has) for name, has in sorted(self.weeks.items())}
        missing = {"all": tuple(w for w in everything if w not in self.by["week"]), **missing}
        return {name: weeks for name, weeks in missing.items() if weeks}

    def _add_verdict(self, row: Mapping[str, Any]) -> None:
        if row["about"] is None:
            verdict = "not judged"
        elif not row["about"]:
            verdict = "not about a body"
        else:
            verdict = row["sentiment"] or "abstained"
        self.by["verdict"][verdict] += 1
        for code in sorted({reason["code"] for reason in row["reasons"] or ()}):
            self.by["reason"][code] += 1


def write(
    census: Census, settings: Settings, *, identity: str, version: str, text: bool, query: str, now: datetime
) -> str:
    """Return the datasheet as Markdown; `identity` is the short hash of the rows, `version` that of the program."""
    weeks = sorted(census.by["week"])
    span = f"{weeks[0]} to {weeks[-1]}" if weeks else "no dated posts"
    names = {source.id: source.name for source in settings.sources}
    reasons = {reason.code: reason.name.en for reason in settings.reasons}
    regions = {region.code: region.name.en for region in settings.regions}
    count = f"{census.posts} posts in {len(census.stories)} stories, {census.labels} labels, {span}"
    parts = [
        f"# Senim corpus {identity}\n\n{count}. Made on {now:%Y-%m-%d} by Senim {version}.",
        _WHAT.format(query=f"all posts that `{query}` finds" if query else "all posts of the database"),
        "## Composition",
        _table("Language", census.by["language"]),
        _table("Verdict that counts", census.by["verdict"]),
        _table("Reason cited (a post may cite several)", census.by["reason"], reasons),
        _table("Region (a post may name several)", census.by["region"], regions),
        _table("Source", census.by["source"], names),
        _table("Kind", census.by["kind"]),
        _table("Week of publication", census.by["week"], ordered=True),
        f"Posts without a plausible date: {census.undated}. They are in the files and in no weekly figure.",
        "## Gaps\n\n" + _gaps(census.gaps()),
        _HOW,
        _table("Where the date was found", census.by["published_from"]),
        _table("Labels by labeller", census.by["labeller"]),
        _table("Labels by codebook version", census.by["codebook"]),
        "## Rights\n\n" + (_RIGHTS_TEXT if text else _RIGHTS_NO_TEXT) + _PEOPLE,
        _LIMITS,
        _CITE.format(identity=identity, date=f"{now:%Y-%m-%d}", year=now.year, posts=census.posts, span=span),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_WHAT = """What media and people said about the law-enforcement bodies of Kazakhstan, in Kazakh, Russian and English, \
with the stance toward the body and the reasons given for it. Included: {query}, each in its newest version.

- `posts.parquet`, `posts.jsonl`, `posts.csv`: the same rows, one for each post with the label that counts
- `labels.parquet`: every label ever given to these posts, by whom and when
- `codebook.json`: what the codes mean
- `release.json`: what was released, for programs
- `SHA256SUMS`: check with `senim corpus verify DIR` or `sha256sum -c SHA256SUMS`"""

_HOW = """## How it was made

Posts were collected from public pages, feeds and channels, obeying robots.txt, or imported from files. Text was \
extracted, brought to one normal form and searched for names of the bodies; only what names one was kept. A model \
read the stance and the reasons, each with the characters that say so (`start`, `end`: character offsets into \
`text`, end exclusive). `sentiment` is the stance toward the body, not the tone of the event; `stances` are \
those toward single bodies where the text names several apart, each with the passage that says so (null: not sure). \
Where people labelled, their newest label counts; else that of the newest model version. `abstained` means that the \
model was not sure enough. `story` joins reprints: count stories, not posts, where independent reports matter."""

_RIGHTS_TEXT = """The texts belong to their authors and publishers and are included for research; pass them on only \
where the law or a licence allows. For everybody else make a release with `--no-text`."""

_RIGHTS_NO_TEXT = """This release holds no text: addresses, offsets and `text_sha1` (SHA-1 of the labelled text in \
UTF-8) let whoever may fetch the text rebuild it and check it."""

_PEOPLE = """ Labels and offsets are the work of the releasing institution, which states their licence beside this \
file. `author_key` is a keyed hash that cannot be turned back without the secret of the installation; do not try to \
find out who an author is, and rank or single out nobody. A post accuses or praises; it proves nothing."""

_LIMITS = """## Limits

Posts are not a sample of the population: who writes, where, and what a source lets stand decides what is here. \
Collection had gaps (above); deleted pages stay as they were seen, unless somebody asked to be forgotten. Labels of a \
model err, more in some languages and registers than in others: see the model card and its evaluation before \
comparing groups. Regions come from places named in the text, or else from the source (`regions_from`)."""

_CITE = """## How to cite

> Senim corpus {identity}, {posts} posts ({span}), released {date}.

```bibtex
@misc{{senim-{identity}, title = {{Senim corpus {identity}}}, year = {{{year}}},
  note = {{{posts} posts on the police of Kazakhstan, {span}; released {date}}}}}
```"""


def _table(head: str, counts: Counter[str], names: Mapping[str, str] | None = None, *, ordered: bool = False) -> str:
    """Return a Markdown table, the largest count first, or in order of the keys."""
    if not counts:
        return ""
    rows = sorted(counts.items(), key=(lambda item: item[0]) if ordered else (lambda item: (-item[1], item[0])))
    lines = (f"| {_named(key, names or {})} | {number} |" for key, number in rows)
    return "\n".join([f"| {head} | Count |", "|---|---:|", *lines])


def _named(key: str, names: Mapping[str, str]) -> str:
    name = names.get(key)
    shown = f"{name} (`{key}`)" if name else key
    return shown.replace("|", "\\|").replace("\n", " ")


def _gaps(gaps: Mapping[str, Iterable[str]]) -> str:
    if not gaps:
        return "Every source and every language has posts in every week."
    lines = ["Weeks without a single post; an empty week is a gap in collection unless nobody wrote.", ""]
    for name, weeks in gaps.items():
        listed = list(weeks)
        more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        lines.append(f"- {name}: {', '.join(listed[:_LISTED])}{more}")
    return "\n".join(lines)
