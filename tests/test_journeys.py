"""The whole way through the doors that people use: from files and the web to figures, letters and releases."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import world
from click.testing import CliRunner
from installation import install, install_demo, make_records, senim, start, write_jsonl

from crawlers.archive import pack
from crawlers.sample import server
from monitor import demo, mailbox, weeks
from monitor.cli import main
from monitor.store import Store

PAGES = sorted((Path(__file__).parent / "pages").glob("*/*/page.html*"))


def run(home, *words, rc=0):
    """Run a command in this process and return what it said on stdout; on stderr when it should fail."""
    result = CliRunner().invoke(main, ["--home", str(home), *map(str, words)])
    assert result.exit_code == rc, result.output
    return result.stderr if rc else result.stdout


def told(home, *words):
    return json.loads(run(home, *words, "--json"))


@pytest.fixture
def home(tmp_path, tiny_model):
    return install(tmp_path / "home", tiny_model)


def make_jsonl(folder):
    """Sixty records with three bad lines and one too long to be read."""
    file = write_jsonl(folder / "archive.jsonl", make_records(60))
    with file.open("ab") as lines:
        lines.write(b'{"text": 5}\n{"broken\n[1, 2]\n')
        lines.write(json.dumps({"text": "полиция " * 20_000}).encode() + b"\n")
    return file, 64


def make_csv(folder):
    """Forty rows and one with too many fields."""
    rows = make_records(40, seed=2)
    names = ["id", "url", "source", "title", "text", "published"]
    file = folder / "table.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, names, delimiter=";")
        table.writeheader()
        table.writerows(rows)
        opened.write("a;b;c;d;e;f;g;h\n")
    return file, 41


def make_pages(folder):
    """A folder of saved pages: two to keep, one that says nothing."""
    pages = folder / "saved"
    pages.mkdir()
    for n in range(2):
        (pages / f"{n}.html").write_text(world.article(f"Полиция района {n}"), "utf-8")
    (pages / "empty.html").write_text("<html><body></body></html>")
    return pages, 3


def make_archive(folder):
    """A web archive: ten pages, one that is gone, a picture."""
    file = folder / "crawl.warc.gz"
    html = {"Content-Type": "text/html; charset=utf-8"}
    answers = [
        pack(f"https://a.example/{n}", 200, html, world.article(f"Заявление {n} приняла полиция").encode())
        for n in range(10)
    ]
    answers.append(pack("https://a.example/gone", 404, html, b"none"))
    answers.append(pack("https://a.example/picture.png", 200, {"Content-Type": "image/png"}, b"png"))
    file.write_bytes(b"".join(a.data for a in answers))
    return file, 12


@pytest.mark.parametrize("make", [make_jsonl, make_csv, make_pages, make_archive])
def test_every_record_of_a_file_meets_one_fate(home, tmp_path, make):
    file, records = make(tmp_path)
    first = told(home, "import", file)
    assert first["items"] == sum(first["fates"].values()) == records
    assert first["fates"]["stored"] >= 2
    again = told(home, "import", file)
    assert again["items"] == records
    assert again["fates"].pop("duplicate") == first["fates"].pop("stored")
    assert again["fates"] == first["fates"], "what was wrong is wrong again, and nothing is stored twice"
    passes = told(home, "health")["passes"]
    assert [sum(p["fates"].values()) for p in passes] == [records, records]


def test_all_files_at_once_and_a_date_for_those_without(home, tmp_path):
    made = [make(tmp_path) for make in (make_jsonl, make_csv, make_pages, make_archive)]
    found = told(home, "import", *(file for file, _ in made), "--date", "2026-11-02")
    assert found["items"] == sum(n for _, n in made)
    assert told(home, "health")["counts"]["undated"] == 0


@pytest.fixture(scope="module")
def crawled(tiny_model, tmp_path_factory):
    """A home in which the sample web was crawled and judged, by processes of their own."""
    folder = tmp_path_factory.mktemp("journey")
    with server.serve(datetime.now(UTC)) as web, mailbox.serve(folder / "mail") as box:
        home = install_demo(folder / "home", web.url, tiny_model, box.port)
        found = json.loads(senim(home, "crawl", "--json"))
        assert found["items"] == sum(found["fates"].values()) > 200
        assert found["fates"]["stored"] > 150
        said = senim(home, "classify")
        assert said == f"{found['fates']['stored']} posts judged\n"
        yield home, box, found


def test_from_the_web_to_figures(crawled):
    home, _, found = crawled
    cells = json.loads(run(home, "trends", "--by", "week", "--json"))
    cells = cells["cells"] if isinstance(cells, dict) else cells
    shown = [c for c in cells if not c["suppressed"]]
    assert len(shown) >= 10
    for cell in shown:
        assert -1 <= cell["low"] <= cell["net"] <= cell["high"] <= 1
        assert cell["posts"] >= cell["stories"] >= 1
    with Store.open(home / "var" / "senim.db", read_only=True) as store:
        counted = [j for j in store.judged() if not j.official]
    assert sum(c["posts"] for c in shown if c["week"]) <= len(counted) <= found["fates"]["stored"]
    assert run(home, "trends", "--csv").startswith("region,week,")


def test_from_the_web_to_a_digest_in_the_box(crawled):
    home, box, _ = crawled
    said = run(home, "digest", "--send")
    assert len([line for line in said.splitlines() if line.endswith((".html", ".txt"))]) == 6
    assert "2 mails queued; mail: 2 sent" in said
    assert "0 mails queued; mail: 0 sent" in run(home, "digest", "--send"), "nobody gets it twice"
    assert sorted(m["To"] for m in box.messages()) == ["press@example.org", "research@example.org"]
    page = home / "one.html"
    run(home, "digest", "--lang", "kk", "-o", page)
    assert "<html" in page.read_text("utf-8")


def test_from_the_web_to_a_release_that_verifies(crawled):
    home, _, found = crawled
    release = home / "release"
    run(home, "corpus", "release", release)
    assert "as it was released" in run(home, "corpus", "verify", release)
    file = max(release.glob("*.jsonl"), key=lambda f: f.stat().st_size)
    assert file.read_text("utf-8").count("\n") >= 0.8 * found["fates"]["stored"]
    file.write_text(file.read_text("utf-8").replace("полиц", "милиц", 1), "utf-8")
    assert file.name in run(home, "corpus", "verify", release, rc=1)


def test_a_second_crawl_finds_nothing_new_but_what_was_edited(tmp_path, tiny_model):
    with server.serve(datetime.now(UTC)) as web:
        home = install_demo(tmp_path / "home", web.url, tiny_model)
        first = told(home, "crawl")["fates"]
        web.edit()
        second = told(home, "crawl")["fates"]
    assert first["stored"] > 150
    assert second["new version"] == 1
    assert "stored" not in second


# --- when something is wrong: one sentence of advice, exit code 1 ---------------------------------------------------


def assert_advice(said, *words):
    """One line that begins with our name, and no traceback."""
    assert said.startswith("senim: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_a_locked_database(home, tmp_path):
    file, _ = make_jsonl(tmp_path)
    run(home, "import", file)
    with closing(sqlite3.connect(home / "var" / "senim.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        process = start(home, "import", file)
        assert_advice(process.communicate(timeout=60)[1], "is locked by another writer. Close the other process")
        assert process.returncode == 1
        assert "posts" in run(home, "health"), "who only reads is not stopped"


def test_a_database_that_is_half_written(home, tmp_path):
    run(home, "import", make_jsonl(tmp_path)[0])
    database = home / "var" / "senim.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])
    for words in (["classify"], ["trends"], ["digest"], ["crawl", "tengrinews_ru"]):
        assert_advice(run(home, *words, rc=1), "only half written", "Bring back the last good copy with `senim restore")
    assert "only half written" in run(home, "check", rc=1)


def test_a_database_that_is_none(home):
    (home / "var").mkdir()
    (home / "var" / "senim.db").write_text("notes about a database " * 100)
    assert_advice(run(home, "trends", rc=1), "is not an SQLite database")


def test_no_database_yet(home):
    assert_advice(run(home, "trends", rc=1), "there is no database. Make one with `senim init DIR`.")


def damage_cut(model):
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def damage_bit(model):
    raw = bytearray((model / "heads.safetensors").read_bytes())
    raw[-1] ^= 1
    (model / "heads.safetensors").write_bytes(raw)


def damage_card(model):
    (model / "senim.json").write_text('{"name": "tiny", "reas')


def damage_list(model):
    (model / "senim.json").write_text("[1, 2]")


def damage_tokenizer(model):
    (model / "tokenizer.json").unlink()


def damage_all(model):
    for file in model.iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damage_cut, "model.safetensors is damaged"),
        (damage_bit, "heads.safetensors is damaged"),
        (damage_card, "senim.json is damaged"),
        (damage_list, "senim.json is damaged"),
        (damage_tokenizer, "tokenizer.json is missing"),
        (damage_all, "there is no model"),
    ],
)
def test_a_damaged_model(tmp_path, tiny_model, damage, said):
    import shutil

    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    home = install(tmp_path / "home", model)
    run(home, "import", write_jsonl(tmp_path / "a.jsonl", make_records(5)))
    damage(model)
    assert_advice(run(home, "classify", rc=1), said, str(model))
    assert said in run(home, "check", rc=1)
    assert told(home, "health")["counts"]["judged"] == 0


def test_an_unknown_source_week_or_command(home):
    assert_advice(run(home, "crawl", "nonsense", rc=1), "no such source: nonsense. `senim sources` lists them.")
    for wrong in (["trends", "--from", "2026-W60"], ["trends", "--by", "weather"], ["nonsense"], ["import"]):
        run(home, *wrong, rc=2)


# --- the demo, with the model that ships -----------------------------------------------------------------------------

CONCERNED = {"press@example.org", "duty-karaganda@example.org", "research@example.org"}


def alert_mails(folder):
    """Return the recipients of the mails about alerts, with how many each got."""
    with Store.open(folder / "var" / "senim.db", read_only=True) as store:
        ids = {letter.subject for letter in store.outbox() if letter.kind == "alert"}
    box = mailbox.Mailbox(port=0, folder=folder / "mail")
    return Counter(m["To"] for m in box.messages() if m["Subject"] in ids)


def test_the_demo_rings_once_for_everybody_concerned(tmp_path):
    said = []
    demo.run(tmp_path / "demo", say=said.append)
    assert alert_mails(tmp_path / "demo") == dict.fromkeys(CONCERNED, 1), said
    with Store.open(tmp_path / "demo" / "var" / "senim.db", read_only=True) as store:
        (alert,) = store.alerts()
    assert (alert.region, alert.week) == ("KZ-35", weeks.shift(weeks.week_of(datetime.now(UTC)), -1))


def test_the_quiet_demo_does_not_ring(tmp_path):
    said = []
    demo.run(tmp_path / "demo", quiet=True, say=said.append)
    assert alert_mails(tmp_path / "demo") == {}, said
