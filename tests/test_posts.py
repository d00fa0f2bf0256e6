"""A post is stored once, in versions; what is asked for is found; what is to be forgotten is gone."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from builders import MONDAY, make_item, make_opinion, make_post
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.records import Fate, Item, Mention
from monitor.store import Store


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        yield opened


def add(store, *posts):
    return store.add(store.begin("test"), [Item(key=p.url, source=p.source, fate=Fate.STORED, post=p) for p in posts])


def test_a_post_comes_back_as_it_was(store):
    post = make_post(
        author_key="ab12",
        parent="p",
        regions=("KZ-75", "KZ-10"),
        fingerprint=b"\x00\xff",
        mentions=(Mention(body="police", start=0, end=7), Mention(body="courts", start=1, end=2, in_title=True)),
    )
    assert add(store, post) == {Fate.STORED: 1}
    assert store.post(post.id) == post
    assert store.post("nothing") is None


def test_a_post_without_date_title_and_mentions_is_a_post(store):
    post = make_post(published=None, published_from="", title="", mentions=(), regions=(), regions_from="")
    add(store, post)
    assert store.posts() == [post]


def test_the_same_words_at_the_same_address_are_stored_once(store):
    assert add(store, make_post(), make_post()) == {Fate.STORED: 1, Fate.DUPLICATE: 1}
    assert add(store, make_post()) == {Fate.DUPLICATE: 1}
    assert store.count() == 1


def test_other_words_at_the_same_address_are_a_version_that_supersedes(store):
    first, second = make_post(text="Полиция молчит."), make_post(text="Полиция ответила.")
    assert add(store, first, second) == {Fate.STORED: 1, Fate.NEW_VERSION: 1}
    assert [p.version for p in store.versions(first.url)] == [1, 2]
    assert [p.id for p in store.posts()] == [second.id]
    assert store.post(first.id) == first


def test_repeating_a_pass_does_not_bring_an_old_version_back(store):
    first, second = make_post(text="Полиция молчит."), make_post(text="Полиция ответила.")
    add(store, first, second)
    assert add(store, first, second) == {Fate.DUPLICATE: 2}
    assert [p.id for p in store.posts()] == [second.id]


def test_an_older_copy_from_an_archive_does_not_supersede_a_live_page(store):
    live = make_post(text="Полиция ответила.")
    archived = make_post(text="Полиция молчит.", fetched=live.fetched - timedelta(days=90))
    assert add(store, live, archived) == {Fate.STORED: 1, Fate.NEW_VERSION: 1}
    assert [p.id for p in store.posts()] == [live.id]


def test_posts_without_an_address_are_never_versions(store):
    assert add(store, make_post(url="", text="раз полиция"), make_post(url="", text="два полиция")) == {Fate.STORED: 2}


def test_comments_below_one_address_are_not_versions_of_each_other(store):
    same = {"url": "https://news.example/1", "kind": "comment", "title": ""}
    nameless = [make_post(n, text=f"комментарий {n}", **same) for n in range(2)]
    one = make_post(text="мнение", author_key="a", **same)
    edited = make_post(text="мнение, исправлено", author_key="a", **same)
    other = make_post(text="другое мнение", author_key="b", **same)
    assert add(store, *nameless, one, other, edited) == {Fate.STORED: 4, Fate.NEW_VERSION: 1}


def test_every_item_gets_one_fate(store):
    number = store.begin("crawl")
    items = [make_item(n, fate) for n, fate in enumerate(Fate)]
    counted = store.add(number, [*items, Item(key="x", source="s", fate=Fate.STORED)])
    assert counted == {fate: 2 if fate is Fate.QUARANTINED else 1 for fate in Fate}
    assert store.fates(number) == counted


def test_known_addresses_need_no_second_visit(store):
    items = [
        make_item(1),
        make_item(2, Fate.NOT_RELEVANT),
        make_item(3, Fate.UNREACHABLE),
        make_item(4, source="other"),
    ]
    store.add(store.begin("crawl"), items)
    assert store.known("example") == {items[0].key: items[0].post.id, items[1].key: ""}


def test_filters(store):
    store.declare_sources(
        [SimpleNamespace(id="ministry", official=True), SimpleNamespace(id="example", official=False)]
    )
    almaty = make_post(1)
    astana = make_post(2, regions=("KZ-71",), language="kk", source="ministry", settlements=("republican", "town"))
    old = make_post(3, published=MONDAY - timedelta(days=7), mentions=(Mention(body="courts", start=0, end=1),))
    undated = make_post(4, published=None, regions=("KZ-75", "KZ-71"))
    add(store, almaty, astana, old, undated)
    store.add_opinions([make_opinion(almaty), make_opinion(astana, about=False, sentiment=None, reasons=())])

    def found(**filters):
        assert store.count(**filters) == len(store.posts(**filters)) == len(list(store.each_post(**filters)))
        return {p.id for p in store.posts(**filters)}

    assert found(week="2026-W07") == {almaty.id, astana.id}
    assert found(region="KZ-75") == {almaty.id, old.id, undated.id}
    assert found(language="kk") == found(source="ministry") == found(official=True) == {astana.id}
    assert found(official=False) == {almaty.id, old.id, undated.id}
    assert found(body="courts") == {old.id}
    assert found(settlement="town") == found(settlement="republican") == {astana.id}
    assert store.posts(settlement="town")[0].settlements == ("republican", "town")
    assert found(sentiment="negative") == found(reason="slow_ineffective") == found(about=True) == {almaty.id}
    assert found(about=False) == {astana.id}
    assert found(week="2026-W07", region="KZ-71", sentiment="negative") == set()
    with pytest.raises(TypeError):
        store.posts(colour="red")


def test_the_latest_come_first_in_pages(store):
    posts = [make_post(n) for n in range(7)]
    add(store, *posts, undated := make_post(9, published=None))
    order = [p.id for p in reversed(posts)] + [undated.id]
    assert [p.id for p in store.posts(limit=None)] == order
    assert [p.id for n in (0, 3, 6) for p in store.posts(limit=3, offset=n)] == order
    assert [p.id for p in store.each_post(chunk=3)] == sorted(order)


def test_a_time_without_a_zone_is_refused_and_nothing_is_stored(store):
    with pytest.raises(StoreError, match="no time zone"):
        add(store, make_post(1), make_post(2, fetched=MONDAY.replace(tzinfo=None)))
    assert store.count() == 0


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), cut=st.integers(0, 6))
def test_a_pass_that_is_cut_and_repeated_stores_the_same(tmp_path_factory, order, cut):
    posts = [make_post(n % 4, text=f"Полиция, сообщение {n}.", fetched=MONDAY + timedelta(hours=n)) for n in range(6)]
    with Store.open(tmp_path_factory.mktemp("cut") / "a.db") as straight:
        add(straight, *posts)
        expected = {p.id for p in straight.posts()}
    with Store.open(tmp_path_factory.mktemp("cut") / "b.db") as cut_off:
        add(cut_off, *(posts[n] for n in order[:cut]))
        add(cut_off, *(posts[n] for n in order))
        assert {p.id for p in cut_off.posts()} == expected
        assert cut_off.value("SELECT count(*) FROM post") == 6


def test_an_author_is_forgotten_for_good(store, tmp_path):
    said = make_post(1, author_key="a1", url="https://social.example/name/1", text="Неповторимое слово о полиции.")
    kept = make_post(2, author_key="b2")
    add(store, said, kept)
    store.add_opinions([make_opinion(said), make_opinion(kept)])
    store.link_stories()
    assert store.forget(author_key="a1") == 1
    assert store.check() == ()
    assert [p.id for p in store.posts()] == [kept.id]
    assert store.posts(query="неповторимое") == store.posts(query='"еповтори"') == []
    assert add(store, said, make_post(3, author_key="a1")) == {Fate.FORBIDDEN: 2}
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert "еповтори".encode() not in content
        assert b"social.example/name" not in content


def test_an_address_is_forgotten_in_all_versions(store):
    add(store, make_post(1, text="Полиция раз."), make_post(1, text="Полиция два."), make_post(2))
    assert store.forget(url="https://news.example/1") == 2
    assert add(store, make_post(1, text="Полиция три.")) == {Fate.FORBIDDEN: 1}
    assert store.count() == 1
    assert store.forget() == store.forget(url="https://nowhere.example") == 0
