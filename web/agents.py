"Where tasks run: the members of the schedulers, and the agents that process classes name."

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from flask import current_app
from lxml import etree
from sqlalchemy import Connection, select

from models import beats, read, tables
from models.beats import Heard, Span
from models.members import Member
from models.read.task_counts import running_by_member
from scheduler.cluster.sight import DEAD_AFTER
from scheduler.records import ObjectKind
from web import commands, engines
from web.cluster import cards
from web.permissions import may
from web.pictures.availability import Availability, availability, begin_of
from web.states import Look


@dataclass(frozen=True, slots=True)
class Place:
    "A member of a scheduler. `running`: its tasks that have a process."

    scheduler_id: str
    member: Member
    look: Look
    role: str
    running: int
    heard: Availability

    @property
    def key(self) -> str:
        return f"{self.scheduler_id}/{self.member.member_id}"


@dataclass(frozen=True, slots=True)
class Named:
    "An agent as a process class names it. `place`: from 1, among those of the class; `select`: how one is chosen."

    scheduler_id: str
    address: str
    process_class: str
    place: int
    count: int
    select: str


@dataclass(frozen=True, slots=True)
class Tested:
    "What became of a question to a member. `apart`: seconds by which its clock is ahead; None: it did not say."

    good: bool
    words: str
    milliseconds: int
    apart: float | None


def places(connection: Connection, scheduler_id: str, span: Span, now: datetime) -> list[Place]:
    members = read.members(connection, scheduler_id)
    running = running_by_member(connection, scheduler_id)
    heard: dict[str, list[Heard]] = {}
    for each in beats.heard(connection, scheduler_id, begin_of(span, now), span, DEAD_AFTER):
        heard.setdefault(each.member_id, []).append(each)
    found = cards(members, None, now, ())
    return [
        Place(
            scheduler_id, card.member, card.look, card.role,
            running.get(card.member.member_id, 0) + (running.get("", 0) if card.at_work else 0),
            availability(heard.get(card.member.member_id, ()), span, now),
        )
        for card in found
    ]  # fmt: skip


def named(connection: Connection, scheduler_id: str) -> list[Named]:
    "Of the classes that the reader may see, in the sequence in which each class asks them."
    f = tables.files.c
    statement = (
        select(f.path, f.source)
        .where(f.scheduler_id == scheduler_id, f.kind == ObjectKind.PROCESS_CLASS.value)
        .where(f.source.contains("remote_scheduler"))
        .order_by(f.path_key)
    )
    found: list[Named] = []
    for path, source in connection.execute(statement):
        if may("classes.view", path, scheduler_id):
            found += _of_class(scheduler_id, path, source)
    return found


def _of_class(scheduler_id: str, path: str, source: str) -> Iterable[Named]:
    try:
        element = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return []
    listed = element.find("remote_schedulers")
    select = listed.get("select", "first") if listed is not None else "first"
    those = (element, *element.iter("remote_scheduler"))
    addresses = [each.get("remote_scheduler") for each in those if each.get("remote_scheduler")]
    return [
        Named(scheduler_id, address, path, place, len(addresses), select)
        for place, address in enumerate(addresses, 1)
    ]


def tested(member: Member) -> Tested:
    "Asks the member who it is."
    settings = current_app.extensions["stellwerk_settings"]
    begun, asked_at = monotonic(), datetime.now(UTC)
    outcome = engines.send(engines.address_of(member), commands.show_state(), settings.command_timeout)
    took = round((monotonic() - begun) * 1000)
    if outcome.answer is None:
        return Tested(False, f"{outcome.code} {outcome.text or outcome.result}".strip(), took, None)
    return Tested(True, outcome.answer.get("state", ""), took, _apart(outcome.answer.get("time", ""), asked_at))


def _apart(told: str, asked_at: datetime) -> float | None:
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        return None
    return (instant.replace(tzinfo=instant.tzinfo or UTC) - asked_at).total_seconds()
