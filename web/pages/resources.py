"What jobs and orders share: schedules, process classes, locks, monitors; who holds them and who waits."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from lxml import etree
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from models import object_notes, read
from scheduler.records import ObjectKind
from web import database, paging, resource_sight, run_time_fields, scope, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.named_schedules import next_starts, schedules
from web.pages.moments import engine_zone, zone_told
from web.permissions import need
from web.preview import DAYS, Preview, composed, preview
from web.resources import TAGS, Resources, ScheduleView, active, path_of, waited_for
from web.run_time_fields import Fields, Line

blueprint = Blueprint("resources", __name__, url_prefix="/s/<scheduler_id>/resources")

#: jobs and orders with run times of their own that are named where there is no schedule
MOST_OWN = 50
#: what the field of an edited text may be called
EDITED = ("source", "run_time")
NEVER = datetime.max.replace(tzinfo=UTC)


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
    connection, text, answer = database.read(), request.args.get("q", "").strip(), resource_sight.asked(scheduler_id)
    elements = resource_sight.elements(answer)
    stored = _stored(connection, scheduler_id) if answer is None else {}
    parts = {tag: paging.part_of(_holding(text, elements[tag]), tag) for tag in TAGS}
    named = {tag: paging.part_of(_called(text, those), tag) for tag, those in stored.items()}
    known = resource_sight.views({tag: part.rows for tag, part in parts.items()})
    shown = [path_of(each) for part in parts.values() for each in part.rows]
    files = read.files_at(connection, scheduler_id, resource_sight.KINDS, shown)
    files += [file for part in named.values() for file in part.rows]
    blocking = resource_sight.in_sight(waited_for(answer)) if answer is not None else {}
    return page_or_fragment(
        "resources/page.html",
        {"resources": "resources/_resources.html"},
        files={(file.kind.value, file.path): file for file in files},
        faulty=read.files_with_problems(connection, scheduler_id, kinds=resource_sight.KINDS),
        answered=answer is not None,
        resources=known,
        stored={tag: part.rows for tag, part in named.items()},
        totals={tag: len(stored.get(tag, those)) for tag, those in elements.items()},
        pagers={tag: paging.numbered(named.get(tag, part), tag) for tag, part in parts.items()},
        text=text,
        link=paging.address,
        starts=_starts(scheduler_id, known.schedules, zone_told(answer)),
        own=_own_run_times(scheduler_id) if answer is not None and not text and not known.schedules else [],
        notes=object_notes.numbers(database.read(), scheduler_id, (ObjectKind.LOCK, ObjectKind.PROCESS_CLASS)),
        active=active(parts["schedule"].rows),
        blocks=_blocks(resource_sight.views(blocking)),
    )


@blueprint.get("/schedules/<object:path>")
def schedule(scheduler_id: str, path: str) -> str:
    "One schedule: its definition, its users, what it starts in the next days, and a way to try a run time."
    need("schedules.view", path)
    scope.enter(scheduler_id)
    file = read.file(database.read(), scheduler_id, ObjectKind.SCHEDULE, path)
    elements, key = resource_sight.elements(resource_sight.asked(scheduler_id)), path.lower()
    named = [each for each in elements["schedule"] if path_of(each).lower() == key]
    found = next(iter(resource_sight.views({"schedule": named}).schedules), None)
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
        substitutes=resource_sight.views({"schedule": others}).schedules,
        active=bool(active(named[:1])),
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


def _starts(scheduler_id: str, plans: Sequence[ScheduleView], told: ZoneInfo | None) -> dict[str, list[datetime]]:
    "The next starts of the schedules that are shown; `told`: the zone of which the engine speaks."
    known = schedules(database.read(), scheduler_id) if plans else None
    engine = told or engine_zone(scheduler_id) or zone()
    return next_starts(known, [plan.path for plan in plans], engine, now()) if known is not None else {}


def _own_run_times(scheduler_id: str) -> list[tuple[str, str]]:
    "Kind and path of jobs and orders (`chain,id`) that say themselves when they start; some of them."
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.JOB, ObjectKind.ORDER))
    seen = {ObjectKind.JOB: resource_sight.sight("jobs.view"), ObjectKind.ORDER: resource_sight.sight("orders.view")}
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


def _stored(connection: Connection, scheduler_id: str) -> dict[str, list[read.FileRow]]:
    "The files of what the reader may see, by kind: what is known while the engine does not answer."
    files, found = read.files_of(connection, scheduler_id, resource_sight.KINDS), {}
    for kind in TAGS:
        seen = resource_sight.sight(resource_sight.SIGHT[kind])
        found[kind] = [file for file in files if file.kind.value == kind and seen(file.path)]
    return found


def _called(text: str, files: list[read.FileRow]) -> list[read.FileRow]:
    "Those with the text in their path or title."
    wanted = text.lower()
    return [file for file in files if wanted in file.path.lower() or wanted in file.title.lower()]


def _holding(text: str, elements: list[etree._Element]) -> list[etree._Element]:
    "Those with the text in their path or title."
    wanted = text.lower()
    if not wanted:
        return elements
    return [each for each in elements if wanted in path_of(each).lower() or wanted in each.get("title", "").lower()]


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
