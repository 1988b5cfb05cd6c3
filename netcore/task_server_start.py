"""Starts of task servers, in a thread: as those of other processes, with one end of a socket pair handed over.

A task server serves many steps, so one thread starts them all. It lives in the engine, because its sockets do.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from threading import Condition, Thread

from twisted.logger import Logger

from netcore.cluster.permit import AlwaysPermitted, StartPermit
from netcore.log_lines import LogLines
from netcore.run_mark import RunMark
from netcore.running_process import RunningProcess
from netcore.spawn import CHANNEL
from netcore.spool import Spool
from netcore.starter.launches import as_refusal, order_of
from netcore.starter.making import ProcessMaker
from netcore.starter.orders import NotMade, Order
from netcore.tickets import Tickets
from scheduler.actions import Launch
from scheduler.errors import Code, WorkloadError
from taskserver.messages import command

#: bytes of one variable, and of all together, with which a process can be started everywhere
_ONE_MAX, _ALL_MAX = 128 << 10, 1 << 20

#: called in the thread with the process, or with the reason why there is none
Launched = Callable[[Launch, RunningProcess | WorkloadError], None]


def _small(environment: Iterable[bytes]) -> list[bytes]:
    "Without the largest variables when there is too much: the script is given its parameters over the channel."
    kept, total = [], 0
    for entry in sorted(environment, key=len):
        total += len(entry) + 1
        if len(entry) >= _ONE_MAX or total > _ALL_MAX:
            break
        kept.append(entry)
    return kept


class _ServerMaker(ProcessMaker):
    "Keeps our ends of the sockets, and the tickets."

    def __init__(self, spool: Spool, environment: Mapping[str, str], mark: RunMark, lines: LogLines, null: int) -> None:
        super().__init__(spool, environment, mark, lines, null)
        self.channels: dict[int, tuple[socket.socket, Tickets]] = {}

    def _start(self, order: Order, environment: Iterable[bytes], log: int, errors: int) -> int:
        tickets = Tickets()
        ours, theirs = socket.socketpair()
        more = [theirs.fileno(), tickets.fileno()]
        try:
            pid = self._spawner.start(command(CHANNEL, CHANNEL + 1), _small(environment), log, errors, more)
        except BaseException:
            ours.close()
            tickets.close()
            raise
        finally:
            theirs.close()
        self.channels[order.task_id] = ours, tickets
        return pid


class TaskServerLauncher:
    """`environment` is what every process gets, `null` a descriptor of /dev/null. Nothing starts while `permit` does
    not hold. Methods in any thread.

    `take_channel` gives our end of the socket, and the tickets, to whoever is told that the process has been
    made.
    """

    _log = Logger()

    def __init__(
        self,
        spool: Spool,
        environment: Mapping[str, str],
        mark: RunMark,
        zone: tzinfo | None,
        null: int,
        launched: Launched,
        permit: StartPermit | None = None,
    ) -> None:
        self._maker = _ServerMaker(spool, environment, mark, LogLines(zone), null)
        self._launched = launched
        self._permit = permit or AlwaysPermitted()
        self._condition = Condition()
        self._waiting: dict[int, Launch] = {}
        self._ended = False
        self._thread = Thread(target=self._run, name="starts of task servers", daemon=True)
        self._thread.start()

    def launch(self, action: Launch) -> None:
        "After `stop` nothing is started any more."
        with self._condition:
            if self._ended:
                return
            self._waiting[action.task_id] = action
            self._condition.notify()

    def take_back(self, task_id: int) -> bool:
        "True when the start has not begun; then it never will, and `launched` is not called."
        with self._condition:
            return self._waiting.pop(task_id, None) is not None

    def take_channel(self, task_id: int) -> tuple[socket.socket, Tickets]:
        return self._maker.channels.pop(task_id)

    def stop(self) -> None:
        "What waits is forgotten; when this returns no start is under way."
        with self._condition:
            self._ended = True
            self._waiting.clear()
            self._condition.notify_all()
        self._thread.join()

    # -- in the thread

    def _run(self) -> None:
        while (action := self._next()) is not None and self._permit.wait():
            self._launched(action, self._made(action))

    def _made(self, action: Launch) -> RunningProcess | WorkloadError:
        try:
            return self._maker.make(order_of(action))
        except NotMade as refusal:
            return as_refusal(refusal.code, refusal.values)
        except Exception as error:
            self._log.failure("Task {task} could not be started", task=action.task_id)
            return WorkloadError(Code.NOT_STARTED, problem=str(error))

    def _next(self) -> Launch | None:
        with self._condition:
            while not self._waiting and not self._ended:
                self._condition.wait()
            return None if self._ended else self._waiting.pop(next(iter(self._waiting)))
