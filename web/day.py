"""One day: what ran in it, what runs, and what is to come. Days are those of the reader's zone.

Past and present come from the history, what is to come from the engine's run times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Literal

from flask import url_for
from sqlalchemy import Connection

from models import read, tables
from models.read import statistics
from scheduler.records import Run, Task, TaskState
from web import first_numbers, job_waits, starts, states
from web.display import now, zone
from web.pictures.hours import Counts
from web.pictures.timeline import Kind, Row, Span
from web.starts import Coming, Start
from web.states import Look
from web.words import duration, gettext, translated

#: entries of each kind that a day shows
MOST = 2000
PLANNED = Look("neutral", "circle", "to come")
OVERDUE = Look("attention", "triangle", "longer than usual")

EntryKind = Literal["job", "order"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A run or a coming start. `path` is the job's or the chain's; `expected` the usual duration in seconds.

    `late`: it runs longer than usual (the longest of the last runs). `planned`: when it should have begun, if known.
    """

    at: datetime
    kind: EntryKind
    path: str
    order_id: str
    look: Look
    ended: datetime | None
    address: str
    span: Kind
    cause: str = ""
    schedule: str = ""
    expected: float | None = None
    late: bool = False
    planned: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.path}, {self.order_id}" if self.kind == "order" else self.path


@dataclass(frozen=True, slots=True)
class Day:
    "`cut`: there was more than is shown. `problem`: why nothing is known of what is to come."

    day: date
    begin: datetime
    end: datetime
    entries: tuple[Entry, ...]
    cut: bool
    problem: str


def bounds(day: date, where: tzinfo) -> tuple[datetime, datetime]:
    "The instants at which a local day begins and ends, in UTC: 23 to 25 hours apart."
    begin = datetime.combine(day, time(), where).astimezone(UTC)
    return begin, datetime.combine(day + timedelta(days=1), time(), where).astimezone(UTC)


def of(connection: Connection, scheduler_id: str, day: date) -> Day:
    begin, end = bounds(day, zone())
    entries: list[Entry] = []
    cut = False
    if begin <= now():
        tasks, runs = _ran(connection, scheduler_id, begin, min(end, now()))
        cut = len(tasks) >= MOST or len(runs) >= MOST
        usual = _usual(connection, scheduler_id, [task for task in tasks if task.state is not TaskState.ENDED])
        pages = url_for("tasks.page", scheduler_id=scheduler_id, task_id=0).removesuffix("0")
        entries += [_of_task(f"{pages}{task.id}", task, usual.get(task.job.lower())) for task in tasks]
        entries += [_of_run(scheduler_id, run) for run in runs]
    coming = Coming(begin, end)
    if end > now():
        coming = starts.between(scheduler_id, max(begin, now()), end)
        ahead = coming.starts()[:MOST]
        usual = _usual_of(connection, scheduler_id, {start.path for start in ahead if start.kind == "job"})
        entries += [_of_start(scheduler_id, start, usual.get(start.path.lower())) for start in ahead]
        cut = cut or coming.cut
    entries.sort(key=lambda entry: (entry.at, entry.name))
    return Day(day, begin, end, tuple(entries), cut, coming.problem)


def counts(entries: Sequence[Entry], of_span: tuple[datetime, datetime]) -> Counts:
    "By result, of the entries that begin in a span of time."
    inside = [entry for entry in entries if of_span[0] <= entry.at < of_span[1]]
    kinds = [entry.span for entry in inside]
    return Counts(
        good=kinds.count("done"),
        failed=kinds.count("failed"),
        running=kinds.count("running") + kinds.count("queued"),
        planned=kinds.count("planned"),
    )


def rows(day: Day) -> list[Row]:
    "The entries as rows of a timeline, one for each job and order, by name."
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in day.entries:
        found.setdefault((entry.path, entry.order_id), []).append(entry)
    return [_row(each, tuple(_span(entry) for entry in each)) for _, each in sorted(found.items())]


