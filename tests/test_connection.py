"""A database that cannot be used says why, and what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from builders import make_item, make_opinion, make_post
from sqlite_utils import Database

from monitor import schema
from monitor.errors import StoreError
from monitor.store import Store


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "senim.db"
    with Store.open(file) as store:
        store.add(store.begin("import"), [make_item(n, text="Полиция приехала. " * 400 + str(n)) for n in range(30)])
    return file


def test_a_new_database_is_whole_and_safe_from_power_cuts(tmp_path):
    with Store.open(tmp_path / "new.db") as store:
        assert store.check() == ()
        assert store.value("PRAGMA journal_mode") == "wal"
        assert store.value("PRAGMA synchronous") == 2  # FULL
        assert store.value("PRAGMA foreign_keys") == 1
        assert store.value("PRAGMA application_id") == schema.APPLICATION_ID


def test_opening_again_keeps_what_is_there(path):
    with Store.open(path) as store:
        assert store.count() == 30


def test_a_name_with_odd_characters_is_a_name(tmp_path):
    file = tmp_path / "деректер #1 ?x=%41.db"
    Store.open(file).close()
    assert file.exists()


def test_read_only_reads_while_another_writes_and_changes_nothing(path):
    with Store.open(path) as writer, Store.open(path, read_only=True) as reader:
        with writer.writing() as connection:
            connection.execute("DELETE FROM fate")
            assert reader.count() == 30
        with pytest.raises(StoreError, match="may only be read"):
            reader.begin("crawl")


def test_read_only_makes_no_file(tmp_path):
    with pytest.raises(StoreError, match="senim init"):
        Store.open(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_waits_and_then_says_what_to_close(path):
    locked = pytest.raises(StoreError, match=r"locked by another writer.*Close the other process")
    with Store.open(path) as first, Store.open(path, wait=0.1) as second, first.writing(), locked:
        second.begin("crawl")


def test_what_failed_half_way_leaves_nothing(path):
    def delete_and_fail(store):
        with store.writing() as connection:
            connection.execute("DELETE FROM fate")
            raise ZeroDivisionError

    with Store.open(path) as store:
        with pytest.raises(ZeroDivisionError):
            delete_and_fail(store)
        assert store.value("SELECT count(*) FROM fate") == 30
        store.begin("crawl")  # and the next transaction is free to begin


def test_a_text_file_is_no_database(tmp_path):
    file = tmp_path / "senim.db"
    file.write_text("это не база данных " * 50, "utf-8")
    with pytest.raises(StoreError, match=r"not an SQLite database.*senim restore FILE"):
        Store.open(file)


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(tmp_path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StoreError, match="its folder is missing"):
        Store.open(tmp_path / "var" / "senim.db")


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_half_written_file_is_told(path, share):
    size = path.stat().st_size
    os.truncate(path, int(size * share))
    with pytest.raises(StoreError, match=r"half written.*senim restore FILE"):
        Store.open(path)


def test_damage_inside_is_found_by_the_check_or_on_reading(path):
    with path.open("r+b") as file:
        for page in range(4, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(64))

    def use():
        with Store.open(path) as store:
            assert store.check()
            store.posts()

    with pytest.raises(StoreError, match=r"damaged.*senim restore FILE"):
        use()


def test_the_database_of_another_program_is_left_alone(tmp_path):
    file = tmp_path / "senim.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE post (id)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"another program.*senim\.toml"):
        Store.open(file)
    assert file.read_bytes() == before


def test_a_newer_version_is_not_touched(path):
    database = Database(path)
    database["_sqlite_migrations"].insert({"migration_set": "senim", "name": "999 future", "applied_at": ""})
    database.close()
    with pytest.raises(StoreError, match=r"newer version.*Update Senim"):
        Store.open(path)


def test_an_older_version_is_brought_up_to_date_by_a_writer_only(tmp_path):
    file = tmp_path / "senim.db"
    database = Database(file)
    schema.migrations.apply(database, stop_before="002 labels")
    database.close()
    with pytest.raises(StoreError, match=r"older version.*senim check"):
        Store.open(file, read_only=True)
    with Store.open(file) as store:
        assert store.check() == ()
        assert "label" in store.database.table_names()


def test_labels_of_an_older_version_are_kept(tmp_path):
    file = tmp_path / "senim.db"
    with Store.open(file) as store:
        store.add(store.begin("import"), [make_item(0)])
        store.add_opinions([make_opinion(make_post(0))])
    database = Database(file)
    database["current_stance"].drop()
    database["_sqlite_migrations"].delete_where("name = ?", ["004 stances"])
    database.close()
    with Store.open(file) as store:
        assert store.check() == ()
        assert store.opinion(make_post(0).id) == make_opinion(make_post(0))
        assert [(j.sentiment, j.stances) for j in store.judged()] == [("negative", ())]
        assert store.count(body="police", sentiment="negative") == 1


def test_many_processes_may_make_it_at_the_same_moment(tmp_path):
    file = tmp_path / "senim.db"
    code = f"from monitor.store import Store; Store.open({str(file)!r}).begin('crawl')"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    with Store.open(file) as store:
        assert store.value("SELECT count(*) FROM pass") == 4
