"What jobs and orders share: schedules, process classes, locks, monitors; who holds them and who waits."

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, current_app, render_template, request
from lxml import etree
from werkzeug.datastructures import MultiDict

from models import object_notes, read
from models.access import everywhere
from scheduler.records import ObjectKind
from web import commands, database, engines, paging, run_time_fields, scope, starts
from web.auth.people import access
from web.display import now, zone
from web.fragments import page_or_fragment
from web.named_schedules import next_starts, schedules
from web.pages.moments import engine_zone
from web.permissions import need, scheduler
from web.preview import DAYS, Preview, composed, preview
from web.resources import TAGS, Resources, ScheduleView, listed, path_of, views_of, waited_for
from web.run_time_fields import Fields, Line

blueprint = Blueprint("resources", __name__, url_prefix="/s/<scheduler_id>/resources")

#: jobs and orders with run times of their own that are named where there is no schedule
MOST_OWN = 50
#: what the field of an edited text may be called
EDITED = ("source", "run_time")
NEVER = datetime.max.replace(tzinfo=UTC)
KINDS = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR)
#: what one must be allowed to see an object
SIGHT = {
    "schedule": "schedules.view", "process_class": "classes.view", "lock": "locks.view", "monitor": "jobs.view",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Editing:
    "What the editor of a run time shows; `fields` None: the text is none. `name`: of the field of the text."

    name: str
    source: str
    fields: Fields | None
    tried: Preview | None
    scheduler_id: str
    line: Line = field(default_factory=Line)
    days: Sequence[tuple[str, str]] = run_time_fields.DAYS
    hows: Sequence[tuple[str, str]] = run_time_fields.HOWS


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
    connection, text, answer = database.read(), request.args.get("q", "").strip(), _asked(scheduler_id)
    elements = _elements(answer)
    parts = {tag: paging.part_of(_holding(text, elements[tag]), tag) for tag in TAGS}
    known = _seen({tag: part.rows for tag, part in parts.items()})
    shown = [path_of(each) for part in parts.values() for each in part.rows]
    return page_or_fragment(
        "resources/page.html",
        {"resources": "resources/_resources.html"},
        files={(file.kind.value, file.path): file for file in read.files_at(connection, scheduler_id, KINDS, shown)},
        faulty=read.files_with_problems(connection, scheduler_id, kinds=KINDS),
        answered=answer is not None,
        resources=known,
        pagers={tag: paging.numbered(part, tag) for tag, part in parts.items()},
        text=text,
        link=paging.address,
        starts=_starts(scheduler_id, known.schedules),
        own=_own_run_times(scheduler_id) if answer is not None and not text and not known.schedules else [],
        notes=object_notes.numbers(database.read(), scheduler_id, (ObjectKind.LOCK, ObjectKind.PROCESS_CLASS)),
        active=_active(known.schedules, elements),
        blocks=_blocks(_seen(_in_sight(waited_for(answer)))) if answer is not None else [],
    )


@blueprint.get("/schedules/<object:path>")
def schedule(scheduler_id: str, path: str) -> str:
    "One schedule: its definition, its users, what it starts in the next days, and a way to try a run time."
    need("schedules.view", path)
    scope.enter(scheduler_id)
    file = read.file(database.read(), scheduler_id, ObjectKind.SCHEDULE, path)
    elements, key = _elements(_asked(scheduler_id)), path.lower()
    named = [each for each in elements["schedule"] if path_of(each).lower() == key]
    found = next(iter(_seen({"schedule": named}).schedules), None)
    others = [each for each in elements["schedule"] if each.get("substitute", "").lower() == key]
    if file is None and found is None:
        abort(404)
    begin = datetime.now(UTC)
    coming = starts.between(scheduler_id, begin, begin + timedelta(days=14))
    return page_or_fragment(
        "resources/schedule.html",
        {"schedule": "resources/_schedule.html"},
        path=path,
        file=file,
        found=found,
        coming=_of_schedule(coming, path),
        substitutes=_seen({"schedule": others}).schedules,
        active=found is not None and bool(_active([found], elements)),
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
        tried=_tried(scheduler_id, source, name) if source else None,
        zone_given=name,
        days=DAYS,
        job=given.get("job", ""),
        chain=given.get("chain", ""),
        order_id=given.get("order_id", ""),
    )


@blueprint.post("/run-time/-/editor")
def editor(scheduler_id: str) -> str:
    """The fields of a run time, its text and its next starts: the text made of the fields when they were changed
    (`from=fields`), else the fields as the text says. Nothing is changed. `name`: what the field of the text is
    called."""
    scope.enter(scheduler_id)
    form, name = request.form, request.args.get("name", "")
    if name not in EDITED:
        abort(404)
    source, given = form.get(name, ""), None
    if request.args.get("from") == "fields" and (root := run_time_fields.parsed(source)) is not None:
        given = _fields(form)
        source = run_time_fields.source_of(given, root)
    return render_template("resources/_editor.html", editor=editing(scheduler_id, name, source, given))


def editing(scheduler_id: str, name: str, source: str, given: Fields | None = None) -> Editing:
    "`given`: the fields as somebody fills them in; without them as the text says."
    root = run_time_fields.parsed(source)
    zone_name = (engine_zone(scheduler_id) or zone()).key
    return Editing(
        name,
        source,
        given or (run_time_fields.fields_of(root) if root is not None else None),
        _tried(scheduler_id, source, zone_name) if source.strip() else None,
        scheduler_id,
    )


def _tried(scheduler_id: str, source: str, zone_name: str) -> Preview:
    known = schedules(database.read(), scheduler_id)
    return preview(source, zone_name, now(), known, engine_zone(scheduler_id))


def _fields(form: MultiDict[str, str]) -> Fields:
    columns = [form.getlist(f"line_{name}") for name in ("days", "which", "how", "at", "begin", "end", "seconds")]
    lines = [Line(*(each.strip() for each in row)) for row in zip(*columns, strict=False)]
    known = tuple(
        line for line in lines
        if line != Line() and line.days in dict(run_time_fields.DAYS) and line.how in dict(run_time_fields.HOWS)
    )  # fmt: skip
    return Fields(known, form.get("holidays", "").strip(), form.get("calendar", "").strip())


def _starts(scheduler_id: str, plans: Sequence[ScheduleView]) -> dict[str, list[datetime]]:
    "The next starts of the schedules that are shown."
    known = schedules(database.read(), scheduler_id) if plans else None
    engine = engine_zone(scheduler_id) or zone()
    return next_starts(known, [plan.path for plan in plans], engine, now()) if known is not None else {}


def _own_run_times(scheduler_id: str) -> list[tuple[str, str]]:
    "Kind and path of jobs and orders (`chain,id`) that say themselves when they start; some of them."
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.JOB, ObjectKind.ORDER))
    seen = {ObjectKind.JOB: _sight("jobs.view"), ObjectKind.ORDER: _sight("orders.view")}
    found = [
        (file.kind.value, file.path) for file in files
        if "<run_time" in file.source and seen[file.kind](file.path.partition(",")[0])
    ]  # fmt: skip
    return found[:MOST_OWN]


