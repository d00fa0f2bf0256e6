"""`senim rebuild` makes posts again from archived answers: new versions where the reading changed, nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import world as w
from builders import make_opinion
from installation import install, senim

from crawlers import archive
from monitor import settings
from monitor.errors import SenimError
from monitor.pipeline import collect, open_store
from monitor.rebuild import rebuild
from monitor.records import Fate, post_id

REMARKS = (
    '<div class="comments"><div class="comment"><span class="author">Сосед</span><time datetime='
    '"2025-11-12T12:00:00+05:00"></time><div class="text">Участковый так и не перезвонил.</div></div></div>'
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "secret of the tests")
    crawl = {"allow_loopback": True, "delay_seconds": 0}
    return settings.load(install(tmp_path / "home", crawl=crawl, archive={"folder": "var/archive"}))


@pytest.fixture
def crawled(home):
    """A home with two stored articles, one of them with a comment, and one page about the weather."""
    with w.serve() as world, open_store(home) as store:
        world.put("/one", w.article("Первая", tail=REMARKS))
        world.put("/two", w.article("Вторая"))
        world.put("/weather", w.article("Погода", sentence="В городе ожидается сильный ветер и снег до вечера."))
        world.put("/feed.xml", w.feed(world, [(p, "") for p in ("/one", "/two", "/weather")]))
        fates = collect(home, store, [w.source(world, comments=True)])
        assert (fates[Fate.STORED], fates[Fate.NOT_RELEVANT]) == (3, 1)
    return home


def again(home, store, *paths):
    return rebuild(home, store, paths or [home.archive], datetime.now(UTC), lambda _: None)


def rows(store):
    sql = "SELECT id, url, kind, version, newest, title, text, published, parent FROM post ORDER BY number"
    return store.rows(sql)


def age(store, old_text="Полиция. Старое чтение страницы вместе с меню сайта."):
    """Make the posts look as if an older extraction had read them: other words, one comment that was none."""
    with store.writing() as connection:
        for number, url, title in connection.execute("SELECT number, url, title FROM post WHERE kind = 'article'"):
            made = post_id(url, title, old_text)
            connection.execute("UPDATE post SET id = ?, text = ? WHERE number = ?", (made, old_text, number))
        connection.execute("UPDATE post SET id = 'old', url = url || '0', text = 'Ответить' WHERE kind = 'comment'")


def test_only_what_was_stored_is_kept(crawled):
    (file,) = archive.files([crawled.archive])
    kept = list(archive.read(file, 10**6))
    assert sorted(r.url.rsplit("/", 1)[1] for r in kept) == ["one", "two"]
    assert kept[0].body.decode().startswith("<!DOCTYPE html>")


def test_an_unchanged_reading_changes_nothing(crawled):
    with open_store(crawled) as store:
        before = rows(store)
        fates, fallen = again(crawled, store)
        assert (dict(fates), fallen) == ({Fate.DUPLICATE: 3}, 0)
        assert rows(store) == before


def test_a_changed_reading_is_a_new_version_and_opinions_stay(crawled):
    with open_store(crawled) as store:
        expected = {(r["url"], r["text"]) for r in rows(store)}
        age(store)
        old = store.posts()[0]
        store.add_opinions([make_opinion(post) for post in store.posts()])
        said = len(store.labels(old.id))
        fates, fallen = again(crawled, store)
        assert fates[Fate.NEW_VERSION] == 2
        assert fates[Fate.STORED] == 1  # the comment, whose words are part of its address
        assert {(r["url"], r["text"]) for r in rows(store) if r["newest"]} == expected
        assert len(rows(store)) == 6
        assert fallen == 1
        assert len(store.labels(old.id)) == said == 1
        assert store.check() == ()
        assert again(crawled, store)[1] == 0
        assert {(r["url"], r["text"]) for r in rows(store) if r["newest"]} == expected


def test_a_later_answer_stands_before_an_earlier_one_that_is_read_again(crawled):
    with open_store(crawled) as store:
        (article,) = (p for p in store.posts() if p.title == "Вторая")
        item = next(i for i in items_of(article))
        store.add(store.begin("test"), [item])
        age_only(store, article.id)
        again(crawled, store)
        newest = [r["text"] for r in rows(store) if r["url"] == article.url and r["newest"]]
        assert newest == [item.post.text]


def items_of(post):
    from monitor.records import Item

    text = post.text + "\nДополнено: полиция ответила."
    later = replace(post, id=post_id(post.url, post.title, text), text=text, fetched=datetime(2030, 1, 1, tzinfo=UTC))
    yield Item(key=post.url, source=post.source, fate=Fate.STORED, post=later)


def age_only(store, post):
    with store.writing() as connection:
        connection.execute("UPDATE post SET id = 'older', text = 'Полиция. Иначе.' WHERE id = ?", (post,))


def test_a_damaged_archive_is_read_to_its_damage_and_says_so(crawled):
    (file,) = archive.files([crawled.archive])
    file.write_bytes(file.read_bytes()[:-200])
    with open_store(crawled) as store:
        fates, _ = again(crawled, store)
        assert fates[Fate.BAD_LINE] == 1
        assert fates[Fate.DUPLICATE] in (1, 2)


def test_the_command_says_what_it_did_and_what_is_missing(crawled, tmp_path):
    assert "3 items: 3 duplicate\n0 posts superseded" in senim(crawled.home, "rebuild")
    assert json.loads(senim(crawled.home, "rebuild", "--json"))["fates"] == {"duplicate": 3}
    bare = install(tmp_path / "bare")
    assert "no archive is kept" in senim(bare, "rebuild", rc=1)
    with open_store(crawled) as store, pytest.raises(SenimError, match="no such archive"):
        again(crawled, store, tmp_path / "none.warc.gz")


def test_what_is_forgotten_leaves_the_archive(crawled):
    with open_store(crawled) as store:
        url = next(p.url for p in store.posts() if p.title == "Вторая")
    assert "1 posts forgotten" in senim(crawled.home, "forget", url)
    (file,) = archive.files([crawled.archive])
    assert [r.url.rsplit("/", 1)[1] for r in archive.read(file, 10**6)] == ["one"]
    assert "Сосед" in next(archive.read(file, 10**6)).body.decode()


def test_appeals_and_answers_are_read_again_by_the_marks_of_today(home):
    def block(n, reply):
        ask = f"<div class=ask>Участковый не приходит, звоним неделю: {n}.</div>"
        return (
            f'<li class=q><a href="/q/{n}">далее</a>{ask}<div class="{reply}">Полиция провела проверку: {n}.</div></li>'
        )

    marks = '{ block = "li.q", appeal = ".ask", answer = ".reply", link = "a" }'
    with w.serve() as world:
        declared = (
            f'[[source]]\nid = "office"\nname = "Office"\nkind = "portal"\nlanguage = "ru"\nurl = "{world.url}/blog"\n'
        )
        file = home.home / "config" / "sources" / "office.toml"
        file.write_text(f"{declared}marks = {marks}\n", encoding="utf-8")
        world.put("/blog", f"<ul>{block(1, 'reply')}{block(2, 'later')}</ul>")
        now = settings.load(home.home)
        with open_store(now) as store:
            assert collect(now, store, [now.source("office")])[Fate.STORED] == 3
    file.write_text(f"{declared}marks = {marks.replace('.reply', '.reply, .later')}\n", encoding="utf-8")
    now = settings.load(home.home)
    with open_store(now) as store:
        fates, fallen = again(now, store)
        assert (fates[Fate.STORED], fates[Fate.DUPLICATE], fallen) == (1, 3, 0)
        assert sorted(p.kind for p in store.posts()) == ["answer", "answer", "appeal", "appeal"]
