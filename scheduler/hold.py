"What somebody has stopped, suspended or paused only until an instant, and what the journal says when that has come."

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from scheduler.frozen import frozen


class HoldKind(StrEnum):
    "What kind of object it is; the value is the word of the store."

    JOB = "job"              # stopped
    JOB_CHAIN = "job_chain"  # stopped
    NODE = "node"            # stopped or skipped
    ORDER = "order"          # suspended
    SCHEDULER = "scheduler"  # paused


class HoldKey(NamedTuple):
    "`key`: that of the object's path; of nodes and orders chain key, comma, state or id; of the scheduler a slash."

    kind: HoldKind
    key: str


@frozen
class Hold:
    """That an object goes on by itself at `until`. There is one only while its object is held (see
    `scheduler.held_until`); without one that lasts until somebody ends it.

    `object` is the path as written, like `HoldKey.key`; an order is named by the chain that it was placed in. `author`:
    who wanted it, as far as the client has said it.
    """

    kind: HoldKind
    object: str
    until: datetime
    author: str = ""

    @property
    def key(self) -> HoldKey:
        return hold_key(self.kind, self.object)


def hold_key(kind: HoldKind, name: str) -> HoldKey:
    "Letter case counts only in states of nodes and ids of orders."
    if kind in (HoldKind.NODE, HoldKind.ORDER):
        chain, _, rest = name.partition(",")
        return HoldKey(kind, f"{chain.lower()},{rest}")
    return HoldKey(kind, name.lower())


#: the key of the pause of the whole scheduler
PAUSE = HoldKey(HoldKind.SCHEDULER, "/")

#: in the detail of a change: the object was let go because the end of its hold had come, not by a command
RELEASED = {"released": "time"}


def is_released(detail: Mapping[str, object]) -> bool:
    "Whether a change with this detail let something go at its time."
    return RELEASED.items() <= detail.items()
