"""A notice: one rule and one object, from the first occurrence until it is over.

    open          somebody has to look; steps of the rule follow each other
    acknowledged  somebody looks: no further steps
    recovered     it is well again by itself
    closed        somebody has said that it is over
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scheduler.errors import Code, WorkloadError
from scheduler.monitor.events import Event
from scheduler.monitor.rules import Severity


class NoticeState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RECOVERED = "recovered"
    CLOSED = "closed"


class NoticeEvent(StrEnum):
    #: it has happened once more
    AGAIN = "again"
    #: it has happened once more soon after it was well again
    RELAPSE = "relapse"
    #: the next step of the rule is due
    STEP = "step"
    RECOVER = "recover"
    ACKNOWLEDGE = "acknowledge"
    #: who acknowledged it gives it back
    REOPEN = "reopen"
    CLOSE = "close"


_S, _E = NoticeState, NoticeEvent
TABLE: dict[tuple[NoticeState, NoticeEvent], NoticeState] = {
    (_S.OPEN, _E.AGAIN): _S.OPEN,
    (_S.OPEN, _E.STEP): _S.OPEN,
    (_S.OPEN, _E.RECOVER): _S.RECOVERED,
    (_S.OPEN, _E.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.OPEN, _E.CLOSE): _S.CLOSED,
    (_S.ACKNOWLEDGED, _E.AGAIN): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.RECOVER): _S.RECOVERED,
    (_S.ACKNOWLEDGED, _E.REOPEN): _S.OPEN,
    (_S.ACKNOWLEDGED, _E.CLOSE): _S.CLOSED,
    (_S.RECOVERED, _E.RELAPSE): _S.OPEN,
}
#: somebody still has to do with it
STILL = frozenset({NoticeState.OPEN, NoticeState.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Notice:
    """`steps` of the rule were taken, the next one is due at `next_at` (None: there is none). `about` is what it was
    about last, see `Occurrence`. `changed_by` acknowledged or closed it, with `comment`."""

    number: int
    rule: str
    event: Event
    severity: Severity
    object: str
    object_key: str
    about: str
    text: str
    state: NoticeState
    first_at: datetime
    last_at: datetime
    count: int = 1
    steps: int = 0
    next_at: datetime | None = None
    changed_by: str = ""
    changed_at: datetime | None = None
    comment: str = ""
    ended_at: datetime | None = None

    @property
    def key(self) -> tuple[str, Event, str]:
        return self.rule, self.event, self.object_key


def after(state: NoticeState, event: NoticeEvent, number: int = 0) -> NoticeState:
    "Raises WRONG_STATE when that is not possible."
    try:
        return TABLE[state, event]
    except KeyError:
        raise WorkloadError(
            Code.WRONG_STATE, kind="Notice", name=str(number), state=state.value, event=event.value
        ) from None


def by_hand(notice: Notice, event: NoticeEvent, who: str, comment: str, now: datetime) -> Notice:
    "Acknowledged, given back or closed by somebody. Raises WRONG_STATE."
    state = after(notice.state, event, notice.number)
    open_again = state is NoticeState.OPEN
    return replace(
        notice, state=state, changed_by=who, changed_at=now, comment=comment, next_at=now if open_again else None,
        ended_at=None if state in STILL else now,
    )  # fmt: skip
