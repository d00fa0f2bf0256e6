"""The mailbox of the demo is a real server that files each message once."""

from __future__ import annotations

import smtplib
import socket
import time
from email.message import EmailMessage

import pytest

from monitor import mailbox


def letter(number=1, to="duty@example.org"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "senim@example.org", to, f"Дабыл {number}"
    mail["Message-ID"] = f"<{number}@example.org>"
    mail.set_content("Қала")
    return mail


def send(box, *letters):
    with smtplib.SMTP("127.0.0.1", box.port) as server:
        for mail in letters:
            server.send_message(mail)


def test_what_is_sent_lies_in_the_folder(tmp_path):
    with mailbox.serve(tmp_path / "new" / "mail") as box:
        send(box, letter(1), letter(2, "press@example.org, research@example.org"))
        found = {file.name.rpartition("-")[0] for file in box.folder.iterdir()}
        assert len(box.messages()) == 3
        assert found == {"duty@example.org", "press@example.org", "research@example.org"}
        assert {m["Subject"] for m in box.messages()} == {"Дабыл 1", "Дабыл 2"}


def test_the_same_message_is_filed_once_for_each_recipient(tmp_path):
    with mailbox.serve(tmp_path) as box:
        send(box, letter(1), letter(1))
        send(box, letter(1))
        send(box, letter(1, "press@example.org"))
        assert sorted(m["To"] for m in box.messages()) == ["duty@example.org", "press@example.org"]


def test_a_message_without_id_is_known_by_its_words(tmp_path):
    bare = letter()
    del bare["Message-ID"]
    with mailbox.serve(tmp_path) as box:
        send(box, bare, bare)
        assert len(box.messages()) == 1


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(tmp_path):
    with mailbox.serve(tmp_path) as box:
        with socket.create_connection(("127.0.0.1", box.port)) as line:
            for words in ("EHLO x", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA"):
                line.recv(1000)
                line.sendall(f"{words}\r\n".encode())
            line.recv(1000)
            line.sendall(b"Subject: half\r\n\r\nand no en")
        time.sleep(0.2)
        assert list(tmp_path.iterdir()) == []


def test_a_slow_server_takes_its_time(tmp_path):
    with mailbox.serve(tmp_path, delay=0.3) as box:
        begun = time.monotonic()
        send(box, letter())
        assert time.monotonic() - begun >= 0.3


def test_the_server_ends_with_its_block(tmp_path):
    with mailbox.serve(tmp_path) as box:
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", box.port), timeout=2)
