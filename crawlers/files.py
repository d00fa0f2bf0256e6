"""Reads posts from files: JSONL, CSV, saved pages and web archives, packed with gzip or not.

Why one item for each record, even a broken one: an import that silently drops lines gives figures that nobody can
check. Files are read as a stream, so an archive may be larger than the memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from crawlers import archive
from crawlers.pages import address, article, dates
from monitor.errors import BadItem, SenimError
from monitor.privacy import author_key
from monitor.records import KINDS, LANGUAGES, Fate, Item, Post, post_id
from monitor.settings import Settings

FORMATS = (".jsonl", ".ndjson", ".csv", ".tsv", ".html", ".htm", ".warc")
_KINDS = {kind: kind for kind in KINDS} | {"news": "article", "social": "post"}
_WORDS = ("id", "title", "text", "language", "lang", "url", "source", "kind", "author")


def read_files(paths: Iterable[Path | str], settings: Settings, now: datetime | None = None) -> Iterator[Item]:
    """Yield one item for each record of the files, in order; folders give their files by name.

    `now` (aware, default the clock) becomes `Post.fetched`. Raises SenimError before the first item when a path is
    missing or of no known format.
    """
    files = [file for path in paths for file in _expand(Path(path))]
    reader = _Reader(settings, now or datetime.now(UTC))
    return (item for file in files for item in reader.read(file))


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and _format(p))
    if not path.exists():
        raise SenimError("there is no such file", where=str(path), advice="Check the path.")
    if not _format(path):
        raise SenimError(
            "the format is not known", where=str(path), advice=f"Known are {', '.join(FORMATS)}, each also with .gz."
        )
    return [path]


def _format(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return next((f for f in FORMATS if name.endswith(f)), "")


class _Reader:
    """Reads single files; holds what is the same for all."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.now = now
        self.max_bytes = int(settings.senim.crawl.max_megabytes * 1_000_000)

    def read(self, path: Path) -> Iterator[Item]:
        """Yield the items of one file; damage ends the file with one last item that says where."""
        kind = _format(path)
        methods: dict[str, Callable[[Path], Iterator[Item]]] = {
            ".jsonl": self.lines, ".ndjson": self.lines, ".csv": self.rows, ".tsv": self.rows, ".warc": self.answers,
        }  # fmt: skip
        try:
            yield from methods.get(kind, self.page)(path)
        except BadItem as error:
            yield self.bad(path, path.name, Fate(error.fate), str(error))
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            yield self.bad(path, path.name, Fate.BAD_LINE, f"{path.name}: damaged or unreadable ({error})")

    def lines(self, path: Path) -> Iterator[Item]:
        """Yield the items of a JSONL file."""
        with _open(path) as file:
            number = 0
            while line := file.readline(self.max_bytes + 1):
                number += 1
                place = f"{path.name}:{number}"
                if len(line) > self.max_bytes and not line.endswith(b"\n"):
                    while (rest := file.readline(self.max_bytes)) and not rest.endswith(b"\n"):
                        pass
                    yield self.bad(path, place, Fate.TOO_LARGE, f"{place}: longer than {self.max_bytes} bytes")
                elif line.strip(b"\xef\xbb\xbf \t\r\n"):
                    yield self.record(path, place, lambda line=line: json.loads(line.decode("utf-8-sig")))  # type: ignore[misc]

    def rows(self, path: Path) -> Iterator[Item]:
        """Yield the items of a CSV file with a head line; comma, semicolon or tab, UTF-8 or windows-1251."""
        with _open(path) as raw:
            head = raw.read(65536)
            raw.seek(0)
            try:
                head[: head.rfind(b"\n") + 1].decode("utf-8")
                encoding = "utf-8-sig"
            except UnicodeDecodeError:
                encoding = "kz1048"
            first = head.split(b"\n", 1)[0]
            delimiter = max(",;\t", key=lambda d: first.count(d.encode()))
            csv.field_size_limit(self.max_bytes)
            with io.TextIOWrapper(raw, encoding, errors="replace", newline="") as text:
                table = csv.DictReader(text, delimiter=delimiter, restkey="")
                if "text" not in (table.fieldnames or ()):
                    raise BadItem(Fate.BAD_LINE, "the head line names no column `text`", where=f"{path.name}:1")
                yield from self._rows(path, table)

    def _rows(self, path: Path, table: csv.DictReader[str]) -> Iterator[Item]:
        while True:
            try:
                row = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                place = f"{path.name}:{table.line_num}"
                yield self.bad(path, place, Fate.BAD_LINE, f"{place}: {error}")
                continue
            place = f"{path.name}:{table.line_num}"
            if "" in row or None in row.values():
                yield self.bad(path, place, Fate.BAD_LINE, f"{place}: more or fewer fields than the head line")
            elif any(row.values()):
                yield self.record(path, place, lambda row=row: {k: v for k, v in row.items() if v})  # type: ignore[misc]

    def page(self, path: Path) -> Iterator[Item]:
        """Yield the item of a saved page."""
        with _open(path) as file:
            raw = file.read(self.max_bytes + 1)
        if len(raw) > self.max_bytes:
            raise BadItem(Fate.TOO_LARGE, f"larger than {self.max_bytes} bytes", where=path.name)
        yield self._article(path, path.name, raw, "", self.now, None)

    def answers(self, path: Path) -> Iterator[Item]:
        """Yield the items of a web archive; «yesterday» on a page is the day before it was archived."""
        for record in archive.read(path, self.max_bytes):
            fate = _answer_fate(record)
            if fate:
                what = f"status {record.status}, {record.content_type or 'no content type'}"
                yield self.bad(path, record.url, fate, f"{path.name}: {what}")
                continue
            seen = dates.parse(record.date, self.now) or self.now
            charset = record.content_type.partition("charset=")[2].strip(" \"';") or None
            try:
                yield self._article(path, record.url, record.body, record.url, seen, charset)
            except BadItem as error:
                yield self.bad(path, record.url, Fate(error.fate), str(error))

    def _article(self, path: Path, key: str, raw: bytes, url: str, seen: datetime, charset: str | None) -> Item:
        page = article.read(raw, url, seen, charset)
        source = _stem(path)
        post = Post(
            id=post_id(page.canonical or f"{source}:{key}", page.title, page.text), source=source, kind="article",
            url=page.canonical, published=page.published, published_from=page.published_from, fetched=self.now,
            title=page.title, text=page.text, author_key=author_key(page.author, source),
        )  # fmt: skip
        return Item(key=key, source=source, fate=Fate.STORED, post=post)

    def record(self, path: Path, place: str, load: Callable[[], Any]) -> Item:
        """Return the item of one line or row."""
        try:
            record = load()
            post, detail = _post(record, path, place, self.now)
        except (UnicodeDecodeError, ValueError, RecursionError, TypeError) as error:
            return self.bad(path, place, Fate.BAD_LINE, f"{place}: {error}")
        if not post.text.strip():
            return self.bad(path, place, Fate.TOO_SHORT, f"{place}: the text is empty")
        return Item(key=post.url or place, source=post.source, fate=Fate.STORED, post=post, detail=detail)

    def bad(self, path: Path, key: str, fate: Fate, detail: str) -> Item:
        """Return the item of a record that cannot be used."""
        return Item(key=key, source=_stem(path), fate=fate, detail=detail)


