"""Mails go to a real server, or wait in files; nobody is held up by a server that is away."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netcore.mail import PLAIN_LOG, Mailer, Post
from scheduler.mail.message import Mail
from tests.support.mail_server import MailServer
from tests.support.ports import held_port
from tests.support.waiting import wait_until

Make = Callable[..., Mailer]


def a_mail(smtp: str, **values: Any) -> Mail:
    usual: dict[str, Any] = {
        "sender": "batch@example.org", "to": ("ops@example.org",), "cc": (), "bcc": (), "subject": "x", "body": "b"
    }  # fmt: skip
    return Mail(smtp, **{**usual, **values})


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Mailer] = []

    def make(logs: dict[int, bytes] | None = None, start: bool = True, **post: Any) -> Mailer:
        mailer = Mailer(Post(str(tmp_path / "mail"), **post), (logs or {}).get, retry_first=0.05, timeout=30.0)
        if start:
            mailer.start()
            made.append(mailer)
        return mailer

    yield make
    for mailer in made:
        mailer.stop()


def queued(tmp_path: Path) -> list[str]:
    "What lies in the queue's directory but for what is still being written."
    names = os.listdir(tmp_path / "mail") if (tmp_path / "mail").exists() else []
    return sorted(name for name in names if not name.endswith(".new"))


def test_a_mail_arrives_with_all_its_recipients_and_no_blind_copies_in_the_text(make: Make, tmp_path: Path) -> None:
    with MailServer() as server:
        make().send(a_mail(server.address, to=("a@x.example", "b@x.example"), cc=("c@x.example",), bcc=("d@x.example",),
                           subject="Läuft – nicht", body="Grüße"))  # fmt: skip
        wait_until(lambda: server.messages, 30, "the mail")
        [message] = server.messages
        [(sender, recipients)] = server.envelopes
        assert sender == "batch@example.org"
        assert sorted(recipients) == ["a@x.example", "b@x.example", "c@x.example", "d@x.example"]
        assert message["Subject"] == "Läuft – nicht"
        assert message["Bcc"] is None
        assert message["X-Mail-Server"] is None
        assert message.get_content().strip() == "Grüße"
        wait_until(lambda: not queued(tmp_path), 30, "the empty queue")


def test_the_log_is_attached_and_compressed_when_it_is_large(make: Make) -> None:
    large = b"x" * (PLAIN_LOG + 1)
    with MailServer() as server:
        mailer = make({1: "Zeile ü\n".encode(), 2: large})
        for task in (1, 2, 3):
            mailer.send(a_mail(server.address, log_of=task, log_name=f"task.a.{task}.log", subject=str(task)))
        wait_until(lambda: len(server.messages) == 3, 30, "three mails")
        found = {message["Subject"]: list(message.iter_attachments()) for message in server.messages}
        [small], [packed] = found["1"], found["2"]
        assert small.get_filename() == "task.a.1.log"
        assert small.get_content().strip() == "Zeile ü"
        assert packed.get_filename() == "task.a.2.log.gz"
        assert gzip.decompress(packed.get_content()) == large
        assert found["3"] == [], "there is no such log"


def test_a_login_is_made_with_user_and_password(make: Make) -> None:
    with MailServer(user="batch", password="secret") as server:
        make(user="batch", password="secret").send(a_mail(server.address))
        wait_until(lambda: server.messages, 30, "the mail")


def test_the_port_comes_from_the_settings_when_the_server_names_none(make: Make) -> None:
    with MailServer() as server:
        make(port=server.port).send(a_mail("127.0.0.1"))
        wait_until(lambda: server.messages, 30, "the mail")


def test_a_server_that_is_away_holds_nobody_up_and_gets_the_mails_when_it_is_back(make: Make, tmp_path: Path) -> None:
    port = held_port()
    mailer = make()
    for number in range(5):
        mailer.send(a_mail(f"127.0.0.1:{port}", subject=str(number)))
    wait_until(lambda: len(queued(tmp_path)) == 5, 30, "the files")
    with MailServer(port) as server:
        wait_until(lambda: len(server.messages) == 5, 30, "the mails")
        assert [message["Subject"] for message in server.messages] == list("01234")
        wait_until(lambda: not queued(tmp_path), 30, "the empty queue")


def test_mails_of_an_earlier_run_are_sent_at_the_start(make: Make, tmp_path: Path) -> None:
    port = held_port()
    first = make()
    first.send(a_mail(f"127.0.0.1:{port}"))
    wait_until(lambda: queued(tmp_path), 30, "the file")
    first.stop()
    with MailServer(port) as server:
        make()
        wait_until(lambda: server.messages, 30, "the mail")


def test_what_was_just_given_is_a_file_when_the_mailer_has_stopped(make: Make, tmp_path: Path) -> None:
    mailer = make()
    for number in range(3):
        mailer.send(a_mail(f"127.0.0.1:{held_port()}", subject=str(number)))
    mailer.stop(30)
    assert len(queued(tmp_path)) == 3


def test_with_queue_only_somebody_else_sends(make: Make, tmp_path: Path) -> None:
    with MailServer() as server:
        make(queue_only=True).send(a_mail(server.address))
        wait_until(lambda: len(queued(tmp_path)) == 1, 30, "the file")
        [name] = queued(tmp_path)
        assert b"ops@example.org" in (tmp_path / "mail" / name).read_bytes()
        assert (tmp_path / "mail" / name).stat().st_mode & 0o077 == 0
        assert server.messages == []


def test_a_mail_that_is_refused_for_good_does_not_stand_in_the_way_of_others(make: Make, tmp_path: Path) -> None:
    with MailServer() as server:
        server.refusals["nobody@example.org"] = "550 no such mailbox"
        server.refusals["later@example.org"] = "451 later"
        mailer = make()
        mailer.send(a_mail(server.address, to=("nobody@example.org",)))
        mailer.send(a_mail(server.address, to=("later@example.org",), subject="waits"))
        mailer.send(a_mail(server.address, subject="good"))
        wait_until(lambda: server.messages, 30, "the good mail")
        assert [message["Subject"] for message in server.messages] == ["good"]
        wait_until(lambda: any(name.endswith(".failed") for name in queued(tmp_path)), 30, "the refused one")
        del server.refusals["later@example.org"]
        wait_until(lambda: len(server.messages) == 2, 30, "the one that waited")


def test_a_file_that_is_no_mail_is_put_aside(make: Make, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "0.eml").write_bytes(b"\xff\xfe nonsense")
    with MailServer() as server:
        make(port=server.port).send(a_mail(server.address))
        wait_until(lambda: server.messages, 30, "the mail")
    wait_until(lambda: "0.eml.failed" in queued(tmp_path), 30, "the other file")


def test_further_files_are_attached_and_missing_ones_left_out(make: Make, tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(b"a;b\n")
    with MailServer() as server:
        make().send(a_mail(server.address, files=(str(tmp_path / "report.csv"), str(tmp_path / "none"))))
        wait_until(lambda: server.messages, 30, "the mail")
        [attached] = server.messages[0].iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("report.csv", b"a;b\n")