def _of_schedule(coming: starts.Coming, path: str) -> starts.Coming:
    def wanted(each: starts.Start | starts.Rhythm) -> bool:
        return each.schedule.lower() == path.lower()

    singles, rhythms = tuple(filter(wanted, coming.singles)), tuple(filter(wanted, coming.rhythms))
    return replace(coming, singles=singles, rhythms=rhythms)


def told(scheduler_id: str, kind: ObjectKind, path: str) -> bool:
    "Whether the engine says that there is such a resource, and the reader may see it."
    return any(path_of(each) == path for each in _elements(_asked(scheduler_id))[kind.value])


def _asked(scheduler_id: str) -> etree._Element | None:
    "What the engine says; None when it does not answer in time."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    settings = current_app.extensions["stellwerk_settings"]
    return engines.ask(address, commands.show_resources(), settings.command_timeout)


def _elements(answer: etree._Element | None) -> dict[str, list[etree._Element]]:
    "What the reader may see of each kind, by path."
    return _in_sight({tag: [] for tag in TAGS} if answer is None else listed(answer))


def _holding(text: str, elements: list[etree._Element]) -> list[etree._Element]:
    "Those with the text in their path or title."
    wanted = text.lower()
    if not wanted:
        return elements
    return [each for each in elements if wanted in path_of(each).lower() or wanted in each.get("title", "").lower()]


def _in_sight(elements: Mapping[str, list[etree._Element]]) -> dict[str, list[etree._Element]]:
    seen = {tag: _sight(SIGHT[tag]) for tag in elements}
    return {
        tag: those if seen[tag] is everywhere else [each for each in those if seen[tag](path_of(each))]
        for tag, those in elements.items()
    }


def _seen(elements: Mapping[str, Sequence[etree._Element]]) -> Resources:
    "Views of what the reader may see; without the names of jobs that hold or wait out of sight."
    found = views_of(elements)
    jobs = _sight("jobs.view")
    return Resources(
        locks=tuple(
            replace(
                lock,
                holders=tuple(holder for holder in lock.holders if jobs(holder.job)),
                waiting=tuple(each for each in lock.waiting if jobs(each.job)),
            )
            for lock in found.locks
        ),
        process_classes=tuple(
            replace(
                known,
                processes=tuple(process for process in known.processes if jobs(process.job)),
                waiting=tuple(each for each in known.waiting if jobs(each.job)),
            )
            for known in found.process_classes
        ),
        schedules=tuple(
            replace(plan, users=tuple(user for user in plan.users if jobs(user.path)))
            for plan in found.schedules
        ),
        monitors=found.monitors,
    )


def _sight(permission: str) -> Callable[[str], bool]:
    seen = access().sight(permission, scheduler())
    return seen if seen is everywhere else lambda path: seen("/" + path.lstrip("/"))


def _active(plans: Iterable[ScheduleView], elements: Mapping[str, Sequence[etree._Element]]) -> set[str]:
    "Paths of those that count now: a substitute in its time, else the one that it takes the place of."
    replaced = {
        each.get("substitute", "").lower()
        for each in elements["schedule"]
        if each.get("substitute") and _valid(each.get("valid_from", ""), each.get("valid_to", ""), now())
    }
    return {
        plan.path
        for plan in plans
        if (_valid(plan.valid_from, plan.valid_to, now()) if plan.substitute else plan.path.lower() not in replaced)
    }


def _valid(since: str, until: str, moment: datetime) -> bool:
    begin, end = _instant(since), _instant(until)
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
