"""What a member has to report of the steps that it runs for the leading one: by word of mouth, or as rows.

    a short step has ended   its report is said, and kept
                             -> its assignment is gone: it was heard, and what follows is recorded
                             -> its assignment is still there a second later: the report is written as a row
    anything else            the report is written as a row

Nothing is lost with a word that nobody hears: as long as its assignment stands there a step has not ended, whoever
leads; and a report that is written although it was heard is dropped, because its task is over. So a row is written only
where it is needed: when its step has begun, with a long log, and when words do not come through; where none at all
does, members are silent for ever longer times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from models.batch import boot_seconds
from models.errors import Unreachable
from models.members import Member
from models.sharing_line import SharingLine
from netcore.spool import Spool
from scheduler.cluster.assignment import Report
from scheduler.cluster.wire import Told, report_of, reports_in_words
from scheduler.messages import ProcessEnded, ProcessStarted

#: seconds after which a word counts as lost, and in which nothing is said when none was heard: the first time, at most
PATIENCE, SILENCE_FIRST, SILENCE_MOST = 1.0, 2.0, 300.0
#: reports in one transaction, and in one datagram; bytes of logs in that
ROWS_MOST, SAID_MOST, LOGS_MOST = 200, 32, 16 << 10


class Reports:
    """`say` sends words to the leading member, and tells whether that was possible; `write_soon` is called when there
    is something to `write`. `write` and `settle` belong to the thread of `line`, everything else to the reactor's."""

    def __init__(
        self, member: Member, line: SharingLine, spool: Spool, say: Callable[[bytes], bool],
        write_soon: Callable[[], None],
    ) -> None:  # fmt: skip
        self._member = member
        self._line = line
        self._spool = spool
        self._say = say
        self._write_soon = write_soon
        self._logs: dict[int, str] = {}
        self._gathers = False
        self._fresh: list[Told] = []
        #: over what follows
        self._lock = Lock()
        self._to_write: list[Told] = []
        #: ends that were said, and when (`boot_seconds`), by task
        self._said: dict[int, tuple[Told, float]] = {}
        self._silent_until = 0.0
        self._silence = SILENCE_FIRST

    @property
    def open(self) -> bool:
        "Whether something is not reported yet, as far as is known."
        return bool(self._fresh or self._to_write or self._said)

    def expect(self, task_id: int, log_file: str) -> None:
        self._logs[task_id] = log_file

    def expects(self, task_id: int) -> bool:
        "Whether the end of that task was not reported yet."
        return task_id in self._logs

    @contextmanager
    def together(self) -> Iterator[None]:
        "What is heard meanwhile is said at once."
        self._gathers = True
        try:
            yield
        finally:
            self._gathers = False
            self._tell()

    def hear(self, message: Told) -> None:
        self._fresh.append(message)
        if not self._gathers:
            self._tell()

    def _tell(self) -> None:
        fresh, self._fresh = self._fresh, []
        portion: list[tuple[Told, Report]] = []
        size = 0
        for message in fresh:
            report = self._in_short(message)
            if report is None:
                self._leave([message])
                continue
            length = len(report.log or b"")
            if portion and (len(portion) >= SAID_MOST or size + length > LOGS_MOST):
                self._tell_portion(portion)
                portion, size = [], 0
            portion.append((message, report))
            size += length
        if portion:
            self._tell_portion(portion)

    def _in_short(self, message: Told) -> Report | None:
        "What can be said of it; None: it is for a row."
        if not isinstance(message, ProcessEnded) or boot_seconds() < self._silent_until:
            return None
        log = self._spool.kept_log(self._logs.get(message.task_id, ""))
        if log is None or len(log) > LOGS_MOST:
            return None
        return report_of(message, self._member.run_token, log)

    def _tell_portion(self, portion: list[tuple[Told, Report]]) -> None:
        now = boot_seconds()
        if self._say(reports_in_words([report for _, report in portion])):
            with self._lock:
                self._said.update((message.task_id, (message, now)) for message, _ in portion)
        else:
            self._leave([message for message, _ in portion])

    def _leave(self, messages: list[Told]) -> None:
        with self._lock:
            self._to_write += messages
        self._write_soon()

    # -- in the thread

    def write(self) -> bool:
        "Whether there was something. Raises FenceError when this run of the member was declared dead, Unreachable."
        found = False
        while messages := self._to_write[:ROWS_MOST]:
            logs = {each.task_id: self._take_log(each) for each in messages if not isinstance(each, ProcessStarted)}
            run = self._member.run_token
            reports = [
                report_of(each, run, None if isinstance(each, ProcessStarted) else logs[each.task_id])
                for each in messages
            ]
            try:
                self._line.put(self._member, reports)
            except Unreachable:
                for task_id, log in logs.items():
                    if log is not None:  # it is taken once more with the next attempt
                        self._spool.keep_log(self._logs[task_id], log)
                raise
            with self._lock:
                del self._to_write[: len(messages)]
            for task_id in logs:
                self._spool.discard(self._logs.pop(task_id, ""))
            found = True
        return found

    def settle(self, assigned: Collection[int], asked_at: float) -> None:
        "These tasks have assignments, as the database said when it was asked (`boot_seconds`)."
        with self._lock:
            said = [(task_id, message, at) for task_id, (message, at) in self._said.items() if at < asked_at]
        heard = [task_id for task_id, _, _ in said if task_id not in assigned]
        lost = [(task_id, message) for task_id, message, at in said
                if task_id in assigned and at + PATIENCE <= asked_at]  # fmt: skip
        for task_id in heard:
            self._spool.forget(self._logs.pop(task_id, ""))
        with self._lock:
            for task_id in heard:
                del self._said[task_id]
            for task_id, message in lost:
                del self._said[task_id]
                self._to_write.append(message)
        if heard:
            self._silence = SILENCE_FIRST
        elif lost:
            self._silent_until = asked_at + self._silence
            self._silence = min(2 * self._silence, SILENCE_MOST)
        if lost:
            self._write_soon()

    def _take_log(self, message: Told) -> bytes | None:
        return self._spool.take_log(self._logs.get(message.task_id, ""))
