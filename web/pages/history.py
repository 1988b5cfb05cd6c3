"What ran: orders (their rounds through a chain) or tasks; as a list, as counts over time, and as files for others."

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import and_

from models import operations, read, services
from models.operations import Operation
from models.read import RunEnd, statistics
from models.read.agents import agents_of_jobs
from models.read.listings import RUNS, TASKS, Listing
from models.read.page import one_of
from models.read.statistics import Counted
from scheduler.records import Run, Task
from web import database, first_numbers, lists, news, paging, scope
from web.causes import BY_COMMAND
from web.display import now, zone
from web.fragments import page_or_fragment
from web.job_waits import task_look
from web.news import News
from web.pictures.hours import NONE, Columns, Counts, bucket, columns
from web.pictures.usual import Usual, usual
from web.states import run_look
from web.tables_out import unformula

blueprint = Blueprint("history", __name__, url_prefix="/s/<scheduler_id>/history")

KINDS = ("orders", "tasks")
#: chips of the list: state -> its word as a filter
FILTERS = ("", "open", "failed", "good")
#: spans of the picture: word in `?span=` -> its length and the width of a column
SPANS = {
    "day": (timedelta(hours=24), timedelta(hours=1)),
    "week": (timedelta(days=7), timedelta(hours=2)),
    "month": (timedelta(days=30), timedelta(hours=8)),
}
#: what began lately: word in `?last=` -> how long ago at most
LAST = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
#: chains on a page of which it is asked what is usual, and runs of each
USUAL_CHAINS, USUAL_RUNS = 20, 30
#: rows of an export
MOST = 10_000


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    kind, found = _kind(), _matching(scheduler_id)
    if (after := news.asked()) is not None:
        return news.line(_come_since(scheduler_id, kind, found, after, news.asked_open()))
    # asked before the rows: what ends in between is shown and told, and never neither
    fresh = _news(scheduler_id, kind) if paging.before() is None else None
    rows, pager = paging.keyed(
        _rows(scheduler_id, kind, found, paging.before(), paging.size() + 1), "id" if kind == "tasks" else "history_id"
    )
    ends = _run_ends(scheduler_id, rows)
    return page_or_fragment(
        "history/page.html",
        {"table": "history/_list.html", "picture": "history/_picture.html"},
        rows=rows,
        pager=pager,
        news=fresh,
        kind=kind,
        usual=_usual(scheduler_id, rows) if kind == "tasks" else _usual_runs(scheduler_id, rows),
        started_by=_started_by(scheduler_id, rows),
        run_ends=ends,
        agents=_agents(scheduler_id, rows),
        kept=_kept(scheduler_id, kind),
        list=found,
        lasts=tuple(LAST),
        last=_last(),
        since=_moment("since"),
        until=_moment("until"),
        timed=bool(_last() or _moment("since") or _moment("until")),
        hour=request.args.get("at", ""),
        kinds=KINDS,
        filters=FILTERS,
        tokens=_listing().tokens,
        draw=partial(picture, scheduler_id, kind),
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
    ends = _run_ends(scheduler_id, rows)
    agents, by = _agents(scheduler_id, rows), _started_by(scheduler_id, rows)
    records = (
        [_task(row, by.get(row.id), agents) for row in rows]
        if kind == "tasks"
        else [_run(row, ends.get(row.history_id), by.get(row.history_id)) for row in rows]
    )
    if form == "json":
        content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        answer = Response(content, content_type="application/x-ndjson; charset=utf-8")
    else:
        answer = Response("".join(_csv(records)), content_type="text/csv; charset=utf-8")
    name = f"{kind}-{now():%Y%m%d-%H%M%S}.{'json' if form == 'json' else 'csv'}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _news(scheduler_id: str, kind: str) -> News:
    "What is shown counts from the newest of all, since also one that does not match now may when it ends."
    connection = database.read()
    if kind == "tasks":
        newest = [task.id for task in read.tasks(connection, scheduler_id, limit=1)]
        running = [task.id for task in read.tasks(connection, scheduler_id, view="open", limit=news.MOST)]
    else:
        newest = [run.history_id for run in read.runs(connection, scheduler_id, limit=1)]
        running = [run.history_id for run in read.runs(connection, scheduler_id, open=True, limit=news.MOST)]
    return News(newest[0] if newest else 0, "history", open=tuple(running))


def _come_since(scheduler_id: str, kind: str, found: lists.Narrowed, after: int, running: tuple[int, ...]) -> News:
    "Those that match and are newer, or have ended since."
    c = _listing().table.c
    number = c.id if kind == "tasks" else c.history_id
    ended = and_(one_of(database.read(), number, running), c.ended_at.is_not(None))
    new = [*found.where, number > after], [*found.where, number <= after, ended]
    count = sum(len(_rows(scheduler_id, kind, replace(found, where=where), None, news.MOST)) for where in new)
    return News(after, "history", open=running, number=min(count, news.MOST))


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


def _usual_runs(scheduler_id: str, rows: Sequence[Run]) -> dict[int, Usual | None]:
    "Of the runs that ended well, by their number, of the first chains of the page."
    ended = [run for run in rows if run.ended_at and not run.failed]
    chains = list(dict.fromkeys(run.chain for run in ended))[:USUAL_CHAINS]
    known = {chain: _times_of_runs(scheduler_id, chain) for chain in chains}
    return {
        run.history_id: usual((run.ended_at - run.started_at).total_seconds(), known.get(run.chain, ()))
        for run in ended
        if run.ended_at
    }


def _times_of_runs(scheduler_id: str, chain: str) -> list[float]:
    "What the last good runs of a chain took, the shortest first."
    runs = read.order_runs(database.read(), scheduler_id, chain, None, limit=USUAL_RUNS)
    return sorted((run.ended_at - run.started_at).total_seconds() for run in runs if run.ended_at and not run.failed)


def _started_by(scheduler_id: str, rows: Sequence[Task | Run]) -> dict[int, Operation]:
    "Who ordered tasks or runs on these pages, by their numbers, as far as it is known."
    if _kind() == "orders":
        return operations.that_started_runs(
            database.read(), scheduler_id, [row for row in rows if isinstance(row, Run)]
        )
    asked = [row for row in rows if isinstance(row, Task) and row.cause in BY_COMMAND]
    return operations.that_started_any(database.read(), scheduler_id, asked)


def _run_ends(scheduler_id: str, rows: Sequence[Task | Run]) -> dict[int, RunEnd]:
    return read.run_ends(database.read(), scheduler_id, [row.history_id for row in rows if isinstance(row, Run)])


def _agents(scheduler_id: str, rows: Sequence[Task | Run]) -> dict[int, str]:
    "The agents that tasks without a start wait for, by the numbers of the tasks; what has begun knows where it ran."
    jobs = {row.id: row.job_key for row in rows if isinstance(row, Task) and row.started_at is None}
    named = agents_of_jobs(database.read(), scheduler_id, jobs.values())
    return {number: named[job] for number, job in jobs.items() if job in named}


def _kept(scheduler_id: str, kind: str) -> int | None:
    "The days after which the clean-up deletes what is listed here; 0: never. None: nobody told."
    told = next((each.retention for each in services.instances(database.read(), scheduler_id) if each.retention), None)
    return None if told is None else told["days"].get(kind)


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
    if (at := _moment("at")) is not None:
        found.where.extend([column >= at, column < at + SPANS[_span()][1]])
    if _last():
        found.where.append(column >= now() - LAST[_last()])
    if (since := _moment("since")) is not None:
        found.where.append(column >= since)
    if (until := _moment("until")) is not None:
        found.where.append(column < until)
    return found


def _last() -> str:
    asked = request.args.get("last", "")
    return asked if asked in LAST else ""


def _moment(name: str) -> datetime | None:
    "`at` is the begin of the column that was chosen in the picture. A time without offset is of the reader's zone."
    try:
        moment = datetime.fromisoformat(request.args.get(name, ""))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


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


def _task(task: Task, by: Operation | None, agents: Mapping[int, str]) -> dict[str, Any]:
    return {
        "task": task.id, "job": task.job, "state": task_look(task).word, "cause": task.cause.value,
        "by": task.actor or (by.account if by else ""), "client": task.client,
        "member": task.member_id, "host": task.host, "agent": agents.get(task.id, ""),
        "chain": task.chain, "order": task.order_id, "node": task.node, "queued": _iso(task.enqueued_at),
        "started": _iso(task.started_at), "ended": _iso(task.ended_at), "exit_code": task.exit_code,
        "error_code": task.problem.code if task.problem else "", "error": task.problem.text if task.problem else "",
    }  # fmt: skip


def _run(run: Run, end: RunEnd | None, by: Operation | None) -> dict[str, Any]:
    problem = end.trouble.problem if end and end.trouble else None
    return {
        "run": run.history_id, "chain": run.chain, "order": run.order_id, "title": run.title,
        "state": run_look(run).word, "node": run.node, "started": _iso(run.started_at), "ended": _iso(run.ended_at),
        "exit_code": end.last.exit_code if end else None, "member": end.member_id if end else "",
        "host": end.host if end else "", "cause": run.cause.value,
        "by": run.actor or (by.account if by else ""), "client": run.client,
        "error_code": problem.code if problem else "", "error": problem.text if problem else "",
    }  # fmt: skip


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
