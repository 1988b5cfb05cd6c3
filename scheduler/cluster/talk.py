"""What was said to the task server of a task at another member, as the row that is assigned to that member.

The row stands from the start of the task to its end, and is replaced with each word: so it holds all that whoever leads
next needs, to go on where the last one stopped. Its body, in JSON:

    said      number of the last message to the task server, from 1 on; 0: nothing but its beginning
    messages  the last ones, that one at their end, without those of which it is known that they came; among them are
              starts and ends of the shell process that monitors embrace
    heard     number of the last message from there that has been heard
    request   of the script, whose command is being carried out
    server    what the record of the task says about its task server, without what is as it was at its beginning
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.cluster.assignment import Assignment, Wanted
from scheduler.copying import replace
from scheduler.errors import Problem
from scheduler.frozen import frozen
from scheduler.params import Params
from scheduler.records import OrderKey, Task
from scheduler.task.api_state import Phase, Server


@frozen
class Talk:
    "See above. `recorded`: what the row says of `heard`. `over`: the task server has ended."

    said: int = 0
    heard: int = 0
    recorded: int = 0
    messages: tuple[Mapping[str, Any], ...] = ()
    request: int | None = None
    over: bool = False


class Spoken(NamedTuple):
    "What the member that has the task server reads of the row."

    said: int
    messages: Sequence[Mapping[str, Any]]
    heard: int


def spoken(row: Assignment) -> Spoken:
    body = json.loads(row.body)
    return Spoken(body["said"], body["messages"], body["heard"])


def assignment_of(task: Task, talk: Talk) -> Assignment:
    "The row; the task has a task server at another member."
    body = {"said": talk.said, "heard": talk.heard, "messages": talk.messages, "server": _told(task)}
    if talk.request is not None:
        body["request"] = talk.request
    return Assignment(task.id, Wanted.CALL, task.member_run, _encode(body))


def restored(task: Task, row: Assignment) -> tuple[Task, Talk]:
    "The task as it was when the row was written, and what was said and heard until then."
    body: dict[str, Any] = json.loads(row.body)
    heard = body["heard"]
    talk = Talk(body["said"], heard, heard, tuple(body["messages"]), body.get("request"))
    told = dict(body["server"])
    process_class, locks = told.pop("class", ""), _locks(told.pop("locks", ()))
    fields = {name: _READ.get(name, _as_it_is)(value) for name, value in told.items()}
    # what the task server knows of the variables is not known here
    server = Server(**{**fields, "variables": -1})
    return replace(task, server=server, process_class=process_class, locks=locks), talk


#: fields that the next member needs; the others begin anew
_KEPT = (
    "phase", "look_at", "again", "asked", "wanted", "held", "problem", "exit_code", "log_end", "step_at", "step_log",
    "number", "handed", "ahead", "window", "patience_until", "end_wanted", "suspended", "killed", "over", "worked",
    "idle_since", "repeat", "mail", "warned", "shell_problem", "shell_values", "shell_line",
)  # fmt: skip
_NEW = Server()


def _told(task: Task) -> dict[str, Any]:
    server = task.server
    told = {name: value for name in _KEPT if (value := getattr(server, name)) != getattr(_NEW, name)}
    if task.process_class:
        told["class"] = task.process_class
    if task.locks:
        told["locks"] = task.locks
    return told


def lasting(task: Task) -> tuple[Any, ...]:
    "What must not be forgotten when another member leads, whether something is said at that time or not."
    server = task.server
    assert server is not None  # noqa: S101  (of tasks with a task server)
    return server.phase, server.end_wanted, server.suspended, server.killed, server.ahead, task.locks


# -- as JSON


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Problem):
        return [value.code, value.text, value.line, value.column]
    if isinstance(value, Params):
        return dict(value.pairs())
    raise TypeError(f"{value!r} is nothing that another member is told")


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode


def _as_it_is(value: Any) -> Any:
    return value


def _locks(value: Any) -> tuple[tuple[str, bool], ...]:
    return tuple((lock, alone) for lock, alone in value)


_READ: dict[str, Callable[[Any], Any]] = {
    "phase": Phase,
    "again": Phase,
    "look_at": datetime.fromisoformat,
    "step_at": datetime.fromisoformat,
    "idle_since": datetime.fromisoformat,
    "patience_until": datetime.fromisoformat,
    "asked": _locks,
    "wanted": _locks,
    "held": _locks,
    "problem": lambda value: Problem(*value),
    "shell_problem": lambda value: Problem(*value),
    "shell_values": Params,
    "ahead": lambda value: tuple(OrderKey(chain, order) for chain, order in value),
    "mail": lambda value: tuple((name, wish) for name, wish in value),
}
