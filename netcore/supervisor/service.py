"""The supervisor as a part of the engine.

The role begins with the first worker: before that, nothing is watched and nothing is loaded. A worker that registers
gets a version of its configuration when it has none, or another one than the folder wants; from then on every change of
the folder makes new versions of those whose tree it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, succeed
from twisted.logger import Logger

from netcore.clocks import wall_of
from netcore.command_connection import CommandConnection, Execute
from netcore.supervisor.conversation import Conversation
from netcore.supervisor.distribution import Distribution
from netcore.supervisor.freezing import Freezing
from netcore.supervisor.library import Library
from netcore.supervisor.session import Session
from netcore.supervisor.transfer_log import TransferLog
from netcore.supervisor.transfers import Transfers
from netcore.supervisor.wake_up import WakeUp
from netcore.supervisor.workers import Workers
from scheduler.commands.register_remote_scheduler import RegisterRemoteScheduler
from scheduler.commands.registry import declaration_of
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.supervisor import classic, messages
from scheduler.supervisor.outstanding import Command, Kind
from scheduler.supervisor.questions import ConfigurationAsked
from scheduler.supervisor.records import Protocol, Worker, said_to_have
from scheduler.supervisor.settings import KnownWorker, SupervisorSettings
from scheduler.supervisor.tree import Entry
from scheduler.xml.element import Element


class Supervisor:
    """All on the reactor's thread. `settings` gives those of this moment. `is_active` is whether this member of its
    cluster works, `term` rises whenever another one begins to. `execute` runs commands of classic workers."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        scheduler_id: str,
        directory: str,
        library: Library,
        settings: Callable[[], SupervisorSettings],
        is_active: Callable[[], bool],
        term: Callable[[], int],
        execute: Execute,
        release_connection: Callable[[CommandConnection], None],
    ) -> None:
        self.scheduler_id = scheduler_id
        self.directory = directory
        self.library = library
        self.settings = settings
        self.is_active = is_active
        self.term = term
        self.execute = execute
        self.workers = Workers(reactor, library)
        self._wake_up = WakeUp(reactor, self._not_fetched)
        self.freezing = Freezing(
            reactor, library, self.workers, self.now, is_active, self._wake_up.awake, self._released
        )
        self.distribution = Distribution(
            reactor, directory, library, self.workers, lambda: settings().central.automatic, is_active, self.notify,
            self.freezing.look,
        )  # fmt: skip
        self._transfer_log = TransferLog(reactor, library, self.now)
        self._transfers = Transfers(self.distribution, self._transfer_log, self._applied, self._has)
        self._reactor = reactor
        self._release = release_connection
        self._sessions: dict[str, Session] = {}
        self._classic: dict[str, Conversation] = {}
        self._conversations: set[Conversation] = set()
        self._silences: dict[str, Any] = {}

    def now(self) -> datetime:
        return datetime.fromtimestamp(wall_of(self._reactor)(), UTC)

    # -- life

    @inlineCallbacks
    def stop(self) -> Any:
        "Every connection ends; what is known is written."
        yield self.distribution.stop()
        for session in list(self._sessions.values()):
            session.lose("the engine ends")
        for conversation in list(self._conversations):
            conversation.abort()
        for silence in self._silences.values():
            if silence.active():
                silence.cancel()
        yield self._wake_up.stop()
        self.freezing.stop()
        yield self._transfer_log.stop()
        yield self.workers.stop()
        self.library.close()

    def became_active(self) -> None:
        "This member of the cluster works from now on; what others have handed out before is read again."
        for session in self._sessions.values():
            session.tell_role(True)
        loaded = self.distribution.reload() if self.distribution.began else succeed(None)
        loaded.addCallback(self._configure_all)

    def _configure_all(self, _: object) -> None:
        for session in self._sessions.values():
            session.raise_command(Command(Kind.CONFIGURE))

    # -- who comes and goes

    def converse(self, connection: CommandConnection, level: Level) -> Conversation:
        conversation = Conversation(connection, level, self, self._reactor)
        self._conversations.add(conversation)
        return conversation

    def known_worker(self, name: str) -> KnownWorker | None:
        return self.settings().known_worker(name)

    def refused(self, name: str, error: WorkloadError) -> None:
        "Somebody who claims this name was not let in; the worker of this name shows it unless it is connected."
        worker = self.workers.get(name)
        if worker is not None and not worker.connected:
            self.workers.put(replace(worker, problem=error.problem))

    def register(self, conversation: Conversation, message: messages.Register) -> messages.Registered:
        "Raises ALREADY_CONNECTED."
        name, settings = conversation.name, self.settings().central
        session = self._sessions.get(name)
        if session is not None and session.token != message.token:
            if session.paired:
                raise WorkloadError(Code.ALREADY_CONNECTED, name=name, peer=session.peer)
            session.lose("the worker has begun anew")
            session = None
        if session is None:
            session = self._sessions[name] = Session(
                name, message.token, self._reactor, settings.heartbeat, settings.loss, self.is_active, self.term,
                lambda: self._due(name), self._session_changed, self._batch_done,
            )  # fmt: skip
        self._introduce(conversation, message)
        session.join(message.channel, conversation)
        self._release_of(conversation)
        return messages.Registered(
            role="active" if self.is_active() else "standby", term=self.term(), heartbeat=settings.heartbeat,
            loss=settings.loss,
        )  # fmt: skip

    def _introduce(self, conversation: Conversation, message: messages.Register) -> None:
        known = self.workers.get(conversation.name)
        same_version = known is not None and message.applied == known.applied
        self._transfer_log.came_back(conversation.name, message.applied)
        self._keep_said(
            replace(
                known or Worker(conversation.name, message.scheduler_id, Protocol.PAIR, conversation.peer),
                scheduler_id=message.scheduler_id, protocol=Protocol.PAIR, ip=conversation.peer,
                hostname=message.hostname, tcp_port=message.tcp_port, udp_port=message.udp_port,
                version=message.version, is_cluster_member=message.is_cluster_member,
                problem=known.problem if known and same_version else None,
            ),
            message.applied,
        )  # fmt: skip

    def _keep_said(self, worker: Worker, applied: int) -> None:
        "The worker as it is now, and what it says to have; see `said_to_have`."
        now = said_to_have(worker, applied)
        self.workers.put(now)
        if now.freeze != worker.freeze:
            self.freezing.moved(now)

    def _applied(self, name: str) -> int:
        worker = self.workers.get(name)
        return worker.applied if worker is not None else 0

    def _due(self, name: str) -> int:
        worker = self.workers.get(name)
        return worker.due if worker is not None and worker.freeze is not None else self.distribution.wanted(name)

    def _released(self, name: str) -> None:
        "It is not frozen any more."
        if self._due(name) != self._applied(name):
            self.notify(name)

    def _has(self, name: str, number: int) -> None:
        "A worker has compared by itself, without having been told to, and has what is due to it."
        worker, session = self.workers.get(name), self._sessions.get(name)
        if worker is None or session is None or session.busy or worker.applied == number:
            return
        self._keep_said(
            replace(
                worker, transferred_at=self.now(), problem=None if _is_of_transfer(worker.problem) else worker.problem,
                changed_at=None if number == worker.wanted else worker.changed_at,
            ),
            number,
        )  # fmt: skip

    def register_classic(self, conversation: Conversation, request: Element) -> str:
        "The name of the worker. Raises NOT_THIS_WORKER and what the declaration of the command refuses."
        command: RegisterRemoteScheduler = declaration_of(request).decode(request, {})
        where = f"{conversation.peer}:{command.tcp_port}"
        name = f"{command.scheduler_id}/{where}" if command.is_cluster_member else where.replace(":", "#")
        settings = self.settings()
        if not settings.central.classic:
            raise WorkloadError(Code.NOT_THIS_WORKER, name=command.scheduler_id, reason="it has to prove who it is")
        if settings.known_worker(command.scheduler_id) is not None:
            raise WorkloadError(Code.NOT_THIS_WORKER, name=command.scheduler_id, reason="this name has a key")
        other = self._classic.get(name)
        if other is not None and other is not conversation:
            self._log.warn("SCHEDULER-714  {name} registers again; its earlier connection is closed", name=name)
            other.abort()
        self._classic[name] = conversation
        now = self.now()
        known = self.workers.get(name)
        self.workers.put(
            replace(
                known or Worker(name, command.scheduler_id, Protocol.CLASSIC, conversation.peer),
                scheduler_id=command.scheduler_id, version=command.version, udp_port=command.udp_port or 0,
                tcp_port=command.tcp_port, is_cluster_member=command.is_cluster_member, active=not command.logoff,
                connected=True, connected_at=now, disconnected_at=None, last_contact=now, problem=None,
            )
        )  # fmt: skip
        self._log.info("{name} ({id}) is registered, by the classic protocol", name=name, id=command.scheduler_id)
        self._release_of(conversation)
        self.distribution.catch_up(name)
        return name

    def _release_of(self, conversation: Conversation) -> None:
        "From now on the connection does not count for the limits of the command port."
        self._release(conversation.connection)

    def conversation_lost(self, conversation: Conversation) -> None:
        self._conversations.discard(conversation)
        if conversation.session is not None:
            conversation.session.lose("a connection is lost")
        elif self._classic.get(conversation.name) is conversation:
            del self._classic[conversation.name]
            self._wake_up.awake(conversation.name)
            self._log.info("The connection of {name} has ended", name=conversation.name)
            worker = self.workers.get(conversation.name)
            if worker is not None:
                self.workers.put(
                    replace(worker, active=False, connected=False, disconnected_at=self.now(), pair="down")
                )

    def _session_changed(self, session: Session) -> None:
        worker = self.workers.get(session.name)
        if worker is None:
            return
        now, here = self.now(), session.paired
        if here and not worker.connected:
            self._log.info("{name} is connected from {ip}", name=session.name, ip=worker.ip)
            worker = replace(worker, connected=True, active=True, connected_at=now, disconnected_at=None)
            # the acknowledgement of the registration goes first
            self._reactor.callLater(0, self._begin, session)
        if not here and self._sessions.get(session.name) is session and session.state == "down":
            del self._sessions[session.name]
            if worker.connected:
                worker = replace(worker, connected=False, active=False, disconnected_at=now, last_contact=now)
        self.workers.put(replace(worker, pair=session.state.value, busy=session.busy))

    def _begin(self, session: Session) -> None:
        self.distribution.catch_up(session.name).addCallback(lambda _: session.begin())

    def _batch_done(self, session: Session, command: Command, done: messages.Done) -> None:
        worker = self.workers.get(session.name)
        if worker is None or command.kind is Kind.EXECUTE:
            return
        problem = Problem(Code.BROKEN_TRANSFER.code, done.problem) if done.problem else None
        moved = done.version != worker.applied
        if command.kind in (Kind.CONFIGURE, Kind.COMPARE):
            self._transfer_log.said(session.name, done.version, done.problem)
        self._keep_said(
            replace(
                worker, faults=done.faults, problem=problem, last_contact=self.now(),
                transferred_at=self.now() if moved else worker.transferred_at, busy=session.busy,
                changed_at=None if done.version == worker.wanted else worker.changed_at,
            ),
            done.version,
        )  # fmt: skip
        if problem is not None:
            self._log.warn("{name} could not apply its configuration: {problem}", name=session.name,
                           problem=done.problem)  # fmt: skip
        elif moved:
            self._log.info("{name} works with version {version}", name=session.name, version=done.version)
        for fault in done.faults:
            if fault not in worker.faults:
                self._log.warn("{name}: {fault}", name=session.name, fault=messages.fault_text(fault))

    def snapshot(self) -> tuple[Worker, ...]:
        "All workers as they are now."
        seconds = {name: session.heard_at for name, session in self._sessions.items()}
        seconds |= {name: conversation.heard_at for name, conversation in self._classic.items()}
        now, count = self.now(), self._reactor.seconds()

        def at(second: float | None) -> datetime | None:
            return now - timedelta(seconds=count - second) if second is not None else None

        return tuple(
            replace(
                worker,
                last_contact=at(seconds.get(worker.name)) if worker.connected and worker.name in seconds
                else worker.last_contact,
                fetching=worker.connected and self._transfer_log.is_under_way(worker.name),
                woken_at=at(self._told_at(worker.name)),
            )
            for worker in self.workers.all()
        )  # fmt: skip

    def _told_at(self, name: str) -> float | None:
        "The second in which a worker was told to fetch, as long as it has not begun to."
        if self._transfer_log.is_under_way(name):
            return None
        session = self._sessions.get(name)
        return session.told_at if session is not None else self._wake_up.since(name)

    def session(self, name: str) -> Session | None:
        return self._sessions.get(name)

    def notify(self, name: str) -> None:
        "The worker should look for its newest version, by whatever way it can be told; unless it is frozen."
        session = self._sessions.get(name)
        worker = self.workers.get(name)
        if worker is not None and worker.freeze is not None:
            return
        if session is not None:
            session.raise_command(Command(Kind.CONFIGURE))
        elif worker is not None and worker.active and worker.udp_port and _has_fetched(worker):
            self._wake_up.wake(name, worker.ip, worker.udp_port)

    # -- what workers ask for

    @inlineCallbacks
    def fetch(self, name: str, message: messages.Fetch) -> Any:
        "The answer to a worker with our protocol. Raises NO_CENTRAL_FOLDER, NOT_SUPERVISING."
        if not self.is_active():
            raise WorkloadError(Code.NOT_SUPERVISING, reason="another member of its cluster is the active one")
        session = self._sessions.get(name)
        if session is None or not session.busy:
            yield self.distribution.refresh()
        return (yield self._transfers.version(name, message))

    def contents(self, name: str, message: messages.Contents) -> Deferred[str]:
        "The answer to a worker with our protocol. Raises NO_CENTRAL_FOLDER."
        return self._transfers.contents(name, message)

    @inlineCallbacks
    def fetch_classic(self, name: str, inventory: classic.Inventory) -> Any:
        "The answer tree of the classic protocol. A worker of which nothing is known keeps what it has."
        began = self.now()
        yield self.distribution.refresh()
        version, tree = yield self.distribution.due(name)
        worker = self.workers.get(name)
        if version is None or worker is None:
            return classic.answer_tree({}, classic.Inventory(), lambda _: b"")
        different = {entry.digest for path, entry in tree.items() if _may_differ(entry, path, inventory)}
        found = yield self.distribution.contents(different)
        written = classic.answer_tree(tree, inventory, lambda entry: found.get(entry.digest, b""))
        self._wake_up.awake(name)
        now, wanted = self.now(), self.distribution.wanted(name)
        self._transfer_log.given(name, version.number, worker.applied, began, classic.difference_of(tree, inventory))
        self.workers.put(
            replace(
                worker, applied=version.number, wanted=wanted, transferred_at=now,
                changed_at=None if wanted == version.number else worker.changed_at, last_contact=now, problem=None,
            )
        )  # fmt: skip
        self._log.info("{name} has fetched version {version}", name=name, version=version.number)
        return written

    @inlineCallbacks
    def fetch_over_http(self, asked: ConfigurationAsked) -> Any:
        "The same, by a worker that asks from time to time. Raises NOT_THIS_WORKER."
        settings = self.settings()
        name = asked.cluster_member_id or asked.scheduler_id
        if not settings.central.classic or settings.known_worker(name) is not None:
            raise WorkloadError(Code.NOT_THIS_WORKER, name=name, reason="it has to prove who it is")
        known, now = self.workers.get(name), self.now()
        if known is not None and known.protocol is Protocol.PAIR and known.connected:
            raise WorkloadError(Code.ALREADY_CONNECTED, name=name, peer=known.ip)
        ip = asked.ip or asked.peer
        self.workers.put(
            replace(
                known or Worker(name, asked.scheduler_id, Protocol.HTTP, ip),
                protocol=Protocol.HTTP, scheduler_id=asked.scheduler_id, ip=ip, udp_port=asked.udp_port,
                version=asked.version, active=True, last_contact=now, connected=False,
                deactivate_at=now + timedelta(seconds=2 * asked.interval),
                is_cluster_member=bool(asked.cluster_member_id),
            )
        )  # fmt: skip
        self._expect(name, 2.0 * asked.interval)
        yield self.distribution.ready()
        yield self.distribution.distribute(self.distribution.central)
        return (yield self.fetch_classic(name, asked.inventory))

    def _expect(self, name: str, seconds: float) -> None:
        "An HTTP worker that does not ask again for so long is not active any more."
        silence = self._silences.pop(name, None)
        if silence is not None and silence.active():
            silence.cancel()
        self._silences[name] = self._reactor.callLater(seconds, self._silent, name, seconds)

    def _silent(self, name: str, seconds: float) -> None:
        worker = self.workers.get(name)
        if worker is not None:
            self._log.info("SCHEDULER-458  Nothing was heard of {name} for {s} s", name=name, s=int(seconds))
            self._wake_up.awake(name)
            self.workers.put(replace(worker, active=False, deactivate_at=None))

    def _not_fetched(self, name: str, seconds: int) -> None:
        worker = self.workers.get(name)
        if worker is not None:
            problem = WorkloadError(Code.NOT_FETCHED, worker=name, seconds=seconds).problem
            self._log.warn("{problem}", problem=str(problem))
            self.workers.put(replace(worker, problem=problem))


def _has_fetched(worker: Worker) -> bool:
    "Who has just come fetches without being woken up."
    if worker.transferred_at is None:
        return False
    return worker.connected_at is None or worker.transferred_at >= worker.connected_at


def _is_of_transfer(problem: Problem | None) -> bool:
    return problem is not None and problem.code == Code.BROKEN_TRANSFER.code


def _may_differ(entry: Entry, path: str, inventory: classic.Inventory) -> bool:
    known = inventory.files.get(path)
    return known is None or known.md5 != entry.md5
