"What jobs and orders share: schedules, process classes, locks, monitors; who holds them and who waits."

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, current_app, request
from lxml import etree

from models import object_notes, read
from scheduler.records import ObjectKind
from web import commands, database, engines, scope, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.permissions import may, need
from web.preview import DAYS, composed, preview
from web.resources import Resources, ScheduleView, resources_of

blueprint = Blueprint("resources", __name__, url_prefix="/s/<scheduler_id>/resources")

NEVER = datetime.max.replace(tzinfo=UTC)
KINDS = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR)


@dataclass(frozen=True, slots=True)
class Block:
    "A job that waits for a lock or a process of a class (`kind`, `path`), and a task (of `job`) that holds one."

    waiting: str
    since: datetime | None
    kind: str
    path: str
    job: str
    task_id: int


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    files = read.files_of(database.read(), scheduler_id, KINDS)
    resources = _asked(scheduler_id)
    known = resources or Resources()
    return page_or_fragment(
        "resources/page.html",
        {"resources": "resources/_resources.html"},
        files={(file.kind.value, file.path): file for file in files},
        faulty=[file for file in files if file.problem],
        answered=resources is not None,
        resources=known,
        notes=object_notes.numbers(database.read(), scheduler_id, (ObjectKind.LOCK, ObjectKind.PROCESS_CLASS)),
        active={plan.path for plan in known.schedules if _active(plan, known.schedules, now())},
        blocks=_blocks(known),
    )


@blueprint.get("/schedules/<object:path>")
def schedule(scheduler_id: str, path: str) -> str:
    "One schedule: its definition, its users, what it starts in the next days, and a way to try a run time."
    need("schedules.view", path)
    scope.enter(scheduler_id)
    file = read.file(database.read(), scheduler_id, ObjectKind.SCHEDULE, path)
    resources = _asked(scheduler_id) or Resources()
    found = next((each for each in resources.schedules if each.path.lower() == path.lower()), None)
    if file is None and found is None:
        abort(404)
    begin = datetime.now(UTC)
    coming = starts.between(scheduler_id, begin, begin + timedelta(days=14))
    return page_or_fragment(
        "resources/schedule.html",
        {},
        path=path,
        file=file,
        found=found,
        coming=_of_schedule(coming, path),
        substitutes=[each for each in resources.schedules if each.substitute.lower() == path.lower()],
        active=found is not None and _active(found, resources.schedules, now()),
    )


@blueprint.get("/run-time")
def run_time(scheduler_id: str) -> str:
    "Makes a run time from fields, and shows the starts that it would give. Nothing is changed."
    scope.enter(scheduler_id)
    given = request.args
    source = given.get("source", "").strip()
    if given.get("compose") == "yes":
        source = composed(given.getlist("day"), *(given.get(name, "") for name in ("at", "begin", "end", "every")))
    name = given.get("zone", "") or zone().key
    return page_or_fragment(
        "resources/run_time.html",
        {"preview": "resources/_preview.html"},
        source=source,
        tried=preview(source, name, now()) if source else None,
        zone_given=name,
        days=DAYS,
        job=given.get("job", ""),
        chain=given.get("chain", ""),
        order_id=given.get("order_id", ""),
    )


def _of_schedule(coming: starts.Coming, path: str) -> starts.Coming:
    def wanted(each: starts.Start | starts.Rhythm) -> bool:
        return each.schedule.lower() == path.lower()

    singles, rhythms = tuple(filter(wanted, coming.singles)), tuple(filter(wanted, coming.rhythms))
    return replace(coming, singles=singles, rhythms=rhythms)


def _asked(scheduler_id: str) -> Resources | None:
    "What the engine says, as far as the reader may see it; None when it does not answer in time."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    settings = current_app.extensions["stellwerk_settings"]
    answer = engines.ask(address, commands.show_resources(), settings.command_timeout)
    return None if answer is None else _seen(answer)


def _seen(answer: etree._Element) -> Resources:
    "Without what is out of the reader's sight: objects, and the names of jobs that hold or wait."
    found = resources_of(answer)
    jobs = _sight("jobs.view")
    return Resources(
        locks=tuple(
            replace(
                lock,
                holders=tuple(holder for holder in lock.holders if jobs(holder.job)),
                waiting=tuple(each for each in lock.waiting if jobs(each.job)),
            )
            for lock in found.locks
            if may("locks.view", lock.path)
        ),
        process_classes=tuple(
            replace(
                known,
                processes=tuple(process for process in known.processes if jobs(process.job)),
                waiting=tuple(each for each in known.waiting if jobs(each.job)),
            )
            for known in found.process_classes
            if may("classes.view", known.path or "/")
        ),
        schedules=tuple(
            replace(plan, users=tuple(user for user in plan.users if jobs(user.path)))
            for plan in found.schedules
            if may("schedules.view", plan.path)
        ),
        monitors=tuple(filter(_sight("jobs.view"), found.monitors)),
    )


def _sight(permission: str) -> Callable[[str], bool]:
    return lambda path: may(permission, "/" + path.lstrip("/"))


def _active(plan: ScheduleView, all_: Sequence[ScheduleView], moment: datetime) -> bool:
    "Whether it is the one that counts now: a substitute in its time, else the one that it takes the place of."
    if plan.substitute:
        return _valid(plan, moment)
    return not any(each.substitute.lower() == plan.path.lower() and _valid(each, moment) for each in all_)


def _valid(plan: ScheduleView, moment: datetime) -> bool:
    begin, end = _instant(plan.valid_from), _instant(plan.valid_to)
    return (begin is None or begin <= moment) and (end is None or moment < end)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _blocks(known: Resources) -> list[Block]:
    "Who waits longest first."
    blocks = [
        Block(each.job, each.since, "lock", lock.path, holder.job, holder.task_id)
        for lock in known.locks
        for each in lock.waiting
        for holder in lock.holders
    ]
    blocks += [
        Block(each.job, each.since, "process class", found.path or "default", process.job, process.task_id)
        for found in known.process_classes
        for each in found.waiting
        for process in found.processes
    ]
    return sorted(blocks, key=lambda block: block.since or NEVER)[:200]
