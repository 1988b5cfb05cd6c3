"The phases of a member of a passive cluster. What is not in the table is not possible."

from __future__ import annotations

from enum import StrEnum

from scheduler.errors import Code, WorkloadError


class Phase(StrEnum):
    REGISTERING = "registering"  # its row is not there yet
    WAITING = "waiting"          # it watches the one that works
    TAKING = "taking"            # the right is its own; it loads what the other knew
    ACTIVE = "active"            # it works
    ENDING = "ending"            # it was told to end, or has lost the right
    ENDED = "ended"


class MemberEvent(StrEnum):
    REGISTERED = "registered"
    CLAIMED = "claimed"      # the claim succeeded
    TAKEN = "taken"          # everything is loaded, the engine is made
    FAILED = "failed"        # the right was lost while everything was being loaded
    END = "end"              # by command or signal, or because another member has taken the right
    OVER = "over"            # everything is closed


TABLE: dict[tuple[Phase, MemberEvent], Phase] = {
    (Phase.REGISTERING, MemberEvent.REGISTERED): Phase.WAITING,
    (Phase.REGISTERING, MemberEvent.END): Phase.ENDING,
    (Phase.WAITING, MemberEvent.CLAIMED): Phase.TAKING,
    (Phase.WAITING, MemberEvent.END): Phase.ENDING,
    (Phase.TAKING, MemberEvent.TAKEN): Phase.ACTIVE,
    (Phase.TAKING, MemberEvent.FAILED): Phase.ENDING,
    (Phase.TAKING, MemberEvent.END): Phase.ENDING,
    (Phase.ACTIVE, MemberEvent.END): Phase.ENDING,
    (Phase.ENDING, MemberEvent.OVER): Phase.ENDED,
}


def after(phase: Phase, event: MemberEvent, member_id: str) -> Phase:
    "Raises WRONG_STATE."
    try:
        return TABLE[phase, event]
    except KeyError:
        raise WorkloadError(
            Code.WRONG_STATE, kind="member", name=member_id, state=phase.value, event=event.value
        ) from None
