"""The two connections of a worker as the supervisor sees them.

    data      the worker asks, the supervisor answers: configuration, contents of files
    control   the supervisor sends commands, the worker says when a batch is done; heartbeats both ways

They belong together by the token that the worker has drawn for this attempt, not by the order in which they arrive.
Nothing is sent before both are there, and the loss of one ends the other.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Channel = Literal["data", "control"]


class PairState(StrEnum):
    DOWN = "down"
    #: one of the two has registered
    DATA_ONLY = "data_only"
    CONTROL_ONLY = "control_only"
    PAIRED = "paired"


class PairEvent(StrEnum):
    DATA = "data"
    CONTROL = "control"
    #: one of the two is lost, or the other one did not come in time
    LOST = "lost"


class NotPossible(Exception):
    "The event does not fit the state: the pair is complete, or has this half already."


TABLE: dict[tuple[PairState, PairEvent], PairState] = {
    (PairState.DOWN, PairEvent.DATA): PairState.DATA_ONLY,
    (PairState.DOWN, PairEvent.CONTROL): PairState.CONTROL_ONLY,
    (PairState.DOWN, PairEvent.LOST): PairState.DOWN,
    (PairState.DATA_ONLY, PairEvent.CONTROL): PairState.PAIRED,
    (PairState.DATA_ONLY, PairEvent.LOST): PairState.DOWN,
    (PairState.CONTROL_ONLY, PairEvent.DATA): PairState.PAIRED,
    (PairState.CONTROL_ONLY, PairEvent.LOST): PairState.DOWN,
    (PairState.PAIRED, PairEvent.LOST): PairState.DOWN,
}


def after(state: PairState, event: PairEvent) -> PairState:
    "Raises NotPossible."
    try:
        return TABLE[state, event]
    except KeyError:
        raise NotPossible(f"{event} while {state}") from None
