"""A pass of judging begins where the last one ended, and misses nothing that was forgotten or came meanwhile."""

from __future__ import annotations

from builders import make_item, make_opinion
from test_tallies import MODEL, new_store

from monitor.store import Store


def test_the_next_pass_begins_where_the_last_one_ended(tmp_path):
    with new_store(tmp_path) as store:
        pass_id = store.begin("test")
        store.add(pass_id, [make_item(n) for n in range(6)])
        _judge_all(store)
        assert store.value("SELECT number FROM judged_below") == 5
        store.forget(url="https://news.example/5")
        store.forget(url="https://news.example/4")
        store.forget(url="https://news.example/3")
        store.add(pass_id, [make_item(n) for n in range(10, 12)])  # in the numbers of those that are forgotten
        assert [post.url for post in store.unjudged(MODEL, 9)] == ["https://news.example/10", "https://news.example/11"]


def test_what_is_forgotten_during_a_pass_makes_the_next_one_begin_anew(tmp_path):
    with new_store(tmp_path) as store, Store.open(tmp_path / "senim.db") as other:
        pass_id = store.begin("test")
        store.add(pass_id, [make_item(n) for n in range(6)])
        found = store.unjudged(MODEL, 9)
        store.add_opinions([make_opinion(post) for post in found])
        for n in (5, 4):
            other.forget(url=f"https://news.example/{n}")
        other.add(pass_id, [make_item(10)])
        store.remember_judged(MODEL)
        assert [post.url for post in store.unjudged(MODEL, 9)] == ["https://news.example/10"]


def _judge_all(store):
    while posts := store.unjudged(MODEL, 2):
        store.add_opinions([make_opinion(post) for post in posts])
    store.remember_judged(MODEL)
