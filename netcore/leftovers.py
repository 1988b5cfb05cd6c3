"""Processes that an earlier run of this engine has left behind, found by their mark and ended.

An engine that was killed leaves its jobs running. Before the next run starts the same steps again, they must be
gone. A process belongs to an earlier run when its environment carries the mark of the same scheduler id and
the same spool directory, but another token. Blocking: call it before the reactor runs, or in a thread.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from netcore.run_mark import VARIABLE, RunMark, TaskMark, read_mark
from netcore.spool import Spool

_MARK = VARIABLE.encode() + b"="
_RETURNS = b"SCHEDULER_RETURN_VALUES="
#: the task in the mark of a process of the engine itself, see `netcore.starter`
NO_TASK = 0
#: seconds that a killed process has to end
LOST_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class LeftOver:
    "A process of an earlier run. `gone` False: it was still there when the time was over."

    task_id: int
    pid: int
    gone: bool = True


def find_leftovers(mark: RunMark, spool: Spool) -> list[LeftOver]:
    "What is there now; nothing is ended. What /proc does not let us read is not ours."
    return [LeftOver(task_id, pid, gone=False) for pid, task_id in _marked(_Runs(mark, spool))]


def end_leftovers(
    mark: RunMark,
    spool: Spool,
    grace: float = 2.0,
    deadline: float = 10.0,
    run_tokens: Collection[str] = (),
    spared: Collection[str] = (),
) -> list[LeftOver]:
    """End all processes of earlier runs with their groups, and wait until they are gone.

    Runs with other spool directories (those of other members) are known by `run_tokens`. The runs `spared`
    are at work and no earlier ones.

    SIGTERM first, SIGKILL after `grace` seconds; processes that appear meanwhile are killed at once. After `deadline`
    seconds it returns in any case; what could not be ended (a process that hangs in the kernel) has `gone` False.
    """
    return _end(_Runs(mark, spool, frozenset(run_tokens), frozenset(spared)), min(grace, deadline), deadline)


def _end(runs: _Wanted, grace: float | None, deadline: float) -> list[LeftOver]:
    "`grace` None: no SIGTERM."
    begin = time.monotonic()
    found: dict[int, LeftOver] = {}
    number = signal.SIGKILL if grace is None else signal.SIGTERM
    until = begin + (deadline if grace is None else grace)
    while watched := _watch_all(runs):
        try:
            found.update((pid, LeftOver(task_id, pid)) for pid, (_, task_id) in watched.items())
            for pid, (pidfd, _) in watched.items():
                _signal(pid, pidfd, number)
            still_there = _wait({pidfd for pidfd, _ in watched.values()}, until)
        finally:
            for pidfd, _ in watched.values():
                os.close(pidfd)
        if time.monotonic() >= begin + deadline:
            for pid, (pidfd, task_id) in watched.items():
                found[pid] = LeftOver(task_id, pid, gone=pidfd not in still_there)
            break
        number, until = signal.SIGKILL, begin + deadline
    of_tasks = [left_over for left_over in found.values() if left_over.task_id != NO_TASK]
    return sorted(of_tasks, key=lambda left_over: (left_over.task_id, left_over.pid))


def end_lost(mark: RunMark, spool: Spool, tasks: Collection[int], spared: Collection[int]) -> None:
    "Kill the processes of these tasks of this very run, and wait until they are gone; spare those groups."
    _end(_Lost(mark, spool, frozenset(tasks), frozenset(spared)), None, LOST_WITHIN)


class _Wanted(Protocol):
    def includes(self, pid: int, found: TaskMark, returns: bytes) -> bool:
        "Whether the process with this mark is to be ended."


@dataclass(frozen=True, slots=True)
class _Lost:
    mark: RunMark
    spool: Spool
    tasks: frozenset[int]
    spared: frozenset[int]

    def includes(self, pid: int, found: TaskMark, returns: bytes) -> bool:
        if (found.scheduler_id, found.token) != self.mark or found.task_id not in self.tasks:
            return False
        try:
            return os.getpgid(pid) not in self.spared
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class _Runs:
    "Which runs are earlier ones."

    mark: RunMark
    spool: Spool
    run_tokens: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()

    def includes(self, pid: int, found: TaskMark, returns: bytes) -> bool:
        if found.scheduler_id != self.mark.scheduler_id or found.token == self.mark.token or found.token in self.spared:
            return False
        return found.token in self.run_tokens or os.path.dirname(returns) == os.fsencode(self.spool.returns_dir)


def _marked(runs: _Wanted) -> Iterator[tuple[int, int]]:
    "(pid, task id) of every process of an earlier run, never this process or one of its ancestors."
    ours = _ancestry()
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in ours:
            task_id = _task_of(int(name), runs)
            if task_id is not None:
                yield int(name), task_id


def _watch_all(runs: _Wanted) -> dict[int, tuple[int, int]]:
    "pid -> (pidfd, task id). The mark is read again under the pidfd, so the number means that process."
    watched: dict[int, tuple[int, int]] = {}
    for pid, task_id in _marked(runs):
        with suppress(OSError):
            pidfd = os.pidfd_open(pid)
            if _task_of(pid, runs) == task_id:
                watched[pid] = (pidfd, task_id)
            else:
                os.close(pidfd)
    return watched


def _task_of(pid: int, runs: _Wanted) -> int | None:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            content = file.read()
    except OSError:
        return None
    if _MARK not in content:  # most of them; what some programs leave in its place is long to take apart
        return None
    environment = content.split(b"\0")
    marks = [entry[len(_MARK) :] for entry in environment if entry.startswith(_MARK)]
    returns = [entry[len(_RETURNS) :] for entry in environment if entry.startswith(_RETURNS)]
    if not marks or not returns:
        return None
    read = read_mark(os.fsdecode(marks[-1]))
    return read.task_id if read is not None and runs.includes(pid, read, returns[-1]) else None


def _ancestry() -> set[int]:
    "This process and its ancestors: an engine may have been started by a job of its own earlier run."
    pids: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in pids:
        pids.add(pid)
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
    return pids


def _signal(pid: int, pidfd: int, number: signal.Signals) -> None:
    "To the process, and to its group: a descendant may have cleared its environment."
    with suppress(OSError):
        signal.pidfd_send_signal(pidfd, number)
        if number == signal.SIGTERM:
            signal.pidfd_send_signal(pidfd, signal.SIGCONT)
    with suppress(OSError):
        group = os.getpgid(pid)
        if group > 1 and group not in {os.getpgid(ancestor) for ancestor in _ancestry()}:
            os.killpg(group, number)


def _wait(pidfds: set[int], until: float) -> set[int]:
    "Wait for the ends of the processes; gives those that are still there at `until` (monotonic seconds)."
    poll = select.poll()
    for pidfd in pidfds:
        poll.register(pidfd, select.POLLIN)
    waiting = set(pidfds)
    while waiting and (left := until - time.monotonic()) > 0:
        for pidfd, _ in poll.poll(max(1, int(left * 1000))):
            poll.unregister(pidfd)
            waiting.discard(pidfd)
    return waiting
