"The log of a step is asked from the member that runs it; who does not answer leaves it to what is here."

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from netcore.cluster.remote_log import LogQuestion, ask
from netcore.log_parts import Part
from scheduler.cluster.view import MemberView
from scheduler.commands.questions import LogPart, LogSearch, RunningLog, UsageAsked, Window
from scheduler.log_search import Found, Hit
from scheduler.task.usage import Usage, UsedNow
from tests.support.command_server import OK, CommandServer, refusal
from tests.support.ports import held_port

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LOG = '<log offset="5" next_offset="9" size="20" line="2">a&lt;b\n</log>'
FOUND = '<log.found count="3" size="20" lines="4"><hit offset="5" line="2">a&lt;b</hit></log.found>'
PART = Part("a<b\n", 5, 9, 20, 2)


def member(port: int) -> MemberView:
    return MemberView("id/x:1", "x", 1, "1", "running", NOW, NOW, tcp_port=port, ip_address="127.0.0.1")


@pytest.mark.parametrize(
    ("question", "asked", "reply", "expected"),
    [
        (RunningLog(7, "f"), {"limit": str(4 << 20)}, LOG, {"log": PART.text, "next_offset": 9}),
        (RunningLog(7, "f", Window(5, 10)), {"offset": "5", "limit": "10"}, LOG, {"log": PART.text, "next_offset": 9}),
        (LogPart(7, "f", "", None, 10), {"limit": "10"}, LOG, {"part": PART}),
        (LogPart(7, "f", "", 0, 10), {"offset": "0", "limit": "10"}, LOG, {"part": PART}),
        (LogSearch(7, "f", "", "a<", True, False, 3, 9),
         {"text": "a<", "case": "yes", "warnings": "no", "after": "3", "limit": "9"}, FOUND,
         {"found": Found((Hit(5, 2, b"a<b"),), 3, 4, 20)}),
        (LogSearch(7, "f", "", "", False, True, 0, 9),
         {"case": "no", "warnings": "yes", "after": "0", "limit": "9"}, FOUND,
         {"found": Found((Hit(5, 2, b"a<b"),), 3, 4, 20)}),
    ],
)  # fmt: skip
def test_what_is_asked_and_understood(question: LogQuestion, asked: dict[str, str], reply: str, expected: Any) -> None:
    with CommandServer(lambda command: reply) as server:
        assert ask(member(server.port), question) == expected
        (command,) = server.commands
    assert command.tag == ("log.search" if isinstance(question, LogSearch) else "log.read")
    assert dict(command.attrib) == {"task": "7", "own": "yes", **asked}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('<task.usage task="7" processes="0"/>', UsedNow(None)),
        ('<task.usage task="7" processes="2" memory="9" user_seconds="0.500000" system_seconds="0.000000" peak="8"'
         ' below="yes" read="1" written="2"/>',
         UsedNow(Usage(0.5, 0.0, 8, True, 1, 2), 2, 9)),
    ],
)  # fmt: skip
def test_what_a_task_uses_is_asked_from_the_member_that_runs_it(reply: str, expected: UsedNow) -> None:
    with CommandServer(lambda command: reply) as server:
        assert ask(member(server.port), UsageAsked(7, True)) == {"usage": expected}
        assert dict(server.commands[0].attrib) == {"task": "7", "own": "yes"}
        assert ask(member(server.port), LogPart(7, "f", "", None, 10)) is None


@pytest.mark.parametrize("reply", [OK, refusal("SCHEDULER-207", "there is no such task"), "<log.found/>"])
def test_another_answer_is_none(reply: str) -> None:
    with CommandServer(lambda command: reply) as server:
        assert ask(member(server.port), LogPart(7, "f", "", None, 10)) is None


def test_a_member_that_cannot_be_reached_says_nothing() -> None:
    assert ask(member(held_port()), RunningLog(7, "f")) is None
