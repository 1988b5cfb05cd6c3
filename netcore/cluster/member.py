"""A member of a cluster as a process: it waits, then an engine works in it, and it ends with that.

Ports, log, and process are the same all the time; who answers behind the ports changes with the take-over. The phases
stand in `scheduler.cluster.lifecycle`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.errors import FenceError, Unreachable
from netcore.clocks import wall_of
from netcore.cluster.bell import ASSIGNED, REPORTED
from netcore.cluster.cut_off import CutOff
from netcore.cluster.hands import Hands
from netcore.cluster.intake import Intake
from netcore.cluster.rings import Rings
from netcore.cluster.standby import StandbyConductor, StandbyExecution, standby_world
from netcore.cluster.takeover import Taken
from netcore.cluster.warm_folder import WarmFolder
from netcore.cluster.watcher import Watcher
from netcore.command_execution import CommandExecution
from netcore.engine import BROKEN, ENDED, RESTART, Engine
from netcore.engine_log import EngineLog
from netcore.history import History
from netcore.left_logs import LeftLogs
from netcore.preparation import Opened, pause_for_good
from netcore.settings import Settings
from scheduler.actions import AbortEngine, Action, EndEngine, LogLine, RingMember, RotateLogs
from scheduler.cluster.assignment import Mate
from scheduler.cluster.claiming import Reason
from scheduler.cluster.lifecycle import MemberEvent, Phase, after
from scheduler.cluster.member_command import MemberCommand
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.document import parse


class ClusterMember:
    "All methods on the reactor's thread. `start` when the reactor runs; `status` is the exit status."

    _log = Logger()

    def __init__(
        self, settings: Settings, opened: Opened, reactor: Any, environ: Mapping[str, str], log: EngineLog
    ) -> None:
        self._settings = settings
        self._opened = opened
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._environ = environ
        self._engine_log = log
        self._phase = Phase.REGISTERING
        self._status = ENDED
        self._taken: Taken | None = None
        self._cut_off: CutOff | None = None
        self._hands: Hands | None = None
        self._intake: Intake | None = None
        self._mates: tuple[Mate, ...] | None = None
        self.engine: Engine | None = None
        self.world = standby_world(
            World(opened.identity, opened.identity.started_at), settings.params, paused=settings.pause
        )
        self._conductor = StandbyConductor(
            reactor, self.world, settings.database_url, settings.scheduler_id, self._perform,
            lambda: self._watcher.look_now(),
        )  # fmt: skip
        self._history = History(reactor, settings.database_url, opened.spool, opened.mark)
        self._execution: CommandExecution = StandbyExecution(
            reactor, self._conductor, environ, self._history.look_up, opened.doors.port.peers,
            world=self.world, forwards=settings.forwards, distributed=settings.distributed,
        )  # fmt: skip
        self._folder = WarmFolder(reactor, settings, environ)
        self._watcher = Watcher(
            reactor, settings, opened, self, self._is_paused, lambda: self._folder.folder.digest
        )
        self._left_logs = LeftLogs(settings.database_url, settings.scheduler_id, opened.spool)
        self._bell = opened.bell
        self._rings = Rings(opened.bell.ring) if opened.bell is not None else None
        opened.doors.connect(self._execution.execute, lambda: None)

    @property
    def status(self) -> int:
        return self.engine.status if self.engine is not None and self._status == ENDED else self._status

    def start(self) -> None:
        self._watcher.start()
        self._folder.folder.startService()

    def end(self, timeout: float | None) -> None:
        "SIGTERM: an orderly end, after which another member goes on; a second one ends at once."
        if self.engine is not None:
            self.engine.end(timeout)
        elif self._phase is Phase.ENDING:
            self._drop_hands()
            os._exit(ENDED)
        else:
            self._end(ENDED, timeout)

    # -- what the watcher tells

    def seen(self, view: ClusterView) -> None:
        if self._phase is Phase.REGISTERING:
            self._become(MemberEvent.REGISTERED)
            self._tell("waiting")
            self._left_logs.start()
            self._lend_hands()
        if self._bell is not None:
            self._bell.others(view.members)
        world = self.engine.world if self.engine is not None else self.world
        world.cluster = replace(view, paused=world.paused)

    def database(self, problem: str) -> None:
        "Of a waiting member; an engine hears it from its scribe."
        if self.engine is None:
            self.world.database_problem = problem
        if problem:
            self._log.warn("The database is not reachable, waiting: {problem}", problem=problem)
        else:
            self._log.info("The cluster is seen again")

    def obey(self, command: MemberCommand) -> None:
        self._log.info("SCHEDULER-811  {sender} says: {command}", sender=command.sender, command=command.command)
        execution = self.engine.execution if self.engine is not None else self._execution
        answer = execution.execute(parse(command.command.encode()), Level.ALL, command.sender)
        answer.addCallback(lambda text: self._watcher.done(command, "refused" if "<ERROR" in text else "done"))

    def claimed(self, reason: Reason, looked: Callable[[], None]) -> None:
        if self._phase is Phase.REGISTERING:
            self._become(MemberEvent.REGISTERED)
        if self._phase is Phase.WAITING:
            self._become(MemberEvent.CLAIMED)
            self._log.info("SCHEDULER-835  This member takes over ({reason})", reason=reason.value)
        # the one before takes no file any more
        self._folder.look_at_once().addCallback(lambda _: looked())

    def taken(self, taken: Taken) -> None:
        if self._phase is not Phase.TAKING:
            taken.prepared.writer.close()
            return
        try:
            self._begin(taken)
        except Exception:
            taken.prepared.writer.close()
            self.engine = None
            self.broken(Failure())

    def _begin(self, taken: Taken) -> None:
        self._taken = taken
        taken.prepared.world.cluster = self.world.cluster
        if self.world.paused:
            pause_for_good(taken.prepared.world)
        self.engine = Engine(
            self._settings, taken.prepared, self._reactor, self._environ, self._engine_log, self._activated, self._over,
            self._folder, self,
        )  # fmt: skip
        self._watch_cuts()
        self._become(MemberEvent.TAKEN)
        self._history.close()
        self._conductor.close()
        self.engine.start()

    def broken(self, failure: Failure) -> None:
        "Waiting has broken down: come back, as after any other breakdown. An engine at work goes on without looking."
        self._log.failure("The watch over the cluster breaks down", failure=failure)
        if self.engine is None:
            self._drop_hands()
            self._end(RESTART if failure.check(FenceError, Unreachable) else BROKEN)

    # -- steps of others, in an active cluster

    def _lend_hands(self) -> None:
        if self._bell is not None:
            self._hands = Hands(
                self._reactor, self._settings, self._opened, self._environ, self._proved_at, self._tell_leader,
                self._cut,
            )  # fmt: skip
            self._bell.hears(ASSIGNED, self._hands.look_now, self._hands.listen)
            self._hands.start()
            self._watch_cuts()

    def _drop_hands(self) -> None:
        "What runs for others is killed; they begin those steps again."
        if self._hands is not None:
            self._hands.stop()

    def _stop_sharing(self) -> None:
        if self._intake is not None:
            self._intake.stop()
        self._drop_hands()
        if self._bell is not None:
            self._bell.stop()

    def ring(self, action: RingMember) -> None:
        if self._rings is not None:
            self._rings.gather(action)

    def said(self) -> None:
        if self._rings is not None:
            self._rings.say()

    def drop(self) -> None:
        self._drop_hands()

    def _tell_leader(self, words: bytes) -> bool:
        "What there is to report; without words it is in the database. Whether words went."
        world = self.engine.world if self.engine is not None else self.world
        leader = world.cluster.at_work if world.cluster is not None else None
        if leader is None or self._bell is None:
            return False
        return self._bell.ring(leader.run_token, REPORTED, words)

    def _proved_at(self) -> float:
        "When it was proved last that this member may work (`boot_seconds`)."
        return self._taken.prepared.writer.proved_at if self._taken is not None else self._watcher.proved_at

    def _watch_cuts(self) -> None:
        if self._cut_off is None:
            self._cut_off = CutOff(
                self._reactor, self._settings.database_url, self._proved_at, self._others, self._cut
            )  # fmt: skip
            self._cut_off.start()

    def _cut(self) -> None:
        "Others do again what this member runs, or are about to: it must not go on."
        self._drop_hands()
        if self.engine is not None:
            self.engine.deposed()
        else:
            self._log.error("SCHEDULER-362  This member is cut off or declared dead; it starts anew")
            self._end(RESTART)

    # -- life

    def _activated(self) -> None:
        self._log.info("SCHEDULER-806  This member is active and exclusive")
        self._left_logs.start()
        if self._taken is not None:
            self._watcher.tell(self._taken)
        if self._bell is not None and self.engine is not None and self._taken is not None:
            self._intake = Intake(
                self._reactor, self._settings, self.engine.tell, self.engine.world.tasks.get,
                self._taken.prepared.spool.keep_log, self.engine.break_down,
            )  # fmt: skip
            self._bell.hears(REPORTED, self._intake.look_now, self._intake.listen)
            if self._mates is not None:
                self._intake.see(self._mates)
            self._intake.start()

    def crew(self, mates: tuple[Mate, ...]) -> None:
        "Who works beside this member, which leads."
        self._mates = mates
        if self._intake is not None:
            self._intake.see(mates)

    def _others(self) -> list[MemberView]:
        cluster = self.engine.world.cluster if self.engine is not None else self.world.cluster
        members = cluster.members if cluster is not None else ()
        return [member for member in members if member.member_id != self._opened.member.member_id and not member.dead]

    def _is_paused(self) -> bool:
        return (self.engine.world if self.engine is not None else self.world).paused

    def _become(self, event: MemberEvent) -> None:
        self._phase = after(self._phase, event, self._opened.member.member_id)

    def _tell(self, event: str) -> None:
        identity = self._opened.identity
        self._engine_log.event(
            event, self._wall(),
            scheduler_id=identity.scheduler_id, pid=identity.pid, member_id=identity.member_id,
            host=self._settings.ip_address or "127.0.0.1", tcp_port=identity.tcp_port, udp_port=identity.udp_port,
        )  # fmt: skip

    def _perform(self, action: Action) -> None:
        "Of a waiting member."
        match action:
            case EndEngine(restart, timeout):
                self._end(RESTART if restart else ENDED, timeout)
            case AbortEngine(restart):
                self._drop_hands()
                self._end(RESTART) if restart else os._exit(ENDED)
            case RotateLogs():
                self._engine_log.rotate(self._wall())
            case LogLine(level, text):
                self._engine_log.write(level, text, self._wall())

    @inlineCallbacks
    def _end(self, status: int, timeout: float | None = None) -> Any:
        "Of a member without engine. What it runs for others may end, but not for more than `timeout` seconds."
        if self._phase in (Phase.ENDING, Phase.ENDED):
            return
        self._become(MemberEvent.FAILED if self._phase is Phase.TAKING and status else MemberEvent.END)
        self._status = status
        self._left_logs.stop()
        yield deferLater(self._reactor, 0)  # whoever asked for it has its answer first
        if self._hands is not None:
            self._watcher.leave()
            yield self._hands.finish(timeout)
            self._stop_sharing()
        pool = self._reactor.getThreadPool()
        for stop in (
            lambda: deferToThreadPool(self._reactor, pool, self._watcher.stop),
            self._folder.folder.stopService,
            self._opened.doors.port.stopService,
            self._opened.doors.datagrams.stopService,
        ):
            try:
                yield stop()
            except Exception:
                self._log.failure("A part of the member did not stop in order")
        self._history.close()
        self._conductor.close()
        self._become(MemberEvent.OVER)
        if self._reactor.running:
            self._reactor.stop()

    def _over(self) -> Any:
        "The engine has ended: the last word about commands."
        if self._phase is Phase.ACTIVE:
            self._become(MemberEvent.END)
        self._left_logs.stop()
        if self._cut_off is not None:
            self._cut_off.stop()
        self._stop_sharing()
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._watcher.stop)
