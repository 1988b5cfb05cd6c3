"""Assignments and reports in JSON: their bodies, which are actions and messages, and what a datagram says of them.

Members tell each other by word of mouth, too, what stands in the rows: a start (what has just been recorded), and ends
(what is recorded when the leading member has heard of it). Who is not heard finds, or writes, the row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scheduler.actions import Kill, Launch, RingMember
from scheduler.cluster.assignment import HERE, Assignment, Heard, Report, Wanted
from scheduler.definitions import Script
from scheduler.errors import Problem
from scheduler.messages import (
    CallReturned,
    CommandAsked,
    LockAsked,
    ProcessEnded,
    ProcessStarted,
    Said,
    ServerEnded,
    ServerStarted,
    StartFailed,
    TakenBack,
)
from scheduler.task.usage import Usage

Told = ProcessStarted | StartFailed | ProcessEnded | Said
#: what is told of a task server, each as an entry: a word, and what belongs to it
OfServer = ServerStarted | StartFailed | CallReturned | LockAsked | CommandAsked | TakenBack | ServerEnded
#: and of the shell process that its monitors embrace
OfShell = StartFailed | ProcessEnded
#: words of entries that are the last ones of a task
LAST = frozenset({"failed", "ended"})
#: the call that stands for `actions.TakeBack`
TAKE_BACK = {"type": "take_back"}


def launched(launch: Launch, member_run: str) -> tuple[tuple[Assignment, ...], Launch | RingMember]:
    "What is put with the start of a task, and the action for it."
    if member_run == HERE:
        return (), launch
    assignment = _launching(launch, member_run)
    return (assignment,), RingMember(member_run, assignment)


def killed(kill: Kill, member_run: str) -> tuple[tuple[Assignment, ...], Kill | RingMember]:
    "The same for its end."
    if member_run == HERE:
        return (), kill
    body = json.dumps({"grace": kill.grace, "reason": kill.reason})
    wanted = Wanted.KILL if kill.grace == 0 else Wanted.END
    return (Assignment(kill.task_id, wanted, member_run, body),), RingMember(member_run)


def _launching(launch: Launch, member_run: str) -> Assignment:
    served = launch.begin is not None  # then the script is told to the task server
    fields = _launch_fields(launch, "" if served else launch.script.text)
    if served:
        fields["begin"] = launch.begin
    return Assignment(launch.task_id, Wanted.LAUNCH, member_run, json.dumps(fields))


def _launch_fields(launch: Launch, script: str) -> dict[str, Any]:
    return {
        "job": launch.job,
        "script": [launch.script.language, script],
        "environment": dict(launch.environment),
        "log_file": launch.log_file,
        "title": launch.title,
        "stderr_level": launch.stderr_level,
        "priority": launch.priority,
        "job_log": launch.job_log,
        "log_level": launch.log_level,
    }


def action_of(assignment: Assignment) -> Launch | Kill:
    values: dict[str, Any] = json.loads(assignment.body)
    if assignment.wanted is not Wanted.LAUNCH:
        return Kill(assignment.task_id, **values)
    return _launch_from(assignment.task_id, values)


def _launch_from(task_id: int, values: dict[str, Any]) -> Launch:
    return Launch(task_id, **values | {"script": Script(*values["script"])})


def shell_call(action: Launch | Kill) -> dict[str, Any]:
    "The call that stands for the start, or the end, of the shell process that monitors embrace."
    if isinstance(action, Launch):
        return {"type": "shell", "launch": {**_launch_fields(action, action.script.text), "joins": True}}
    return {"type": "kill_shell", "grace": action.grace, "reason": action.reason}


def shell_action(task_id: int, call: Mapping[str, Any]) -> Launch | Kill | None:
    "What is meant by it; None: it is a call of the task server."
    if call["type"] == "shell":
        return _launch_from(task_id, dict(call["launch"]))
    return Kill(task_id, call["grace"], call["reason"]) if call["type"] == "kill_shell" else None


def report_of(message: Told, member_run: str, log: bytes | None = None) -> Report:
    heard, body = _told(message)
    return Report(message.task_id, heard, member_run, json.dumps(body), log)


def _told(message: Told) -> tuple[Heard, dict[str, Any]]:
    match message:
        case ProcessStarted(_, pid):
            return Heard.STARTED, {"pid": pid}
        case StartFailed(_, problem):
            return Heard.FAILED, {"problem": _listed(problem)}
        case ProcessEnded():
            return Heard.ENDED, _end(message)
        case Said(_, first, entries, called):
            return Heard.SAID, {"first": first, "entries": entries, "called": called}


def message_of(report: Report) -> Told:
    values: dict[str, Any] = json.loads(report.body)
    match report.heard:
        case Heard.STARTED:
            return ProcessStarted(report.task_id, **values)
        case Heard.FAILED:
            return StartFailed(report.task_id, Problem(*values["problem"]))
        case Heard.ENDED:
            return _ended(report.task_id, values)
        case Heard.SAID:
            return Said(report.task_id, values["first"], tuple(values["entries"]), values["called"])


def _end(message: ProcessEnded) -> dict[str, Any]:
    values = {"exit_code": message.exit_code, "first_line": message.first_line, "return_values": message.return_values}
    values |= {"pid": message.pid, "stderr": message.stderr, "usage": message.usage}
    return values | {"lost": True} if message.lost else values


def _ended(task_id: int, values: dict[str, Any]) -> ProcessEnded:
    return ProcessEnded(task_id, **values | {"usage": _used(values.get("usage"))})


def _listed(problem: Problem) -> list[Any]:
    return [problem.code, problem.text, problem.line, problem.column]


def _used(values: Sequence[Any] | None) -> Usage | None:
    return Usage(*values) if values is not None else None


# -- of a task server


def entry_of(message: OfServer) -> list[Any]:
    match message:
        case ServerStarted(_, pid):
            return ["started", pid]
        case StartFailed(_, problem):
            return ["failed", _listed(problem)]
        case CallReturned(_, result):
            return ["result", result]
        case LockAsked(_, request, lock, exclusive):
            return ["lock", request, lock, exclusive]
        case CommandAsked(_, request, xml):
            return ["command", request, xml]
        case TakenBack(_, left):
            return ["left", left]
        case ServerEnded(_, exit_code, left, usage):
            return ["ended", exit_code, left, usage]


def shell_entry_of(message: OfShell) -> list[Any]:
    if isinstance(message, StartFailed):
        return ["no_shell", _listed(message.problem)]
    return ["shell", _end(message)]


def message_from(task_id: int, entry: Sequence[Any]) -> OfServer | OfShell:
    match entry:
        case ["failed" | "no_shell", problem]:
            return StartFailed(task_id, Problem(*problem))
        case ["shell", values]:
            return _ended(task_id, values)
        case ["left", left]:
            return TakenBack(task_id, tuple(left))
        case ["ended", exit_code, left, usage]:
            return ServerEnded(task_id, exit_code, tuple(left), _used(usage))
        case [word, *values]:
            return _AS_IT_IS[word](task_id, *values)
    raise ValueError(f"{entry!r} says nothing of a task server")


_AS_IT_IS: dict[str, Callable[..., OfServer]] = {
    "started": ServerStarted, "result": CallReturned, "lock": LockAsked, "command": CommandAsked,
}  # fmt: skip


# -- by word of mouth


def assignment_in_words(assignment: Assignment) -> bytes:
    return json.dumps([assignment.task_id, assignment.wanted, assignment.body]).encode()


def together_in_words(assignments: Iterable[bytes]) -> bytes:
    "Of several, each in words, for one run of a member."
    return b"[" + b",".join(assignments) + b"]"


def assignments_from_words(words: bytes, member_run: str) -> list[Assignment]:
    return [Assignment(task_id, Wanted(wanted), member_run, body) for task_id, wanted, body in json.loads(words)]


def reports_in_words(reports: Iterable[Report]) -> bytes:
    "Of one run of a member."
    told = [(r.task_id, r.heard, r.member_run, r.body, _text(r.log)) for r in reports]
    return json.dumps(told).encode()


def reports_from_words(words: bytes) -> list[Report]:
    return [
        Report(task_id, Heard(heard), run, body, log.encode("latin-1") if log is not None else None)
        for task_id, heard, run, body, log in json.loads(words)
    ]


def _text(log: bytes | None) -> str | None:
    "Every byte as the character with its number."
    return log.decode("latin-1") if log is not None else None
