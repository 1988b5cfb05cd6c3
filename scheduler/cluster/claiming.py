"""Whether a waiting member may take the right to work.

The rules, first to last:

    a member that is paused, or was told to end, never does
    nobody had the right yet     a primary may, a backup waits for one
    its holder lives             nobody may
    its holder has begun anew    it goes on itself: to all others it seems to live, unless it is paused
    its holder has ended         a primary may, a backup may not
    its holder died, or wishes   any member may; a backup that finds it so when it starts waits a while for a
    that somebody goes on, or    primary that starts a little later
    is said to be lost
    a better member waits        it goes first: precedence is a strict order; better than all is whom the holder has
                                 left the right to, as long as it lives

Better is who has the smaller precedence; of equal ones primaries go before backups, then who waits longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.cluster.standing import Standing

#: seconds that a backup, started when nobody works, waits for a primary to come
BACKUP_DELAY = 5.0


class Reason(StrEnum):
    "Why a member takes over."

    FIRST = "first"          # nobody had the right before
    OWN = "own"              # it had the right itself, in its earlier life
    ENDED = "ended"          # the holder has ended, and this is a primary
    HANDED_OVER = "handed_over"  # the holder wished it
    LOST = "lost"            # the holder has ended, and somebody has said that it will not come back
    DIED = "died"            # the holder's process is gone
    SILENT = "silent"        # the holder's beat stands still: it is frozen, cut off, or its machine is dead


class Waiting(StrEnum):
    "Why a member does not take over."

    EXCLUSIVE_LIVES = "exclusive_lives"
    PAUSED = "paused"
    NO_PRIMARY_YET = "no_primary_yet"
    NOT_WANTED = "not_wanted"
    JUST_STARTED = "just_started"
    BETTER_WAITS = "better_waits"


@dataclass(frozen=True, slots=True)
class Candidate:
    "A member that waits for activation and lives. `paused`: not before it is told to continue."

    member_id: str
    precedence: int
    backup: bool
    started_at: datetime
    paused: bool = False

    @property
    def rank(self) -> tuple[int, bool, datetime, str]:
        return (self.precedence, self.backup, self.started_at, self.member_id)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who had the right last, as the watcher judges it. `me`: it was this member in an earlier life. `gone`: its
    process exists no more, or a later life of that member is there, and is paused. `silent`: its beat stands still for
    too long. `next_holder`: the member that it has left the right to; empty: to any."""

    member_id: str
    standing: Standing
    me: bool = False
    gone: bool = False
    silent: bool = False
    next_holder: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    "Exactly one of `claim` and `waits` is set; `by` is the member that stands in the way."

    claim: Reason | None = None
    waits: Waiting | None = None
    by: str = ""


def verdict(me: Candidate, holder: Holder | None, others: Iterable[Candidate], waited: float) -> Verdict:
    """`holder` None: nobody ever had the right. `others`: who waits and lives. `waited`: seconds since this member was
    started and has found nobody at work from its first look on."""
    if me.paused:
        return Verdict(waits=Waiting.PAUSED)
    reason = _opportunity(holder)
    if reason is None:
        return Verdict(waits=Waiting.EXCLUSIVE_LIVES, by=holder.member_id if holder is not None else "")
    if not _may(me, reason):
        waits = Waiting.NO_PRIMARY_YET if reason is Reason.FIRST else Waiting.NOT_WANTED
        return Verdict(waits=waits, by=holder.member_id if holder is not None else "")
    wanted = holder.next_holder if holder is not None and reason is Reason.HANDED_OVER else ""
    better = min(
        (other for other in others if _goes_before(other, me, reason, wanted)),
        key=lambda other: _rank(other, wanted),
        default=None,
    )
    if better is not None:
        return Verdict(waits=Waiting.BETTER_WAITS, by=better.member_id)
    if me.backup and reason is not Reason.OWN and waited < BACKUP_DELAY:
        return Verdict(waits=Waiting.JUST_STARTED)
    return Verdict(claim=reason)


def _opportunity(holder: Holder | None) -> Reason | None:
    "Why somebody could take the right; None: its holder lives."
    if holder is None:
        return Reason.FIRST
    if holder.standing is Standing.ENDED:
        return Reason.ENDED
    if holder.standing is Standing.LOST:
        return Reason.LOST
    if holder.standing is Standing.FREE:
        return Reason.HANDED_OVER
    if holder.me:
        return Reason.OWN
    return Reason.DIED if holder.gone else Reason.SILENT if holder.silent else None


def _may(member: Candidate, reason: Reason) -> bool:
    return not member.backup or reason not in (Reason.FIRST, Reason.ENDED)


def _goes_before(other: Candidate, me: Candidate, reason: Reason, wanted: str) -> bool:
    better = _rank(other, wanted) < _rank(me, wanted)
    return reason is not Reason.OWN and not other.paused and better and _may(other, reason)


def _rank(member: Candidate, wanted: str) -> tuple[bool, tuple[int, bool, datetime, str]]:
    return (member.member_id != wanted, member.rank)
