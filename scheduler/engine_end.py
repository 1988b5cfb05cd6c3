"""The orderly end of the engine: nothing starts any more, what runs may end."""

from __future__ import annotations

from scheduler.actions import EndEngine, KeepEngine
from scheduler.changes import Change, Kind
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.records import EngineState
from scheduler.world import World


def end_engine(
    world: World, *, restart: bool, timeout: float | None, fail_safe: bool = False, next_member: str = ""
) -> Decision:
    """The World stops starting tasks at once; the rim ends the process when no task runs any more, or after `timeout`
    seconds (None: however long it takes). Steps that are killed then are recorded as interrupted and begin again.
    `fail_safe`: another member of the cluster goes on, `next_member` before all others.
    """
    world.state = EngineState.STOPPING
    change = Change(Kind.SCHEDULER_STOPPING, world.identity.scheduler_id, detail=_detail(restart, timeout))
    return Decision([change], [EndEngine(restart, timeout, fail_safe, next_member)], "<ok/>")


def end_by_signal(world: World, *, restart: bool, timeout: float | None) -> Decision:
    "As `end_engine`, for whoever runs the process: another member goes on, and no command can cancel it."
    world.state, world.ends_for_good = EngineState.STOPPING, True
    detail = _detail(restart, timeout) | {"for_good": True}
    change = Change(Kind.SCHEDULER_STOPPING, world.identity.scheduler_id, detail=detail)
    return Decision([change], [EndEngine(restart, timeout, fail_safe=True)])


def keep_engine(world: World) -> Decision:
    """An end that a command has begun, and that still waits for tasks, is cancelled: what is due starts again. Members
    that were told to end, too, do so all the same. Raises NOT_ENDING."""
    waits = world.cluster is not None and not world.cluster.exclusive
    if world.state is not EngineState.STOPPING or waits:
        raise WorkloadError(Code.NOT_ENDING, reason="this engine was not told to end, or ends at once")
    if world.ends_for_good:
        raise WorkloadError(Code.NOT_ENDING, reason="whoever runs the process has ended it")
    world.state = EngineState.RUNNING
    return Decision([Change(Kind.SCHEDULER_KEPT, world.identity.scheduler_id)], [KeepEngine()], "<ok/>")


def _detail(restart: bool, timeout: float | None) -> dict[str, object]:
    "For whoever reads the journal; `timeout`: seconds until tasks are killed."
    return {"restart": restart} | ({} if timeout is None else {"timeout": timeout})
