"""The orderly end of the engine: nothing starts any more, what runs may end."""

from __future__ import annotations

from scheduler.actions import EndEngine
from scheduler.changes import Change, Kind
from scheduler.decision import Decision
from scheduler.records import EngineState
from scheduler.world import World


def end_engine(world: World, *, restart: bool, timeout: float | None, fail_safe: bool = False) -> Decision:
    """The World stops starting tasks at once; the rim ends the process when no task runs any more, or after `timeout`
    seconds (None: however long it takes). Steps that are killed then are recorded as interrupted and begin again.
    `fail_safe`: another member of the cluster goes on.
    """
    world.state = EngineState.STOPPING
    change = Change(Kind.SCHEDULER_STOPPING, world.identity.scheduler_id, detail={"restart": restart})
    return Decision([change], [EndEngine(restart, timeout, fail_safe)], "<ok/>")
