"""Which event leads from which state of an order to which. What is not in the table is refused.

The node where the order stands is not part of this: an order moves through many nodes while its state
alternates between WAITING and RUNNING.
"""

from __future__ import annotations

from enum import StrEnum

from scheduler.errors import Code, WorkloadError
from scheduler.records import OrderState as S


class OrderEvent(StrEnum):
    TAKE = "take"            # a task takes the order
    RETURN = "return"        # the step ended, the order stands at a node again
    SET_BACK = "setback"     # the step ended, the order waits before it is repeated
    HOLD = "hold"            # the step ended, and its node suspends the order
    SUSPEND = "suspend"      # by command, or on arrival at a node
    RESUME = "resume"
    RELEASE = "release"      # setback="no", at="now"
    MOVE = "move"            # to another node by command
    RESET = "reset"
    FINISH = "finish"        # the round has reached its end
    REMOVE = "remove"


E = OrderEvent

TABLE: dict[tuple[S, E], S] = {
    (S.WAITING, E.TAKE): S.RUNNING,
    (S.WAITING, E.SUSPEND): S.SUSPENDED,
    (S.WAITING, E.RESUME): S.WAITING,
    (S.WAITING, E.RELEASE): S.WAITING,
    (S.WAITING, E.MOVE): S.WAITING,
    (S.WAITING, E.RESET): S.WAITING,
    (S.WAITING, E.FINISH): S.ENDED,
    (S.WAITING, E.REMOVE): S.ENDED,
    (S.SETBACK, E.TAKE): S.RUNNING,
    (S.SETBACK, E.SUSPEND): S.SUSPENDED,
    (S.SETBACK, E.RESUME): S.SETBACK,
    (S.SETBACK, E.RELEASE): S.WAITING,
    (S.SETBACK, E.MOVE): S.WAITING,
    (S.SETBACK, E.RESET): S.WAITING,
    (S.SETBACK, E.FINISH): S.ENDED,
    (S.SETBACK, E.REMOVE): S.ENDED,
    (S.SUSPENDED, E.SUSPEND): S.SUSPENDED,
    (S.SUSPENDED, E.RESUME): S.WAITING,
    (S.SUSPENDED, E.RELEASE): S.SUSPENDED,
    (S.SUSPENDED, E.MOVE): S.SUSPENDED,
    (S.SUSPENDED, E.RESET): S.WAITING,
    (S.SUSPENDED, E.FINISH): S.BLACKLISTED,
    (S.SUSPENDED, E.REMOVE): S.ENDED,
    (S.RUNNING, E.RETURN): S.WAITING,
    (S.RUNNING, E.SET_BACK): S.SETBACK,
    (S.RUNNING, E.HOLD): S.SUSPENDED,
    (S.RUNNING, E.SUSPEND): S.SUSPENDING,
    (S.RUNNING, E.RESUME): S.RUNNING,
    (S.RUNNING, E.FINISH): S.ENDED,
    (S.RUNNING, E.REMOVE): S.RUNNING,           # it is gone when the step ends
    (S.SUSPENDING, E.RETURN): S.SUSPENDED,
    (S.SUSPENDING, E.SET_BACK): S.SUSPENDED,
    (S.SUSPENDING, E.HOLD): S.SUSPENDED,
    (S.SUSPENDING, E.SUSPEND): S.SUSPENDING,
    (S.SUSPENDING, E.RESUME): S.RUNNING,
    (S.SUSPENDING, E.FINISH): S.BLACKLISTED,
    (S.SUSPENDING, E.REMOVE): S.SUSPENDING,
    (S.BLACKLISTED, E.SUSPEND): S.BLACKLISTED,
    (S.BLACKLISTED, E.RESUME): S.ENDED,
    (S.BLACKLISTED, E.MOVE): S.WAITING,
    (S.BLACKLISTED, E.RESET): S.WAITING,
    (S.BLACKLISTED, E.REMOVE): S.ENDED,
}


def after(state: S, event: E, order_id: str) -> S:
    "The state that follows. Raises WRONG_STATE when the event is not possible now."
    try:
        return TABLE[state, event]
    except KeyError:
        raise WorkloadError(
            Code.WRONG_STATE, kind="Order", name=order_id, state=state.value, event=event.value
        ) from None
