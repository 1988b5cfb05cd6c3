"The members of a scheduler, how the work went from one to another, and what they were told."

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, request
from sqlalchemy import Connection

from models import beats, operations, read
from models.lease import read_lease
from models.member_commands import open_commands
from models.members import Member
from models.read.task_counts import work_of_members
from models.supervisor import workers_in_step
from models.takeovers import takeovers
from scheduler import log_search
from web import (
    cluster,
    cluster_health,
    cluster_story,
    commands,
    database,
    downloads,
    engines,
    paging,
    scope,
    shown_addresses,
)
from web.cluster_health import Check, Told, UnderWay
from web.cluster_story import DAYS, ENDS, SOON, Walk
from web.display import now
from web.fragments import page_or_fragment
from web.permissions import need
from web.pictures.beats import begin_of, recent

blueprint = Blueprint("cluster", __name__, url_prefix="/s/<scheduler_id>/cluster")

#: seconds that the page waits for what the member in charge has seen; without it the page says less
PATIENCE = 2.0
#: bytes of a piece of a log
PIECE = 1 << 20


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    connection, moment = database.read(), now()
    cards = _cards(connection, scheduler_id, g.strip.members)
    text, state = (request.args.get(name, "").strip() for name in ("q", "state"))
    shown = paging.part_of(_matching(cards, text, state))
    minutes = beats.since(connection, scheduler_id, begin_of(moment), [card.member.member_id for card in shown.rows])
    known = takeovers(connection, scheduler_id, moment - timedelta(days=DAYS), 200)
    ends = operations.of_actions(connection, scheduler_id, ENDS, moment - timedelta(days=DAYS))
    work, told = work_of_members(connection, scheduler_id), _told(scheduler_id)
    return page_or_fragment(
        "cluster/page.html",
        {"members": "cluster/_members.html", "takeovers": "cluster/_takeovers.html"},
        cards=shown.rows,
        strips=cluster.strips(shown.rows, minutes, moment),
        recent={member_id: recent(seen.recent) for member_id, seen in told.seen.items() if seen.recent},
        pager=paging.numbered(shown),
        text=text,
        address_for=shown_addresses.address_for,
        state=state,
        states=Counter(card.look.word for card in cards),
        total=len(cards),
        link=paging.address,
        clustered=any(card.member.clustered for card in cards),
        work=work,
        told=told,
        apart=[cluster_health.clock_apart(card, told, moment) for card in shown.rows],
        sentence=cluster_health.sentence(cards, known, moment),
        short=cluster_health.short,
        two_lead=cluster_health.two_lead(cards),
        warnings=cluster_health.warnings(cards, told, moment),
        walk=_walk(ends, known, cards, work),
        changes=cluster_story.changes(known, ends),
        days=DAYS,
        word=cluster_story.word,
        legs=cluster.legs(known[0]) if known else [],
        reasons=cluster.REASONS,
        commands=open_commands(connection, scheduler_id),
    )


@blueprint.get("/<token:member_id>/log")
def log(scheduler_id: str, member_id: str) -> Response:
    "The whole log of one member, as the member itself gives it."
    need("log.view", None, scheduler_id)
    scope.enter(scheduler_id)
    members = read.members(database.read(), scheduler_id)
    found = next((each for each in members if each.member_id == member_id and each.tcp_port), None)
    if found is None:
        abort(404)
    pieces = _pieces(found, current_app.extensions["stellwerk_settings"].command_timeout)
    first = next(pieces, None)
    if first is None:
        abort(503)
    name = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in member_id)
    return downloads.text(_all(first, pieces), f"{name}.log")


def checks(scheduler_id: str, chosen: str = "") -> list[Check]:
    "What a switch-over would meet now; `chosen`: the member that shall go on, empty: the best one."
    connection = database.read()
    cards = _cards(connection, scheduler_id, read.members(connection, scheduler_id))
    tasks = sum(number for number, _ in work_of_members(connection, scheduler_id).values())
    behind = workers_in_step(connection, scheduler_id)[1]
    under_way = UnderWay(tasks, len(open_commands(connection, scheduler_id)), behind)
    return cluster_health.checks(cards, under_way, now(), chosen)


def ready(scheduler_id: str) -> list[str]:
    "The ids of the members that could be active next, the one that would be by precedence first."
    connection = database.read()
    return cluster_health.could_follow(_cards(connection, scheduler_id, read.members(connection, scheduler_id)))


def _cards(connection: Connection, scheduler_id: str, members: list[Member]) -> list[cluster.Card]:
    return cluster.cards(members, read_lease(connection, scheduler_id), now())


def _matching(cards: list[cluster.Card], text: str, state: str) -> list[cluster.Card]:
    "With the text in their id or address; `state`: the word of their look."
    wanted = text.lower()
    return [
        card
        for card in cards
        if wanted in f"{card.member.member_id} {card.member.host}:{card.member.tcp_port}".lower()
        and state in ("", card.look.word)
    ]


def _told(scheduler_id: str) -> Told:
    address = scope.reachable(scheduler_id)
    if address is None:
        return Told({})
    return cluster_health.told(engines.ask(address, commands.show_cluster(), PATIENCE))


def _walk(ends: list[operations.Operation], *known: Any) -> Walk | None:
    "Of the last command that ends a member, for a while."
    last = next((each for each in ends if each.created_at > now() - SOON), None)
    return None if last is None else cluster_story.walk(last, *known)


def _pieces(member: Member, timeout: float) -> Iterator[bytes]:
    offset, size = 0, 1
    while offset < size:
        answer = engines.ask(engines.address_of(member), commands.log_read(None, offset, PIECE), timeout)
        log = None if answer is None else answer if answer.tag == "log" else answer.find("log")
        if log is None:
            return
        yield log_search.shown(log.text or "").encode()
        following, size = int(log.get("next_offset", "0")), int(log.get("size", "0"))
        if following <= offset:
            return
        offset = following


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
