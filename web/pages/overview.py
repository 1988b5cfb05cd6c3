"`/s/<id>/`: is it alive, what is broken, what runs, what is late, what comes next, what happened."

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Blueprint, g

from models import read
from models.members import Member
from models.read import coming, statistics
from scheduler.records import OrderState, Task, TaskState
from web import database, day, engines, first_numbers, journal_words, scope, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pictures.hours import NONE, Columns, Counts, bucket, columns
from web.states import Family
from web.strip import look_of
from web.words import gettext, point

blueprint = Blueprint("overview", __name__, url_prefix="/s/<scheduler_id>")

HELD = (OrderState.SETBACK, OrderState.SUSPENDED, OrderState.BLACKLISTED)
QUARTER = timedelta(minutes=15)
#: an order that is due for longer is late
TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Health:
    "One thing that must be well: a word, a sentence, and whether it is."

    word: str
    sentence: str
    family: Family
    shape: str


@blueprint.get("/")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    connection = database.read()
    members = g.strip.members
    running = read.tasks(connection, scheduler_id, view="open", limit=12)
    return page_or_fragment(
        "overview/page.html",
        {"now": "overview/_now.html", "day": "overview/_day.html"},
        counts=g.strip.overview,
        members=[(member, look_of(member, engines.silent(member, now()))) for member in members],
        running=running,
        usual=_usual(scheduler_id, running),
        failed=read.tasks(connection, scheduler_id, view="failed", limit=8),
        held=read.orders(connection, scheduler_id, states=HELD, limit=8),
        late=coming.late_orders(connection, scheduler_id, now() - TOLERANCE),
        stopped=_stopped(scheduler_id),
        faulty=read.files_with_problems(connection, scheduler_id, limit=20),
        activity=read.recent_activity(connection, scheduler_id, limit=12),
        health=_health(members),
        hours=_hours(scheduler_id),
        next_hour=coming.next_starts(connection, scheduler_id, now(), now() + timedelta(hours=1)),
        words=journal_words,
    )


def _stopped(scheduler_id: str) -> Sequence[read.JobRow]:
    "Not asked for when there is none."
    if not g.strip.overview.jobs_stopped:
        return ()
    return read.jobs(database.read(), scheduler_id, view="stopped", limit=8).rows


def _usual(scheduler_id: str, running: Sequence[Task]) -> dict[str, list[float]]:
    "Durations of the last good runs, ordered, by lower-case path."
    jobs = {task.job.lower() for task in running if task.state is not TaskState.QUEUED}
    times = statistics.times_of(database.read(), scheduler_id, jobs)
    return {path: sorted(each.seconds for each in runs if not each.failed) for path, runs in times.items()}


def _hours(scheduler_id: str) -> Columns:
    "The reader's day in quarters of an hour: what began, and what is to come."
    begin, end = day.bounds(now().astimezone(zone()).date(), zone())
    made: dict[datetime, Counts] = {}

    def add(moment: datetime, counts: Counts) -> None:
        place = bucket(moment, begin, QUARTER)
        made[place] = made.get(place, NONE).plus(counts)

    first = first_numbers.of_span(scheduler_id, "tasks", begin)
    for row in statistics.began(database.read(), scheduler_id, "tasks", begin, end, first=first):
        add(row.minute, Counts(row.good, row.failed, row.running))
    for start in starts.remembered(scheduler_id, now(), end).starts():
        add(start.at, Counts(planned=1))
    return columns(made, begin, end, QUARTER, now())


def _health(members: Sequence[Member]) -> list[Health]:
    "What concerns the whole installation, as far as this process can tell."
    found: list[Health] = []
    alive = [member for member in members if not engines.silent(member, now()) and member.state != "stopped"]
    standby = [member for member in alive if not member.active]
    if not alive:
        found.append(Health(gettext("Members"), gettext("none gives a sign of life"), "bad", "octagon"))
    elif len(alive) == 1:
        found.append(
            Health(gettext("Members"), gettext("one; nobody would take its place when it dies"), "neutral", "circle")
        )
    else:
        found.append(
            Health(
                gettext("Members"),
                gettext("%(alive)s alive, %(ready)s ready to take over", alive=len(alive), ready=len(standby)),
                "good",
                "tick",
            )
        )
    troubled = [member.database_problem for member in alive if member.database_problem]
    if troubled:
        found.append(Health(gettext("Database"), troubled[0], "attention", "triangle"))
    else:
        found.append(Health(gettext("Database"), gettext("answers"), "good", "tick"))
    found += [disk for member in alive[:1] if (disk := _disk(member)) is not None]
    versions = {member.version for member in alive}
    if len(versions) > 1:
        found.append(
            Health(
                gettext("Versions"),
                gettext("members differ: %(names)s", names=", ".join(sorted(versions))),
                "attention",
                "triangle",
            )
        )
    return found


def _disk(member: Member) -> Health | None:
    "The room for logs; only where they lie on this machine."
    directory = Path(member.log_file).parent if member.log_file else None
    try:
        if directory is None or not directory.is_dir():
            return None
        usage = shutil.disk_usage(directory)
    except OSError:
        return None
    free = usage.free / usage.total
    words = gettext("%(size)s GiB free (%(share)s)", size=point(f"{usage.free / 2**30:.1f}"), share=f"{free:.0%}")
    if free < 0.02:
        return Health(gettext("Disk of the logs"), words, "bad", "octagon")
    return Health(gettext("Disk of the logs"), words, *(("attention", "triangle") if free < 0.1 else ("good", "tick")))
