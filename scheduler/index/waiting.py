"""Jobs that could start something but for a process or a lock, in the order in which they began to wait.

Who waits is recorded (`JobWait`), so that others know it, too. A job that gets a process and still wants another waits
on without a word, and so it is with locks: what is recorded is looked at once for each message (`unrecorded`), and only
for jobs that have begun or ceased to wait meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from scheduler.frozen import frozen


@frozen
class Need:
    "What a job lacks: `locks`, or where there is none a process of the class; and since when."

    process_class: str
    locks: tuple[str, ...]
    since: datetime

    def begun(self, process_class: str, locks: tuple[str, ...], now: datetime) -> datetime:
        "Since when a job waits for this that begins now and may have waited for it before."
        return self.since if (self.process_class, self.locks) == (process_class, locks) else now


class Waiting:
    "By keys of process classes, of locks, and of jobs. It changes nothing but itself."

    def __init__(self) -> None:
        #: by class the jobs that wait for a process, and those of them for which one of another member will do
        self._classes: dict[str, dict[str, None]] = {}
        self._elsewhere: dict[str, dict[str, None]] = {}
        self._class_of: dict[str, str] = {}
        self._locks: dict[str, dict[str, bool]] = {}
        self._locks_of: dict[str, tuple[str, ...]] = {}
        #: when each job began to wait
        self._since_process: dict[str, datetime] = {}
        self._since_locks: dict[str, datetime] = {}
        #: what the store says, by job; and the jobs of which that may be untrue
        self._recorded: dict[str, Need] = {}
        self._unrecorded: dict[str, None] = {}

    def waits(self, job: str) -> bool:
        return job in self._class_of or job in self._locks_of

    # -- for a process

    def wait_for_process(self, job: str, class_key: str, anywhere: bool, now: datetime) -> bool:
        "True when the job did not wait for this class before. `anywhere`: a process of another member will do, too."
        new = self._class_of.get(job) != class_key
        if new:
            self.leave_process(job)
            self._class_of[job] = class_key
            known = self._recorded.get(job)
            self._since_process[job] = known.begun(class_key, (), now) if known else now
            self._unrecorded[job] = None
            self._classes.setdefault(class_key, {})[job] = None
        if anywhere:
            self._elsewhere.setdefault(class_key, {})[job] = None
        return new

    def leave_process(self, job: str) -> str | None:
        "The job waits no longer; the key of the class that it waited for."
        class_key = self._class_of.pop(job, None)
        if class_key is not None:
            self._classes[class_key].pop(job, None)
            self._elsewhere.get(class_key, {}).pop(job, None)
            del self._since_process[job]
            self._unrecorded[job] = None
        return class_key

    def for_process(self, class_key: str) -> Iterable[str]:
        return self._classes.get(class_key, ())

    def since_process(self, job: str) -> datetime:
        "Since when a job waits for its process class: also what the store remembers of engines before."
        return self._since_process[job]

    def class_of(self, job: str) -> str | None:
        "The key of the process class that the job waits for."
        return self._class_of.get(job)

    def leave_elsewhere(self, job: str) -> str | None:
        """The job waits for processes of this member only. Who is next to get one of another member now; None: nobody,
        or the job waited like that before."""
        jobs = self._elsewhere.get(self._class_of[job], {})
        if job not in jobs:
            return None
        del jobs[job]
        return next(iter(jobs), None)

    def first_for_process(self, class_key: str) -> list[str]:
        "Who is next to get a process of this member, and who one of another member."
        queues = (each.get(class_key, ()) for each in (self._classes, self._elsewhere))
        return [*dict.fromkeys(job for jobs in queues for job in islice(jobs, 1))]

    def is_first_for_process(self, job: str, class_key: str, elsewhere: bool) -> bool:
        "`elsewhere`: for one of another member, where who waits for this one is in nobody's way."
        queues = self._elsewhere if elsewhere else self._classes
        return next(iter(queues.get(class_key, ())), job) == job

    # -- what is recorded of that

    def remember(self, job: str, need: Need) -> None:
        "The store says that the job waits, which is untrue until it waits for the same (again)."
        self._recorded[job] = need
        self._unrecorded[job] = None

    @property
    def is_recorded(self) -> bool:
        return not self._unrecorded

    def unrecorded(self) -> Iterator[tuple[str, Need | None]]:
        """Jobs that the store says something else of, with what they wait for (None: nothing any more). Whoever asks
        records it: it is not told again."""
        for job in self._unrecorded:
            true = self._need(job)
            if true == self._recorded.get(job):
                continue
            if true is None:
                del self._recorded[job]
            else:
                self._recorded[job] = true
            yield job, true
        self._unrecorded.clear()

    def _need(self, job: str) -> Need | None:
        "A job that stands in the queues of its locks and of a class has come so far that it lacks a process only."
        class_key = self._class_of.get(job)
        if class_key is not None:
            return Need(class_key, (), self._since_process[job])
        locks = self._locks_of.get(job)
        return Need("", locks, self._since_locks[job]) if locks else None

    # -- for locks

    def wait_for_locks(self, job: str, wanted: Mapping[str, bool], now: datetime) -> bool:
        "`wanted`: locks, each with whether it is to be held alone. True when the job did not wait for these before."
        if self._locks_of.get(job) == tuple(wanted):
            return False
        self.leave_locks(job)
        self._locks_of[job] = locks = tuple(wanted)
        known = self._recorded.get(job)
        self._since_locks[job] = known.begun("", locks, now) if known else now
        self._unrecorded[job] = None
        for lock, alone in wanted.items():
            self._locks.setdefault(lock, {})[job] = alone
        return True

    def leave_locks(self, job: str) -> tuple[str, ...]:
        "The job waits no longer; the keys of the locks that it waited for."
        locks = self._locks_of.pop(job, ())
        if locks:
            del self._since_locks[job]
            self._unrecorded[job] = None
        for lock in locks:
            self._locks[lock].pop(job, None)
        return locks

    def for_lock(self, lock: str) -> Iterator[tuple[str, bool]]:
        "Who waits, the next one first: those who want to hold it alone come before the others."
        waiting = self._locks.get(lock, {})
        yield from ((job, alone) for job, alone in waiting.items() if alone)
        yield from ((job, alone) for job, alone in waiting.items() if not alone)

    def since_locks(self, job: str) -> datetime:
        "Since when a job waits for its locks: also what the store remembers of engines before."
        return self._since_locks[job]

    def waits_for_locks(self, job: str) -> bool:
        return job in self._locks_of

    def is_first_for_lock(self, job: str, lock: str, alone: bool) -> bool:
        "Whether nobody is before the job in the lock's queue, where it may not stand yet."
        ahead = next(self.for_lock(lock), None)
        return ahead is None or ahead[0] == job or (alone and not ahead[1])
