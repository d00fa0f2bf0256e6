"""A message that was queued is sent, once, or its failure is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import MONDAY

from monitor.errors import StoreError
from monitor.outbox import STALE
from monitor.records import Message
from monitor.store import Store


def make_message(key="digest:2026-W07:duty@example.org", **given):
    values = {
        "key": key,
        "kind": "digest",
        "recipient": "duty@example.org",
        "language": "kk",
        "subject": "Апталық шолу",
        "html": "<p>Шолу</p>",
        "text": "Шолу",
        "images": (("map", b"\x89PNG\x00"), ("curve", b"\x89PNG\x01")),
    }
    return Message(**{**values, **given})


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db", clock=lambda: MONDAY) as opened:
        yield opened


def test_a_message_comes_back_with_its_images_in_order(store):
    message = make_message()
    assert store.enqueue([message]) == 1
    (letter,) = store.outbox_due(MONDAY)
    assert all(getattr(letter, name) == getattr(message, name) for name in message.__slots__)
    assert (letter.state, letter.attempts, letter.queued, letter.sent) == ("queued", 0, MONDAY, None)


def test_a_key_is_queued_once_for_ever(store):
    assert store.enqueue([make_message(), make_message(text="again")]) == 1
    store.mark_sent(make_message().key, MONDAY)
    assert store.enqueue([make_message()]) == 0
    assert [x.state for x in store.outbox()] == ["sent"]
    assert store.outbox_due(MONDAY + timedelta(days=9)) == []


def test_two_senders_do_not_take_the_same_letter(store):
    store.enqueue([make_message("k")])
    assert store.mark_sending("k", MONDAY)
    assert not store.mark_sending("k", MONDAY)
    assert store.outbox_due(MONDAY) == []
    store.mark_sent("k", MONDAY)
    assert not store.mark_sending("k", MONDAY + timedelta(days=1))
    assert [(x.state, x.attempts, x.sent) for x in store.outbox()] == [("sent", 1, MONDAY)]


def test_a_sender_that_died_does_not_lose_the_letter(store):
    store.enqueue([make_message("k")])
    store.mark_sending("k", MONDAY)
    assert store.outbox_due(MONDAY + STALE - timedelta(seconds=1)) == []
    assert [x.key for x in store.outbox_due(MONDAY + STALE)] == ["k"]
    assert store.mark_sending("k", MONDAY + STALE)


def test_a_failed_letter_waits_and_is_given_up_in_the_end(store):
    store.enqueue([make_message("k")])
    later = MONDAY + timedelta(minutes=4)
    store.mark_sending("k", MONDAY)
    store.mark_failed("k", "451 try later", later)
    assert store.outbox_due(MONDAY) == []
    (letter,) = store.outbox_due(later)
    assert (letter.state, letter.attempts, letter.error) == ("failed", 1, "451 try later")
    store.mark_failed("k", "550 no such mailbox", None)
    assert store.outbox_due(later + timedelta(days=9)) == []
    assert [(x.state, x.attempts, x.error) for x in store.outbox()] == [("given up", 2, "550 no such mailbox")]
    store.retry("k")
    assert [x.state for x in store.outbox_due(MONDAY)] == ["queued"]


def test_an_unknown_key_is_a_mistake(store):
    with pytest.raises(StoreError, match="no such message"):
        store.mark_sent("k", MONDAY)
