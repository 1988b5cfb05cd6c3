"Tasks by job: the queue, and those that have a process; processes by class; locks by holder."

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import datetime

from scheduler.index.orders import NEVER
from scheduler.records import Task, TaskState


def _place(task: Task) -> tuple[datetime, int]:
    "A task that never starts by itself stands in nobody's way."
    return task.start_at or NEVER, task.id


class TaskIndex:
    "`tasks` is the World's dictionary of all tasks that have not ended."

    def __init__(self, tasks: Mapping[int, Task]) -> None:
        self._tasks = tasks
        self._running: dict[str, dict[int, None]] = {}
        self._queued: dict[str, list[tuple[datetime, int]]] = {}
        #: processes in use, by the key of the process class
        self._of_class: dict[str, int] = {}
        #: holders of each lock with whether they hold it alone
        self._holders: dict[str, dict[int, bool]] = {}
        self.processes = 0

    def add(self, task: Task) -> None:
        job = task.job_key
        if task.state is TaskState.QUEUED:
            insort(self._queued.setdefault(job, []), _place(task))
            return
        self._running.setdefault(job, {})[task.id] = None
        self.processes += 1
        self._of_class[task.process_class] = self._of_class.get(task.process_class, 0) + 1
        for lock, exclusive in task.locks:
            self._holders.setdefault(lock, {})[task.id] = exclusive

    def remove(self, task: Task) -> None:
        job = task.job_key
        if task.state is TaskState.QUEUED:
            queue = self._queued[job]
            del queue[bisect_left(queue, _place(task))]
            return
        self._running.get(job, {}).pop(task.id, None)
        self.processes -= 1
        self._of_class[task.process_class] -= 1
        for lock, _ in task.locks:
            self._holders[lock].pop(task.id, None)

    def of(self, job_key: str) -> list[Task]:
        "Tasks of a job that have a process (or are about to have one)."
        return [self._tasks[task_id] for task_id in self._running.get(job_key, ())]

    def running_count(self, job_key: str) -> int:
        return len(self._running.get(job_key, ()))

    def queued_of(self, job_key: str) -> list[Task]:
        "Queued tasks of a job: earliest start first, then by number."
        return [self._tasks[task_id] for _, task_id in self._queued.get(job_key, ())]

    def next_queued(self, job_key: str) -> Task | None:
        "The queued task that is due first, whether or not it is due now."
        queue = self._queued.get(job_key)
        return self._tasks[queue[0][1]] if queue else None

    def queued_count(self, job_key: str) -> int:
        return len(self._queued.get(job_key, ()))

    def processes_of(self, class_key: str) -> int:
        "Processes in use of a process class."
        return self._of_class.get(class_key, 0)

    def holders_of(self, lock_key: str) -> Mapping[int, bool]:
        "Tasks that hold a lock, each with whether it holds it alone."
        return self._holders.get(lock_key, {})
