"""The log of a task: from the engine while the task runs, from the database when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import current_app
from lxml import etree
from sqlalchemy import Connection

from models import read
from scheduler.records import Task, TaskState
from web import commands, engines, log_text, scope
from web.log_text import Window


@dataclass(frozen=True, slots=True)
class TaskLog:
    "`open`: more may come. `problem` is a sentence when the log cannot be shown."

    window: Window
    open: bool
    problem: str = ""

    @property
    def behind(self) -> bool:
        "Whether more is there already than this window shows. Of an open log the length is not known: it is guessed."
        if self.open:
            return self.window.end - self.window.start > log_text.WINDOW // 2
        return self.window.end < self.window.size


EMPTY = Window([], 0, 0, 0, 1)
#: codes of an engine that does not know the attributes log_offset and log_limit
NO_WINDOWS = frozenset({"SCHEDULER-232", "Z-JAVA-105"})


def read_log(connection: Connection, scheduler_id: str, task: Task, start: int | None, number: int | None) -> TaskLog:
    """The log from byte `start` on, at most one window; without `start` the last window.

    `number` is the number of the line at `start`, when known.
    """
    if task.state != TaskState.ENDED:
        return _from_engine(scheduler_id, task.id, start or 0, number if start else 1)
    size = read.task_log_size(connection, scheduler_id, task.id)
    if size is None:
        return TaskLog(EMPTY, False, "The log of this task is not kept.")
    begin = max(0, size - log_text.WINDOW) if start is None else min(start, size)
    data = read.task_log(connection, scheduler_id, task.id, begin, log_text.WINDOW) or b""
    final = begin + len(data) >= size
    if start is None:
        data, begin = log_text.cut_front(data, begin)
    known = 1 if begin == 0 else number
    return TaskLog(log_text.window(data, begin, size, known, final), False)


def _from_engine(scheduler_id: str, task: int, start: int, number: int | None) -> TaskLog:
    address = scope.reachable(scheduler_id)
    nothing = Window([], start, start, start, number)
    if address is None:
        return TaskLog(nothing, True, "The engine is not reachable; the log comes when it is back.")
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    outcome = engines.send(address, commands.task_log(task, start, log_text.WINDOW), timeout)
    whole = outcome.code in NO_WINDOWS
    if whole:
        outcome = engines.send(address, commands.task_log(task), timeout)
    if outcome.answer is None:
        return TaskLog(nothing, True, f"The engine does not give the log: {outcome.text or outcome.result}")
    return TaskLog(_window(outcome.answer, start, number, whole), True)


def _window(answer: etree._Element, start: int, number: int | None, whole: bool) -> Window:
    """The lines of `<log>`.

    With windows the engine answers whole lines (or a piece of one that is longer than the window) and says where
    they end in the file (`next_offset`): the text may differ in length, because XML cannot hold every character. An
    engine that gives only whole logs is counted by its text.
    """
    log = answer.find("log")
    data = (log.text or "").encode() if log is not None else b""
    end = log.get("next_offset", "") if log is not None else ""
    if end.isdecimal() and int(end) >= start:
        window = log_text.window(data, start, int(end), number, final=True)
        return replace(window, end=int(end))
    if whole:
        data = data[start : start + log_text.WINDOW]
    return log_text.window(data, start, start + len(data), number, final=False)
