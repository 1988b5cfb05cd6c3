"""Which member answers for a scheduler, and sending it a command."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lxml import etree

from models.members import Member
from scheduler.records import EngineState
from stellwerk.client import Answer, Client, ClientError, ConnectFailed
from web import commands

#: a member whose last heartbeat is older is not believed any more
STALE = timedelta(seconds=10)
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  what a member writes that listens on all interfaces


class Result(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    #: sent, but no answer in time: it may still have taken effect
    NO_ANSWER = "no_answer"
    #: nobody listens at the member's address: not sent
    UNREACHABLE = "unreachable"
    #: no member to send it to: not sent
    NO_MEMBER = "no_member"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command. `code` is the engine's code of a refusal; `answer` is the element when it was done;
    `before`: how many commands of a list were done before the one that was refused."""

    result: Result
    code: str = ""
    text: str = ""
    answer: etree._Element | None = None
    before: int = 0


def responsible(members: Sequence[Member]) -> Member | None:
    "The member that takes commands: of the active ones the leading one first, then the one heard of last."
    open_ones = [
        member for member in members if member.tcp_port and not member.dead and member.state != EngineState.STOPPED
    ]
    return max(open_ones, key=lambda m: (m.active, m.exclusive, m.beat_at or m.started_at), default=None)


def silent(member: Member, now: datetime) -> bool:
    "Whether the heartbeat is too old to believe what the database says about the member."
    return now - (member.beat_at or member.started_at) > STALE


def address_of(member: Member) -> tuple[str, int]:
    """Where the member's command port is. A member on this host is asked over the loopback, because the shipped
    configuration admits the local host only."""
    port = member.tcp_port or 0
    if member.ip_address not in _ANYWHERE:
        return member.ip_address, port
    here = socket.gethostname()
    if member.host.partition(".")[0] == here.partition(".")[0]:
        return "127.0.0.1", port
    return member.host, port


def send(address: tuple[str, int], command: etree._Element, timeout: float) -> Outcome:
    "Send one command; every way it can end is an Outcome."
    return send_text(address, commands.text(command), timeout)


def send_text(address: tuple[str, int], command: str, timeout: float) -> Outcome:
    "The same for a command that is a document already."
    try:
        with Client(*address, timeout=timeout) as client:
            answer = client.execute(command.encode())
            return _outcome(answer)
    except ConnectFailed as error:
        return Outcome(Result.UNREACHABLE, text=str(error))
    except ClientError as error:
        return Outcome(Result.NO_ANSWER, text=str(error))


def ask(address: tuple[str, int], command: etree._Element, timeout: float) -> etree._Element | None:
    "The answer to a question that a page can do without; None when there is none in time."
    outcome = send(address, command, timeout)
    return outcome.answer if outcome.result is Result.DONE else None


def _outcome(answer: Answer) -> Outcome:
    error = answer.error
    if error is not None:
        replies = [each.tag for each in answer.root.iterfind("answer/*")]
        return Outcome(Result.REFUSED, *error, before=replies.index("ERROR"))
    return Outcome(Result.DONE, answer=answer.element)