def _post(record: object, path: Path, place: str, now: datetime) -> tuple[Post, str]:
    """Return the post of a record and a remark; ValueError or TypeError say what is wrong with it."""
    if not isinstance(record, dict):
        raise TypeError("a record is an object {...}")
    if "text" not in record:
        raise ValueError("the field `text` is missing")
    if isinstance(record.get("id"), int):
        record = record | {"id": str(record["id"])}
    for name in _WORDS:
        if not isinstance(record.get(name) or "", str):
            raise TypeError(f"the field `{name}` is no text")
    fields = {name: (record.get(name) or "").encode("utf-8", "replace").decode() for name in _WORDS}
    source = fields["source"].strip() or _stem(path)
    url = address.tidy(fields["url"])
    language = (fields["language"] or fields["lang"]).strip().lower()
    published, remark = _published(record.get("published"), now)
    return Post(
        id=post_id(url or f"{source}:{fields['id'] or place}", fields["title"], fields["text"]),
        source=source, kind=_KINDS.get(fields["kind"].strip().lower(), "article"), url=url,
        published=published, published_from="import" if published else "", fetched=now,
        title=fields["title"], text=fields["text"], language=language if language in LANGUAGES else "und",
        author_key=author_key(fields["author"], source),
    ), remark and f"{place}: {remark}"  # fmt: skip


def _published(value: object, now: datetime) -> tuple[datetime | None, str]:
    """Return the date of a record: a text in any known form, or seconds since 1970; a remark when it is unusable."""
    if value in (None, ""):
        return None, ""
    moment = None
    if isinstance(value, str):
        moment = dates.parse(value, now)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = dates.plausible(datetime.fromtimestamp(value, UTC), now)
        except (OverflowError, OSError, ValueError):
            moment = None
    return moment, "" if moment else f"published {value!r} is no plausible date; stored without one"


def _answer_fate(record: archive.Record) -> Fate | None:
    """Return the fate of an archived answer that is no whole HTML page, None for a page."""
    if record.status in (404, 410):
        return Fate.GONE
    if record.status >= 500 or 300 <= record.status < 400:
        return Fate.UNREACHABLE
    if record.cut:
        return Fate.TOO_LARGE
    return None if record.status == 200 and "html" in record.content_type.lower() else Fate.UNREADABLE


def _stem(path: Path) -> str:
    """Return the source id of an import: `import:` and the file's name without its endings."""
    name = path.name
    for suffix in (".gz", *FORMATS):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return f"import:{name}"


def _open(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacking it when it begins like gzip, whatever its name says."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]
