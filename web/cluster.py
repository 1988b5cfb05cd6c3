"How members and take-overs look on the cluster page."

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from models.lease import Lease
from models.members import Member
from models.takeovers import TakeOver
from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.cluster.claiming import Reason
from scheduler.cluster.standing import Standing
from scheduler.records import EngineState
from web import engines
from web.pictures import beats
from web.states import Look
from web.strip import look_of
from web.words import N_, gettext, translated

_WAITS = EngineState.WAITING_FOR_ACTIVATION.value
DEAD = Look("bad", "cross", "dead")
READY = Look("neutral", "clock", "ready to take over")
WAITS_FOR_PRIMARY = Look("attention", "clock", "waits for a primary")
HELD_BACK = Look("held", "bars", "paused, does not take over")

REASONS: dict[str, str] = {
    Reason.FIRST: "Nobody had worked before",
    Reason.OWN: "It was at work itself before and came back",
    Reason.ENDED: "The one before had ended",
    Reason.HANDED_OVER: "The one before handed over",
    Reason.LOST: "The one before had ended, and its loss was confirmed",
    Reason.DIED: "The process of the one before was gone",
    Reason.SILENT: "The one before gave no sign of life any more",
}


@dataclass(frozen=True, slots=True)
class Card:
    "A member as the page shows it. `at_work`: commands of the pages go to it."

    member: Member
    look: Look
    at_work: bool
    #: it can be told to end; a dead one only forgotten
    lives: bool
    #: it is silent, or worked last and has ended, and somebody may say that it will not come back
    may_be_lost: bool = False

    @property
    def role(self) -> str:
        "A sentence without full stop."
        return _role(self.member)


def deeds(card: Card, clustered: bool) -> list[tuple[str, str]]:
    """What makes sense for a member as it stands: kind and verb of actions. Those of the kind `scheduler` go to the one
    at work; what is done to a cluster as a whole is not among them. `clustered`: it has others, or waits for some."""
    member, found = card.member, list[tuple[str, str]]()
    if card.lives and card.at_work:
        found.append(("scheduler", "continue" if member.state == EngineState.PAUSED else "pause"))
    if card.lives and clustered:
        if not card.at_work and member.state.startswith(_WAITS):
            found.append(("member", "pause" if member.state == _WAITS else "continue"))
        found += [("member", verb) for verb in ("restart", "terminate", *(() if card.at_work else _ENDS_AT_ONCE))]
    elif card.lives and card.at_work:
        found += [("scheduler", "restart"), ("scheduler", "terminate")]
    if card.lives and card.at_work:
        found += [("scheduler", verb) for verb in (*_ENDS_AT_ONCE, "rotate-log")]
        found += [("scheduler", verb) for verb in ("restart", "terminate") if clustered]
    if card.may_be_lost:
        found.append(("member", "confirm-loss"))
    elif member.dead and clustered:
        found.append(("member", "forget"))
    return found


_ENDS_AT_ONCE = ("abort", "abort-restart")


@dataclass(frozen=True, slots=True)
class Leg:
    "A part of a take-over; `seconds` None: not known."

    word: str
    at: datetime
    seconds: float | None


def cards(members: list[Member], lease: Lease | None, now: datetime) -> list[Card]:
    "Who works first, then by precedence, the dead last. Each batch of the one at work is a heartbeat."
    if lease is not None:
        members = [replace(m, beat_at=max(m.beat_at, lease.beat_at)) if m.member_id == lease.holder and not m.dead
                   else m for m in members]  # fmt: skip
    responsible = engines.responsible(members)
    over = _over(members, lease, now)
    ordered = sorted(members, key=lambda m: (m.dead, not m.active, not m.exclusive, m.precedence or 0, m.member_id))
    return [_card(member, member is responsible, over, lease, now) for member in ordered]


def _over(members: Iterable[Member], lease: Lease | None, now: datetime) -> bool:
    "Whether nobody works, and that is how it is wanted: backups do not begin then."
    if any(each.active and not each.dead and not engines.silent(each, now) for each in members):
        return False
    return lease is None or lease.standing is Standing.ENDED


def strips(shown: Iterable[Card], minutes: Iterable[BeatMinute], now: datetime) -> dict[str, beats.Strip]:
    "Signs of life of these members over the last hour, by member id."
    of_member: dict[str, list[BeatMinute]] = {card.member.member_id: [] for card in shown}
    for minute in minutes:
        of_member[minute.member_id].append(minute)
    return {member_id: beats.strip(found, now) for member_id, found in of_member.items()}


def _card(member: Member, at_work: bool, over: bool, lease: Lease | None, now: datetime) -> Card:
    silent, stopped = engines.silent(member, now), member.state == EngineState.STOPPED
    lives = not member.dead and not silent and not stopped
    lost = over and stopped and lease is not None and lease.holder == member.member_id
    may_be_lost = member.clustered and (lost or (silent and not member.dead and not stopped))
    return Card(member, _look(member, silent, over), at_work, lives, may_be_lost)


def _look(member: Member, silent: bool, over: bool) -> Look:
    if member.dead:
        return DEAD
    if not silent and member.state.startswith(_WAITS):
        if member.state != _WAITS:
            return HELD_BACK
        return WAITS_FOR_PRIMARY if over and member.backup else READY
    return look_of(member, silent)


def _role(member: Member) -> str:
    if not member.clustered:
        return gettext("stands alone")
    if member.distributed:
        work = N_("leads, and works") if member.active and member.exclusive else N_("works for the one that leads")
    else:
        work = N_("backup") if member.backup else N_("primary")
    precedence = member.precedence or 0
    return gettext("%(work)s, precedence %(precedence)s", work=translated(work), precedence=precedence)


def legs(takeover: TakeOver) -> list[Leg]:
    "The parts of a take-over, each with the time since the one before."
    instants = [
        ("last sign of life seen", takeover.last_beat_at),
        ("decided to take over", takeover.noticed_at),
        ("right to work taken", takeover.claimed_at),
        ("old processes ended, state loaded", takeover.loaded_at),
        ("at work", takeover.active_at),
    ]
    found: list[Leg] = []
    for word, at in instants:
        if at is not None:
            found.append(Leg(word, at, (at - found[-1].at).total_seconds() if found else None))
    return found
