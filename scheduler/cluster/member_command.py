"What one member tells another: a row that stays until it was carried out."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class MemberCommandKey(NamedTuple):
    member_id: str
    sender: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class MemberCommand:
    """`command` is the document for the member `member_id`. It is meant for the run of that member that began at
    `run_started_at`; a later run acknowledges it without obeying. `done_at` None: not acknowledged yet."""

    member_id: str
    sender: str
    sent_at: datetime
    command: str
    run_started_at: datetime
    done_at: datetime | None = None
    result: str = ""

    @property
    def key(self) -> MemberCommandKey:
        return MemberCommandKey(self.member_id, self.sender, self.sent_at)


@dataclass(frozen=True, slots=True)
class CommandToAll:
    """`command` becomes a `MemberCommand` for every member but the sender that has an entry when this is recorded, and
    is neither dead nor has ended: also for one that came so lately that the sender has not seen it yet."""

    sender: str
    sent_at: datetime
    command: str

    @property
    def key(self) -> MemberCommandKey:
        return MemberCommandKey("", self.sender, self.sent_at)


@dataclass(frozen=True, slots=True)
class MemberEntry:
    "The row of a member. Members write their own; a command only ever drops that of a dead one."

    member_id: str

    @property
    def key(self) -> str:
        return self.member_id
