"""Why does it not run? The engine knows; the page asks it shortly and does without when it does not answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

from flask import current_app, render_template, request, url_for
from lxml import etree

from models import read, sight
from models.audit import Entry
from scheduler.errors import Problem
from scheduler.records import ObjectKind, Task
from web import commands, database, engines, holders, permissions, scope
from web.fragments import wants_fragment
from web.named import in_sight
from web.words import N_

#: kind of an obstacle -> shape of the sprite; anything else gets the diamond ("waits for a resource")
SHAPES = {
    "suspended": "bars",
    "paused": "bars",
    "stopped": "square",
    "stopping": "square",
    "chain_stopped": "square",
    "node_stop": "square",
    "node_next_state": "chevrons",
    "at": "clock",
    "run_time": "clock",
    "queued": "clock",
    "replacement": "clock",
    "chain_replacement": "clock",
    "never": "circle",
    "no_order": "circle",
    "no_further_start": "circle",
    "no_period": "circle",
    "not_in_period": "clock",
    "black_out": "barred",
    "next_start": "clock",
    "no_start": "circle",
    "setback": "retry",
    "delay_after_error": "retry",
    "job_missing": "torn",
    "chain_missing": "torn",
    "node_missing": "torn",
    "lock_missing": "torn",
    "monitor_missing": "torn",
    "process_class_missing": "torn",
    "schedule_missing": "torn",
    "calendar_missing": "torn",
    "schedule_unusable": "torn",
    "directory_unreadable": "torn",
    "nested_skipped": "chevrons",
    "error": "octagon",
    "database": "triangle",
    "scheduler_state": "triangle",
    "blacklisted": "barred",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    "One reason. `object` is the path of what is in the way, `address` its page (both may be empty)."

    text: str
    shape: str = "diamond"
    object: str = ""
    address: str = ""
    until: datetime | None = None
    #: it is not there; then the address leads to the form that makes it
    missing: bool = False
    #: those that hold what it waits for
    tasks: tuple[Task, ...] = ()
    #: who put it there, and why
    holder: Entry | None = None
    #: the engine's stable word for it
    kind: str = ""


#: kinds that say that a file is missing
_MISSING = frozenset(
    f"{kind}_missing" for kind in ("job", "chain", "lock", "monitor", "process_class", "schedule", "calendar")
)

#: how the engine names a task that is in the way
_TASK = re.compile(r"\btask (\d{1,15}) of /")


def wanted() -> bool:
    "Whether a list asks for the reasons alone."
    return wants_fragment() and request.args.get("part") == "why"


def dialog(name: str, found: list[Obstacle], guide: str = "", address: str = "") -> str:
    """The reasons as a dialog over a list. `guide`: the address of a runbook; `address`: of the page that the dialog
    leads to, where that is not the one of this request."""
    scheduler_id = (request.view_args or {})["scheduler_id"]
    answers = scope.reachable(scheduler_id) is not None
    to = address or request.path
    return render_template("_why.html", name=name, obstacles=found, answers=answers, guide=guide, address=to)


def order(scheduler_id: str, chain: str, order_id: str) -> list[Obstacle]:
    return asked(scheduler_id, commands.why_order(chain, order_id)) or []


def job(scheduler_id: str, path: str) -> list[Obstacle]:
    return asked(scheduler_id, commands.why_job(path)) or []


def without_error(found: list[Obstacle], problem: Problem | None) -> list[Obstacle]:
    "For a page that tells the error of the job anyway."
    if problem is None:
        return found
    return [replace(each, text=each.text.removesuffix(f"; last error: {problem}")) for each in found]


def asked(scheduler_id: str, question: etree._Element) -> list[Obstacle] | None:
    "What the engine says; None: it does not answer."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    answer = engines.ask(address, question, current_app.extensions["stellwerk_settings"].why_timeout)
    if answer is None:
        return None
    found = (_obstacle(scheduler_id, element) for element in answer.iter("obstacle") if element.get("text"))
    return list(dict.fromkeys(found))  # a job, its chains and its orders may have the same ones


def _obstacle(scheduler_id: str, element: etree._Element) -> Obstacle:
    name = element.get("object", "")
    if not in_sight(element.get("type", ""), name, scheduler_id):
        return Obstacle(OUT_OF_SIGHT, SHAPES.get(element.get("kind", ""), "diamond"), kind=element.get("kind", ""))
    kind, text = element.get("kind", ""), element.get("text", "")
    if kind in _MISSING and (faulty := _of_faulty_file(scheduler_id, element.get("type", ""), name)):
        return faulty
    tasks = [read.task(database.read(), scheduler_id, int(number)) for number in _TASK.findall(text)]
    if not all(tasks) and sight.narrows(database.read()):  # the text names them and their jobs
        return Obstacle(OUT_OF_SIGHT, SHAPES.get(kind, "diamond"), kind=kind)
    return Obstacle(
        text=text,
        shape=SHAPES.get(kind, "diamond"),
        object=name,
        address=_way_out(scheduler_id, kind, element.get("type", ""), name),
        until=_instant(element.get("until", "")),
        missing=kind in _MISSING,
        tasks=tuple(task for task in tasks if task is not None),
        holder=holders.of_obstacle(scheduler_id, kind, name),
        kind=kind,
    )


def missing_job(scheduler_id: str, path: str) -> Obstacle:
    "A job that is named and is not there, as the engine would say it."
    kind = "job_missing"
    address = _way_out(scheduler_id, kind, "job", path)
    return _of_faulty_file(scheduler_id, "job", path) or Obstacle(
        "The job does not exist", SHAPES[kind], path, address, missing=True, kind=kind
    )


def _of_faulty_file(scheduler_id: str, type_: str, name: str) -> Obstacle | None:
    """What the engine misses because the file that makes it was never usable: it is there, and says what is wrong.

    Leads to the definition; who may not see that gets to the page of the object.
    """
    file = read.file(database.read(), scheduler_id, ObjectKind(type_), name)
    if file is None or file.problem is None:
        return None
    problem = f"{file.problem.code}  {file.problem.text}"
    if permissions.may("config.view", name, scheduler_id):
        address = url_for("configuration.object", scheduler_id=scheduler_id, kind=type_, path=name)
    else:
        address = _address(scheduler_id, type_, name)
    return Obstacle(f"The file of the {type_} is faulty: {problem}", "torn", name, address, kind=f"{type_}_missing")


OUT_OF_SIGHT = N_("Something that you may not see is in the way.")
#: type of a file -> the permission to make one, where it is not that of all others
_MAKES = {"schedule": "schedules.edit", "calendar": "schedules.edit", "process_class": "classes.edit"}


def _way_out(scheduler_id: str, kind: str, type_: str, name: str) -> str:
    "The page of what is in the way. What is missing has none: who may make it gets to the form that does."
    if kind not in _MISSING:
        return _address(scheduler_id, type_, name)
    if not permissions.may(_MAKES.get(type_, "config.write"), name, scheduler_id):
        return ""
    return url_for("configuration.new", scheduler_id=scheduler_id, kind=type_, path=name)


def _address(scheduler_id: str, kind: str, name: str) -> str:
    """The page of an object; empty when its kind is not told or has no page, or is this page.

    The name of an order is chain, comma, id; that of a node chain, colon, state.
    """
    found = _page_of(scheduler_id, kind, name)
    return "" if found.lower() == quote(request.path).lower() else found


def _page_of(scheduler_id: str, kind: str, name: str) -> str:
    if kind == "scheduler":
        return url_for("cluster.page", scheduler_id=scheduler_id)
    if not name.startswith("/"):
        return ""
    if kind == "job":
        return url_for("jobs.page", scheduler_id=scheduler_id, path=name)
    if kind == "job_chain":
        return url_for("chains.page", scheduler_id=scheduler_id, chain=name)
    if kind == "node":
        return url_for("chains.page", scheduler_id=scheduler_id, chain=name.partition(":")[0], _anchor="h-nodes")
    if kind == "order":
        chain, _, order_id = name.partition(",")
        return url_for("orders.page", scheduler_id=scheduler_id, chain=chain, order_id=order_id)
    if kind == "calendar":
        return url_for("calendars.page", scheduler_id=scheduler_id, path=name)
    if kind in ("lock", "process_class", "schedule", "monitor"):
        if name == "/":
            return url_for("resources.page", scheduler_id=scheduler_id, _anchor="h-classes")
        return url_for("resources.page", scheduler_id=scheduler_id, q=name, _anchor=f"{kind}-{name}")
    return ""


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
