"""The status strip: is the scheduler alive, who is active, how much runs, waits and failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from models import read
from models.members import Member
from scheduler.records import EngineState
from web import engines, states
from web.states import Family, Look


@dataclass(frozen=True, slots=True)
class Count:
    "A number that leads to its list."

    word: str
    number: int
    family: Family
    shape: str
    address: str


@dataclass(frozen=True, slots=True)
class Strip:
    look: Look
    member: Member | None
    counts: list[Count]
    overview: read.Overview
    members: list[Member]
    #: heartbeat too old: what the database says may be outdated
    silent: bool
    database_problem: str

    @property
    def worst(self) -> Count | None:
        "The number that a small screen shows: of those that are not zero the one of the worst family."
        found = [count for count in self.counts if count.number]
        return min(found, key=lambda count: states.SEVERITY.index(count.family), default=None)


def strip(connection: Connection, scheduler_id: str, now: datetime) -> Strip:
    members = read.members(connection, scheduler_id)
    member = engines.responsible(members)
    quiet = member is not None and engines.silent(member, now)
    counts = read.overview(connection, scheduler_id, now)
    return Strip(
        look=look_of(member, quiet),
        member=member,
        counts=_counts(scheduler_id, counts),
        overview=counts,
        members=members,
        silent=quiet,
        database_problem=member.database_problem if member else "",
    )


def look_of(member: Member | None, quiet: bool) -> Look:
    if member is None:
        return states.NO_MEMBER
    if quiet and member.state != EngineState.STOPPED:
        return states.SILENT
    if member.database_problem:
        return states.DATABASE_WAITS
    return states.look(states.ENGINE, member.state)


def _counts(scheduler_id: str, counts: read.Overview) -> list[Count]:
    def to(endpoint: str, **arguments: Any) -> str:
        return url_for(endpoint, scheduler_id=scheduler_id, **arguments)

    return [
        Count("running", counts.tasks_running, "active", "play", to("history.page", kind="tasks", state="open")),
        Count("failed in 24 h", counts.failed, "bad", "octagon", to("history.page", kind="tasks", state="failed")),
        _late(counts, to),
        Count("set back", counts.orders_setback, "attention", "retry", to("orders.index", state="setback")),
        Count("suspended", counts.orders_suspended, "held", "bars", to("orders.index", state="suspended")),
        Count("stopped", counts.jobs_stopped, "held", "square", to("jobs.index", state="stopped")),
        Count("faulty files", counts.faulty_files, "bad", "torn", to("overview.page", _anchor="faulty")),
    ]


def _late(counts: read.Overview, to: Callable[..., str]) -> Count:
    "By the plan; where the services keep none, by the orders that wait longer than they should."
    address = to("plan.page", state="behind") if counts.planned else to("orders.index", q="late:yes")
    return Count("late", counts.late, "attention", "triangle", address)
