"""Web archives (WARC): keeps what servers sent, byte by byte, and reads it back.

Why WARC: it is the one format that libraries, Common Crawl and every replay tool share.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from monitor.errors import BadItem
from monitor.records import Fate

# these describe the body as it travelled; it is kept unpacked
_TRAVEL = {"content-encoding", "transfer-encoding", "content-length"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One answer kept in an archive; `date` is WARC-Date as written, `body` at most as long as was asked for."""

    url: str
    status: int
    content_type: str
    date: str
    body: bytes
    cut: bool


class Writer:
    """Appends answers to a .warc.gz file."""

    def __init__(self, path: Path | str) -> None:
        from warcio.warcwriter import WARCWriter

        self._file = Path(path).open("ab")  # noqa: SIM115 - closed by close()
        self._writer = WARCWriter(self._file, gzip=True)

    def add(self, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Write one answer; `body` is decompressed."""
        from warcio.statusandheaders import StatusAndHeaders

        kept = [(k, v) for k, v in headers.items() if k.lower() not in _TRAVEL]
        head = StatusAndHeaders(f"{status} -", [*kept, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
        record = self._writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head)
        self._writer.write_record(record)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def read(path: Path, max_bytes: int) -> Iterator[Record]:
    """Yield the answers of an archive one by one; requests and descriptions of the archive itself are no answers.

    Raises BadItem (bad line) where the archive is damaged; what stood before has been yielded.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with path.open("rb") as file:
        try:
            for record in ArchiveIterator(file):
                if record.format != "warc":  # warcio takes any line of words for a record of the older ARC format
                    raise ValueError("not a WARC file")
                if record.rec_type not in ("response", "resource"):
                    continue
                http = record.http_headers
                body = record.content_stream().read(max_bytes + 1)
                content_type = (http or record.rec_headers).get_header("Content-Type") or ""
                yield Record(
                    url=record.rec_headers.get_header("WARC-Target-URI") or "",
                    status=int(http.get_statuscode() or 0) if http else 200,
                    content_type=content_type,
                    date=record.rec_headers.get_header("WARC-Date") or "",
                    body=body[:max_bytes],
                    cut=len(body) > max_bytes,
                )
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
            raise BadItem(Fate.BAD_LINE, f"damaged archive ({error})", where=path.name) from error
