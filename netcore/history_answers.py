"""Answers to questions about the history and logs, from the database and files of logs. All of it blocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from models import read
from models.connect import Engine, reading
from models.read.order_log import order_log
from netcore import log_parts
from netcore.cluster.remote_log import ask
from netcore.resource_use import used_now
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.cluster.sharing import LogsElsewhere
from scheduler.commands.questions import (
    Activities,
    EndedTask,
    LogPart,
    LogSearch,
    OrderRuns,
    Question,
    RunningLog,
    TaskHistory,
    UsageAsked,
    Window,
)
from scheduler.events.happening import Happening
from scheduler.log_search import pictured
from scheduler.task.usage import OneProcess, Usage, UsedNow

#: bytes of a log that an answer holds at most; the end of a longer one
LOG_IN_ANSWER = 4 << 20


class Answers:
    "`engine` is that of the reading connections. Everything raises StoreError."

    def __init__(self, engine: Engine, spool: Spool, mark: RunMark) -> None:
        self._engine = engine
        self._scheduler_id = mark.scheduler_id
        self._spool = spool
        self._mark = mark

    def task_log(self, task_id: int) -> bytes | None:
        "The stored log of an ended task; None when there is none."
        with reading(self._engine) as connection:
            return read.task_log(connection, self._scheduler_id, task_id)

    def journal(self, after: int, limit: int) -> list[Happening]:
        "Rows of the journal after a number, in order."
        with reading(self._engine) as connection:
            rows = read.changes_since(connection, self._scheduler_id, after, limit)
        return [Happening(row.id, row.time, row.kind, row.object, row.detail) for row in rows]

    def answer(self, question: Question, elsewhere: LogsElsewhere) -> Mapping[str, Any]:
        "`elsewhere`: logs of steps that other members run."
        if isinstance(question, RunningLog):
            return self._running_log(question)
        if isinstance(question, UsageAsked):
            return self._usage(question)
        if isinstance(question, LogPart):
            log = self._log_of(question)
            return {"part": None if log is None else log_parts.part(log, question.offset, question.limit)}
        if isinstance(question, LogSearch):
            log = self._log_of(question)
            return {"found": None if log is None else log_parts.search(log, question)}
        with reading(self._engine) as connection:
            if isinstance(question, TaskHistory):
                return {"tasks": self._task_history(connection, question)}
            if isinstance(question, EndedTask):
                return self._ended_task(connection, question)
            if isinstance(question, Activities):
                return self._activities(connection, question)
            if isinstance(question, OrderRuns):
                return self._order_runs(connection, question, elsewhere)
        raise TypeError(f"{question!r} is no question about the history")

    def _usage(self, question: UsageAsked) -> Mapping[str, Any]:
        running = used_now(self._mark, question.task_id)
        if running is not None:
            each = tuple(OneProcess(*one) for one in running.each)
            return {"usage": UsedNow(Usage(*running.used), running.processes, running.memory, each)}
        if question.running:
            return {"usage": UsedNow(None)}
        with reading(self._engine) as connection:
            task = read.task(connection, self._scheduler_id, question.task_id)
        return {"usage": None if task is None else UsedNow(task.usage)}

    def _log_of(self, question: LogPart | LogSearch) -> log_parts.Log | None:
        "A log to read parts of; None when there is no such task. A file wins: it may hold more than was stored."
        if question.task_id is None:
            return log_parts.Log(path=question.main)
        file = question.file
        with reading(self._engine) as connection:
            if not file:
                task = read.task(connection, self._scheduler_id, question.task_id)
                if task is None:
                    return None
                file = task.log_file
            if file and (path := self._spool.whole_log(file)):
                return log_parts.Log(path=path)
            return log_parts.Log(read.task_log(connection, self._scheduler_id, question.task_id) or b"")

    def _task_history(self, connection: Any, question: TaskHistory) -> list[tuple[Any, str | None]]:
        tasks = read.task_history(
            connection, self._scheduler_id, question.job,
            id=question.id, prev=question.previous, next=question.following,
        )  # fmt: skip
        return [(task, self._log(connection, task.id) if question.with_log else None) for task in tasks]

    def _activities(self, connection: Any, question: Activities) -> Mapping[str, Any]:
        wanted = (TaskHistory(job, previous=question.tasks, with_log=question.with_log) for job in question.jobs)
        return {
            "tasks_of": {each.job: self._task_history(connection, each) for each in wanted},
            "runs_of": {
                chain: read.order_runs(connection, self._scheduler_id, chain, limit=question.runs)
                for chain in question.chains
            },
        }

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

    def _order_runs(self, connection: Any, question: OrderRuns, elsewhere: LogsElsewhere) -> Mapping[str, Any]:
        if question.history_id is not None:
            run = read.order_run(connection, self._scheduler_id, question.history_id)
            runs = [run] if run is not None else []
        else:
            runs = read.order_runs(
                connection, self._scheduler_id, question.chain, question.order_id, limit=question.limit
            )
        if not question.with_log or not runs:
            return {"runs": runs}
        log = order_log(connection, self._scheduler_id, runs[0].history_id, partial(self._unfinished, elsewhere))
        return {"runs": runs, "log": None if log is None else _text(log)}

    def _unfinished(self, elsewhere: LogsElsewhere, log_file: str, begin: int, end: int | None) -> bytes | None:
        "The log of a step whose task runs; the step may have ended."
        most = min(LOG_IN_ANSWER, end - begin) if end is not None else LOG_IN_ANSWER
        if most <= 0:
            return b""
        if log_file in elsewhere:
            member, task_id = elsewhere[log_file]
            answers = ask(member, RunningLog(task_id, log_file, Window(begin, most)))
            return answers["log"].encode() if answers is not None else None
        return self._spool.read_log(log_file, begin, most)

    def _log(self, connection: Any, task_id: int) -> str:
        return _text(read.task_log(connection, self._scheduler_id, task_id) or b"")


def window_of(part: bytes, window: Window, ended: bool) -> tuple[str, int]:
    """The text of a part of a log, and the offset of what follows.

    It ends with a whole line, so that no character is cut; a line that is longer than the window, or the last
    one of an ended task, is given as far as it goes. Control characters are pictures, as in `log.read`.
    """
    whole = part[: part.rfind(b"\n") + 1]
    if (not whole and (ended or len(part) >= window.limit)) or (ended and len(part) < window.limit):
        whole = part
    return pictured(whole.decode("utf-8", "replace")), window.offset + len(whole)


def _text(log: bytes) -> str:
    return log[-LOG_IN_ANSWER:].decode("utf-8", "replace")
