"""A released corpus: a folder of files that a researcher can cite, open without Senim, and check to the byte.

The same database gives the same bytes (with the same versions of Senim and pyarrow), whatever the order in which
posts came. A folder is there complete or not at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.columns import Row, csv_lines, json_line, label_row, label_schema, post_row, post_schema
from monitor.datasheet import Census, write
from monitor.errors import ReleaseError
from monitor.settings import Settings
from monitor.store import Store

SUMS = "SHA256SUMS"
ROWS_AT_ONCE = 2000  # posts in memory, and in one row group of the Parquet files


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A release that was written: `identity` is the short hash that names its rows."""

    folder: Path
    identity: str
    posts: int
    labels: int
    text: bool


def release(
    store: Store, settings: Settings, folder: Path, *, query: str | None = None, text: bool = True, now: datetime
) -> Release:
    """Write the posts that `query` finds (all when None), with all their labels, as a corpus into `folder`.

    Without `text`, title and text are left out. Raises ReleaseError when the folder is not empty or nothing is found;
    then nothing is left behind.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ReleaseError("is not empty", where=str(folder), advice="Name a new folder for each release.")
    if not store.count(query=query):
        raise ReleaseError("no post to release", where=query or "", advice="Try another query, or collect first.")
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        with store.snapshot():
            census = _write_rows(store, part, query, text)
        made = _describe(census, settings, part, query or "", text, now)
        _write_sums(part)
        part.rename(folder)
    except OSError as error:
        raise ReleaseError(
            f"cannot be written ({error})", where=str(folder), advice="Check room and rights."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Release(folder=folder, identity=made, posts=census.posts, labels=census.labels, text=text)


def verify(folder: Path) -> list[str]:
    """Return what is wrong with a release, one sentence each; empty when it is as it was written.

    Checks that no file is missing, added or changed by a byte, that all formats hold the same posts, that every label
    belongs to a post, and that offsets lie inside their text.
    """
    if not (folder / SUMS).is_file():
        return [f"{SUMS} is missing: this is no release, or it is damaged"]
    problems = list(_changed(folder))
    return problems or list(_inconsistent(folder))


def _write_rows(store: Store, folder: Path, query: str | None, text: bool) -> Census:
    """Write the rows in all formats at once, in the order of their ids, and count them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    census, schema, history = Census(), post_schema(text), label_schema()
    names = list(schema.names)
    with ExitStack() as files:
        lines, commas = (
            files.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            for name in ("posts.jsonl", "posts.csv")
        )
        posts = files.enter_context(pq.ParquetWriter(folder / "posts.parquet", schema, compression="zstd"))
        labels = files.enter_context(pq.ParquetWriter(folder / "labels.parquet", history, compression="zstd"))
        commas.write(",".join(names) + "\r\n")
        for rows, label_rows in _chunks(store, query, text):
            posts.write_table(pa.Table.from_pylist(rows, schema))
            labels.write_table(pa.Table.from_pylist(label_rows, history))
            lines.writelines(json_line(row, names) for row in rows)
            commas.write(csv_lines(rows, names))
            for row in rows:
                census.add_post(row)
            for row in label_rows:
                census.add_label(row)
    return census


def _chunks(store: Store, query: str | None, text: bool) -> Iterator[tuple[list[Row], list[Row]]]:
    posts = store.each_post(ROWS_AT_ONCE, query=query)
    while chunk := list(islice(posts, ROWS_AT_ONCE)):
        ids = [post.id for post in chunk]
        opinions, stories = store.opinions(ids), store.stories(ids)
        rows = [post_row(post, opinions.get(post.id), stories.get(post.id, post.id), text) for post in chunk]
        yield rows, [label_row(label) for post_id in ids for label in store.labels(post_id)]


