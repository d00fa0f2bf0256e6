"""What goes out goes out once: alerts, digests and mails, however often and wherever a process was stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders import make_item, make_opinion

from monitor import editions, mailbox, settings, weeks
from monitor.declarations import Recipient
from monitor.records import Fate
from monitor.store import Store

NOW = datetime(2026, 2, 18, 5, 0, tzinfo=UTC)  # a Wednesday; the last full week is 2026-W07
WEEK = "2026-W07"
SHIPPED = settings.load(settings.shipped_config().parent)
READERS = (
    Recipient(email="press@example.org", language="kk"),
    Recipient(email="duty@example.org", language="ru", regions=("KZ-75",), digest=False),
    Recipient(email="far@example.org", language="ru", regions=("KZ-10",)),
    Recipient(email="research@example.org", language="en", alerts=False),
)


def at_home(folder, port=25):
    mail = SHIPPED.senim.mail.model_copy(update={"host": "127.0.0.1", "port": port})
    senim = SHIPPED.senim.model_copy(update={"mail": mail})
    return SHIPPED.model_copy(update={"home": folder, "senim": senim, "recipients": READERS})


@pytest.fixture
def store(tmp_path):
    """Fourteen weeks with one complaint each, and eight from four sources in the last full one."""
    with Store.open(tmp_path / "senim.db", clock=lambda: NOW) as opened:
        items, opinions = [], []
        for back in range(14):
            monday = weeks.start(weeks.shift(WEEK, -back))
            for n in range(1 if back else 8):
                number = 100 * back + n
                item = make_item(number, source=f"paper{n % 4}", published=monday + timedelta(hours=12 + n))
                items.append(item)
                opinions.append(make_opinion(item.post))
        assert opened.add(opened.begin("test"), items) == {Fate.STORED: 21}
        opened.add_opinions(opinions)
        yield opened


def outbox(store):
    return sorted((letter.recipient, letter.kind) for letter in store.outbox())


def test_an_alert_is_stored_and_mailed_to_those_concerned(tmp_path, store):
    found = editions.check_alerts(at_home(tmp_path), store, NOW)
    assert {(a.week, a.region) for a in found} == {(WEEK, "KZ-75")}
    assert outbox(store) == [("duty@example.org", "alert"), ("press@example.org", "alert")]


def test_checking_again_finds_and_queues_nothing_new(tmp_path, store):
    editions.check_alerts(at_home(tmp_path), store, NOW)
    before = outbox(store)
    assert editions.check_alerts(at_home(tmp_path), store, NOW + timedelta(hours=1)) == ()
    assert outbox(store) == before


def test_mails_of_an_alert_whose_check_was_stopped_are_queued_by_the_next_one(tmp_path, store):
    store.add_alerts(editions.find_alerts(at_home(tmp_path), store, WEEK))  # and here the process was killed
    assert outbox(store) == []
    assert editions.check_alerts(at_home(tmp_path), store, NOW) == ()
    assert outbox(store) == [("duty@example.org", "alert"), ("press@example.org", "alert")]


def test_a_mute_keeps_the_mail_back(tmp_path, store):
    for alert in store.add_alerts(editions.find_alerts(at_home(tmp_path), store, WEEK)):
        store.mute(alert.id, "duty", NOW, NOW + timedelta(days=7))
    editions.check_alerts(at_home(tmp_path), store, NOW)
    assert outbox(store) == []


def test_what_was_queued_a_moment_ago_is_sent_at_once(tmp_path, store):
    with mailbox.serve(tmp_path / "mail") as box:
        store.clock = lambda: NOW + timedelta(seconds=5)  # checking took a while
        said = editions.watch(at_home(tmp_path, box.port), store, NOW)
        assert said.endswith("2 sent, 0 waiting, 0 given up")
        assert {m["To"] for m in box.messages()} == {"press@example.org", "duty@example.org"}


def test_a_server_that_is_away_is_told_and_nothing_is_lost(tmp_path, store):
    editions.check_alerts(at_home(tmp_path), store, NOW)
    said = editions.send_mail(at_home(tmp_path, port=1), store, NOW)
    assert said.startswith("0 sent, 1 waiting, 0 given up (127.0.0.1:1: ")
    assert len(outbox(store)) == 2


def test_the_digest_is_written_whole_and_queued_once(tmp_path, store):
    house = at_home(tmp_path)
    said = editions.weekly_digest(house, store, NOW)
    assert said == f"{WEEK}: 6 files, 3 mails queued"
    files = sorted(f.name for f in (tmp_path / "var" / "digests").iterdir())
    assert files == sorted(f"{WEEK}.{language}.{kind}" for language in ("kk", "ru", "en") for kind in ("html", "txt"))
    assert editions.queue_digest(house, store, WEEK) == 0
    assert [to for to, kind in outbox(store) if kind == "digest"] == [
        "far@example.org", "press@example.org", "research@example.org",
    ]  # fmt: skip


def test_a_digest_without_readers_is_not_composed(tmp_path, store):
    nobody = at_home(tmp_path).model_copy(update={"recipients": ()})
    assert editions.queue_digest(nobody, store, WEEK) == 0
