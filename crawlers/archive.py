"""Web archives (WARC): keeps what servers sent, byte by byte, and reads it back.

Why WARC: it is the one format that libraries, Common Crawl and every replay tool share. Each answer is one gzip member,
so a file is whole up to its last whole member, whatever happened to the process that wrote it.
"""

from __future__ import annotations

import hashlib
import io
import os
import uuid
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from monitor.errors import BadItem, SenimError
from monitor.records import Answer, Fate

SUFFIX = ".warc.gz"
# these describe the body as it travelled; it is kept unpacked
_TRAVEL = {"content-encoding", "transfer-encoding", "content-length"}
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One answer kept in an archive; `date` is WARC-Date as written, `body` at most as long as was asked for.

    `source`, `reader` and `published` are what our own crawler noted: the source, which spider read the answer (page,
    channel or call), and the date that the feed gave; empty in the archives of others.
    """

    url: str
    status: int
    content_type: str
    date: str
    body: bytes
    cut: bool
    id: str = ""
    source: str = ""
    reader: str = ""
    published: str = ""


def pack(
    url: str, status: int, headers: Mapping[str, str], body: bytes, *, at: datetime | None = None,
    source: str = "", reader: str = "", published: datetime | None = None,
) -> Answer:  # fmt: skip
    """Return an answer as one packed WARC record; `body` is decompressed, `at` (aware, default now) when it came."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    date = (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mark = f"{source} {url} {date} {hashlib.sha1(body).hexdigest()}"
    name = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, mark)}>"
    noted = {"WARC-Record-ID": name, "WARC-Date": date, "Senim-Source": source, "Senim-Reader": reader}
    noted["Senim-Published"] = published.isoformat() if published else ""
    kept = [(k, v) for k, v in headers.items() if k.lower() not in _TRAVEL]
    head = StatusAndHeaders(f"{status} -", [*kept, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    record = writer.create_warc_record(
        url, "response", payload=io.BytesIO(body), http_headers=head,
        warc_headers_dict={k: v for k, v in noted.items() if v},
    )  # fmt: skip
    writer.write_record(record)
    return Answer(id=name, data=out.getvalue())


class Shelf:
    """A folder of archives that grows: a new file each day (UTC) and whenever one is full, of one writer each."""

    def __init__(self, folder: Path, max_bytes: int, name: str = "senim") -> None:
        self.folder, self.max_bytes, self.name = folder, max_bytes, name
        self._file: IO[bytes] | None = None
        self._day = ""
        self._last = ""

    def add(self, answer: Answer, now: datetime | None = None) -> None:
        """Append an answer, unless it is the one that was added before it; `sync` makes it last."""
        if answer.id == self._last:
            return
        day = (now or datetime.now(UTC)).strftime("%Y%m%d")
        if self._file is None or day != self._day or self._file.tell() + len(answer.data) > self.max_bytes:
            self.close()
            self._file, self._day = self._open(day, len(answer.data)), day
        self._file.write(answer.data)
        self._last = answer.id

    def sync(self) -> None:
        """Return when everything added lies on the disk."""
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Finish the file at hand."""
        self.sync()
        if self._file:
            self._file.close()
        self._file = None

    def _open(self, day: str, room: int) -> IO[bytes]:
        """Open the first file of the day that has room and no writer, its half record at the end cut off."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = 0
        while True:
            path = self.folder / f"{self.name}-{day}-{number:05}{SUFFIX}"
            file = path.open("ab")
            if _lock(file) and (path.stat().st_size == 0 or path.stat().st_size + room <= self.max_bytes):
                end = whole(path)
                if end < path.stat().st_size:
                    file.truncate(end)
                file.seek(0, os.SEEK_END)
                return file
            file.close()
            number += 1

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def _lock(file: IO[bytes]) -> bool:
    """Take a file for this process alone, for as long as it is open; True where the system has no locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def whole(path: Path, start: int = 0) -> int:
    """Return how many bytes of a packed archive are whole records: what a killed writer left half ends it."""
    end = start
    for begin, length in _members(path, start):
        end = begin + length
    return end


def _members(path: Path, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of the whole gzip members of a file from `start`, until one is damaged or cut."""
    with path.open("rb") as file:
        file.seek(start)
        rest = b""
        while True:
            unpacker, length = zlib.decompressobj(31), 0
            while not unpacker.eof:
                piece = rest or file.read(_CHUNK)
                rest = b""
                if not piece or not _unpack(unpacker, piece):
                    return
                length += len(piece)
            rest = unpacker.unused_data
            length -= len(rest)
            yield start, length
            start += length


def _unpack(unpacker: zlib._Decompress, piece: bytes) -> bool:
    """Feed a piece to a gzip reader, dropping what comes out; False when it is damaged."""
    try:
        while piece and not unpacker.eof:
            unpacker.decompress(piece, _CHUNK)
            piece = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return True


def forget(folder: Path, ids: Collection[str]) -> int:
    """Take answers out of all archives of a folder and return how many; a file is replaced as a whole.

    What a killed writer left half is dropped on the way. Raises SenimError while a crawl writes there.
    """
    from warcio.archiveiterator import ArchiveIterator

    gone = 0
    for path in files([folder]) if ids else ():
        doomed = {r.id for r in read(path, 0, whole_only=True)} & set(ids)
        if not doomed:
            continue
        fresh = path.with_name(path.name + ".new")
        with path.open("rb") as old, fresh.open("wb") as new:
            if not _lock(old):
                advice = "Try again when the crawl is through."
                raise SenimError("the archive is being written", where=str(path), advice=advice)
            for start, length in _members(path):
                old.seek(start)
                data = old.read(length)
                if any(r.id in doomed for r in _records(ArchiveIterator(io.BytesIO(data)), 0)):
                    gone += 1
                else:
                    new.write(data)
            new.flush()
            os.fsync(new.fileno())
        fresh.replace(path)
    return gone


def files(paths: Collection[Path]) -> list[Path]:
    """Return the archives among files and folders, those of a folder by name: in the order of their writing."""
    found = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.name.endswith((".warc", SUFFIX))) if path.is_dir() else [path]
    return found


def read(path: Path, max_bytes: int, *, whole_only: bool = False) -> Iterator[Record]:
    """Yield the answers of an archive one by one; requests and descriptions of the archive itself are no answers.

    Raises BadItem (bad line) where the archive is damaged or cut; what stood before has been yielded. `whole_only`
    ends there without a word.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        records, last = ArchiveIterator(file), 0

        def noted() -> Iterator[Any]:
            nonlocal last
            for record in records:
                last = records.offset
                yield record

        try:
            yield from _records(noted(), max_bytes)
            # warcio takes a member whose end is missing for the end of the file
            if packed and whole(path, last) < path.stat().st_size:
                raise EOFError("the last record is only half there")
        # AttributeError: warcio's own stumble over a head that is cut before the address
        except (ArchiveLoadFailed, EOFError, OSError, ValueError, AttributeError, zlib.error) as error:
            if not whole_only:
                raise BadItem(Fate.BAD_LINE, f"damaged archive ({error})", where=path.name) from error


def _records(records: Iterable[Any], max_bytes: int) -> Iterator[Record]:
    for record in records:
        if record.format != "warc":  # warcio takes any line of words for a record of the older ARC format
            raise ValueError("not a WARC file")
        if record.rec_type not in ("response", "resource"):
            continue
        http, head = record.http_headers, record.rec_headers
        stream = record.content_stream()
        body = b""
        while len(body) <= max_bytes and (piece := stream.read(max_bytes + 1 - len(body))):
            body += piece
        cut = len(body) > max_bytes
        left = getattr(record.raw_stream, "limit", 0)
        if not cut and left:  # warcio hands over what there is of a record whose end is missing
            raise EOFError(f"{left} bytes are missing at the end")
        yield Record(
            url=head.get_header("WARC-Target-URI") or "",
            status=int(http.get_statuscode() or 0) if http else 200,
            content_type=(http or head).get_header("Content-Type") or "",
            date=head.get_header("WARC-Date") or "",
            body=body[:max_bytes],
            cut=cut,
            id=head.get_header("WARC-Record-ID") or "",
            source=head.get_header("Senim-Source") or "",
            reader=head.get_header("Senim-Reader") or "",
            published=head.get_header("Senim-Published") or "",
        )
