"""Stories in the database are those that grouping everything at once finds, however the posts came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import MONDAY, make_item, make_opinion, make_post
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import linking, stories
from monitor.records import Fate, Item
from monitor.store import Store
from monitor.stories import fingerprint, group

# Windows of 60 words over a chain of words that never repeat: neighbours are reprints, distant ones share nothing.
WORDS = [f"слово{n}иже{n * 7919 % 997}" for n in range(400)]


def reprint(number, shift, day):
    """Return a post whose text is the window that begins at word `shift`."""
    text = " ".join(WORDS[shift : shift + 60])
    return make_post(
        number, text=text, published=MONDAY + timedelta(days=day, minutes=number), fingerprint=fingerprint(text)
    )


def add(store, posts):
    store.add(store.begin("test"), [Item(key=p.url, source=p.source, fate=Fate.STORED, post=p) for p in posts])


def at_once(posts):
    return group((p.id, p.published, p.fingerprint, p.text) for p in posts)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        yield opened


def test_a_reprint_joins_the_story_of_the_earliest(store):
    first, second, other = reprint(1, 0, 0), reprint(2, 1, 1), reprint(3, 200, 0)
    add(store, [second, other])
    assert store.link_stories() == 2
    assert store.link_stories() == 0
    add(store, [first])
    assert store.link_stories() == 2  # the earlier one is new, and the later one takes its name
    assert store.stories([second.id, other.id, "nothing"]) == {second.id: first.id, other.id: other.id}
    assert store.story(first.id) == [first.id, second.id]


def test_a_late_link_joins_two_stories_with_all_their_posts(store):
    left, right = [reprint(n, n, 12 * n) for n in range(2)], [reprint(9 + n, 4 + n, 36 + 12 * n) for n in range(2)]
    add(store, left + right)
    store.link_stories()
    bridge = [reprint(20, 2, 24), reprint(21, 3, 30)]
    add(store, bridge)
    store.link_stories()
    everything = left + right + bridge
    assert store.stories([p.id for p in everything]) == at_once(everything)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=14),
    st.randoms(),
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
)
def test_in_any_order_and_in_any_portions(tmp_path_factory, places, random, portions):
    posts = [reprint(n, shift * 2, day) for n, (shift, day) in enumerate(places)]
    posts.append(make_post(99, text=posts[0].text, published=None, fingerprint=posts[0].fingerprint))
    expected = at_once(posts)
    random.shuffle(posts)
    with Store.open(tmp_path_factory.mktemp("linking") / "senim.db") as store:
        while posts:
            portion = portions[len(posts) % len(portions)]
            add(store, posts[:portion])
            store.link_stories()
            del posts[:portion]
        assert store.stories(sorted(expected)) == expected


def test_judged_rows_carry_their_story(store):
    posts = [reprint(1, 0, 0), reprint(2, 1, 1)]
    add(store, posts)
    store.add_opinions([make_opinion(p) for p in posts])
    assert {j.story for j in store.judged()} == {p.id for p in posts}  # not linked yet: each is its own
    store.link_stories()
    assert {j.story for j in store.judged()} == {posts[0].id}


def test_an_empty_store_has_no_stories(store):
    assert store.link_stories() == 0
    store.add(store.begin("test"), [make_item(1, Fate.GONE)])
    assert store.link_stories() == 0


def test_the_store_looks_as_far_as_stories_reach():
    assert linking.WINDOW == stories.WINDOW
