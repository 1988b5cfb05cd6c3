"The engine's side of its starter: the process, the wire, and how it ends. Loaded in the engine only."

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from netcore.brief_calls import Receiver
from netcore.brief_connection import BriefConnection
from netcore.leftovers import NO_TASK
from netcore.run_mark import VARIABLE, RunMark
from netcore.running_process import pidfd_of
from netcore.spawn import Spawner, variable
from netcore.spool import Spool
from netcore.starter.deadline import Deadline
from netcore.starter.orders import SIGNAL, START, STOP, Order, Surroundings
from netcore.starter.wire import Frames, Messages, frame

_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from netcore.starter.program import main; main()"
#: script texts that the starter knows by number
_SCRIPTS_MAX = 4096
#: seconds in which it has to end when it is told to
END_WITHIN = 10.0
_STDERR = 2


class Starter(BriefConnection):
    """`told` gets the messages of the starter, those that came together; `died` is called when it has gone though
    nobody told it to. Both on the reactor's thread. Makes the process at once. Raises OSError."""

    def __init__(
        self,
        reactor: Any,
        surroundings: Surroundings,
        spool: Spool,
        deadline: Deadline,
        null: int,
        told: Callable[[Messages], None],
        died: Callable[[], None],
    ) -> None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self.pid = _spawn(surroundings, spool, theirs.fileno(), deadline.descriptor, null)
            self._pidfd = pidfd_of(self.pid)
        except BaseException:
            ours.close()
            raise
        super().__init__(reactor, ours, Receiver())
        self._told = told
        self._died = died
        self._frames = Frames()
        self._scripts: dict[str, int] = {}
        self.send_bytes(frame([tuple(surroundings)]))

    def start_task(self, order: Order) -> None:
        "Any thread, but one at a time."
        number = self._scripts.get(order.script)
        text = None
        if number is None:
            if len(self._scripts) >= _SCRIPTS_MAX:
                self._scripts.clear()
            number, text = len(self._scripts), order.script
            self._scripts[text] = number
        self.send_bytes(frame([(START, number, text, order.task_id, order.job, *order[3:])]))

    def signal(self, task_id: int, number: int) -> None:
        "To the group of a task's process; a task that waits for its start is taken back. Any thread."
        self.send_bytes(frame([(SIGNAL, task_id, int(number))]))

    def _take(self, chunk: bytes) -> None:
        for messages in self._frames.feed(chunk):
            self._told(messages)

    def _other_side_gone(self) -> None:
        self._died()

    def stop(self) -> None:
        "All its tasks are killed, and nothing is told any more. Blocks until it has ended."
        self.send_bytes(frame([(STOP,)]))
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)
        self._socket.setblocking(True)
        self._socket.settimeout(END_WITHIN)
        with suppress(OSError):
            if self._unsent:
                self._socket.sendall(self._unsent)
            while self._socket.recv(1 << 16):
                pass
        self.reap()

    def reap(self) -> None:
        "Its end: killed, if need be. Blocks as long as a process takes to end."
        self.close()
        if self._pidfd < 0:
            return
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        if not poll.poll(1000):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(self.pid, 0)
        os.close(self._pidfd)
        self._pidfd = -1

    def logPrefix(self) -> str:
        return "starter"


def _spawn(surroundings: Surroundings, spool: Spool, wire: int, deadline: int, null: int) -> int:
    mark = RunMark(surroundings.scheduler_id, surroundings.token).of_task(NO_TASK)
    environment = [variable(VARIABLE, mark), variable("SCHEDULER_RETURN_VALUES", spool.returns_path(NO_TASK))]
    argv = [sys.executable, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-c", _PROGRAM, _ROOT]
    above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in (wire, deadline)]
    errors = _STDERR if _is_open(_STDERR) else null
    try:
        return Spawner(null).start(argv, environment, errors, errors, above)
    finally:
        for descriptor in above:
            os.close(descriptor)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
