"""The starter's loop: what the engine says, what has ended, what is to be started, one after the other.

It ignores the signals that end an engine in order, because it is needed to the last task; it ends with the engine.
"""

from __future__ import annotations

import os
import select
import signal
import traceback
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

from netcore.log_lines import LogLines
from netcore.run_mark import RunMark
from netcore.running_process import RunningProcess
from netcore.spool import Spool
from netcore.starter.deadline import Deadline
from netcore.starter.ending import UNKNOWN_EXIT_CODE, finished, tell_errors
from netcore.starter.making import ProcessMaker
from netcore.starter.orders import BEGAN, ENDED, REFUSED, SIGNAL, START, Ended, NotMade, Order, Surroundings
from netcore.starter.wire import Frames, frame

#: descriptors that it is started with
WIRE, DEADLINE = 3, 4
#: seconds after which it is told that a process has begun: most end before anybody wants to know
TELL_AFTER = 0.03
#: when so many processes were started since the last news, the next ones come together, so many seconds after the last
#: ones: then the machine is busy anyway, and what is told together is decided, recorded and started together
CROWD, PACE = 6, 0.01
#: seconds between looks at a deadline that is over
LOOK_EVERY = 0.02
#: seconds between looks at the standard error of jobs that have one of their own
ERRORS_EVERY = 1.0
_SIZE = 1 << 16
_GONE = select.EPOLLHUP | select.EPOLLERR


class Gone(Exception):
    "The engine is gone, or wants no more."


