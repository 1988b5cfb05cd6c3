"Messages of the monitor to a real mail server, a real web server, and a real shell."

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netcore.mail import Post
from netcore.services.sending import NotSent, send
from scheduler.monitor.delivery import GIVE_UP_AFTER, Delivery, DeliveryState, failed, sent
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FACTS = {"event": "job_failed", "object": "/a", "text": "two\nlines"}
POST = Post("/nowhere")


def message(means: str, **detail: object) -> Delivery:
    return Delivery(7, 3, means, "", detail, "[demo] major: /a has failed", "It has\nfailed.", NOW, NOW)


def mail(server: str, *to: str) -> Delivery:
    return message("mail", to=list(to), cc=[], smtp=server, sender="s@example.org")


def webhook(url: str, timeout: float = 5.0) -> Delivery:
    return message("webhook", url=url, timeout=timeout, headers=[["Authorization", "Bearer ${KEY}"]], facts=FACTS)


def command(line: str, timeout: float = 20.0) -> Delivery:
    return message("command", line=line, timeout=timeout, facts=FACTS)


def test_a_mail_goes_out_and_one_that_is_never_taken_is_hopeless() -> None:
    with MailServer() as server:
        send(mail(server.address, "a@example.org", "b@example.org"), POST, {})
        [received] = server.messages
        assert received["Subject"] == "[demo] major: /a has failed"
        assert received["Message-ID"] == "<notice-3-7-20261121120000@scheduler.local>"
        assert received.get_content().splitlines() == ["It has", "failed."]
        assert server.envelopes == [("s@example.org", ("a@example.org", "b@example.org"))]
        for answer, hopeless in (("550 unknown", True), ("450 later", False)):
            server.refusals["c@example.org"] = answer
            with pytest.raises(NotSent) as refusal:
                send(mail(server.address, "c@example.org"), POST, {})
            assert refusal.value.hopeless is hopeless


def test_no_mail_server_is_a_matter_of_time() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent) as refusal:
            send(mail(f"127.0.0.1:{closed.getsockname()[1]}", "a@example.org"), POST, {})
    assert not refusal.value.hopeless


def test_a_webhook_is_posted_with_variables_of_the_environment_and_a_key() -> None:
    with Receiver() as receiver:
        send(webhook(f"{receiver.url}/${{PLACE}}?a=b"), POST, {"KEY": "secret", "PLACE": "alarm"})
        [posted] = receiver.posted
        assert posted.path == "/alarm?a=b"
        assert posted.headers["Authorization"] == "Bearer secret"
        assert posted.headers["Idempotency-Key"] == "3.7"
        assert posted.content == {**FACTS, "subject": "[demo] major: /a has failed"}
        for status, hopeless in ((302, False), (404, False), (410, True), (503, False)):
            receiver.status = status
            with pytest.raises(NotSent, match=str(status)) as refusal:
                send(webhook(receiver.url), POST, {})
            assert refusal.value.hopeless is hopeless


def test_a_server_that_never_ends_its_answer_is_left_at_the_limit() -> None:
    with Receiver() as receiver:
        receiver.slow = True
        with pytest.raises(NotSent, match=r"within 0\.5 s"):
            send(webhook(receiver.url, 0.5), POST, {})  # or it would go on until the receiver ends, which is after it


def test_a_command_gets_everything_and_its_failure_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = f'cat > {out}; printf "%s|%s" "$NOTICE_OBJECT" "$NOTICE_TEXT" >> {out}'
    send(command(line), POST, {"PATH": "/usr/bin:/bin"})
    assert out.read_text() == "It has\nfailed.\n/a|two\nlines"
    with pytest.raises(NotSent, match="exit code 3 no pager"):
        send(command("echo no pager; exit 3"), POST, {"PATH": "/usr/bin:/bin"})


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    out = tmp_path / "pid"
    with pytest.raises(NotSent, match="killed after"):
        send(command(f"sleep 600 & echo $! > {out}; wait", 0.5), POST, {"PATH": "/usr/bin:/bin"})
    pid = int(out.read_text())
    wait_until(lambda: state_of_process(pid) in ("", "Z", "X"), 10, "the child is dead")


def state_of_process(pid: int) -> str:
    "The letter that /proc gives; nothing when there is no such process."
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_attempts_come_after_longer_and_longer_pauses_and_end_after_a_day() -> None:
    delivery, pauses, now = message("mail"), [], NOW
    while delivery.state is DeliveryState.WAITING and delivery.attempts < 500:
        delivery = failed(delivery, "no", False, now)
        pauses.append((delivery.next_at - now).total_seconds())
        now = max(delivery.next_at, now)
    assert pauses[:6] == [5, 20, 60, 300, 900, 900]
    assert delivery.state is DeliveryState.GIVEN_UP
    assert GIVE_UP_AFTER < now - NOW < GIVE_UP_AFTER + timedelta(hours=1)
    assert failed(message("mail"), "no", True, NOW).state is DeliveryState.GIVEN_UP
    assert sent(message("mail"), NOW).state is DeliveryState.SENT
    assert json.dumps(message("mail").detail) == "{}"
