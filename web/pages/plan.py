"""The plan of a day: what ran, what runs and what is to come, as a list, as a timeline, and as a month.

A day that the services have planned is shown as they keep it; see `web.pages.planned`.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from models import read, tables
from web import database, day, day_comparison, paging, plan_range, scope
from web.calendar_file import calendar_file
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pages import empty_day, planned, year
from web.pages import month as a_month
from web.pictures.hours import NONE, Columns, Counts, columns
from web.tables_out import unformula

blueprint = Blueprint("plan", __name__, url_prefix="/s/<scheduler_id>/plan")

VIEWS = ("list", "timeline", "month", "year", "idle", "changes", "compare")
#: word in `?state=` -> kinds of entries
FILTERS: dict[str, tuple[str, ...]] = {
    "": (), "planned": ("planned",), "running": ("running", "queued"), "done": ("done",), "failed": ("failed",),
    "late": (),
}  # fmt: skip
QUARTER = timedelta(minutes=15)
#: runs of an order among which one is looked for
MOST_RUNS = 500


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    view = request.args.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    chosen, today = _day_asked(), now().astimezone(zone()).date()
    if view == "month":
        return a_month.page(scheduler_id, chosen, today)
    if view == "year":
        return year.page(scheduler_id, chosen, today)
    worked_out = planned.day_of(scheduler_id, chosen if request.args.get("day") else None)
    if worked_out is not None and (view != "compare" or planned.other_day(scheduler_id, worked_out) is not None):
        return planned.page(scheduler_id, worked_out)
    if view == "compare":  # by history and run times: the services do not keep both days
        return _compared(scheduler_id, worked_out.day if worked_out is not None else chosen)
    found = day.of(database.read(), scheduler_id, chosen)
    state, text = (request.args.get(name, "").strip() for name in ("state", "q"))
    entries = [entry for entry in found.entries if _wanted(entry, state, text)]
    shown = paging.part_of(entries)
    drawn = day.rows(found) if view == "timeline" else []
    rows = [row for row in drawn if text.lower() in row.object.lower()]
    lanes = paging.part_of(rows)
    part = plan_range.asked(found.begin, found.end, now())
    return page_or_fragment(
        "plan/page.html",
        {"plan": "plan/_plan.html"},
        found=found,
        entries=shown,
        pager=paging.numbered(lanes if view == "timeline" else shown),
        timeline=plan_range.drawn(lanes.rows, part, now()) if view == "timeline" else None,
        toggled=plan_range.toggled,
        part=part,
        rows_total=len(rows),
        whole=len(drawn) if view == "timeline" else len(found.entries),
        hours=quarters(found),
        idle=_idle(scheduler_id, found) if view == "idle" else [],
        idle_schedules=_idle_schedules(scheduler_id, found) if view == "idle" else [],
        nothing=None if found.entries or found.problem else _nothing(scheduler_id, found),
        view=view,
        state=state,
        text=text,
        filters=list(FILTERS),
        today=today,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        link=paging.address,
        changed_hours=(found.end - found.begin) // timedelta(hours=1),
    )


@blueprint.get("/export.<kind>")
def export(scheduler_id: str, kind: str) -> Response:
    "The day as CSV, or what is to come of it as a calendar file."
    scope.enter(scheduler_id)
    worked_out = planned.day_of(scheduler_id, _day_asked() if request.args.get("day") else None)
    if worked_out is not None and kind == "csv":
        return _file(planned.as_csv(scheduler_id, worked_out), f"plan-{worked_out.day}.csv", "text/csv; charset=utf-8")
    if worked_out is not None and kind == "ics":
        content = calendar_file(scheduler_id, planned.coming(scheduler_id, worked_out), now())
        return _file(content, f"plan-{worked_out.day}.ics", "text/calendar; charset=utf-8")
    found = day.of(database.read(), scheduler_id, _day_asked())
    if kind == "ics":
        content = calendar_file(scheduler_id, [entry for entry in found.entries if entry.span == "planned"], now())
        return _file(content, f"plan-{found.day}.ics", "text/calendar; charset=utf-8")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["start", "end", "kind", "path", "order", "state", "schedule"])
    for entry in found.entries:
        ended = entry.ended.isoformat() if entry.ended else ""
        row = [entry.at.isoformat(), ended, entry.kind, entry.path, entry.order_id, entry.look.word, entry.schedule]
        writer.writerow([unformula(cell) for cell in row])
    return _file(out.getvalue(), f"plan-{found.day}.csv", "text/csv; charset=utf-8")


@blueprint.get("/log")
def log(scheduler_id: str) -> Response:
    "Leads to the log of what `object` (of an order chain, comma, id) began at an instant."
    scope.enter(scheduler_id)
    object_ = request.args.get("object", "")
    try:
        at = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        abort(404)
    chain, _, order_id = object_.partition(",")
    if request.args.get("kind") == "order":
        runs = read.order_runs(database.read(), scheduler_id, chain, order_id, limit=MOST_RUNS)
        of_order = {"scheduler_id": scheduler_id, "chain": chain, "order_id": order_id}
        numbers = [run.history_id for run in runs if run.started_at == at]
        if not numbers:
            return redirect(url_for("orders.page", **of_order), 303)  # type: ignore[arg-type]
        return redirect(url_for("order_logs.page", history_id=numbers[0], **of_order), 303)  # type: ignore[arg-type]
    t = tables.tasks.c
    where = [t.job_key == object_.lower(), t.started_at == at]
    tasks = read.tasks(database.read(), scheduler_id, where=where, limit=1)
    if not tasks:
        return redirect(url_for("jobs.page", scheduler_id=scheduler_id, path=object_), 303)
    return redirect(url_for("tasks.log", scheduler_id=scheduler_id, task_id=tasks[0].id), 303)


def _compared(scheduler_id: str, chosen: date) -> str:
    "The day beside another one: the one before, unless `?with=` names one."
    other = _date("with", chosen - timedelta(days=1))
    days = [day.of(database.read(), scheduler_id, each) for each in (chosen, other)]
    text = request.args.get("q", "").strip()
    rows = [row for row in day_comparison.rows(days[0], days[1]) if text.lower() in row.name.lower()]
    only_different = request.args.get("all") != "yes"
    found = [row for row in rows if not only_different or not row.same]
    shown = paging.part_of(found)
    return page_or_fragment(
        "plan/compare.html",
        {},
        rows=shown,
        total=len(rows),
        pager=paging.numbered(shown),
        found=days[0],
        other=days[1],
        problems=list(dict.fromkeys(each.problem for each in days if each.problem)),
        week=chosen - timedelta(days=7),
        yesterday=chosen - timedelta(days=1),
        only_different=only_different,
        text=text,
        view="compare",
        link=paging.address,
    )


def quarters(found: day.Day) -> Columns:
    "A column per quarter of an hour of the day."
    made: dict[datetime, Counts] = {}
    for entry in found.entries:
        place = found.begin + ((entry.at - found.begin) // QUARTER) * QUARTER
        made[place] = made.get(place, NONE).plus(day.counts([entry], (found.begin, found.end)))
    return columns(made, found.begin, found.end, QUARTER, now())


def _day_asked() -> date:
    return _date("day", now().astimezone(zone()).date())


def _date(name: str, default: date) -> date:
    return day_given(request.args.get(name, "")) or default


def day_given(text: str) -> date | None:
    "None: that is none."
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return None
    return min(max(asked, date(2000, 1, 1)), date(2037, 12, 30))


def _wanted(entry: day.Entry, state: str, text: str) -> bool:
    if state == "late" and not entry.late:
        return False
    kinds = FILTERS.get(state, ())
    return (not kinds or entry.span in kinds) and text.lower() in entry.name.lower()


def _idle(scheduler_id: str, found: day.Day) -> list[read.JobRow]:
    "Jobs that have a run time, but no start on this day."
    started = {entry.path.lower() for entry in found.entries if entry.kind == "job"}
    with_run_time = read.jobs(
        database.read(), scheduler_id, where=[tables.jobs.c.has_run_time.is_(True)], limit=5000
    )
    return [job for job in with_run_time.rows if job.path.lower() not in started][:500]


def _nothing(scheduler_id: str, found: day.Day) -> empty_day.Nothing | None:
    return empty_day.why(scheduler_id, found.day, found.end, _idle_schedules(scheduler_id, found))


def _idle_schedules(scheduler_id: str, found: day.Day) -> list[str]:
    "Schedules that give no start on this day; of its past nobody knows that."
    if found.begin < now():
        return []
    return planned.schedules_without(scheduler_id, {entry.schedule.lower() for entry in found.entries})


def _file(content: str, name: str, kind: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
