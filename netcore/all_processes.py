"Shell processes and task servers behind one door: who does what, and both for a shell job with monitors."

from __future__ import annotations

from typing import Protocol

from netcore.cluster.permit import StartPermit
from netcore.processes import Processes
from netcore.task_servers import TaskServers
from scheduler.actions import Call, Kill, Launch, RingMember, TakeBack, TaskLogLine


class Others(Protocol):
    "The other members of an active cluster."

    def ring(self, action: RingMember) -> None:
        "There is something for one that runs steps for this engine. Any thread."

    def said(self) -> None:
        "Those of which this was said are woken now; so each hears all of it in one breath. Any thread."

    def drop(self) -> None:
        "Kill what this process still runs for others, from the time when it did not lead."


class _Nobody:
    def ring(self, action: RingMember) -> None: ...

    def said(self) -> None: ...

    def drop(self) -> None: ...


#: of an engine that runs all its steps itself
ALONE: Others = _Nobody()


class AllProcesses:
    "See `Processes` and `TaskServers` for the threads."

    def __init__(
        self,
        processes: Processes,
        servers: TaskServers,
        permit: StartPermit,
        others: Others,
    ) -> None:
        self._permit = permit
        self._others = others
        self._processes = processes
        self._servers = servers
        processes.spared = servers.groups

    def expect(self, action: Launch) -> None:
        (self._processes if action.begin is None else self._servers).expect(action)

    def launch(self, action: Launch) -> None:
        (self._processes if action.begin is None else self._servers).launch(action)

    def proved(self) -> None:
        self._processes.proved()

    def call(self, action: Call) -> None:
        self._permit.then(lambda: self._servers.call(action))

    def take_back(self, action: TakeBack) -> None:
        self._servers.take_back(action)

    def ring(self, action: RingMember) -> None:
        self._others.ring(action)

    def begun(self) -> None:
        "All that is to follow a commit was done."
        self._others.said()

    def kill(self, action: Kill) -> None:
        (self._servers if action.server else self._processes).kill(action)

    def log(self, action: TaskLogLine) -> None:
        self._processes.log(action)

    def stop(self) -> None:
        self._others.drop()
        self._processes.stop()
        self._servers.stop()
