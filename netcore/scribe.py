"""The one writer: changes go to the database in order, as many as have gathered in one commit.

`record` is called on the reactor's thread; a thread of its own holds the connection and commits what has
gathered while the last commit ran, without a timer. Logs of tasks that have ended are read there too and
stored in the same transaction, and their files are deleted after it. A second without changes makes an empty
batch: the heartbeat.

When the database cannot be reached the batch is tried again until it can; nothing is lost and nothing is written twice,
because the rows of a batch are the same every time. When the fence says that another member has the right to
write, or a batch fails for any other reason, the scribe gives up and the engine ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Condition, Thread
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from models.errors import Unreachable
from models.members import Member
from models.merge import TaskLog
from netcore.clocks import wall_of
from scheduler.changes import Change
from scheduler.records import Task, TaskState

#: seconds between batches when nothing happens
HEARTBEAT = 1.0
#: seconds between rows about ourselves that say nothing new; pages take a member for silent after three of them
MEMBER_EVERY = 3.0
#: seconds before a lost database is tried again: the first time, and at most. When it is back the member at work must
#: be there before the others, who see it again at the same time, call it dead
RETRY_FIRST, RETRY_MOST = 0.1, 1.0


class Writer(Protocol):
    "What the scribe needs of `models.batch.Writer`; used in the scribe's thread only."

    def write(
        self, changes: Sequence[Change], logs: Sequence[TaskLog] = (), *, now: datetime, member: Member | None = None
    ) -> int: ...

    def reopen(self) -> None: ...

    def close(self) -> None: ...


class Logs(Protocol):
    "What the scribe needs of the spool."

    def take_log(self, file: str) -> bytes | None: ...

    def discard(self, file: str) -> None: ...


@dataclass(slots=True)
class _Entry:
    changes: Sequence[Change]
    #: fires on the reactor's thread; None: nobody waits
    done: Deferred[None] | None = None
    #: called in the scribe's thread
    then: Callable[[], None] | None = None
    asked: bool = True


class Scribe:
    """`member` is asked, in the scribe's thread, for the row that says how this engine is.

    `followed` is told, in the scribe's thread, the number of the last journal row, the changes that it and those before
    it stand for, and their time, right after they are committed.
    `proved` is called, in the scribe's thread, after each commit, which proves our right to work.
    `blocked` is called, in the scribe's thread, after each attempt in vain.
    `begun` is called after all that was to follow a commit, in the same thread.
    `waiting` is told, on the reactor's thread, why the database cannot be reached, and "" when it can again.
    `fatal` is told, on the reactor's thread, that nothing can be recorded any more."""

    def __init__(
        self,
        reactor: Any,
        writer: Writer,
        logs: Logs,
        member: Callable[[], Member],
        waiting: Callable[[str], None],
        fatal: Callable[[Failure], None],
        followed: Callable[[int, Sequence[Change], datetime], None] = lambda last, changes, now: None,
        proved: Callable[[], None] = lambda: None,
        blocked: Callable[[], None] = lambda: None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self._begun = begun
        self._blocked = blocked
        self._followed = followed
        self._proved = proved
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._writer = writer
        self._logs = logs
        self._member = member
        self._waiting = waiting
        self._fatal = fatal
        self._condition = Condition()
        self._entries: list[_Entry] = []
        self._notes: dict[int, tuple[float, Sequence[Change]]] = {}
        self._gathers = False
        self._ending = False
        self._problem = ""
        #: seconds that the last batches took, a minute of them while nothing happens
        self._lasted: deque[float] = deque(maxlen=60)
        self._told_member: Member | None = None
        self._told_at = 0.0
        #: how many entries were recorded, how many of them are committed, and who waits until how many are
        #: (under the condition)
        self._recorded = self._done = 0
        self._askers: list[tuple[int, Deferred[None]]] = []
        #: Deferreds of `record` that have not fired (reactor's thread only)
        self._unfired = 0
        self._thread = Thread(target=self._run, name="scribe", daemon=True)
        self._ended: Deferred[None] = Deferred()

    def start(self) -> None:
        self._thread.start()

    @property
    def problem(self) -> str:
        "Why the database cannot be reached; empty when it can."
        return self._problem

    @property
    def slowest(self) -> float:
        "Seconds that the slowest of the last batches took; while the database cannot be reached none ends."
        return max(tuple(self._lasted), default=0.0)

    def note(self, key: int, changes: Sequence[Change]) -> None:
        """Record what nobody waits for and a crash may lose, unless `forget(key)` says within a heartbeat that
        it is history.

        Reactor's thread, as `forget`. Most tasks end so soon that nobody reads that they had begun.
        """
        with self._condition:
            self._notes[key] = (self._reactor.seconds(), changes)

    def forget(self, key: int) -> None:
        with self._condition:
            self._notes.pop(key, None)

    def record(self, changes: Sequence[Change], then: Callable[[], None] | None = None) -> Deferred[None]:
        """Fires on the reactor's thread once `changes`, and all that was recorded before, are committed.

        `then` is called right after the commit in the scribe's thread. Without changes it fires at once when
        nothing is open. While the database is being waited for it fires at once, too: then the caller only wants to
        tell what is in memory.
        """
        if not changes:
            return self._nothing_new(then)
        done: Deferred[None] = Deferred()
        self._unfired += 1
        self._add(_Entry(changes, done, then))
        return done

    def record_quietly(self, changes: Sequence[Change], then: Callable[[], None] | None = None) -> None:
        "As `record`, when nobody on the reactor's thread waits for the commit, which then does not wake it."
        if changes:
            self._add(_Entry(changes, None, then))
        elif then is not None:
            self._nothing_new(then)

    @contextmanager
    def together(self) -> Iterator[None]:
        "What is recorded meanwhile goes into one commit, if no other is under way. Reactor's thread."
        self._gathers = True
        try:
            yield
        finally:
            self._gathers = False
            with self._condition:
                self._condition.notify()

    def _add(self, entry: _Entry) -> None:
        with self._condition:
            self._recorded += 1
            self._entries.append(entry)
            if not self._gathers:
                self._condition.notify()

    def _nothing_new(self, then: Callable[[], None] | None) -> Deferred[None]:
        with self._condition:
            asker: Deferred[None] = Deferred()
            if self._problem or (self._done == self._recorded and not self._unfired):
                asker = succeed(None)
            else:
                self._askers.append((self._recorded, asker))
        if then is not None:
            asker.addCallback(lambda _: then())
            asker.addCallback(lambda _: self._begun())
        return asker

    def stop(self) -> Deferred[None]:
        "Fires when everything recorded so far is committed and the connection is closed."
        with self._condition:
            self._ending = True
            self._condition.notify()
        return self._ended

    # -- in the scribe's thread

    def _run(self) -> None:
        try:
            while (entries := self._gathered()) is not None:
                self._write(entries)
                self._committed(entries)
            self._say_goodbye()
            self._writer.close()
        except BaseException:
            failure = Failure()
            self._reactor.callFromThread(self._fatal, failure)
        finally:
            self._reactor.callFromThread(self._ended.callback, None)

    def _committed(self, entries: list[_Entry]) -> None:
        with self._condition:
            self._done += sum(entry.asked for entry in entries)
            askers = bool(self._askers)
        waited_for = [entry.done for entry in entries if entry.done is not None]
        if waited_for or askers:
            self._reactor.callFromThread(self._tell_committed, waited_for)

    def _say_goodbye(self) -> None:
        "The last row about ourselves says how we have ended, so nobody waits for us. Without database it stays unsaid."
        with suppress(Unreachable):
            self._writer.write((), now=self._now(), member=self._member())

    def _gathered(self) -> list[_Entry] | None:
        "What has come since the last batch; empty after a quiet second; None at the end."
        with self._condition:
            if not self._entries and not self._ending:
                self._condition.wait(HEARTBEAT)
            if not self._entries and self._ending:
                return None
            entries, self._entries = self._entries, []
            return self._ripe_notes() + entries

    def _ripe_notes(self) -> list[_Entry]:
        "What was noted a heartbeat ago, to be written before what came since. The condition is held."
        if not self._notes:
            return []
        before = self._reactor.seconds() - HEARTBEAT
        ripe = [key for key, (noted_at, _) in self._notes.items() if noted_at <= before]
        return [_Entry(self._notes.pop(key)[1], asked=False) for key in ripe]

    def _write(self, entries: list[_Entry]) -> None:
        changes = [change for entry in entries for change in entry.changes]
        files = list(_ended_logs(changes))
        read = [(task.log_file, self._read(task)) for task in files]
        logs = [log for _, log in read if log is not None]
        delay = RETRY_FIRST
        while True:
            now, began = self._now(), self._reactor.seconds()
            try:
                last = self._writer.write(changes, logs, now=now, member=self._member_if_due())
                self._lasted.append(self._reactor.seconds() - began)
                break
            except Unreachable as error:
                self._tell(str(error) or type(error).__name__)
            self._blocked()
            if not self._pause(delay):
                raise RuntimeError("the database was not reachable when the engine ended")
            delay = min(delay * 2, RETRY_MOST)
            self._reopen()
        self._proved()
        thens = [entry.then for entry in entries if entry.then is not None]
        for then in thens:  # processes that are to start must not wait for the rest
            then()
        if thens:
            self._begun()
        self._tell("")
        if changes:
            self._followed(last, changes, now)
        for file, _ in read:
            self._logs.discard(file)

    def _reopen(self) -> None:
        try:
            self._writer.reopen()
        except Unreachable as error:
            self._tell(str(error) or type(error).__name__)

    def _pause(self, seconds: float) -> bool:
        "Wait before the next attempt. False when the engine ends meanwhile: then there is no next one."
        with self._condition:
            return not self._condition.wait_for(lambda: self._ending, seconds)

    def _member_if_due(self) -> Member | None:
        "The row about ourselves, when it says something new or is old."
        member, now = self._member(), self._reactor.seconds()
        if member == self._told_member and now < self._told_at + MEMBER_EVERY:
            return None
        self._told_member, self._told_at = member, now
        return replace(member, commit_seconds=round(self.slowest, 4) if self._lasted else None)

    def _read(self, task: Task) -> TaskLog | None:
        content = self._logs.take_log(task.log_file)
        return None if content is None else TaskLog(task.id, content)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)

    def _tell(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._reactor.callFromThread(self._told, problem)

    # -- on the reactor's thread

    def _tell_committed(self, waited_for: Iterable[Deferred[None]]) -> None:
        for done in waited_for:
            self._unfired -= 1
            done.callback(None)
        self._answer_askers()

    def _answer_askers(self) -> None:
        while (asker := self._next_answered()) is not None:
            asker.callback(None)

    def _next_answered(self) -> Deferred[None] | None:
        with self._condition:
            if self._askers and (self._askers[0][0] <= self._done or self._problem):
                return self._askers.pop(0)[1]
            return None

    def _told(self, problem: str) -> None:
        self._waiting(problem)
        self._answer_askers()


def _ended_logs(changes: Iterable[Change]) -> Iterable[Task]:
    for change in changes:
        for record in change.put:
            if type(record) is Task and record.state is TaskState.ENDED and record.log_file:
                yield record

