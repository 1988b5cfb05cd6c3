"""`/s/<id>/`: what runs, is broken, late or held; the day; is it alive and well, what comes next, what happened.

In this sequence, for readers of small screens, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, g, request

from models import read
from models.members import Member
from models.read import coming, statistics
from models.read.chains import held_nodes
from scheduler.records import ChainState, OrderState, Task, TaskState
from web import agents, chosen, database, day, engines, first_numbers, journal_words, overview_health, scope, starts
from web.display import now, zone
from web.fragments import page_or_fragment, wants_fragment
from web.pictures.hours import NONE, Columns, Counts, bucket, columns
from web.states import SEVERITY, Look
from web.strip import look_of

blueprint = Blueprint("overview", __name__, url_prefix="/s/<scheduler_id>")

HELD = (OrderState.SETBACK, OrderState.SUSPENDED, OrderState.BLACKLISTED)
QUARTER = timedelta(minutes=15)
#: members on this page; the page of the cluster has all
MOST_MEMBERS = 20


#: word in `?part=` -> its template
PARTS = {"now": "overview/_now.html", "day": "overview/_day.html", "health": "overview/_health.html"}


@blueprint.get("/")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    facts = {"now": _now, "day": _day, "health": _health}
    part = request.args.get("part", "")
    wanted = [part] if wants_fragment() and part in facts else list(facts)
    known = {name: value for each in wanted for name, value in facts[each](scheduler_id).items()}
    return page_or_fragment("overview/page.html", PARTS, **known)


def _now(scheduler_id: str) -> dict[str, Any]:
    connection = database.read()
    running = read.tasks(connection, scheduler_id, view="open", limit=12)
    return {
        "counts": g.strip.overview,
        "running": running,
        "usual": _usual(scheduler_id, running),
        "failed": read.newest_failures(connection, scheduler_id, 8),
        "held": read.orders(connection, scheduler_id, states=HELD, limit=8),
        "late": _late(scheduler_id),
        "stopped": _stopped(scheduler_id),
        "stopped_chains": _stopped_chains(scheduler_id),
        "held_nodes": held_nodes(connection, scheduler_id),
        "faulty": read.files_with_problems(connection, scheduler_id, limit=20),
    }


def _day(scheduler_id: str) -> dict[str, Any]:
    return {"hours": _hours(scheduler_id)}


def _health(scheduler_id: str) -> dict[str, Any]:
    connection, members = database.read(), g.strip.members
    named = len(agents.named(connection, scheduler_id))
    return {
        "members": _worst(members),
        "more_members": max(0, len(members) - MOST_MEMBERS),
        "health": overview_health.health(scheduler_id, members, named),
        "steps": overview_health.first_steps(scheduler_id, members, g.strip.overview.jobs, named),
        "next_hour": coming.next_starts(connection, scheduler_id, now(), now() + timedelta(hours=1)),
        "activity": read.recent_activity(connection, scheduler_id, limit=12),
        "words": journal_words,
    }


def _worst(members: Sequence[Member]) -> list[tuple[Member, Look]]:
    "With their looks: all of them, or those in trouble first when they are too many."
    moment = now()
    found = [(member, look_of(member, engines.silent(member, moment))) for member in members]
    if len(found) > MOST_MEMBERS:
        found.sort(key=lambda each: SEVERITY.index(each[1].family))
    return found[:MOST_MEMBERS]


def _late(scheduler_id: str) -> list[coming.NextStart]:
    "Starts that the plan says are late; where nothing is planned, orders that wait for too long."
    if g.strip.overview.planned:
        return coming.late_starts(database.read(), scheduler_id, now()) if g.strip.overview.late else []
    return coming.late_orders(database.read(), scheduler_id, now() - timedelta(seconds=chosen.late_seconds()))


def _stopped(scheduler_id: str) -> Sequence[read.JobRow]:
    "Not asked for when there is none."
    if not g.strip.overview.jobs_stopped:
        return ()
    return read.jobs(database.read(), scheduler_id, view="stopped", limit=8).rows


def _stopped_chains(scheduler_id: str) -> Sequence[read.ChainRow]:
    "Not asked for when there is none."
    if not g.strip.overview.chains_stopped:
        return ()
    return read.chains(database.read(), scheduler_id, state=ChainState.STOPPED, limit=8).rows


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
