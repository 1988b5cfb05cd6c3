"""The task servers of tasks: started, called, killed, and reported when they have ended.

Results and requests come in on the reactor's thread and go out as messages: `CallReturned`, `StepsReturned`,
`LockAsked`; before the first of them `ServerStarted`, after the last `ServerEnded`. Commands of a script
(`execute_xml`) are executed here, and the core is told only that (`CalledBack`); where it is another member's they go
out as `CommandAsked`. Calls go out from any thread, as soon as they are recorded.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from netcore.brief_calls import Receiver
from netcore.clocks import wall_of
from netcore.cluster.permit import StartPermit
from netcore.log_lines import LogLines, is_shown
from netcore.process_ends import ProcessEnds
from netcore.run_mark import RunMark
from netcore.running_process import RunningProcess
from netcore.spool import Spool
from netcore.starter.ending import end_of
from netcore.task_server_connection import TaskServerConnection
from netcore.task_server_start import TaskServerLauncher
from netcore.tickets import Tickets
from netcore.watched import Watched, word_of_end
from scheduler.actions import Call, Kill, Launch, TakeBack
from scheduler.errors import WorkloadError
from scheduler.messages import (
    CalledBack,
    CallReturned,
    CommandAsked,
    LockAsked,
    Message,
    ServerEnded,
    ServerStarted,
    StartFailed,
    StepsReturned,
    TakenBack,
)
from scheduler.task.usage import Usage
from taskserver import messages

_METHODS = frozenset({"begin", "open", "process", "before", "after", "end"})

#: executes a command with all rights; fires with the answer as text, and does not fail
ExecuteXml = Callable[[str, int], Deferred[str]]


@dataclass(slots=True)
class _Served:
    watched: Watched[RunningProcess]
    connection: TaskServerConnection
    tickets: Tickets


class TaskServers:
    """The arguments are those of `Processes`; `execute` gets a command and the id of the task that gives it. None: the
    core is that of another member."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        spool: Spool,
        deliver: Callable[[Message], None],
        base_environment: Mapping[str, str],
        mark: RunMark,
        zone: tzinfo | None,
        execute: ExecuteXml | None,
        permit: StartPermit | None = None,
    ) -> None:
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._spool = spool
        self._deliver_to: Callable[[Message], None] | None = deliver
        self._execute = execute
        self._lines = LogLines(zone)
        self._receiver = Receiver()
        self._expected: dict[int, list[Kill]] = {}
        self._served: dict[int, _Served] = {}
        self._tasks: dict[int, int] = {}
        self._ends = ProcessEnds(self._ended)
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._made = (base_environment, mark, zone)
        self._permit = permit
        self._starter: TaskServerLauncher | None = None
        #: what the starting thread has made, and the reactor has not taken over yet
        self._ready: deque[tuple[Launch, RunningProcess | WorkloadError]] = deque()

    @property
    def running(self) -> set[int]:
        return {*self._served, *self._expected}

    def groups(self) -> set[int]:
        "The process groups of all task servers. Any thread."
        return {served.watched.process.pid for served in self._served.copy().values()}

    # -- start

    def expect(self, action: Launch) -> None:
        "A start is decided, and `launch` will be called when it is recorded. The first one starts the thread for it."
        if self._deliver_to is None:
            return
        self._expected[action.task_id] = []
        if self._starter is None:
            environment, mark, zone = self._made
            self._reactor.addReader(self._ends)
            self._starter = TaskServerLauncher(
                self._spool, environment, mark, zone, self._null, self._launched, self._permit
            )

    def launch(self, action: Launch) -> None:
        "Any thread."
        if self._starter is not None:
            self._starter.launch(replace(action, stderr_level="info"))

    def _launched(self, action: Launch, result: RunningProcess | WorkloadError) -> None:
        "In the thread that starts them."
        self._ready.append((action, result))
        self._reactor.callFromThread(self._take_ready)

    def _take_ready(self) -> None:
        while self._ready:
            self._take(*self._ready.popleft())

    def _take(self, action: Launch, result: RunningProcess | WorkloadError) -> None:
        kills = self._expected.pop(action.task_id, [])
        if isinstance(result, WorkloadError):
            self._deliver(StartFailed(action.task_id, result.problem))
            return
        assert self._starter is not None  # noqa: S101  (it has made the process)
        task_id = action.task_id
        channel, tickets = self._starter.take_channel(task_id)
        connection = TaskServerConnection(
            self._reactor,
            channel,
            lambda messages: self._received(task_id, messages),
            lambda reason: self._broken(task_id, reason),
            self._receiver,
        )
        if self._deliver_to is None:
            self._forget(_Served(Watched(result), connection, tickets))
            return
        self._served[task_id] = _Served(Watched(result), connection, tickets)
        self._tasks[result.pidfd] = task_id
        self._ends.add(result.pidfd)
        connection.start()
        self._deliver(ServerStarted(task_id, result.pid))
        connection.send(self._begin(action))
        for kill in kills:
            self.kill(kill)

    def _begin(self, action: Launch) -> Mapping[str, Any]:
        begin = dict(action.begin or {})
        return begin | {"log": {**begin.get("log", {}), "file": self._spool.log_path(action.log_file)}}

    # -- dialogue

    def call(self, action: Call) -> None:
        "Any thread."
        served = self._served.get(action.task_id)
        if served is None:
            return
        ahead = action.message.get("ahead")
        if ahead:
            served.tickets.issue(action.message["number"] + 1, len(ahead))
        served.connection.send(action.message)

    def take_back(self, action: TakeBack) -> None:
        "Any thread."
        served = self._served.get(action.task_id)
        if served is not None:
            left = served.tickets.take_back()
            self._reactor.callFromThread(self._deliver, TakenBack(action.task_id, left))

    def _received(self, task_id: int, received: list[Mapping[str, Any]]) -> None:
        "Results of steps that have come together go on together."
        at = 0
        while at < len(received):
            count = _steps(received, at)
            if count > 1:
                self._deliver(StepsReturned(task_id, tuple(received[at : at + count])))
            else:
                self._take_message(task_id, received[at])
            at += max(1, count)

    def _take_message(self, task_id: int, message: Mapping[str, Any]) -> None:
        if message.get("type") == "result" and message.get("call") in _METHODS:
            self._deliver(CallReturned(task_id, message))
        elif message.get("type") == "request" and isinstance(message.get("id"), int):
            self._requested(task_id, message["id"], message)
        else:
            self._broken(task_id, "a message that the protocol does not have")

    def _requested(self, task_id: int, request: int, message: Mapping[str, Any]) -> None:
        if message.get("what") == "try_hold_lock":
            lock, exclusive = str(message.get("lock", "")), bool(message.get("exclusive", True))
            self._deliver(LockAsked(task_id, request, lock, exclusive))
        elif self._execute is None:
            self._deliver(CommandAsked(task_id, request, str(message.get("xml", ""))))
        else:
            self._deliver(CalledBack(task_id))
            answered = self._execute(str(message.get("xml", "")), task_id)
            answered.addCallback(lambda text: self._answer(task_id, request, text=text))
            answered.addErrback(self._not_executed, task_id, request)

    def _not_executed(self, failure: Any, task_id: int, request: int) -> None:
        self._log.failure("A command of task {task} broke down", failure=failure, task=task_id)
        self._answer(task_id, request, error="The command broke down; the engine's log has the details", code="")

    def _answer(self, task_id: int, request: int, **fields: Any) -> None:
        self.call(Call(task_id, messages.answer(id=request, **fields)))

    def _broken(self, task_id: int, reason: str) -> None:
        self.kill(Kill(task_id, 0, f"The task server has sent {reason}"))

    # -- kill

    def kill(self, action: Kill) -> None:
        "As `Processes.kill`."
        if action.task_id in self._expected:
            self._kill_before_start(action)
            return
        served = self._served.get(action.task_id)
        if served is None:
            return
        self._say(served.watched.process, word_of_end(action.grace, action.reason))
        served.watched.end(self._reactor, action.grace, self._grace_is_over)

    def _kill_before_start(self, action: Kill) -> None:
        if self._starter is None or not self._starter.take_back(action.task_id):
            self._expected[action.task_id].append(action)
            return
        del self._expected[action.task_id]
        self._deliver(ServerEnded(action.task_id, -signal.SIGKILL))

    def _grace_is_over(self, process: RunningProcess) -> None:
        self._say(process, "SIGKILL: the task did not end in time after SIGTERM")
        process.signal_group(signal.SIGKILL)

    # -- end

    def _ended(self, pidfd: int) -> None:
        task_id = self._tasks[pidfd]
        served = self._served[task_id]
        process = served.watched.process
        served.connection.drain()
        try:
            exit_code = process.reap()
        except OSError:
            self._log.failure("The exit code of task {task} is lost", task=task_id)
            exit_code = messages.LOST
        if exit_code is None:
            return
        served.watched.cancel()
        served.connection.close()
        left = served.tickets.take_back()
        served.tickets.close()
        del self._served[task_id], self._tasks[pidfd]
        self._ends.remove(pidfd)
        self._finish_log(process, exit_code)
        usage = Usage(*process.used) if process.used is not None else None
        self._deliver(ServerEnded(task_id, exit_code, left, usage))

    def _finish_log(self, process: RunningProcess, exit_code: int) -> None:
        order = process.order
        shown = is_shown("info", order.log_level)
        text = f"Process {process.pid} {end_of(exit_code)}{process.word_of_streams()}"
        line = self._line("info", text, process) if shown else b""
        self._spool.take_returns(process.task_id, 0)
        _, log = process.finish_log(line)
        if log is not None:
            self._spool.keep_log(process.log_file, log)
        if order.job_log:
            self._reactor.callInThread(self._spool.append_to_job_log, order.job_log, os.dup(process.log))
        process.close()

    def stop(self) -> None:
        "As `Processes.stop`."
        self._deliver_to = None
        if self._starter is not None:
            self._starter.stop()
            self._take_ready()
            self._reactor.removeReader(self._ends)
        for served in self._served.values():
            self._forget(served)
        self._served.clear()
        self._tasks.clear()
        self._ends.close()
        if self._null >= 0:
            os.close(self._null)
            self._null = -1

    def _forget(self, served: _Served) -> None:
        served.connection.close()
        served.tickets.close()
        served.watched.cancel()
        served.watched.process.abandon()

    # -- rim

    def _say(self, process: RunningProcess, text: str) -> None:
        process.write(self._line("warn", text, process))

    def _line(self, level: str, text: str, process: RunningProcess) -> bytes:
        return self._lines.line(self._wall(), level, text, f"Task {process.title}")

    def _deliver(self, message: Message) -> None:
        if self._deliver_to is None:
            return
        try:
            self._deliver_to(message)
        except Exception:
            self._log.failure("A message about a task server was not taken: {message}", message=message)


def _steps(received: list[Mapping[str, Any]], at: int) -> int:
    "How many results of steps follow each other from that message on."
    count = 0
    for message in received[at:]:
        if message.get("type") != "result" or message.get("call") != "process":
            break
        count += 1
    return count
