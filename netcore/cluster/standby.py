"""What a member answers while it waits: questions about itself and the history, and commands about members.

Its World holds no objects. What it decides about other members goes into their rows, without the fence: a waiting
member writes nothing else. What needs the member at work is refused with its name, or sent on to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, succeed
from twisted.internet.threads import deferToThreadPool

from models.connect import create, writing
from models.lease import free_lease_of_lost
from models.member_commands import put_command, put_command_to_all
from models.members import bury_member, forget_members
from netcore.clocks import wall_of
from netcore.cluster.beside import STATE, concerns_all, pauses_all, state_of_both
from netcore.cluster.neighbour import ANSWER_MAX, address_of, exchange
from netcore.command_execution import CommandExecution
from scheduler.actions import Action
from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import CommandToAll, MemberCommand, MemberEntry
from scheduler.cluster.view import MemberView
from scheduler.commands.registry import declaration_of
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Message
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import EngineState
from scheduler.step import step
from scheduler.world import World
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: seconds to wait for the answer of the member at work
FORWARD_PATIENCE = 60.0


class StandbyConductor:
    """Decides as an engine does; `perform` carries out the actions, `acted` is told after those of a command. On the
    reactor's thread."""

    def __init__(
        self,
        reactor: Any,
        world: World,
        database_url: str,
        scheduler_id: str,
        perform: Callable[[Action], None],
        acted: Callable[[], None],
    ) -> None:
        self.world = world
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._engine = create(database_url, "web")
        self._scheduler_id = scheduler_id
        self._perform = perform
        self._acted = acted

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)

    def tell(self, message: Message) -> Deferred[str | None]:
        "As `Conductor.tell`."
        decision = step(self.world, message, self.now())
        about_members = [change for change in decision.changes if _is_about_members(change)]
        written: Deferred[Any] = succeed(None)
        if about_members:
            pool = self._reactor.getThreadPool()
            written = deferToThreadPool(self._reactor, pool, self._write, about_members)
        return written.addCallback(lambda _: self._act(decision.actions, decision.reply))

    def recorded(self) -> Deferred[None]:
        "As `Conductor.recorded`: nothing is open."
        return succeed(None)

    def send(self, message: Message) -> None:
        "As `Conductor.send`, of what has no consequences for other members."
        for action in step(self.world, message, self.now()).actions:
            self._perform(action)

    def close(self) -> None:
        self._engine.dispose()

    def _act(self, actions: list[Action], reply: str | None) -> str | None:
        for action in actions:
            self._perform(action)
        self._acted()
        return reply

    def _write(self, changes: list[Change]) -> None:
        with writing(self._engine) as connection:
            for change in changes:
                for record in change.put:
                    if isinstance(record, MemberCommand):
                        put_command(connection, self._scheduler_id, record)
                    elif isinstance(record, CommandToAll):
                        put_command_to_all(connection, self._scheduler_id, record)
                if change.kind is Kind.MEMBER_LOST:
                    bury_member(connection, self._scheduler_id, change.object, by=self.world.identity.member_id)
                    free_lease_of_lost(connection, self._scheduler_id, change.object)
                gone = [key for kind, key in change.drop if kind is MemberEntry]
                forget_members(connection, self._scheduler_id, gone)


def _is_about_members(change: Change) -> bool:
    return (
        change.kind is Kind.MEMBER_LOST
        or any(isinstance(record, MemberCommand | CommandToAll) for record in change.put)
        or any(kind is MemberEntry for kind, _ in change.drop)
    )


class StandbyExecution(CommandExecution):
    """`forwards`: what needs the member at work is sent on to it, if the peer might do it here. `distributed`: this one
    works beside it."""

    def __init__(self, *arguments: Any, world: World, forwards: bool, distributed: bool = False) -> None:
        super().__init__(*arguments)
        self._world = world
        self._forwards = forwards
        self._distributed = distributed

    def _one(self, element: Element, level: Level, peer: str) -> Any:
        declaration = declaration_of(element)
        at_work = self._world.cluster.at_work if self._world.cluster is not None else None
        waits = self._world.state is EngineState.WAITING_FOR_ACTIVATION
        wanted = declaration.working or concerns_all(element, self._world)
        permitted = waits and level >= declaration.level
        if permitted and self._distributed and at_work is None and pauses_all(element, self._world):
            # nobody would tell whoever leads next, so it must not seem to be done
            raise WorkloadError(Code.MEMBER_WAITS, command=element.tag, active="no member is active")
        if not (self._forwards and permitted and wanted and at_work):
            return super()._one(element, level, peer)
        pool = self._reactor.getThreadPool()
        forwarded = deferToThreadPool(self._reactor, pool, forward, at_work, source_of(element))
        return self._state(element, level, peer, forwarded) if element.tag in STATE else forwarded

    @inlineCallbacks
    def _state(self, element: Element, level: Level, peer: str, forwarded: Any) -> Any:
        "Without the leading member at least what this one knows of itself."
        own = yield super()._one(element, level, peer)
        try:
            leaders = yield forwarded
        except WorkloadError:
            return own
        return state_of_both(own, leaders) if leaders.startswith("<state") else leaders


def forward(at_work: MemberView, command: str) -> str:
    "What the member at work replies. Blocking. Raises NOT_FORWARDED."
    address = address_of(at_work.host, at_work.ip_address, at_work.tcp_port or 0)
    try:
        document = parse(exchange(address, command.encode(), FORWARD_PATIENCE), max_bytes=ANSWER_MAX)
    except (OSError, WorkloadError) as error:
        raise WorkloadError(Code.NOT_FORWARDED, member=at_work.member_id, problem=str(error)) from error
    answer = document.child("answer")
    return "".join(source_of(reply) for reply in answer.children) if answer is not None else ""


def standby_world(world: World, params: Params, paused: bool) -> World:
    "The World of a member that waits."
    world.state = EngineState.WAITING_FOR_ACTIVATION
    world.configured = params
    world.paused = paused
    return world
