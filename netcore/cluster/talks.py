"""What a member does between the task servers that it runs and the leading member, which calls them.

    a call of the leading member   comes as a word, or is found in the row of its task; each is made once, by its number
    what a task server says        is said as a word, and kept
                                   -> the row of the task says that it was heard: it is forgotten
                                   -> a second later the row does not say so: all that was not heard, from the first
                                      on, is written as a row of its own, and once more every second
    the assignment of the task     has gone, but its task server lives: nobody wants it any more, and it is killed

So nothing is lost with a word, nor with the leading member; and nothing counts twice, because everything is numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Any

from models.batch import boot_seconds
from models.errors import Unreachable
from models.members import Member
from models.sharing_line import SharingLine
from netcore.cluster.permit import StartPermit
from netcore.cluster.reports import LOGS_MOST, PATIENCE
from netcore.spool import Spool
from netcore.task_servers import TaskServers
from scheduler.actions import Call, Kill, Launch, TakeBack
from scheduler.cluster.assignment import Assignment, Report
from scheduler.cluster.talk import Spoken, spoken
from scheduler.cluster.wire import TAKE_BACK, OfServer, entry_of, report_of, reports_in_words
from scheduler.messages import CallReturned, Message, Said, ServerEnded, StartFailed, StepsReturned


@dataclass(slots=True)
class _Talk:
    log_file: str
    #: when it began (`boot_seconds`)
    begun_at: float
    #: number of the last call that was made
    called: int = 0
    #: what was not heard yet, the number of the first of it, and since when it is not (`boot_seconds`)
    unheard: list[Sequence[Any]] = field(default_factory=list)
    first: int = 1
    since: float = inf
    over: bool = False


class Talks:
    """`say` sends words to the leading member, and tells whether that was possible; `write_soon` is called when there
    is something to `write`. `write`, `find` and `settle` belong to the thread of `line`, everything else to the
    reactor's, on which `later` calls."""

    def __init__(
        self, member: Member, line: SharingLine, spool: Spool, permit: StartPermit, say: Callable[[bytes], bool],
        write_soon: Callable[[], None], later: Callable[..., object],
    ) -> None:  # fmt: skip
        self._member = member
        self._line = line
        self._spool = spool
        self._permit = permit
        self._say = say
        self._write_soon = write_soon
        self._later = later
        self.servers: TaskServers | None = None
        self._lock = Lock()
        self._talks: dict[int, _Talk] = {}

    @property
    def open(self) -> bool:
        "Whether a task server lives, or something that it said was not heard."
        return bool(self._talks)

    def begin(self, launch: Launch) -> None:
        assert self.servers is not None  # noqa: S101  (`Hands` has set it)
        with self._lock:
            self._talks[launch.task_id] = _Talk(launch.log_file, boot_seconds())
        self.servers.expect(launch)
        self.servers.launch(launch)

    # -- to task servers

    def call(self, rows: Iterable[Assignment]) -> None:
        "As a word says it, or as they were found."
        for row in rows:
            self._call(row.task_id, spoken(row))

    def _call(self, task_id: int, told: Spoken) -> None:
        with self._lock:
            talk = self._talks.get(task_id)
            if talk is None:
                return
            _forget(talk, told.heard)
            count = min(told.said - talk.called, len(told.messages))
            new = told.messages[len(told.messages) - count :] if count > 0 else ()
            talk.called = max(talk.called, told.said)
        for message in new:
            self._make(task_id, message)

    def _make(self, task_id: int, message: Mapping[str, Any]) -> None:
        servers = self.servers
        if servers is None:
            return
        if message == TAKE_BACK:
            servers.take_back(TakeBack(task_id))
        else:
            self._permit.then(lambda: servers.call(Call(task_id, message)))

    # -- from task servers

    def hear(self, message: Message) -> None:
        talk = self._talks.get(message.task_id)  # type: ignore[union-attr]
        if talk is None:
            return
        told: list[OfServer] = [message]  # type: ignore[list-item]
        if isinstance(message, StepsReturned):
            told = [CallReturned(message.task_id, result) for result in message.results]
        entries = [entry_of(each) for each in told]
        over = isinstance(message, ServerEnded | StartFailed)
        with self._lock:
            first = talk.first + len(talk.unheard)
            said = Said(message.task_id, first, tuple(entries), talk.called)  # type: ignore[union-attr]
            talk.unheard += entries
            talk.over = over
            talk.since = min(talk.since, boot_seconds())
        if not self._tell(said, talk):
            talk.since = -inf
            self._write_soon()

    def _tell(self, said: Said, talk: _Talk) -> bool:
        log = None
        if talk.over:
            log = self._spool.kept_log(talk.log_file)
            if log is None or len(log) > LOGS_MOST:
                return False
        return self._say(reports_in_words([report_of(said, self._member.run_token, log)]))

    # -- in the thread

    def write(self) -> bool:
        "Whether there was something. Raises FenceError when this run of the member was declared dead, Unreachable."
        now = boot_seconds()
        with self._lock:
            late = [(task_id, talk, Said(task_id, talk.first, tuple(talk.unheard), talk.called))
                    for task_id, talk in self._talks.items()
                    if talk.unheard and talk.since + PATIENCE <= now]  # fmt: skip
            for _, talk, _ in late:
                talk.since = now
        if not late:
            return False
        try:
            self._line.put(self._member, [self._report(said, talk) for _, talk, said in late])
        except Unreachable:
            for _, talk, _ in late:
                talk.since = -inf
            raise
        return True

    def _report(self, said: Said, talk: _Talk) -> Report:
        log = None
        if talk.over:
            log = self._spool.kept_log(talk.log_file)
            log = self._spool.take_log(talk.log_file) if log is None else log
        return report_of(said, self._member.run_token, log)

    def find(self, rows: Collection[Assignment]) -> None:
        "The rows of task servers, as the database has them."
        new = []
        with self._lock:
            for row in rows:
                talk = self._talks.get(row.task_id)
                if talk is None:
                    continue
                told = spoken(row)
                _forget(talk, told.heard)
                if told.said > talk.called:
                    new.append(row)
        if new:
            self._later(self.call, new)

    def settle(self, assigned: Collection[int], asked_at: float) -> None:
        "These tasks are assigned, as the database said when it was asked (`boot_seconds`)."
        with self._lock:
            gone = {task_id: talk for task_id, talk in self._talks.items()
                    if task_id not in assigned and talk.begun_at < asked_at}  # fmt: skip
            for task_id in gone:
                del self._talks[task_id]
        for task_id, talk in gone.items():
            self._spool.forget(talk.log_file)
            if not talk.over:
                self._later(self._end, task_id)

    def _end(self, task_id: int) -> None:
        if self.servers is not None:
            self.servers.kill(Kill(task_id, 0, "Nobody waits for the task any more"))


def _forget(talk: _Talk, heard: int) -> None:
    "The lock is held."
    if heard >= talk.first:
        del talk.unheard[: heard + 1 - talk.first]
        talk.first = heard + 1
        talk.since = boot_seconds() if talk.unheard else inf