def _describe(census: Census, settings: Settings, folder: Path, query: str, text: bool, now: datetime) -> str:
    """Write codebook, datasheet and release.json; returns the identity of the release."""
    digest = hashlib.sha256()
    for name in ("posts.jsonl", "labels.parquet"):
        digest.update(_digest(folder / name).encode())
    identity, program = digest.hexdigest()[:12], version("senim")
    _write_json(folder / "codebook.json", _codebook(settings))
    told = write(census, settings, identity=identity, version=program, text=text, query=query, now=now)
    (folder / "DATASHEET.md").write_text(told, "utf-8")
    about = {
        "identity": identity,
        "made": now.date().isoformat(),
        "senim": program,
        "codebook": settings.codebook_version,
        "query": query,
        "text": text,
        "posts": census.posts,
        "stories": len(census.stories),
        "labels": census.labels,
    }
    _write_json(folder / "release.json", about)
    return identity


def _codebook(settings: Settings) -> dict[str, Any]:
    """Return what the codes in the files mean; words and rules that only the program needs are left out."""
    names = {"code", "polarity", "name", "definition", "counts", "does_not_count"}
    return {
        "version": settings.codebook_version,
        "sentiments": [sentiment.model_dump() for sentiment in settings.sentiments],
        "reasons": [reason.model_dump(include=names) for reason in settings.reasons],
        "bodies": [body.model_dump(include={"id", "name"}) for body in settings.bodies],
        "regions": [region.model_dump(include={"code", "name"}) for region in settings.regions],
    }


def _write_json(file: Path, value: Any) -> None:  # noqa: ANN401 - anything JSON can say
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _write_sums(folder: Path) -> None:
    sums = (f"{_digest(file)}  {file.name}\n" for file in sorted(folder.iterdir()))
    (folder / SUMS).write_text("".join(sums), "utf-8")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _changed(folder: Path) -> Iterator[str]:
    """Yield what the sums say of the files."""
    listed = {}
    for line in (folder / SUMS).read_text("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or Path(name).name != name:
            yield f"{SUMS}: not a line of sums: {line[:80]!r}"
        else:
            listed[name] = digest
    present = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}
    for name in sorted(present - set(listed) - {SUMS}):
        yield f"{name} does not belong to the release"
    for name, digest in sorted(listed.items()):
        if name not in present:
            yield f"{name} is missing"
        elif _digest(folder / name) != digest:
            yield f"{name} was changed after the release"


def _inconsistent(folder: Path) -> Iterator[str]:
    """Yield where the files contradict each other, though their sums are right."""
    import pyarrow.parquet as pq

    needed = ("release.json", "posts.parquet", "posts.jsonl", "posts.csv", "labels.parquet")
    if missing := [name for name in needed if not (folder / name).is_file()]:
        yield f"{', '.join(missing)} missing from folder and sums"
        return
    try:
        about = json.loads((folder / "release.json").read_text("utf-8"))
        posts = pq.read_table(folder / "posts.parquet", columns=["id"])["id"].to_pylist()
        labels = pq.read_table(folder / "labels.parquet", columns=["post_id"])["post_id"].to_pylist()
        rows = [json.loads(line) for line in (folder / "posts.jsonl").open(encoding="utf-8")]
    except (ValueError, OSError) as error:  # pyarrow's errors are ValueErrors
        yield f"a file cannot be read: {error}"
        return
    if [row["id"] for row in rows] != posts or _csv_ids(folder) != posts:
        yield "posts.parquet, posts.jsonl and posts.csv do not hold the same posts"
    for name, found in (("posts", posts), ("labels", labels)):
        if about.get(name) != len(found):
            yield f"release.json promises {about.get(name)} {name}, there are {len(found)}"
    if strays := set(labels) - set(posts):
        yield f"{len(strays)} labelled posts are not in posts.parquet"
    for row in rows:
        if any(not _inside(row, span) for span in _spans(row)):
            yield f"post {row['id']}: an offset lies outside its text"


def _spans(row: Row) -> Iterator[Row]:
    """Yield whatever of a row has offsets; releases of an earlier version have no stances by body."""
    for name in ("mentions", "reasons", "stances"):
        yield from row.get(name) or ()


def _csv_ids(folder: Path) -> list[str]:
    import csv

    with (folder / "posts.csv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def _inside(row: Row, span: Row) -> bool:
    whole = row.get("title" if span.get("in_title") else "text")
    return bool(0 <= span["start"] <= span["end"] and (whole is None or span["end"] <= len(whole)))
