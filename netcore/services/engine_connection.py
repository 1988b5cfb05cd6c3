"""The one connection to the member that is at work. It follows fail-over, and is opened anew when it has broken.

    C: command document
    S: answer document, NUL

A command is never sent twice: whether it was taken is unknown once it is on its way.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from models import read
from models.connect import Connection
from models.members import Member
from scheduler.errors import WorkloadError
from scheduler.records import EngineState
from scheduler.xml.document import parse
from scheduler.xml.element import Element

#: a member whose last beat is older is not believed to answer
STALE = timedelta(seconds=10)
CONNECT_TIMEOUT, ANSWER_TIMEOUT = 3.0, 20.0
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  what a member writes that listens on all interfaces
_CHUNK = 65536
_ANSWER_MAX = 16 << 20


class NotReached(Exception):
    "Nobody took the command: it may be sent again."


class NoAnswer(Exception):
    "It was sent, and no answer came: it may have taken effect."


class EngineConnection:
    "Used by several threads, one command at a time. `reading` opens a connection to the database."

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        scheduler_id: str,
        now: Callable[[], datetime],
    ) -> None:
        self._reading = reading
        self._scheduler_id = scheduler_id
        self._now = now
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._peer: tuple[str, int] | None = None

    def member(self) -> Member | None:
        "Who is at work and has given a sign of life lately."
        with self._reading() as connection:
            members = read.members(connection, self._scheduler_id)
        return at_work(members, self._now())

    def execute(self, command: str) -> Element:
        """The result: the first element below `<answer>`. A refusal is an `<ERROR>` with `code` and `text`.

        Raises NotReached and NoAnswer.
        """
        with self._lock:
            member = self.member()
            if member is None:
                self._close()
                raise NotReached("no member takes commands")
            opened = self._opened(address_of(member))
            try:
                opened.settimeout(ANSWER_TIMEOUT)
                opened.sendall(command.encode())
                return _result(_answer(opened))
            except (OSError, WorkloadError, ValueError) as error:
                self._close()
                raise NoAnswer(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._close()

    def _opened(self, peer: tuple[str, int]) -> socket.socket:
        if self._socket is not None and (peer != self._peer or _has_ended(self._socket)):
            self._close()
        if self._socket is None:
            try:
                self._socket = socket.create_connection(peer, CONNECT_TIMEOUT)
            except OSError as error:
                raise NotReached(f"{peer[0]}:{peer[1]}: {error}") from error
            self._peer = peer
        return self._socket

    def _close(self) -> None:
        opened, self._socket = self._socket, None
        if opened is not None:
            with suppress(OSError):
                opened.close()


def at_work(members: list[Member], now: datetime) -> Member | None:
    "The member that takes commands: active ones first, then the one heard of last; None when all are silent."
    open_ones = [each for each in members if each.tcp_port and not each.dead and each.state != EngineState.STOPPED]
    found = max(open_ones, key=lambda each: (each.active, each.beat_at), default=None)
    return found if found is not None and now - found.beat_at <= STALE else None


def address_of(member: Member) -> tuple[str, int]:
    "A member on this host is asked over the loopback, because the shipped configuration admits the local host only."
    port = member.tcp_port or 0
    if member.ip_address not in _ANYWHERE:
        return member.ip_address, port
    here = socket.gethostname().partition(".")[0]
    return ("127.0.0.1" if member.host.partition(".")[0] == here else member.host), port


def _has_ended(opened: socket.socket) -> bool:
    "Whether the other side has closed it, or has said something that nobody asked for."
    return bool(select.select([opened], [], [], 0)[0])


def _answer(opened: socket.socket) -> bytes:
    deadline = monotonic() + ANSWER_TIMEOUT
    answer = bytearray()
    while not answer.endswith(b"\0"):
        opened.settimeout(max(0.01, deadline - monotonic()))
        part = opened.recv(_CHUNK)
        if not part:
            raise ConnectionError("the connection ended within the answer")
        answer += part
        if len(answer) > _ANSWER_MAX:
            raise ValueError("the answer is too long")
    return bytes(answer[:-1])


def _result(document: bytes) -> Element:
    answer = parse(document).child("answer")
    if answer is None or not answer.children:
        raise ValueError("the answer is empty")
    return answer.children[0]
