"Across schedulers: all of them with their state, and the agents."

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from models import read
from models.members import Member
from web import database, engines
from web.display import now
from web.fragments import page_or_fragment
from web.permissions import visible_schedulers
from web.states import Look
from web.strip import look_of

blueprint = Blueprint("estate", __name__)


@dataclass(frozen=True, slots=True)
class Scheduler:
    "`members` alive of all that are known; `counts` as far as the reader may see them."

    id: str
    look: Look
    member: Member | None
    alive: int
    members: int
    counts: read.Overview


@blueprint.get("/schedulers")
def schedulers() -> str:
    connection = database.read()
    found = [_scheduler(each) for each in visible_schedulers(read.scheduler_ids(connection))]
    return page_or_fragment("estate/schedulers.html", {}, schedulers=found)


@blueprint.get("/agents")
def agents() -> str:
    "There are none yet; the page says what there is instead."
    return render_template("estate/agents.html", schedulers=visible_schedulers(read.scheduler_ids(database.read())))


def _scheduler(scheduler_id: str) -> Scheduler:
    connection = database.read()
    members = read.members(connection, scheduler_id)
    member = engines.responsible(members)
    quiet = member is not None and engines.silent(member, now())
    alive = sum(1 for each in members if not engines.silent(each, now()) and each.state != "stopped")
    counts = read.overview(connection, scheduler_id, now())
    return Scheduler(scheduler_id, look_of(member, quiet), member, alive, len(members), counts)
