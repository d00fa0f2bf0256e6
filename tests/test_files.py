"""Imports: every record gives one item, broken or not."""

import csv
import gzip
import io
import json
import tracemalloc
from datetime import UTC, datetime

import pytest
import world as w
from hypothesis import given
from hypothesis import strategies as st

from crawlers.archive import pack
from crawlers.files import read_files
from monitor.errors import SenimError
from monitor.records import Fate, post_id

NOW = datetime(2025, 11, 13, 6, tzinfo=UTC)
TEXT = "Полиция приехала на вызов через десять минут."


def read(*paths, **given):
    return list(read_files(paths, w.settings(**given), NOW))


def write(path, *lines):
    path.write_text("\n".join(json.dumps(x, ensure_ascii=False) if isinstance(x, dict) else x for x in lines), "utf-8")
    return path


def test_each_line_gives_one_item_and_empty_lines_are_no_records(tmp_path):
    path = write(
        tmp_path / "posts.jsonl", {"id": "a", "text": TEXT}, "", "{broken", '["list"]', {"id": "b"},
        {"id": "c", "text": 5}, {"id": "d", "text": "  "}, {"id": 7, "text": TEXT}, "",
    )  # fmt: skip
    items = read(path)
    assert [(i.key, i.fate) for i in items] == [
        ("posts.jsonl:1", Fate.STORED), ("posts.jsonl:3", Fate.BAD_LINE), ("posts.jsonl:4", Fate.BAD_LINE),
        ("posts.jsonl:5", Fate.BAD_LINE), ("posts.jsonl:6", Fate.BAD_LINE), ("posts.jsonl:7", Fate.TOO_SHORT),
        ("posts.jsonl:8", Fate.STORED),
    ]  # fmt: skip
    assert all(i.detail.startswith(i.key) for i in items if i.post is None)
    assert {i.source for i in items} == {"import:posts"}
    assert "`text` is missing" in items[3].detail


def test_the_fields_of_a_record(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "secret of the tests")
    record = {
        "id": "1", "title": "Т", "text": TEXT, "lang": "kk", "published": "2025 жылғы 12 қараша", "kind": "social",
        "url": "https://news.example/1?utm_source=x", "source": "paper", "author": "Читатель",
    }  # fmt: skip
    (item,) = read(write(tmp_path / "a.jsonl", record))
    post = item.post
    assert item.key == post.url == "https://news.example/1"
    assert (post.source, post.kind, post.language, post.fetched) == ("paper", "post", "kk", NOW)
    assert (post.published, post.published_from) == (datetime(2025, 11, 11, 19, tzinfo=UTC), "import")
    assert post.id == post_id(post.url, "Т", TEXT)
    assert len(post.author_key) == 16
    assert "Читатель" not in repr(item)


def test_a_record_without_address_is_known_by_source_and_id(tmp_path):
    (item,) = read(write(tmp_path / "a.jsonl", {"id": "x1", "text": TEXT, "kind": "letter", "language": "zz"}))
    assert item.post.id == post_id("import:a:x1", "", TEXT)
    assert (item.post.url, item.post.published, item.post.kind, item.post.language) == ("", None, "article", "und")


@pytest.mark.parametrize("published", ["когда-то", "2099-01-01", 1e18, True, "1970-01-01"])
def test_an_unusable_date_is_left_out_and_said(tmp_path, published):
    (item,) = read(write(tmp_path / "a.jsonl", {"id": "x", "text": TEXT, "published": published}))
    assert item.fate is Fate.STORED
    assert item.post.published is None
    assert item.detail.startswith("a.jsonl:1: published")


def test_packed_lines_byte_marks_and_bad_bytes(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    good = json.dumps({"id": "1", "text": TEXT}).encode()
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + good + b"\r\n\xff\xfe{}\n" + good))
    assert [i.fate for i in read(path)] == [Fate.STORED, Fate.BAD_LINE, Fate.STORED]


