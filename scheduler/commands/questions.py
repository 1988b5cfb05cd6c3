"""What a command needs to know from the history before it can be answered.

A command that has `asks` is asked on the reactor's thread; the rim looks the question up in the database in another
thread, and gives the answers to `decide`. The result stands in `answers` under the key that each question names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """`answers["tasks"]`: a list of (records.Task, log text or None), in the sequence in which it is shown.

    Without `id` the newest `previous` ones, or the oldest `following`; with `id` those before or after it, and that
    one alone when neither is given.
    """

    job: str
    id: int | None = None
    previous: int | None = None
    following: int | None = None
    with_log: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a log in bytes: at most `limit` from `offset`, ending with a whole line where there is one."""

    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class EndedTask:
    """`answers["task"]`: (records.Task, log text or None), or None when there is no such task.

    With `window` only that part of the log, and `answers["next_offset"]` says where the next one begins.
    """

    id: int
    with_log: bool = False
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class OrderRuns:
    """`answers["runs"]`: list of records.Run, newest first. `order_id` None: of all orders of the chain.

    `history_id` given: only that one (chain and order are then not looked at). `with_log`: `answers["log"]` is
    the log of the first of them.
    """

    chain: str
    order_id: str | None = None
    history_id: int | None = None
    limit: int = 1
    with_log: bool = False


@dataclass(frozen=True, slots=True)
class RunningLog:
    """`answers["log"]`: what a running task has written so far (the end of it, when it is very long).

    With `window` as in `EndedTask`.
    """

    task_id: int
    log_file: str
    window: Window | None = None


Question = TaskHistory | EndedTask | OrderRuns | RunningLog