class Program:
    "`run` returns when the engine wants no more, or has died."

    def __init__(self, surroundings: Surroundings, deadline: Deadline, null: int) -> None:
        self._deadline = deadline
        self._spool = Spool(surroundings.log_dir, surroundings.run_dir)
        self._lines = LogLines(zone_of(surroundings.zone))
        mark = RunMark(surroundings.scheduler_id, surroundings.token)
        self._maker = ProcessMaker(self._spool, surroundings.environment, mark, self._lines, null)
        self._frames = Frames()
        self._scripts: dict[int, str] = {}
        self._waiting: dict[int, Order] = {}
        self._running: dict[int, RunningProcess] = {}
        #: by pidfd
        self._tasks: dict[int, int] = {}
        #: tasks whose begin is not told yet, the first one first, with the instant to tell it
        self._untold: dict[int, float] = {}
        #: of those whose standard error is a file of its own: when it is looked at next
        self._apart: dict[int, float] = {}
        self._gathers = surroundings.gathers
        #: what is to be told, and since when the first of it waits
        self._news: list[tuple[Any, ...]] = []
        self._news_since = 0.0
        #: when news were told last, and how many processes were started since then
        self._spoken_at = 0.0
        self._started = 0
        self._unsent: deque[bytes] = deque()
        #: something is unsent, and we wait until the engine takes it
        self._lingers = False
        self._poll = select.epoll()
        self._poll.register(WIRE, select.EPOLLIN)

    def run(self) -> None:
        with suppress(Gone):
            while True:
                self._turn()
        self._maker.close()

    def _turn(self) -> None:
        for descriptor, event in self._poll.poll(self._patience()):
            if descriptor == WIRE:
                self._listen(event)
            else:
                self._ended(descriptor)
        if self._untold:
            self._tell_begun()
        if self._apart:
            self._tell_errors()
        if self._news and self._rest() <= 0:
            self._speak()
        if self._waiting and not self._deadline.is_over():
            self._start(self._waiting.pop(next(iter(self._waiting))))

    def _patience(self) -> float:
        "Seconds until something is to be done that no descriptor tells; -1: nothing."
        if self._waiting and not self._deadline.is_over():
            return 0
        rests = [LOOK_EVERY] if self._waiting else []
        if self._news:
            rests.append(self._rest())
        if self._untold:
            rests.append(next(iter(self._untold.values())) - monotonic())
        if self._apart:
            rests.append(next(iter(self._apart.values())) - monotonic())
        return max(0.0, min(rests)) if rests else -1

    # -- the engine speaks

    def _listen(self, event: int) -> None:
        "What was sent before the engine's death does not count: nothing may start any more."
        if event & _GONE:
            raise Gone
        if event & select.EPOLLOUT:
            self._send()
        if event & select.EPOLLIN:
            for messages in self._frames.feed(self._received()):
                for kind, *values in messages:
                    self._take(kind, values)

    def _received(self) -> bytes:
        try:
            data = os.read(WIRE, _SIZE)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def _take(self, kind: str, values: list[Any]) -> None:
        if kind == START:
            script, text, *rest = values
            if text is not None:
                self._scripts[script] = text
            order = Order(rest[0], rest[1], self._scripts[script], *rest[2:])
            self._waiting[order.task_id] = order
        elif kind == SIGNAL:
            self._signal(*values)
        else:
            self._end_all()
            raise Gone

    def _signal(self, task_id: int, number: int) -> None:
        "One that comes before the start takes the task back; one that comes after the end is late."
        process = self._running.get(task_id)
        if process is not None:
            process.signal_group(number)
        elif self._waiting.pop(task_id, None) is not None:
            self._tell((ENDED, *Ended(task_id, None, -number)))

    def _end_all(self) -> None:
        for process in self._running.values():
            process.abandon()

    # -- starts and ends

    def _start(self, order: Order) -> None:
        try:
            process = self._maker.make(order)
        except NotMade as refusal:
            self._tell((REFUSED, order.task_id, refusal.code, refusal.values))
            return
        except Exception as error:
            traceback.print_exc()
            self._tell((REFUSED, order.task_id, "NOT_STARTED", {"problem": str(error)}))
            return
        self._started += 1
        self._running[order.task_id] = process
        self._tasks[process.pidfd] = order.task_id
        self._untold[order.task_id] = monotonic() + TELL_AFTER
        if process.errors_apart:
            self._apart[order.task_id] = monotonic() + ERRORS_EVERY
        self._poll.register(process.pidfd, select.EPOLLIN)

    def _ended(self, pidfd: int) -> None:
        process = self._running[self._tasks[pidfd]]
        try:
            exit_code = process.reap()
        except OSError:
            exit_code = UNKNOWN_EXIT_CODE
        if exit_code is None:
            return
        self._poll.unregister(pidfd)
        del self._running[self._tasks.pop(pidfd)]
        self._untold.pop(process.task_id, None)
        self._apart.pop(process.task_id, None)
        self._tell((ENDED, *self._finished(process, exit_code)))

    def _finished(self, process: RunningProcess, exit_code: int) -> Ended:
        try:
            ended = finished(process, exit_code, self._spool, self._lines)
        except Exception:
            traceback.print_exc()
            ended = Ended(process.task_id, process.pid, exit_code)
        self._maker.give_back(process.log_file, ended.log is not None)
        return ended

    def _tell_begun(self) -> None:
        now = monotonic()
        while self._untold and next(iter(self._untold.values())) <= now:
            task_id = next(iter(self._untold))
            del self._untold[task_id]
            self._tell((BEGAN, task_id, self._running[task_id].pid))

    def _tell_errors(self) -> None:
        "The one that was looked at longest ago is the first one."
        now = monotonic()
        while self._apart and next(iter(self._apart.values())) <= now:
            task_id = next(iter(self._apart))
            del self._apart[task_id]
            self._apart[task_id] = now + ERRORS_EVERY
            tell_errors(self._running[task_id], self._lines)

    # -- to the engine

    def _tell(self, news: tuple[Any, ...]) -> None:
        if not self._news:
            self._news_since = monotonic()
        self._news.append(news)

    def _rest(self) -> float:
        "Seconds until the news may be told."
        until = self._spoken_at + PACE if self._started >= CROWD else 0.0
        if self._waiting or self._untold:  # most of these end soon
            until = max(until, self._news_since + self._gathers)
        return until - monotonic()

    def _speak(self) -> None:
        self._spoken_at = monotonic()
        self._started = 0
        self._unsent.append(frame(self._news))
        self._news = []
        if len(self._unsent) == 1:
            self._send()

    def _send(self) -> None:
        "What the engine does not take at once waits, and the work goes on."
        while self._unsent:
            data = self._unsent[0]
            try:
                sent = os.write(WIRE, data)
            except BlockingIOError:
                break
            except OSError as error:
                raise Gone from error
            if sent < len(data):
                self._unsent[0] = data[sent:]
            else:
                self._unsent.popleft()
        if bool(self._unsent) != self._lingers:
            self._lingers = not self._lingers
            self._poll.modify(WIRE, select.EPOLLIN | (select.EPOLLOUT if self._lingers else 0))


def zone_of(name: str) -> Any:
    "The time zone of that name; None: the machine's."
    if not name:
        return None
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def first_words() -> Surroundings:
    "What the engine says first. Raises Gone."
    ((said,),) = Frames().feed((length := _exactly(4)) + _exactly(int.from_bytes(length, "little")))
    return Surroundings(*said)


def _exactly(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(WIRE, size - len(data))
        if not part:
            raise Gone
        data += part
    return data


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    for descriptor in (WIRE, DEADLINE):
        os.set_inheritable(descriptor, False)
    try:
        surroundings = first_words()
    except (Gone, OSError):
        return
    os.set_blocking(WIRE, False)
    Program(surroundings, Deadline(DEADLINE), os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)).run()
    os._exit(0)