def test_a_damaged_file_keeps_what_came_before(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    lines = "".join(json.dumps({"id": str(n), "text": f"{TEXT} {n * 7919}"}) + "\n" for n in range(3000))
    path.write_bytes(gzip.compress(lines.encode())[:-3000])
    items = read(path)
    assert items[-1].fate is Fate.BAD_LINE
    assert "damaged" in items[-1].detail
    assert len(items) > 100
    assert {i.fate for i in items[:-1]} == {Fate.STORED}


def test_a_line_without_end_is_too_large_and_the_next_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "1", "text": "x" * 500_000}) + "\n" + json.dumps({"id": "2", "text": TEXT}))
    assert [i.fate for i in read(path, max_megabytes=0.1)] == [Fate.TOO_LARGE, Fate.STORED]


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1251"), ("\t", "utf-8")])
def test_tables_of_spreadsheets(tmp_path, delimiter, encoding):
    out = io.StringIO()
    table = csv.writer(out, delimiter=delimiter)
    table.writerow(["id", "text", "published", "author"])
    table.writerow(["1", "Первая строка,\nвторая; строка\tтретья", "12.11.2025", ""])
    table.writerow(["2", "", "", ""])
    table.writerow(["3", TEXT])
    table.writerow(["4", TEXT, "", ""])
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), encoding)
    items = read(path)
    assert [i.fate for i in items] == [Fate.STORED, Fate.BAD_LINE, Fate.BAD_LINE, Fate.STORED]
    assert items[0].post.text.startswith("Первая строка,\nвторая; строка")
    assert items[0].post.published == datetime(2025, 11, 11, 19, tzinfo=UTC)


def test_a_table_without_a_text_column_says_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    (item,) = read(path)
    assert (item.fate, item.detail) == (Fate.BAD_LINE, "t.csv:1: the head line names no column `text`")


def test_saved_pages_in_a_folder(tmp_path):
    head = '<link rel="canonical" href="https://news.example/a">'
    (tmp_path / "a.html").write_text(w.article("Заголовок", head=head), "utf-8")
    (tmp_path / "b.htm.gz").write_bytes(gzip.compress(b"<html></html>"))
    (tmp_path / "notes.txt").write_text("not for us")
    items = read(tmp_path)
    assert [(i.key, i.fate) for i in items] == [("a.html", Fate.STORED), ("b.htm.gz", Fate.UNREADABLE)]
    assert (items[0].post.url, items[0].post.title) == ("https://news.example/a", "Заголовок")


def test_an_archive_gives_one_item_for_each_answer(tmp_path):
    path = tmp_path / "crawl.warc.gz"
    html = {"Content-Type": "text/html; charset=windows-1251"}
    page = w.article("Страница").replace('<meta charset="utf-8">', "")
    answers = [
        pack("https://a.example/1", 200, html, page.encode("cp1251")),
        pack("https://a.example/2", 404, html, b"none"),
        pack("https://a.example/3.pdf", 200, {"Content-Type": "application/pdf"}, b"%PDF"),
        pack("https://a.example/4", 200, html, b"x" * 300_000),
        pack("https://a.example/5", 302, html, b""),
    ]
    path.write_bytes(b"".join(answer.data for answer in answers))
    assert [(i.key[-1], i.fate) for i in read(path)] == [
        ("1", Fate.STORED), ("2", Fate.GONE), ("f", Fate.UNREADABLE), ("4", Fate.TOO_LARGE), ("5", Fate.UNREACHABLE),
    ]  # fmt: skip
    post = read(path)[0].post
    assert (post.url, post.source, post.fetched) == ("https://a.example/1", "import:crawl", NOW)
    assert "Полиция города" in post.text


def test_a_damaged_archive_ends_with_a_bad_line(tmp_path):
    path = tmp_path / "crawl.warc"
    path.write_bytes(b"this is no archive at all\r\n\r\n")
    assert [i.fate for i in read(path)] == [Fate.BAD_LINE]


def test_missing_and_unknown_files_are_refused_with_advice(tmp_path):
    with pytest.raises(SenimError, match="there is no such file"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(SenimError, match=r"format is not known.*\.jsonl"):
        read(tmp_path / "a.docx")


def test_memory_stays_flat(tmp_path):
    path = tmp_path / "big.jsonl"
    with path.open("w") as file:
        for n in range(4000):
            file.write(json.dumps({"id": str(n), "text": f"{n} " + "x" * 5000}) + "\n")
    tracemalloc.start()
    assert sum(1 for _ in read_files([path], w.settings(), NOW)) == 4000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000 < path.stat().st_size


@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([b'{"text": "x"}', b'{"text": null}', b"\r"])), max_size=8
    )
)
def test_any_bytes_give_one_item_for_each_line_that_is_not_empty(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    lines = [p.replace(b"\n", b" ") for p in parts]
    raw = b"\n".join(lines)
    path.write_bytes(b"\n" + raw)  # an empty line first, so that no bytes look like gzip
    expected = [n for n, line in enumerate(lines, 2) if line.strip(b"\xef\xbb\xbf \t\r\n")]
    assert [int(i.key.split(":")[1]) for i in read(path)] == expected
