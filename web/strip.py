"""The status strip: is the scheduler alive, who is active, how much runs, waits and failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from models import read
from models.lease import read_lease
from models.members import Member
from scheduler.records import EngineState
from web import chosen, database, engines, last_words, states
from web.states import Family, Look


@dataclass(frozen=True, slots=True)
class Count:
    "A number that leads to its list."

    word: str
    number: int
    family: Family
    shape: str
    address: str


@dataclass(frozen=True)
class Strip:
    """What is counted is asked for when it is first shown: a fragment, which is fetched again and again, seldom does.

    It is then read after what the page shows, so the numbers are at least as new.
    """

    look: Look
    member: Member | None
    members: list[Member]
    #: asks the database
    count: Callable[[], read.Overview]
    #: in the addresses of what is counted
    scheduler_id: str
    #: heartbeat too old, and it does not say that this is because of its database: what is shown may be outdated
    silent: bool
    database_problem: str
    #: of an engine that ends now
    ending: read.Ending | None = None
    #: a backup waits, and no member ever worked
    untouched: bool = False
    #: members that would go on without the one in charge; None: it stands alone
    standby: Count | None = None

    @cached_property
    def overview(self) -> read.Overview:
        return self.count()

    @cached_property
    def counts(self) -> list[Count]:
        return _counts(self.scheduler_id, self.overview)

    @property
    def worst(self) -> Count | None:
        "The number that a small screen shows: of those that are not zero the one of the worst family."
        found = [count for count in self.counts if count.number]
        return min(found, key=lambda count: states.SEVERITY.index(count.family), default=None)


def strip(connection: Connection, scheduler_id: str, now: datetime) -> Strip:
    members = read.members(connection, scheduler_id)
    member = engines.responsible(members)
    quiet = member is not None and engines.silent(member, now)
    late = chosen.late_seconds()
    problem = member.database_problem if member else ""
    if member is not None and quiet and member.state != EngineState.STOPPED:
        told = last_words.database_problem(member)
        quiet, problem = not told, told or problem
    waits = member is not None and member.state == EngineState.WAITING_FOR_ACTIVATION
    return Strip(
        look=look_of(member, quiet, problem),
        member=member,
        members=members,
        count=lambda: read.overview(database.read(), scheduler_id, now, late),
        scheduler_id=scheduler_id,
        silent=quiet,
        database_problem=problem,
        ending=read.ending(connection, scheduler_id) if member and member.state == EngineState.STOPPING else None,
        untouched=waits and read_lease(connection, scheduler_id) is None,
        standby=_standby(scheduler_id, member, members, now) if member is not None and not waits else None,
    )


def _standby(scheduler_id: str, member: Member, members: list[Member], now: datetime) -> Count | None:
    if not any(each.clustered and not each.dead for each in members):
        return None
    number = sum(
        each.state == EngineState.WAITING_FOR_ACTIVATION or (each.distributed and each.active)
        for each in members
        if each is not member and not each.dead and not engines.silent(each, now)
    )
    family: Family = "good" if number else "attention"
    address = url_for("cluster.page", scheduler_id=scheduler_id)
    return Count("standby", number, family, "tick" if number else "triangle", address)


def look_of(member: Member | None, quiet: bool, database_problem: str = "") -> Look:
    "`database_problem`: what the member said when it was asked, where the database does not tell it."
    if member is None:
        return states.NO_MEMBER
    if quiet and member.state != EngineState.STOPPED:
        return states.SILENT
    if database_problem or member.database_problem:
        return states.DATABASE_WAITS
    return states.look(states.ENGINE, member.state)


def _counts(scheduler_id: str, counts: read.Overview) -> list[Count]:
    def to(endpoint: str, **arguments: Any) -> str:
        return url_for(endpoint, scheduler_id=scheduler_id, **arguments)

    failed = to("history.page", kind="tasks", state="failed", last="24h")
    return [
        Count("running", counts.tasks_running, "active", "play", to("history.page", kind="tasks", state="running")),
        *_waiting(counts, to),
        Count("failed in 24 h", counts.failed, "bad", "octagon", failed),
        *_late(counts, to),
        Count("set back", counts.orders_setback, "attention", "retry", to("orders.index", state="setback")),
        Count("suspended", counts.orders_suspended, "held", "bars", to("orders.index", state="suspended")),
        Count("stopped", counts.jobs_stopped, "held", "square", to("jobs.index", state="stopped")),
        Count("faulty files", counts.faulty_files, "bad", "torn", to("overview.page", _anchor="faulty")),
    ]


def _waiting(counts: read.Overview, to: Callable[..., str]) -> list[Count]:
    "Only while there is somebody: the line is full without it."
    found = [
        Count("need a process", counts.jobs_waiting, "attention", "diamond", to("jobs.index", state="needs-process")),
        Count("need a lock", counts.jobs_locked, "attention", "diamond", to("jobs.index", state="needs-lock")),
    ]
    return [count for count in found if count.number]


def _late(counts: read.Overview, to: Callable[..., str]) -> list[Count]:
    """Starts by the plan, which does not know of orders that were added by hand, and orders that wait longer than they
    should; these alone where the services keep no plan."""
    orders = to("orders.index", q="late:yes")
    if not counts.planned:
        return [Count("late", counts.late, "attention", "triangle", orders)]
    return [
        Count("late", counts.late, "attention", "triangle", to("plan.page", state="behind")),
        Count("orders due", counts.orders_due, "attention", "clock", orders),
    ]
