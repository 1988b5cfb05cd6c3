"""The plan of a day that the services have worked out: its entries page by page, with what may be done to each.

Pages of days that no service has planned are those of `web.pages.plan`, from the history and the run times.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import request
from sqlalchemy import ColumnElement, exists, not_

from models import read, tables
from models.read.page import Page
from models.read.plan import PlannedDay, PlannedPeak, day_at, late_days, overrides_of_day
from models.read.plan_compare import Compared, compared
from models.read.plan_entries import PlanEntry, Wanted, schedules_of_day
from models.read.plan_narrow import TOKENS
from scheduler.list_filter import Filter, parse
from scheduler.records import ObjectKind
from web import database, paging, permissions, plan_range, planned, planned_timeline
from web.display import now
from web.fragments import page_or_fragment
from web.holding_up import holding_up
from web.named import shown
from web.pages import empty_day
from web.pictures.hours import columns
from web.pictures.timeline import Timeline
from web.tables_out import unformula

VIEWS = ("list", "timeline", "idle", "changes", "compare")
#: entries of an export
MOST = 50_000
MOST_SCHEDULES = 500
COLUMNS = (
    "planned", "start", "started", "ended", "expected_seconds", "kind", "path", "order", "state", "late", "schedule",
    "every", "count", "change", "reason",
)  # fmt: skip


def day_of(scheduler_id: str, asked: date | None) -> PlannedDay | None:
    "The plan day that is asked for, or the one that it is now; None: it is not worked out."
    if asked is not None:
        return read.planned_day(database.read(), scheduler_id, asked)
    return day_at(database.read(), scheduler_id, now())


def page(scheduler_id: str, found: PlannedDay) -> str:
    connection = database.read()
    view = request.args.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    state, text, schedule = (request.args.get(name, "").strip() for name in ("state", "q", "schedule"))
    state = state if state in planned.FILTERS else ""
    asked = parse(text, TOKENS)
    wanted = planned.wanted(state, planned.at_classes(connection, scheduler_id, asked), schedule)
    quarters, totals = planned.hours(connection, scheduler_id, found)
    begin, end = found.begin, found.end
    part = plan_range.asked(begin, end, now())
    peaks = [each for each in found.peaks if not each.of_lock or permissions.may("locks.view", each.path)]
    with_last = request.args.get("last") == "yes"
    entries, drawn, pager, total = None, None, None, 0
    if view == "list":
        entries = read.plan_entries(connection, scheduler_id, found.day, wanted, paging.offset(), paging.size())
        pager = paging.numbered(entries)
    elif view == "timeline":
        drawn, pager, total = _timeline(scheduler_id, found, wanted, part, peaks)
    behind = late_days(connection, scheduler_id, now()) if state == "behind" else {}
    awaited = planned.is_behind(connection, scheduler_id, found, now())
    changes = overrides_of_day(connection, scheduler_id, begin, end) if view == "changes" else []
    return page_or_fragment(
        "plan/planned.html",
        {"plan": "plan/_planned.html"},
        found=found,
        peaks=peaks,
        shown=planned.list_of(connection, scheduler_id, found, entries.rows, with_last) if entries else [],
        with_last=with_last,
        fault=asked.fault,
        tokens=TOKENS,
        may_change=permissions.may("plan.change"),
        compared=_compared(scheduler_id, found) if view == "compare" else None,
        entries=entries,
        pager=pager,
        timeline=drawn,
        part=part,
        clashes=planned_timeline.clashes(peaks, part.begin, part.end),
        toggled=plan_range.toggled,
        rows_total=total,
        hours=columns(quarters, begin, end, timedelta(minutes=15), now()),
        totals=totals,
        idle=_idle(scheduler_id, found) if view == "idle" else [],
        idle_schedules=_idle_schedules(scheduler_id, found) if view == "idle" else [],
        nothing=None if quarters else _nothing(scheduler_id, found),
        changes=changes,
        withdrawals=planned.withdrawals(changes, now()),
        awaited=awaited,
        settles=planned.settles(found, awaited, now()),
        behind={day: count for day, count in behind.items() if day != found.day},
        view=view,
        state=state,
        text=text,
        schedule=schedule,
        filters=list(planned.FILTERS),
        before=found.day - timedelta(days=1),
        after=found.day + timedelta(days=1),
        week_before=found.day - timedelta(days=7),
        looks_of_entries=planned.LOOKS,
        link=paging.address,
        changed_hours=(end - begin) // timedelta(hours=1),
    )


def _timeline(
    scheduler_id: str, found: PlannedDay, wanted: Wanted, part: plan_range.Range, peaks: Sequence[PlannedPeak]
) -> tuple[Timeline, paging.Pager, int]:
    "A page of the objects, drawn, and how many there are."
    connection, first, size = database.read(), paging.offset(), paging.size()
    entries, total = read.plan_rows(connection, scheduler_id, found.day, wanted, first, size)
    waiting = holding_up(connection, scheduler_id, entries, peaks)
    rows = planned_timeline.rows(scheduler_id, entries, waiting)
    return plan_range.drawn(rows, part, now()), paging.numbered(Page(tuple(rows), total, first, size)), total


@dataclass(frozen=True, slots=True)
class Comparison:
    "With the plan day `day`. `differences` are the first of `total`; `same` objects start alike."

    day: date
    differences: Sequence[Compared]
    total: int
    same: int


def other_day(scheduler_id: str, found: PlannedDay) -> PlannedDay | None:
    "The plan day that it is to be compared with: the one before, unless `?with=` names one. None: not worked out."
    try:
        day = date.fromisoformat(request.args.get("with", ""))
    except ValueError:
        day = found.day - timedelta(days=1)
    return read.planned_day(database.read(), scheduler_id, day)


def _compared(scheduler_id: str, found: PlannedDay) -> Comparison | None:
    other = other_day(scheduler_id, found)
    return Comparison(other.day, *compared(database.read(), scheduler_id, other, found)) if other is not None else None


def _idle(scheduler_id: str, found: PlannedDay) -> list[read.JobRow]:
    "Jobs that have a run time, but no entry on this day."
    j, day = tables.jobs.c, found.day.isoformat()
    where: list[ColumnElement[bool]] = [j.has_run_time.is_(True)]
    for table in (tables.plan_entries, tables.plan_starts):
        c = table.c
        mine = exists().where(c.scheduler_id == scheduler_id, c.day == day, c.kind == "job", c.object_key == j.path_key)
        where.append(not_(mine))
    return list(read.jobs(database.read(), scheduler_id, where=where, limit=500).rows)


def _nothing(scheduler_id: str, found: PlannedDay) -> empty_day.Nothing | None:
    return empty_day.why(scheduler_id, found.day, found.end, _idle_schedules(scheduler_id, found))


def _idle_schedules(scheduler_id: str, found: PlannedDay) -> list[str]:
    "Schedules that give no start on this day, as far as the reader may see them."
    giving = schedules_of_day(database.read(), scheduler_id, found.day)
    return schedules_without(scheduler_id, giving)


def schedules_without(scheduler_id: str, giving: Collection[str]) -> list[str]:
    "All others than these (lower case)."
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.SCHEDULE,))
    others = (file.path for file in files if file.path.lower() not in giving and not file.removed)
    return [path for path in others if permissions.may("schedules.view", path)][:MOST_SCHEDULES]


def coming(scheduler_id: str, found: PlannedDay) -> list[PlanEntry]:
    "Entries that are still to come, for a calendar file."
    page = read.plan_entries(database.read(), scheduler_id, found.day, planned.wanted("planned", Filter()), 0, 2000)
    return [_seen(entry) for entry in page.rows if entry.start_at is not None]


def as_csv(scheduler_id: str, found: PlannedDay) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    page = read.plan_entries(database.read(), scheduler_id, found.day, Wanted(), 0, MOST)
    for entry in page.rows:
        writer.writerow([unformula(cell) for cell in _cells(_seen(entry))])
    return out.getvalue()


def _seen(entry: PlanEntry) -> PlanEntry:
    "Without a schedule that the reader may not see."
    return replace(entry, schedule=shown("schedule", entry.schedule)) if entry.schedule else entry


def _cells(entry: PlanEntry) -> Iterator[str]:
    for moment in (entry.planned_at, entry.start_at, entry.started_at, entry.ended_at):
        yield moment.isoformat() if moment is not None else ""
    yield f"{entry.expected_seconds:g}" if entry.expected_seconds is not None else ""
    yield from (entry.kind, entry.path, entry.order_id, entry.state.value, "yes" if entry.late else "", entry.schedule)
    yield from (f"{entry.every:g}" if entry.every else "", str(entry.count))
    yield from (entry.action.value if entry.action is not None else "", entry.reason)
