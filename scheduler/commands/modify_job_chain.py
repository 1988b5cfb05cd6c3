"""`<job_chain.modify>`: a chain is stopped or set going again. Lasts over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_chain
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.held_until import end_of, held
from scheduler.hold import HoldKind, hold_key
from scheduler.protocol.levels import Level
from scheduler.records import ChainState, JobChain
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, choice


@command("job_chain.modify", Level.ALL)
@dataclass(frozen=True, slots=True)
class ModifyJobChain:
    """`state` stopped: no order of the chain is taken any more; running steps end.

    `until`: a stopped chain goes on by itself then. Told to stop once more, it has that end, or none."""

    job_chain: str = attribute(PATH)
    state: str = attribute(choice("running", "stopped"))
    until: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        chain = _active(world, self.job_chain)
        state = ChainState(self.state)
        stops = state is ChainState.STOPPED
        until = end_of(world, self.until, now, holds=stops, needed='state="stopped"')
        ends = world.holds.get(hold_key(HoldKind.JOB_CHAIN, chain.path)) is not None
        if chain.state is state and until is None and not ends:
            return Decision(reply="<ok/>")
        kind = Kind.CHAIN_STOPPED if stops else Kind.CHAIN_UNSTOPPED
        change = Change(kind, chain.path, put=(replace(chain, state=state),))
        return Decision([held(world, change, HoldKind.JOB_CHAIN, chain.path, until, self.author)], reply="<ok/>")


def _active(world: World, path: str) -> JobChain:
    "Raises CHAIN_NOT_ACTIVE for one that has a file, but is not usable; UNKNOWN_OBJECT."
    try:
        return find_chain(world, path)
    except WorkloadError as refusal:
        if refusal.code not in (Code.FAULTY_FILE, Code.CHAIN_NOT_READY):
            raise
        raise WorkloadError(Code.CHAIN_NOT_ACTIVE, chain=paths.absolute(path), reason=str(refusal)) from None
