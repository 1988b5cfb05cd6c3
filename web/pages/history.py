"What ran: orders (their rounds through a chain) or tasks; as a list, as counts over time, and as files for others."

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from models import read
from models.read import statistics
from models.read.listings import RUNS, TASKS, Listing
from models.read.statistics import Counted
from scheduler.records import Run, Task
from web import database, first_numbers, lists, paging, scope
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pictures.hours import NONE, Columns, Counts, bucket, columns
from web.pictures.usual import Usual, usual
from web.states import run_look, task_look
from web.tables_out import unformula

blueprint = Blueprint("history", __name__, url_prefix="/s/<scheduler_id>/history")

KINDS = ("orders", "tasks")
#: chips of the list: state -> its word as a filter
FILTERS = ("", "open", "failed", "good")
#: spans of the picture: word in `?span=` -> its length and the width of a column
SPANS = {
    "day": (timedelta(hours=24), timedelta(minutes=15)),
    "week": (timedelta(days=7), timedelta(hours=2)),
    "month": (timedelta(days=30), timedelta(hours=8)),
}
#: rows of an export
MOST = 10_000


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    kind, found = _kind(), _matching(scheduler_id)
    rows, pager = paging.keyed(
        _rows(scheduler_id, kind, found, paging.before(), paging.size() + 1), "id" if kind == "tasks" else "history_id"
    )
    return page_or_fragment(
        "history/page.html",
        {"table": "history/_list.html", "picture": "history/_picture.html"},
        rows=rows,
        pager=pager,
        kind=kind,
        usual=_usual(scheduler_id, rows),
        list=found,
        hour=request.args.get("at", ""),
        kinds=KINDS,
        filters=FILTERS,
        tokens=_listing().tokens,
        picture=picture(scheduler_id, kind),
        spans=tuple(SPANS),
        span=_span(),
        link=paging.address,
    )


@blueprint.get("/export.<form>")
def export(scheduler_id: str, form: str) -> Response:
    "The rows that match, the newest ones, as CSV or as JSON lines."
    scope.enter(scheduler_id)
    kind = _kind()
    rows = _rows(scheduler_id, kind, _matching(scheduler_id), None, MOST)
    records = [_task(row) if kind == "tasks" else _run(row) for row in rows]
    if form == "json":
        content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        answer = Response(content, content_type="application/x-ndjson; charset=utf-8")
    else:
        answer = Response("".join(_csv(records)), content_type="text/csv; charset=utf-8")
    name = f"{kind}-{now():%Y%m%d-%H%M%S}.{'json' if form == 'json' else 'csv'}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def picture(scheduler_id: str, kind: str) -> Columns:
    "How much began in the span that is asked for."
    length, step = SPANS[_span()]
    # columns begin at round times of the reader's zone
    midnight = now().astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    end = bucket(now(), midnight, step) + step
    begin = end - length
    counted: Counted = "tasks" if kind == "tasks" else "orders"
    made: dict[datetime, Counts] = {}
    first = first_numbers.of_span(scheduler_id, counted, begin)
    for row in statistics.began(database.read(), scheduler_id, counted, begin, end, first=first):
        place = bucket(row.minute, begin, step)
        made[place] = made.get(place, NONE).plus(Counts(row.good, row.failed, row.running))
    return columns(made, begin, end, step, now())


def _usual(scheduler_id: str, rows: Sequence[Task | Run]) -> dict[int, Usual | None]:
    "Of the tasks that ended well, by their number."
    ended = [row for row in rows if isinstance(row, Task) and row.started_at and row.ended_at and not row.problem]
    times = statistics.times_of(database.read(), scheduler_id, [task.job for task in ended])
    known = {job: sorted(each.seconds for each in runs if not each.failed) for job, runs in times.items()}
    return {
        task.id: usual((task.ended_at - task.started_at).total_seconds(), known.get(task.job.lower(), ()))
        for task in ended
        if task.ended_at and task.started_at
    }


def _kind() -> str:
    return "tasks" if request.args.get("kind") == "tasks" else "orders"


def _span() -> str:
    asked = request.args.get("span", "")
    return asked if asked in SPANS else "day"


def _listing() -> Listing:
    return TASKS if _kind() == "tasks" else RUNS


def _matching(scheduler_id: str) -> lists.Narrowed:
    listing = _listing()
    found, column = lists.narrowed(scheduler_id, listing), listing.table.c.started_at
    if (at := _at()) is not None:
        found.where.extend([column >= at, column < at + SPANS[_span()][1]])
    return found


def _at() -> datetime | None:
    "The begin of the column that was chosen in the picture."
    try:
        moment = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rows(
    scheduler_id: str, kind: str, found: lists.Narrowed, before: int | None, limit: int
) -> Sequence[Any]:
    if kind == "tasks":
        return read.tasks(database.read(), scheduler_id, where=found.where, before=before, limit=limit)
    return read.runs(database.read(), scheduler_id, where=found.where, before=before, limit=limit)


def _csv(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not records:
        return
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(records[0])
    for record in records:
        writer.writerow([unformula(str("" if value is None else value)) for value in record.values()])
    yield out.getvalue()


def _task(task: Task) -> dict[str, Any]:
    return {
        "task": task.id, "job": task.job, "state": task_look(task).word, "cause": task.cause.value,
        "chain": task.chain, "order": task.order_id, "node": task.node, "queued": _iso(task.enqueued_at),
        "started": _iso(task.started_at), "ended": _iso(task.ended_at), "exit_code": task.exit_code,
        "error_code": task.problem.code if task.problem else "", "error": task.problem.text if task.problem else "",
    }  # fmt: skip


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.history_id, "chain": run.chain, "order": run.order_id, "title": run.title,
        "state": run_look(run).word, "node": run.node, "started": _iso(run.started_at), "ended": _iso(run.ended_at),
    }  # fmt: skip


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
