"""Looks questions of commands up in the database, in a thread, with a reading connection of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from models import read
from models.connect import create, reading
from models.errors import StoreError
from models.read.order_log import order_log
from netcore.spool import Spool
from scheduler.commands.questions import EndedTask, OrderRuns, Question, RunningLog, TaskHistory, Window

#: bytes of a log that an answer holds at most; the end of a longer one
LOG_IN_ANSWER = 4 << 20


class History:
    "`look_up` is called on the reactor's thread; the Deferred fires there. Fails with a StoreError."

    def __init__(self, reactor: Any, database_url: str, scheduler_id: str, spool: Spool) -> None:
        self._reactor = reactor
        self._engine = create(database_url, "reader")
        self._scheduler_id = scheduler_id
        self._spool = spool

    def look_up(self, question: Question) -> Deferred[Mapping[str, Any]]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._answers, question)

    def task_log(self, task_id: int) -> bytes | None:
        "The stored log of an ended task; None when there is none, or the database does not give it. Blocking."
        try:
            with reading(self._engine) as connection:
                return read.task_log(connection, self._scheduler_id, task_id)
        except StoreError:
            return None

    def close(self) -> None:
        self._engine.dispose()

    # -- in a thread of the pool

    def _answers(self, question: Question) -> Mapping[str, Any]:
        if isinstance(question, RunningLog):
            return self._running_log(question)
        with reading(self._engine) as connection:
            if isinstance(question, TaskHistory):
                return {"tasks": self._task_history(connection, question)}
            if isinstance(question, EndedTask):
                return self._ended_task(connection, question)
            return self._order_runs(connection, question)

    def _task_history(self, connection: Any, question: TaskHistory) -> list[tuple[Any, str | None]]:
        tasks = read.task_history(
            connection, self._scheduler_id, question.job,
            id=question.id, prev=question.previous, next=question.following,
        )  # fmt: skip
        return [(task, self._log(connection, task.id) if question.with_log else None) for task in tasks]

    def _ended_task(self, connection: Any, question: EndedTask) -> Mapping[str, Any]:
        task = read.task(connection, self._scheduler_id, question.id)
        if task is None:
            return {"task": None}
        if not question.with_log:
            return {"task": (task, None)}
        if question.window is None:
            return {"task": (task, self._log(connection, task.id))}
        window = question.window
        part = read.task_log(connection, self._scheduler_id, task.id, window.offset, window.limit) or b""
        text, following = window_of(part, window, ended=True)
        return {"task": (task, text), "next_offset": following}

    def _running_log(self, question: RunningLog) -> Mapping[str, Any]:
        window = question.window
        if window is None:
            size = self._spool.log_size(question.log_file)
            begin = max(0, size - LOG_IN_ANSWER)
            return {"log": _text(self._spool.read_log(question.log_file, begin, LOG_IN_ANSWER) or b"")}
        part = self._spool.read_log(question.log_file, window.offset, window.limit) or b""
        text, following = window_of(part, window, ended=False)
        return {"log": text, "next_offset": following}

    def _order_runs(self, connection: Any, question: OrderRuns) -> Mapping[str, Any]:
        if question.history_id is not None:
            run = read.order_run(connection, self._scheduler_id, question.history_id)
            runs = [run] if run is not None else []
        else:
            runs = read.order_runs(
                connection, self._scheduler_id, question.chain, question.order_id, limit=question.limit
            )
        if not question.with_log or not runs:
            return {"runs": runs}
        log = order_log(connection, self._scheduler_id, runs[0].history_id, self._spool.read_log)
        return {"runs": runs, "log": None if log is None else _text(log)}

    def _log(self, connection: Any, task_id: int) -> str:
        return _text(read.task_log(connection, self._scheduler_id, task_id) or b"")


def window_of(part: bytes, window: Window, ended: bool) -> tuple[str, int]:
    """The text of a part of a log, and the offset of what follows.

    It ends with a whole line, so that no character is cut; a line that is longer than the window, or the last
    one of an ended task, is given as far as it goes.
    """
    whole = part[: part.rfind(b"\n") + 1]
    if (not whole and (ended or len(part) >= window.limit)) or (ended and len(part) < window.limit):
        whole = part
    return whole.decode("utf-8", "replace"), window.offset + len(whole)


def _text(log: bytes) -> str:
    return log[-LOG_IN_ANSWER:].decode("utf-8", "replace")
