"""Logs over HTTP: what is there already, and then every line as it is written, until the log is closed.

A task's log is closed when the task has ended, an order's when its round has, a job's when the job is removed, and the
engine's never. Growing files are looked at from time to time: their writers are processes of jobs, which tell nobody.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from models import read
from models.connect import create, reading
from models.errors import StoreError
from models.read.orders import StepRow
from netcore.cluster.remote_log import ask
from netcore.http_stream import AnswerStream
from netcore.spool import Spool
from scheduler import paths
from scheduler.cluster.sharing import runs_at
from scheduler.commands.questions import RunningLog, Window
from scheduler.protocol.http_limits import USUAL, HttpLimits, HttpRefusal
from scheduler.protocol.http_log_page import LogLines, page_begin, page_end
from scheduler.protocol.http_routes import JobLog, MainLog, OrderLog, ShowLog, TaskLog
from scheduler.records import OrderKey, Run, Task
from scheduler.world import World

#: bytes that are read and shown in one turn of the reactor
SLICE = 32768
#: seconds between two looks at a growing log
PAUSE = 0.5
#: seconds that the last lines of an ended task may take to come
LATE = 5.0
#: bytes of the engine's log, and tasks of a job, that a page begins with
MAIN_LOG_BEGIN = 16 << 20
TASKS_OF_JOB = 10
#: bytes of a log of an ended task whose file is still there
_STORED_MAX = 16 << 20

Steps = Generator["Deferred[Any]", Any, Any]


class HttpLogs:
    "All on the reactor's thread; the database is read in threads of the pool."

    def __init__(
        self, reactor: Any, world: World, spool: Spool, database_url: str, limits: HttpLimits = USUAL
    ) -> None:
        self._reactor = reactor
        self._world = world
        self._spool = spool
        self._engine = create(database_url, "reader")
        self._scheduler_id = world.identity.scheduler_id
        self._limits = limits
        #: answers that are under way
        self.streams = 0

    def close(self) -> None:
        self._engine.dispose()

    @inlineCallbacks
    def open(self, asked: ShowLog) -> Steps:
        "Fires with a LogStream. Fails with HttpRefusal 404 when there is no such log, 503 when too many are read."
        if self.streams >= self._limits.streams:
            raise HttpRefusal(503, "too many logs are being read")
        match asked.log:
            case TaskLog(id):
                return (yield from self._open_task(id, asked.base_url))
            case OrderLog():
                return (yield from self._open_order(asked.log, asked.base_url))
            case JobLog(path):
                return (yield from self._open_job(path, asked.base_url))
            case MainLog():
                title = f"Scheduler {self._scheduler_id}"
                return LogStream(self, title, asked.base_url, self._main_lines)

    # -- tasks

    def _open_task(self, task_id: int, base_url: str) -> Steps:
        task = self._world.tasks.get(task_id)
        if task is None:
            task = yield self._in_thread(self._read_task, task_id)
        if task is None:
            raise HttpRefusal(404, f"there is no task {task_id}, neither running nor in the history")
        title = f"Task {paths.bare(task.job)}:{task_id}"
        return LogStream(self, title, base_url, lambda out, lines: self._task_lines(out, lines, task_id))

    def _task_lines(self, out: AnswerStream, lines: LogLines, task_id: int) -> Steps:
        "Everything that a task has written and will write."
        position = 0
        while (task := self._world.tasks.get(task_id)) is not None:
            descriptor = self._open_file(task.log_file)
            if descriptor is not None:
                yield from self._follow(out, lines, descriptor, lambda: task_id in self._world.tasks, late=LATE)
                return
            position = yield from self._elsewhere(out, lines, task_id, position)
            if not out.following:
                return
            yield out.wait(PAUSE)
        log = yield from self._stored(out, task_id)
        rest = log[position:] if log is not None else b"The log of this task is not kept.\n"
        yield from self._write(out, lines, rest)

    def _elsewhere(self, out: AnswerStream, lines: LogLines, task_id: int, position: int, most: int = SLICE) -> Steps:
        "What another member that runs the task has of its log beyond a position; the position that is reached."
        member = runs_at(self._world, task_id)
        if member is None:
            return position
        answers = yield self._in_thread(ask, member, RunningLog(task_id, "", Window(position, most)))
        if answers is None or not answers["log"]:
            return position
        yield out.write(lines.feed(answers["log"].encode()))
        return int(answers["next_offset"])

    def _stored(self, out: AnswerStream, task_id: int) -> Steps:
        "The log of an ended task; it may be about to be stored. None when there is none."
        waited = 0.0
        while True:
            log = yield self._in_thread(self._read_log, task_id)
            if log is not None or waited >= LATE or not out.following:
                return log
            waited += PAUSE
            yield out.wait(PAUSE)

    # -- orders

    def _open_order(self, asked: OrderLog, base_url: str) -> Steps:
        order = self._world.orders.get(OrderKey(paths.key(asked.chain), asked.id))
        history_id = asked.history_id
        if history_id is None and order is not None:
            history_id = order.history_id
        run: Run | None = yield self._in_thread(self._read_run, asked, history_id)
        if run is None or run.order_id != asked.id or paths.key(run.chain) != paths.key(asked.chain):
            if order is None:
                raise HttpRefusal(404, "there is no such order, neither in its job chain nor in the history")
            run = None
        title = f"Order {paths.bare(asked.chain)},{asked.id}"
        if run is None:
            return LogStream(self, title, base_url, self._no_lines)
        found = run
        return LogStream(self, title, base_url, lambda out, lines: self._order_lines(out, lines, found))

    def _no_lines(self, out: AnswerStream, lines: LogLines) -> Steps:
        yield from self._write(out, lines, b"The order has not been started yet.\n")

    def _order_lines(self, out: AnswerStream, lines: LogLines, run: Run) -> Steps:
        "The logs of the steps, each with a heading, as long as the round goes on."
        shown, followed = 0, False
        while True:
            going_on = self._goes_on(run)
            if followed and not going_on:
                # what was decided last is in the database a little later
                yield out.wait(PAUSE)
            followed = True
            steps: list[StepRow] = yield self._in_thread(self._read_steps, run.history_id)
            for row in steps:
                if row.step.step > shown:
                    yield from self._step_lines(out, lines, row, run)
                    shown = row.step.step
            if not going_on or not out.following:
                return
            yield out.wait(PAUSE)
            while out.following and self._goes_on(run) and self._steps_so_far(run) <= shown:
                yield out.wait(PAUSE)

    def _step_lines(self, out: AnswerStream, lines: LogLines, row: StepRow, run: Run) -> Steps:
        step = row.step
        yield from self._write(out, lines, f"--- step {step.step}, node {step.node}, job {row.job}, ".encode()
                               + f"task {step.task_id}\n".encode())  # fmt: skip
        position = step.log_begin
        if step.ended_at is None and out.following:
            task = self._world.tasks.get(step.task_id)
            descriptor = self._open_file(task.log_file) if task is not None else None
            runs = self._step_runs(step.task_id, run)
            if descriptor is not None:
                position = yield from self._follow(out, lines, descriptor, runs, position)
            elif runs_at(self._world, step.task_id) is not None:
                while runs() and out.following:
                    position = yield from self._elsewhere(out, lines, step.task_id, position)
                    yield out.wait(PAUSE)
                if step.task_id not in self._world.tasks:
                    yield from self._stored(out, step.task_id)
        log = yield self._in_thread(self._read_log, step.task_id)
        rows: list[StepRow] = yield self._in_thread(self._read_steps, run.history_id)
        end = next((later.step.log_end for later in rows if later.step.step == step.step), None)
        if log is None:
            yield from self._rest_elsewhere(out, lines, step.task_id, position, end)
        yield from self._write(out, lines, (log or b"")[position:end])

    def _rest_elsewhere(
        self, out: AnswerStream, lines: LogLines, task_id: int, position: int, end: int | None
    ) -> Steps:
        "Of a step at another member, when its task lives on there, or nobody waits for its end."
        while end is None or position < end:
            most = SLICE if end is None else min(SLICE, end - position)
            reached = yield from self._elsewhere(out, lines, task_id, position, most)
            if reached == position:
                return
            position = reached

    def _step_runs(self, task_id: int, run: Run) -> Callable[[], bool]:
        key = OrderKey(paths.key(run.chain), run.order_id)

        def runs() -> bool:
            order = self._world.orders.get(key)
            return order is not None and order.task_id == task_id and task_id in self._world.tasks

        return runs

    def _goes_on(self, run: Run) -> bool:
        order = self._world.orders.get(OrderKey(paths.key(run.chain), run.order_id))
        return order is not None and order.history_id == run.history_id

    def _steps_so_far(self, run: Run) -> int:
        order = self._world.orders.get(OrderKey(paths.key(run.chain), run.order_id))
        return order.steps if order is not None else 0

    # -- jobs

    def _open_job(self, path: str, base_url: str) -> Steps:
        job = self._world.jobs.get(paths.key(path))
        tasks: list[Task] = yield self._in_thread(self._read_tasks, path)
        if job is None and not tasks:
            raise HttpRefusal(404, f"there is no job {path}")
        title = f"Job {paths.bare(job.path if job is not None else path)}"
        return LogStream(self, title, base_url, lambda out, lines: self._job_lines(out, lines, path))

    def _job_lines(self, out: AnswerStream, lines: LogLines, path: str) -> Steps:
        "The logs of its last tasks, running ones included: one after the other, as they were numbered."
        key, last = paths.key(path), -1
        while True:
            job = self._world.jobs.get(key)
            counted = job.all_tasks if job is not None else 0
            if last >= 0:
                # what has been counted is in the database a little later
                yield out.wait(PAUSE)
            last = max(last, 0)
            tasks: list[Task] = yield self._in_thread(self._read_tasks, path)
            for task in sorted(tasks, key=lambda task: task.id):
                if task.id > last:
                    yield from self._one_of_job(out, lines, task.id)
                    last = task.id
            while out.following and key in self._world.jobs and not self._has_new_task(key, counted, last):
                yield out.wait(PAUSE)
            if not out.following or key not in self._world.jobs:
                return

    def _has_new_task(self, key: str, counted: int, last: int) -> bool:
        return self._world.jobs[key].all_tasks != counted or any(
            task.id > last for task in self._world.tasks_of(key)
        )

    def _one_of_job(self, out: AnswerStream, lines: LogLines, task_id: int) -> Steps:
        yield from self._write(out, lines, f"--- task {task_id}\n".encode())
        yield from self._task_lines(out, lines, task_id)
        yield out.write(lines.flush())

    # -- the engine

    def _main_lines(self, out: AnswerStream, lines: LogLines) -> Steps:
        "From the last megabytes on, for ever; when the file is replaced, the next one follows."
        path = self._world.identity.log_file
        begin = -MAIN_LOG_BEGIN
        while True:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return
            yield from self._follow(out, lines, descriptor, partial(_is_at, path, descriptor), begin)
            if not out.following:
                return
            begin = 0
            yield out.write(b"<hr size='1'/>\n")

    # -- growing files

    def _open_file(self, file: str) -> int | None:
        try:
            return os.open(self._spool.log_path(file), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except (OSError, ValueError):
            return None

    def _follow(
        self, out: AnswerStream, lines: LogLines, descriptor: int, is_open: Callable[[], bool], begin: int = 0,
        late: float = 0.0,
    ) -> Steps:
        """Everything from `begin` on (negative: so much from the end) until `is_open` says no, and then `late` seconds
        more unless the file has been removed by then. Returns the position reached; the descriptor is closed."""
        try:
            position = begin if begin >= 0 else max(0, os.fstat(descriptor).st_size + begin)
            quiet = 0.0
            while True:
                # asked first: what is written before the answer becomes no is then still read
                still = is_open()
                data = os.pread(descriptor, SLICE, position)
                if data:
                    position, quiet = position + len(data), 0.0
                    yield out.write(lines.feed(data))
                    continue
                if not out.following:
                    return position
                if not still and (quiet >= late or os.fstat(descriptor).st_nlink == 0):
                    return position
                yield out.wait(PAUSE)
                quiet += PAUSE
        finally:
            os.close(descriptor)

    def _write(self, out: AnswerStream, lines: LogLines, log: bytes) -> Steps:
        for position in range(0, len(log), SLICE):
            yield out.write(lines.feed(log[position : position + SLICE]))

    # -- the database, in threads

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        asked = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)
        return asked.addErrback(_unreachable)

    def _read_task(self, task_id: int) -> Task | None:
        with reading(self._engine) as connection:
            return read.task(connection, self._scheduler_id, task_id)

    def _read_log(self, task_id: int) -> bytes | None:
        "Stored, or still in its file."
        with reading(self._engine) as connection:
            log = read.task_log(connection, self._scheduler_id, task_id)
            if log is None:
                task = read.task(connection, self._scheduler_id, task_id)
                if task is not None and task.log_file:
                    log = self._spool.read_log(task.log_file, 0, _STORED_MAX)
            return log

    def _read_run(self, asked: OrderLog, history_id: int | None) -> Run | None:
        with reading(self._engine) as connection:
            if history_id is not None:
                return read.order_run(connection, self._scheduler_id, history_id)
            runs = read.order_runs(connection, self._scheduler_id, asked.chain, asked.id, limit=1)
            return runs[0] if runs else None

    def _read_steps(self, history_id: int) -> list[StepRow]:
        with reading(self._engine) as connection:
            return read.order_steps(connection, self._scheduler_id, history_id)

    def _read_tasks(self, job: str) -> list[Task]:
        "The last ones that were started."
        with reading(self._engine) as connection:
            return read.task_history(connection, self._scheduler_id, job, prev=TASKS_OF_JOB)


class LogStream:
    "A page of a log. `lines` writes them."

    def __init__(
        self, logs: HttpLogs, title: str, base_url: str, lines: Callable[[AnswerStream, LogLines], Steps]
    ) -> None:
        self._logs = logs
        self._begin = page_begin(title, base_url)
        self._lines = lines

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        self._logs.streams += 1
        shown = LogLines()
        try:
            yield out.write(self._begin)
            with suppress(HttpRefusal):  # the database has gone away meanwhile: what is there has been shown
                yield from self._lines(out, shown)
            yield out.write(shown.flush() + page_end())
        finally:
            self._logs.streams -= 1

    def close(self) -> None:
        "Nothing is open before `send`."


def _unreachable(failure: Failure) -> None:
    failure.trap(StoreError)
    raise HttpRefusal(503, "the database is not reachable")


def _is_at(path: str, descriptor: int) -> bool:
    "Whether the file under that name is still the one that is open."
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False
