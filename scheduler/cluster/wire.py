"The bodies of assignments and reports: actions and messages as JSON texts."

from __future__ import annotations

import json
from typing import Any

from scheduler.actions import Kill, Launch, RingMember
from scheduler.cluster.assignment import HERE, Assignment, Heard, Report, Wanted
from scheduler.definitions import Script
from scheduler.errors import Problem
from scheduler.messages import ProcessEnded, ProcessStarted, StartFailed

Told = ProcessStarted | StartFailed | ProcessEnded


def launched(launch: Launch, member_run: str) -> tuple[tuple[Assignment, ...], Launch | RingMember]:
    "What is put with the start of a task, and the action for it."
    if member_run == HERE:
        return (), launch
    return (_launching(launch, member_run),), RingMember(member_run)


def killed(kill: Kill, member_run: str) -> tuple[tuple[Assignment, ...], Kill | RingMember]:
    "The same for its end."
    if member_run == HERE:
        return (), kill
    body = json.dumps({"grace": kill.grace, "reason": kill.reason})
    wanted = Wanted.KILL if kill.grace == 0 else Wanted.END
    return (Assignment(kill.task_id, wanted, member_run, body),), RingMember(member_run)


def _launching(launch: Launch, member_run: str) -> Assignment:
    "Of a task without task server."
    body = json.dumps(
        {
            "job": launch.job,
            "script": [launch.script.language, launch.script.text],
            "environment": dict(launch.environment),
            "log_file": launch.log_file,
            "title": launch.title,
            "stderr_level": launch.stderr_level,
            "priority": launch.priority,
            "job_log": launch.job_log,
            "log_level": launch.log_level,
        }
    )
    return Assignment(launch.task_id, Wanted.LAUNCH, member_run, body)


def action_of(assignment: Assignment) -> Launch | Kill:
    values: dict[str, Any] = json.loads(assignment.body)
    if assignment.wanted is not Wanted.LAUNCH:
        return Kill(assignment.task_id, **values)
    return Launch(assignment.task_id, **values | {"script": Script(*values["script"])})


def report_of(message: Told, member_run: str, log: bytes | None = None) -> Report:
    heard, body = _told(message)
    return Report(message.task_id, heard, member_run, json.dumps(body), log)


def _told(message: Told) -> tuple[Heard, dict[str, Any]]:
    match message:
        case ProcessStarted(_, pid):
            return Heard.STARTED, {"pid": pid}
        case StartFailed(_, problem):
            return Heard.FAILED, {"problem": [problem.code, problem.text, problem.line, problem.column]}
        case ProcessEnded(_, exit_code, first_line, return_values, pid, stderr):
            values = {"exit_code": exit_code, "first_line": first_line, "return_values": return_values}
            return Heard.ENDED, {**values, "pid": pid, "stderr": stderr}


def message_of(report: Report) -> Told:
    values: dict[str, Any] = json.loads(report.body)
    match report.heard:
        case Heard.STARTED:
            return ProcessStarted(report.task_id, **values)
        case Heard.FAILED:
            return StartFailed(report.task_id, Problem(*values["problem"]))
        case Heard.ENDED:
            return ProcessEnded(report.task_id, **values)
