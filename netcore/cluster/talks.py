"""What a member does between the task servers that it runs and the leading member, which calls them.

    a call of the leading member   comes as a word, or is found in the row of its task; each is made once, by its number
    what a task server says        is said as a word, and kept
                                   -> the row of the task says that it was heard: it is forgotten
                                   -> a second later the row does not say so: all that was not heard, from the first
                                      on, is written as a row of its own, and once more every second
    a shell process of the task    is started and killed by such calls, too; what becomes of it is said as the rest.
                                   When its task server ends before it, it is killed, and then both have ended
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
from netcore.processes import Processes
from netcore.spool import Spool
from netcore.task_servers import TaskServers
from scheduler.actions import Call, Kill, Launch, TakeBack
from scheduler.cluster.assignment import Assignment, Report
from scheduler.cluster.talk import Spoken, spoken
from scheduler.cluster.wire import (
    LAST,
    TAKE_BACK,
    OfServer,
    entry_of,
    report_of,
    reports_in_words,
    shell_action,
    shell_entry_of,
)  # fmt: skip
from scheduler.copying import replace
from scheduler.messages import (
    CallReturned,
    Message,
    ProcessEnded,
    ProcessStarted,
    Said,
    ServerEnded,
    StartFailed,
    StepsReturned,
)  # fmt: skip
from scheduler.task.usage import together as both_used


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
    #: a shell process that the monitors embrace runs, or is about to; `ended`: the task server has, before that
    shell: bool = False
    ended: ServerEnded | None = None


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
        self.processes: Processes | None = None
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
        elif (action := shell_action(task_id, message)) is not None:
            self._embrace(action)
        else:
            self._permit.then(lambda: servers.call(Call(task_id, message)))

    def _embrace(self, action: Launch | Kill) -> None:
        "The shell process of a task with monitors, which writes into the log of their task server."
        talk, processes = self._talks.get(action.task_id), self.processes
        if talk is None or processes is None:
            return
        if isinstance(action, Kill):
            processes.kill(action)
        elif not talk.over and talk.ended is None:
            talk.shell = True
            processes.expect(action)
            processes.launch(action)

    # -- from task servers

    def hear(self, message: Message) -> None:
        talk = self._talks.get(message.task_id)  # type: ignore[union-attr]
        if talk is None:
            return
        told: list[OfServer] = [message]  # type: ignore[list-item]
        if isinstance(message, StepsReturned):
            told = [CallReturned(message.task_id, result) for result in message.results]
        if isinstance(message, ServerEnded) and talk.shell:
            talk.ended = message
            self._embrace(Kill(message.task_id, 0, "the task server has ended"))
            return
        self._hear(message.task_id, talk, [entry_of(each) for each in told])  # type: ignore[union-attr]

    def hear_shell(self, message: ProcessStarted | StartFailed | ProcessEnded) -> None:
        "From a shell process that monitors embrace."
        talk = self._talks.get(message.task_id)
        if talk is None or isinstance(message, ProcessStarted):
            return
        talk.shell = False
        if talk.ended is None:
            self._hear(message.task_id, talk, [shell_entry_of(message)])
            return
        used = message.usage if isinstance(message, ProcessEnded) else None
        ended = replace(talk.ended, usage=both_used(talk.ended.usage, used))
        self._hear(message.task_id, talk, [entry_of(ended)])

    def _hear(self, task_id: int, talk: _Talk, entries: Sequence[Sequence[Any]]) -> None:
        over = entries[-1][0] in LAST
        with self._lock:
            first = talk.first + len(talk.unheard)
            said = Said(task_id, first, tuple(entries), talk.called)
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
        if self.processes is not None:
            self.processes.kill(Kill(task_id, 0, "Nobody waits for the task any more"))


def _forget(talk: _Talk, heard: int) -> None:
    "The lock is held."
    if heard >= talk.first:
        del talk.unheard[: heard + 1 - talk.first]
        talk.first = heard + 1
        talk.since = boot_seconds() if talk.unheard else inf
