"""What the processes of a task use of the machine, and what it does now: asked from the engine while it runs, from the
history afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from lxml import etree

from scheduler.records import Task
from scheduler.task.usage import OneProcess, Usage, UsedNow
from web import commands, engines, scope


@dataclass(frozen=True, slots=True)
class Seen:
    """`use` None: it is not known. Of a task that runs: since when its step runs, or since when it waits for an order,
    and what it does, in the engine's word."""

    use: UsedNow | None = None
    step_since: datetime | None = None
    idle_since: datetime | None = None
    state: str = ""


def of_task(scheduler_id: str, task: Task) -> Seen:
    "Nothing is known when nobody answers in time."
    if not task.has_process:
        return Seen(UsedNow(task.usage) if task.usage is not None else None)
    address = scope.reachable(scheduler_id)
    if address is None:
        return Seen()
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.task_usage(task.id), timeout)
    used = None if answer is None else answer if answer.tag == "task.usage" else answer.find("task.usage")
    if used is None:
        return Seen()
    step_since, idle_since = (_instant(used.get(name, "")) for name in ("in_process_since", "idle_since"))
    return Seen(_read(used), step_since, idle_since, used.get("state", ""))


def doings(scheduler_id: str, job: str) -> dict[int, str]:
    "What the tasks of a job do, by their numbers, in the engine's words; empty when nobody answers in time."
    address = scope.reachable(scheduler_id)
    if address is None:
        return {}
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.job_tasks(job), timeout)
    tasks = answer.iter("task") if answer is not None else ()
    return {int(each.get("id", "")): each.get("state", "") for each in tasks if each.get("id", "").isdecimal()}


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read(used: etree._Element) -> UsedNow | None:
    "None for an answer that is none."
    try:
        processes, memory = int(used.get("processes", 0)), int(used.get("memory", 0))
        each = tuple(_process(one) for one in used.iterfind("task.process"))
        if used.get("peak") is None:
            return UsedNow(None, processes, memory, each) if processes else None
        user, system = float(used.get("user_seconds", "")), float(used.get("system_seconds", ""))
        peak, read, written = (int(used.get(name, "")) for name in ("peak", "read", "written"))
    except ValueError:
        return None
    return UsedNow(Usage(user, system, peak, used.get("below") == "yes", read, written), processes, memory, each)


def _process(one: etree._Element) -> OneProcess:
    "Raises ValueError."
    pid, parent, memory = (int(one.get(name, "")) for name in ("pid", "parent", "memory"))
    return OneProcess(pid, parent, one.get("name", ""), memory, float(one.get("seconds", "")))
