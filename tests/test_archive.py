"""Archives of what servers sent: written whole or not at all, read to the last whole record, forgotten on request."""

from __future__ import annotations

import multiprocessing
import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from crawlers import archive
from monitor.errors import BadItem, SenimError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HTML = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "X-Powered-By": "hamster"}


def make(n, size=2000):
    body = random.Random(n).randbytes(size)
    return archive.pack(f"https://a.example/{n}", 200, HTML, body, at=NOW, source="paper", reader="page")


def urls(path):
    return [r.url.rsplit("/", 1)[1] for r in archive.read(path, 10**6, whole_only=True)]


def shelf(folder, answers, size=10**6, now=NOW):
    with archive.Shelf(folder, size) as shelf:
        for answer in answers:
            shelf.add(answer, now)
    return archive.files([folder])


def test_an_answer_comes_back_as_it_went(tmp_path):
    body = "Полиция қала".encode() * 500
    answer = archive.pack(
        "https://a.example/1?b=2", 203, HTML, body, at=NOW, source="paper", reader="page", published=NOW
    )
    (file,) = shelf(tmp_path, [answer])
    (record,) = archive.read(file, 10**6)
    assert (record.url, record.status, record.body, record.cut) == ("https://a.example/1?b=2", 203, body, False)
    assert (record.source, record.reader, record.id) == ("paper", "page", answer.id)
    assert datetime.fromisoformat(record.published) == datetime.fromisoformat(record.date) == NOW
    (cut,) = archive.read(file, 100)
    assert (len(cut.body), cut.cut) == (100, True)


def test_other_programs_find_a_valid_archive(tmp_path):
    from warcio.checker import Checker

    (file,) = shelf(tmp_path, [make(1), make(2)])
    checker = Checker(type("Asked", (), {"inputs": [str(file)], "verbose": False})())
    checker.process_one(str(file))
    assert checker.exit_value == 0


def test_the_same_answer_twice_in_a_row_is_one(tmp_path):
    (file,) = shelf(tmp_path, [make(1), make(1), make(2)])
    assert urls(file) == ["1", "2"]


def test_a_new_file_begins_when_one_is_full_and_each_day(tmp_path):
    size = len(make(1).data)
    files = shelf(tmp_path, [make(n) for n in range(5)], size=2 * size + 50)
    assert [urls(f) for f in files] == [["0", "1"], ["2", "3"], ["4"]]
    shelf(tmp_path, [make(5)], size=2 * size + 50)
    assert urls(archive.files([tmp_path])[2]) == ["4", "5"]
    files = shelf(tmp_path, [make(6)], now=NOW + timedelta(days=1))
    assert [f.name for f in files][2:] == ["senim-20261123-00002.warc.gz", "senim-20261124-00000.warc.gz"]


def test_wherever_a_writer_was_killed_the_whole_records_are_read_and_the_next_run_goes_on(tmp_path):
    (file,) = shelf(tmp_path / "whole", [make(n) for n in range(3)])
    raw, ends = file.read_bytes(), []
    for n in range(3):
        ends.append((ends or [0])[-1] + len(make(n).data))
    assert ends[-1] == len(raw)
    for length in [*range(0, len(raw), 97), *ends, *(e - 1 for e in ends), *(e + 1 for e in ends[:-1])]:
        folder = tmp_path / str(length)
        folder.mkdir(exist_ok=True)
        broken = folder / file.name
        broken.write_bytes(raw[:length])
        before = [str(n) for n, end in enumerate(ends) if end <= length]
        assert archive.whole(broken) == max([0, *(e for e in ends if e <= length)])
        found = list(archive.read(broken, 10**6, whole_only=True))
        assert [r.url[-1] for r in found[: len(before)]] == before
        assert len(found) <= len(before) + 1  # all bytes of a record may be there, and only the end of its packing not
        assert all(r.body == random.Random(int(r.url[-1])).randbytes(2000) for r in found)
        if length not in (0, *ends):
            with pytest.raises(BadItem, match="damaged archive"):
                list(archive.read(broken, 10**6))
        shelf(folder, [make(9)])
        assert urls(broken) == [*before, "9"]
        assert len(list(archive.read(broken, 10**6))) == len(before) + 1


def hold(folder, ready, go):
    with archive.Shelf(folder, 10**6) as shelf:
        shelf.add(make(1), NOW)
        shelf.sync()
        ready.set()
        go.wait(30)


def test_two_crawls_write_two_files(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, ready, go))
    other.start()
    try:
        assert ready.wait(60)
        files = shelf(tmp_path, [make(2)])
        with pytest.raises(SenimError, match="being written"):
            archive.forget(tmp_path, {make(1).id})
    finally:
        go.set()
        other.join()
    assert [urls(f) for f in files] == [["1"], ["2"]]


def test_what_is_forgotten_is_in_no_file(tmp_path):
    files = shelf(tmp_path, [make(n) for n in range(6)], size=3 * len(make(1).data) + 50)
    with files[1].open("ab") as file:
        file.write(make(7).data[:500])
    kept = os.stat(files[1]).st_mtime_ns
    assert archive.forget(tmp_path, {make(1).id, make(8).id}) == 1
    assert [urls(f) for f in archive.files([tmp_path])] == [["0", "2"], ["3", "4", "5"]]
    assert os.stat(files[1]).st_mtime_ns == kept
    assert archive.forget(tmp_path, {make(3).id, make(5).id}) == 2
    assert archive.whole(files[1]) == files[1].stat().st_size
    assert archive.forget(tmp_path, ()) == 0


def test_a_plain_archive_is_read_too(tmp_path):
    import gzip

    file = tmp_path / "plain.warc"
    file.write_bytes(gzip.decompress(make(1).data))
    assert urls(file) == ["1"]
    assert archive.files([tmp_path]) == [file]
