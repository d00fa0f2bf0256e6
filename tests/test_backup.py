"""A backup is whole or it is not there; a restore brings back what was saved or changes nothing."""

from __future__ import annotations

import os
import threading

import pytest
from builders import make_item
from sqlite_utils import Database

from monitor.backup import backup, kept_aside, restore
from monitor.errors import StoreError
from monitor.store import Store


@pytest.fixture
def database(tmp_path):
    file = tmp_path / "senim.db"
    with Store.open(file) as store:
        store.add(store.begin("import"), [make_item(n) for n in range(40)])
    return file


def count(file):
    with Store.open(file) as store:
        assert store.check() == ()
        return store.count()


def test_there_and_back(database, tmp_path):
    copy = backup(database, tmp_path / "copy.db")
    assert (copy.posts, copy.labels, copy.size > 0) == (40, 0, True)
    with Store.open(database) as store:
        store.add(store.begin("import"), [make_item(n) for n in range(90)])
    assert restore(copy.path, database).posts == 40
    assert count(database) == 40
    assert count(kept_aside(database)) == 90
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_what_is_only_in_the_log_is_saved_too(database, tmp_path):
    with Store.open(database) as store:
        store.add(store.begin("import"), [make_item(99)])
        assert (tmp_path / "senim.db-wal").stat().st_size > 0
        assert backup(database, tmp_path / "copy.db").posts == 41


def test_one_moment_is_saved_while_another_writes(database, tmp_path):
    stop = threading.Event()

    def write():
        with Store.open(database) as store:
            number = 100
            while not stop.is_set():
                store.add(1, [make_item(number), make_item(number + 1)])
                number += 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [backup(database, tmp_path / f"copy{n}.db") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        assert copy.posts % 2 == 0
        assert count(copy.path) == copy.posts


def test_an_existing_file_is_never_overwritten(database, tmp_path):
    target = tmp_path / "precious.txt"
    target.write_text("mine")
    with pytest.raises(StoreError, match="already a file"):
        backup(database, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("problem", ["missing", "text", "cut", "noise", "other", "newer"])
def test_a_bad_copy_is_refused_and_the_database_stays(database, tmp_path, problem):
    copy = tmp_path / "copy.db"
    if problem == "text":
        copy.write_text("это не база данных " * 20)
    elif problem == "other":
        Database(copy)["notes"].insert({"id": 1})
    elif problem != "missing":
        backup(database, copy)
    if problem == "cut":
        os.truncate(copy, copy.stat().st_size // 2)
    if problem == "noise":
        with copy.open("r+b") as file:
            for page in range(6, copy.stat().st_size // 4096):
                file.seek(page * 4096)
                file.write(os.urandom(40))
    if problem == "newer":
        Database(copy)["_sqlite_migrations"].insert({"migration_set": "senim", "name": "999", "applied_at": ""})
    with pytest.raises(StoreError):
        restore(copy, database)
    assert count(database) == 40
    assert not kept_aside(database).exists()


def test_a_database_in_use_is_not_replaced(database, tmp_path):
    copy = backup(database, tmp_path / "copy.db")
    with Store.open(database, read_only=True) as reader:
        assert reader.count() == 40
        with pytest.raises(StoreError, match=r"open in another process.*senim serve"):
            restore(copy.path, database)
    assert count(database) == 40


@pytest.mark.parametrize("damage", ["gone", "cut", "noise", "empty"])
def test_whatever_happened_to_the_database_a_copy_brings_it_back(database, tmp_path, damage):
    copy = backup(database, tmp_path / "copy.db")
    if damage == "gone":
        database.unlink()
    elif damage == "noise":
        database.write_bytes(os.urandom(50_000))
        (tmp_path / "senim.db-wal").write_bytes(os.urandom(5_000))
    else:
        os.truncate(database, 0 if damage == "empty" else 30_000)
    restore(copy.path, database)
    assert count(database) == 40


def test_a_restore_into_a_new_house(database, tmp_path):
    copy = backup(database, tmp_path / "copy.db")
    assert restore(copy.path, tmp_path / "new" / "var" / "senim.db").posts == 40


def test_a_damaged_database_makes_no_backup(database, tmp_path):
    with database.open("r+b") as file:
        for page in range(6, database.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(40))
    with pytest.raises(StoreError, match="damaged"):
        backup(database, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
