"Across schedulers: all of them with their state, and the agents."

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, g, request, url_for
from sqlalchemy import Connection

from models import read
from models.beats import Span
from models.members import Member
from web import agents as where
from web import chosen, database, engines, live, paging, permissions, revisions, shown_addresses
from web.cluster import cards
from web.display import now
from web.fragments import page_or_fragment, wants_fragment
from web.permissions import visible_schedulers
from web.revisions import Revision
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
    return page_or_fragment(
        "estate/schedulers.html", {"switch": "estate/_switch.html"}, schedulers=found, elsewhere=_elsewhere(connection)
    )


def _elsewhere(connection: Connection) -> list[tuple[str, str]]:
    "Schedulers that have an address for people and no member in this database."
    if not permissions.may("supervisor.view"):
        return []
    known = {
        f"{host}:{member.tcp_port}".lower()
        for each in read.scheduler_ids(connection)
        for member in read.members(connection, each)
        for host in (member.host, member.ip_address)
    }
    return [each for each in shown_addresses.all_addresses() if each[0] not in known]


@blueprint.get("/agents")
def agents() -> str:
    """There are none yet. The page says which agents process classes name, and where tasks run instead: at which
    members, how those were heard of in the last 24 hours or (`?span=day`) 30 days, and (`?test=`) whether one answers.
    """
    connection, span = database.read(), _span()
    # asked first, as on pages of one scheduler: what changes while the page reads is signalled by the first pulse
    last = _last_changes()
    g.pulse_address, g.pulse_tag = url_for("estate.pulse"), _tag(last)
    known = list(last)
    seen = [each for each in known if permissions.may("cluster.view", None, each)]
    members = [(each, card) for each in seen for card in cards(read.members(connection, each), None, now())]
    test = "" if wants_fragment() else request.args.get("test", "")
    asked = next((card.member for each, card in members if f"{each}/{card.member.member_id}" == test), None)
    shown = paging.part_of(members)
    named = paging.part_of([agent for each in known for agent in where.named(connection, each)], "agents")
    return page_or_fragment(
        "estate/agents.html",
        {"agents": "estate/_agents.html"},
        places=[
            place
            for each, pairs in groupby(shown.rows, key=lambda pair: pair[0])
            for place in where.places(connection, each, [card for _, card in pairs], span, now())
        ],
        pager=paging.numbered(shown),
        named=named.rows,
        pager_named=paging.numbered(named, "agents"),
        span=span,
        asked=asked,
        result=where.tested(asked) if asked is not None else None,
    )


@blueprint.get("/pulse")
def pulse() -> Response:
    "Of pages about all schedulers: as the pulse of one. The tag holds the last change of each that may be seen."
    last = _last_changes()
    return live.answered(_tag(last), lambda known: _news(last, known.split(".")))


def _news(last: dict[str, Revision], known: list[str]) -> list[str]:
    "`refresh` stands for all, as when others may be seen than the page knows."
    if len(known) != len(last):
        return ["refresh"]
    pairs = [(each, tag) for each, tag in zip(last, known, strict=True) if tag != last[each].tag]
    return sorted({topic for each, tag in pairs for topic in live.changed(each, tag, last[each])})


def _last_changes() -> dict[str, Revision]:
    connection = database.read()
    found = read.last_changes(connection)
    return {each: revisions.of(connection, each, found[each]) for each in visible_schedulers(list(found))}


def _tag(last: dict[str, Revision]) -> str:
    return ".".join(each.tag for each in last.values())


def _span() -> Span:
    return "day" if request.args.get("span") == "day" else "hour"


def _scheduler(scheduler_id: str) -> Scheduler:
    connection = database.read()
    members = read.members(connection, scheduler_id)
    member = engines.responsible(members)
    quiet = member is not None and engines.silent(member, now())
    alive = sum(1 for each in members if not engines.silent(each, now()) and each.state != "stopped")
    counts = read.overview(connection, scheduler_id, now(), chosen.late_seconds())
    return Scheduler(scheduler_id, look_of(member, quiet), member, alive, len(members), counts)