def _row(entries: Sequence[Entry], spans: tuple[Span, ...]) -> Row:
    first = entries[0]
    folder, _, name = first.path.rpartition("/")
    if first.kind == "order":
        return Row(
            f"{name}, {first.order_id}", first.address, spans, folder=folder or "/", kind="order",
            object=f"{first.path},{first.order_id}",
        )  # fmt: skip
    return Row(name, first.address, spans, folder=folder or "/", kind="job", object=first.path)


def _span(entry: Entry) -> Span:
    expected = entry.at + timedelta(seconds=entry.expected) if entry.expected else None
    late = entry.planned if entry.planned is not None and entry.planned < entry.at else None
    return Span(entry.at, entry.ended, entry.span, partial(_words, entry), entry.address, expected, late)


def _words(entry: Entry) -> str:
    parts = [f"{entry.at.astimezone(zone()):%H:%M:%S} {translated(entry.look.word)}"]
    if entry.ended is not None:
        parts.append(gettext("took %(duration)s", duration=duration((entry.ended - entry.at).total_seconds())))
    elif entry.expected:
        parts.append(gettext("usually %(duration)s", duration=duration(entry.expected)))
    return ", ".join(parts)


def _ran(
    connection: Connection, scheduler_id: str, begin: datetime, end: datetime
) -> tuple[list[Task], list[Run]]:
    t, r = tables.tasks.c, tables.order_runs.c
    since_task = first_numbers.of_span(scheduler_id, "tasks", begin)
    since_run = first_numbers.of_span(scheduler_id, "orders", begin)
    tasks = read.tasks(
        connection,
        scheduler_id,
        where=[t.id >= since_task, t.started_at >= begin, t.started_at < end, t.chain == ""],
        limit=MOST,
    )
    runs = read.runs(
        connection,
        scheduler_id,
        where=[r.history_id >= since_run, r.started_at >= begin, r.started_at < end],
        limit=MOST,
    )
    return tasks, runs


def _usual(connection: Connection, scheduler_id: str, tasks: Sequence[Task]) -> dict[str, tuple[float, float]]:
    return _usual_of(connection, scheduler_id, {task.job for task in tasks})


def _usual_of(connection: Connection, scheduler_id: str, jobs: set[str]) -> dict[str, tuple[float, float]]:
    "Median and longest duration of the last good runs, by lower-case path; of a hundred jobs at most."
    found: dict[str, tuple[float, float]] = {}
    for path, times in statistics.times_of(connection, scheduler_id, sorted(jobs)[:100]).items():
        seconds = sorted(each.seconds for each in times if not each.failed)
        if seconds:
            found[path] = seconds[len(seconds) // 2], seconds[-1]
    return found


def _of_task(page: str, task: Task, usual: tuple[float, float] | None) -> Entry:
    began = task.started_at or task.enqueued_at or now()
    look = job_waits.task_look(task)
    open_ = task.state is not TaskState.ENDED
    late = open_ and usual is not None and (now() - began).total_seconds() > max(usual[1] * 1.5, 5.0)
    span: Kind = "running" if open_ else "failed" if look.family == "bad" else "done"
    return Entry(
        began, "job", task.job, "", look, task.ended_at,
        page, span, task.cause, expected=usual[0] if usual else None, late=late, planned=task.start_at,
    )  # fmt: skip


def _of_run(scheduler_id: str, run: Run) -> Entry:
    span: Kind = "running" if run.ended_at is None else "failed" if run.failed else "done"
    page = url_for(
        "orders.page", scheduler_id=scheduler_id, chain=run.chain, order_id=run.order_id, run=run.history_id
    )
    return Entry(run.started_at, "order", run.chain, run.order_id, states.run_look(run), run.ended_at, page, span)


def _of_start(scheduler_id: str, start: Start, usual: tuple[float, float] | None) -> Entry:
    return Entry(
        start.at, start.kind, start.path, start.order_id, PLANNED, None, starts.address_of(scheduler_id, start),
        "planned", start.why, start.schedule, usual[0] if usual else None,
    )  # fmt: skip
