"Across schedulers: all of them with their state, and the agents."

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from models import read
from models.beats import Span
from models.members import Member
from web import agents as where
from web import database, engines, paging, permissions
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
    return page_or_fragment("estate/schedulers.html", {"switch": "estate/_switch.html"}, schedulers=found)


@blueprint.get("/agents")
def agents() -> str:
    """There are none yet. The page says which agents process classes name, and where tasks run instead: at which
    members, how those were heard of in the last 24 hours or (`?span=day`) 30 days, and (`?test=`) whether one answers.
    """
    connection, span = database.read(), _span()
    known = visible_schedulers(read.scheduler_ids(connection))
    seen = [each for each in known if permissions.may("cluster.view", None, each)]
    places = [place for each in seen for place in where.places(connection, each, span, now())]
    asked = next((place for place in places if place.key == request.args.get("test", "")), None)
    shown = paging.part_of(places)
    named = paging.part_of([agent for each in known for agent in where.named(connection, each)], "agents")
    return render_template(
        "estate/agents.html",
        places=shown.rows,
        pager=paging.numbered(shown),
        named=named.rows,
        pager_named=paging.numbered(named, "agents"),
        span=span,
        asked=asked,
        result=where.tested(asked.member) if asked is not None else None,
    )


def _span() -> Span:
    return "day" if request.args.get("span") == "day" else "hour"


def _scheduler(scheduler_id: str) -> Scheduler:
    connection = database.read()
    members = read.members(connection, scheduler_id)
    member = engines.responsible(members)
    quiet = member is not None and engines.silent(member, now())
    alive = sum(1 for each in members if not engines.silent(each, now()) and each.state != "stopped")
    counts = read.overview(connection, scheduler_id, now())
    return Scheduler(scheduler_id, look_of(member, quiet), member, alive, len(members), counts)
