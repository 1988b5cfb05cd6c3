"Where tasks run: the members of the schedulers, and the agents that process classes name."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from flask import current_app
from sqlalchemy import Connection

from models import beats
from models.beats import Heard, Span
from models.members import Member
from models.read.agents import NamedAgent, named_agents
from models.read.task_counts import running_by_member
from scheduler.cluster.sight import DEAD_AFTER
from web import commands, engines
from web.cluster import Card
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
class Tested:
    "What became of a question to a member. `apart`: seconds by which its clock is ahead; None: it did not say."

    good: bool
    words: str
    milliseconds: int
    apart: float | None


def places(
    connection: Connection, scheduler_id: str, shown: Sequence[Card], span: Span, now: datetime
) -> list[Place]:
    "Of these members of one scheduler, in the same sequence."
    running = running_by_member(connection, scheduler_id)
    ids = [card.member.member_id for card in shown]
    heard: dict[str, list[Heard]] = {}
    for each in beats.heard(connection, scheduler_id, begin_of(span, now), span, DEAD_AFTER, ids):
        heard.setdefault(each.member_id, []).append(each)
    return [
        Place(
            scheduler_id, card.member, card.look, card.role,
            running.get(card.member.member_id, 0) + (running.get("", 0) if card.at_work else 0),
            availability(heard.get(card.member.member_id, ()), span, now),
        )
        for card in shown
    ]  # fmt: skip


def named(connection: Connection, scheduler_id: str) -> list[NamedAgent]:
    "Of the classes that the reader may see, in the sequence in which each class asks them."
    found = named_agents(connection, scheduler_id)
    return [agent for agent in found if may("classes.view", agent.process_class, scheduler_id)]


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
