"""Sending through a real SMTP server on this machine: taken, delayed, refused, absent, and gone in the middle."""

import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from monitor.mail import compose, send_due
from monitor.records import Message
from monitor.settings import load
from monitor.store import Store

NOW = datetime(2026, 2, 16, 3, 0, tzinfo=UTC)
LATER = timedelta(minutes=2)
SETTINGS = load(Path(__file__).parents[1])


class Server:
    """Answers as the test says: `answers` maps a recipient to what RCPT gets, `data` is what DATA gets, one a time."""

    def __init__(self, answers=None, data=(), hang_up=False):
        self.answers, self.data, self.hang_up = answers or {}, list(data), hang_up
        self.received = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        if self.hang_up:
            self.hang_up = False
            server.transport.abort()
            return "250 nobody hears this"
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250"):
            self.received.append((tuple(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default)))
        return answer


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db", clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def serve():
    started = []

    def start(server):
        controller = Controller(server, hostname="127.0.0.1", port=free_port())
        controller.start()
        started.append(controller)
        return at_port(controller.port)

    yield start
    for controller in started:
        controller.stop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def at_port(port, attempts=3):
    mail = SETTINGS.senim.mail.model_copy(
        update={"host": "127.0.0.1", "port": port, "sender": "senim@example.org", "attempts": attempts}
    )
    return SETTINGS.model_copy(update={"senim": SETTINGS.senim.model_copy(update={"mail": mail})})


def letter(to="duty@example.org", key="", **given):
    values = {
        "key": key or f"alert/1/{to}", "kind": "alert", "recipient": to, "language": "kk",
        "subject": "Дабыл: сөзбұйда", "html": '<p>Қала <img src="cid:map"></p>', "text": "Қала",
        "images": (("map", b"\x89PNG"),),
    } | given  # fmt: skip
    return Message(**values)


def states(store):
    return {x.recipient.partition("@")[0]: x.state for x in store.outbox()}


def test_a_message_arrives_with_text_html_and_pictures(store, serve):
    server = Server()
    store.enqueue([letter()])
    assert send_due(store, serve(server), NOW).sent == 1
    ((to, mail),) = server.received
    assert to == ("duty@example.org",)
    assert mail["Subject"] == "Дабыл: сөзбұйда"
    assert mail["List-Unsubscribe"] == "<mailto:senim@example.org?subject=unsubscribe>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().strip() == "Қала"
    assert 'src="cid:map"' in mail.get_body(("html",)).get_content()
    (picture,) = [p for p in mail.walk() if p.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<map>"
    assert picture.get_content() == b"\x89PNG"
    assert states(store) == {"duty": "sent"}


def test_what_was_sent_is_never_sent_again(store, serve):
    server = Server()
    settings = serve(server)
    store.enqueue([letter()])
    send_due(store, settings, NOW)
    store.enqueue([letter()])
    assert send_due(store, settings, NOW + timedelta(days=3)).sent == 0
    assert len(server.received) == 1


def test_a_temporary_refusal_is_tried_again_later(store, serve):
    server = Server(data=["451 try later"])
    settings = serve(server)
    store.enqueue([letter()])
    first = send_due(store, settings, NOW)
    assert (first.waiting, first.error) == (1, "451 try later")
    assert send_due(store, settings, NOW + timedelta(seconds=30)).sent == 0
    assert send_due(store, settings, NOW + LATER).sent == 1
    assert len(server.received) == 1


def test_after_enough_tries_it_is_given_up_and_kept(store, serve):
    settings = serve(Server(data=["451 no"] * 9))
    store.enqueue([letter()])
    results = [send_due(store, settings, NOW + timedelta(days=n)) for n in range(5)]
    assert [r.waiting for r in results] == [1, 1, 0, 0, 0]
    assert [r.given_up for r in results] == [0, 0, 1, 0, 0]
    assert store.outbox()[0].error == "451 no"


def test_a_recipient_refused_for_ever_does_not_stop_the_others(store, serve):
    server = Server(answers={"b@example.org": "550 no such user", "c@example.org": "450 greylisted"})
    store.enqueue([letter(f"{x}@example.org") for x in "abcd"])
    result = send_due(store, serve(server), NOW)
    assert (result.sent, result.given_up, result.waiting) == (2, 1, 1)
    assert states(store) == {"a": "sent", "b": "given up", "c": "failed", "d": "sent"}


def test_no_server_leaves_everything_waiting_and_spends_one_try(store):
    store.enqueue([letter(f"{x}@example.org") for x in "abc"])
    result = send_due(store, at_port(free_port()), NOW)
    assert (result.sent, result.waiting) == (0, 1)
    assert "Look at [mail] in senim.toml" in result.error
    assert sorted(x.attempts for x in store.outbox()) == [0, 0, 1]


def test_a_connection_lost_during_data_is_repeated_under_the_same_id(store, serve):
    server = Server(hang_up=True)
    settings = serve(server)
    store.enqueue([letter(), letter("other@example.org")])
    first = send_due(store, settings, NOW)
    assert (first.sent, first.waiting) == (1, 1), "the next letter goes over a new connection"
    assert send_due(store, settings, NOW + LATER).sent == 1
    assert {to for to, _ in server.received} == {("duty@example.org",), ("other@example.org",)}
    ids = {mail["To"]: mail["Message-ID"] for _, mail in server.received}
    assert ids["duty@example.org"] == compose(letter(), "senim@example.org", NOW)["Message-ID"]


def test_a_process_that_died_while_sending_sends_again_after_a_while(store, serve):
    server = Server()
    settings = serve(server)
    store.enqueue([letter()])
    assert store.mark_sending(letter().key, NOW)  # and here it died
    assert send_due(store, settings, NOW + timedelta(minutes=1)).sent == 0
    assert send_due(store, settings, NOW + timedelta(hours=1)).sent == 1


def test_two_senders_at_once_send_once(store, serve):
    server = Server()
    settings = serve(server)
    store.enqueue([letter()])

    class Late:  # the other process looked before we took the letter
        def __init__(self, due):
            self.due = due

        def outbox_due(self, now):
            return self.due

        mark_sending, mark_sent, mark_failed = store.mark_sending, store.mark_sent, store.mark_failed

    late = Late(store.outbox_due(NOW))
    send_due(store, settings, NOW)
    assert send_due(late, settings, NOW).sent == 0
    assert len(server.received) == 1


def test_a_subject_cannot_smuggle_a_header():
    mail = compose(letter(subject="Тема\r\nBcc: all@example.org"), "senim@example.org", NOW)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Тема Bcc: all@example.org"


def test_the_message_id_follows_from_the_key_alone():
    ids = {
        compose(letter(key=k, text=t), "senim@example.org", NOW)["Message-ID"]
        for k, t in (("a", "x"), ("a", "y"), ("b", "x"))
    }
    assert len(ids) == 2
