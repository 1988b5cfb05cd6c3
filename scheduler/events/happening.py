"One row of the journal."

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.changes import Kind
from scheduler.frozen import frozen

#: characters of a published event that weigh as much as any other event
_UNIT = 250
_PUBLISHED = Kind.EVENT_PUBLISHED.value


@frozen
class Happening:
    """`id` rises by one with each of a scheduler id and is never used twice. `kind` is a word of `changes.Kind`,
    `object` as `Change.object` spells it; `detail` holds JSON values."""

    id: int
    time: datetime
    kind: str
    object: str
    detail: Mapping[str, Any]

    @property
    def weight(self) -> int:
        "How much it holds, in usual events. Only published ones may be large."
        return 1 if self.kind != _PUBLISHED else 1 + len(str(self.detail.get("event"))) // _UNIT


@dataclass(frozen=True, slots=True)
class Portion:
    """A piece of the journal. `last` is the number up to which it was looked at: who goes on after it misses nothing.

    `happenings` are those of them that were wanted, in order.
    """

    happenings: tuple[Happening, ...]
    last: int
