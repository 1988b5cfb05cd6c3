"Tasks by job: the queue, and those that have a process; processes by class; locks by holder."

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import datetime

from scheduler.cluster.crew import Crew
from scheduler.index.orders import NEVER
from scheduler.records import Task, TaskState
from scheduler.task.api_state import RESTING, Phase


def _place(task: Task) -> tuple[datetime, int]:
    "A task that never starts by itself stands in nobody's way."
    return task.start_at or NEVER, task.id


class TaskIndex:
    "`tasks` is the World's dictionary of all tasks that have not ended."

    def __init__(self, tasks: Mapping[int, Task]) -> None:
        self._tasks = tasks
        self._running: dict[str, dict[int, None]] = {}
        self._queued: dict[str, list[tuple[datetime, int]]] = {}
        #: the same, only those that need no period
        self._forced: dict[str, list[tuple[datetime, int]]] = {}
        #: processes in use, by the key of the process class
        self._of_class: dict[str, int] = {}
        #: holders of each lock with whether they hold it alone
        self._holders: dict[str, dict[int, bool]] = {}
        self.processes = 0
        #: the same by the member that runs them
        self.crew = Crew()
        #: tasks whose task server waits for the engine, by job; and those that wait for an order or for locks
        self._resting: dict[str, dict[int, None]] = {}
        self.idle: dict[int, None] = {}
        self.waiting_for_locks: dict[int, None] = {}

    def add(self, task: Task) -> None:
        job = task.job_key
        if task.state is TaskState.QUEUED:
            for queues in self._queues_of(task):
                insort(queues.setdefault(job, []), _place(task))
            return
        self._running.setdefault(job, {})[task.id] = None
        self.processes += 1
        self.crew.add(task)
        self._of_class[task.process_class] = self._of_class.get(task.process_class, 0) + 1
        for lock, exclusive in task.locks:
            self._holders.setdefault(lock, {})[task.id] = exclusive
        if task.server is not None and task.server.phase in RESTING:
            self._add_resting(task, task.server.phase)

    def _add_resting(self, task: Task, phase: Phase) -> None:
        self._resting.setdefault(task.job_key, {})[task.id] = None
        if phase is Phase.IDLE:
            self.idle[task.id] = None
        elif phase is Phase.LOCKS:
            self.waiting_for_locks[task.id] = None

    def remove(self, task: Task) -> None:
        job = task.job_key
        if task.state is TaskState.QUEUED:
            for queues in self._queues_of(task):
                queue = queues[job]
                del queue[bisect_left(queue, _place(task))]
            return
        self._running.get(job, {}).pop(task.id, None)
        self.processes -= 1
        self.crew.remove(task)
        self._of_class[task.process_class] -= 1
        for lock, _ in task.locks:
            self._holders[lock].pop(task.id, None)
        if task.server is not None:
            self._resting.get(job, {}).pop(task.id, None)
            self.idle.pop(task.id, None)
            self.waiting_for_locks.pop(task.id, None)

    def resting_of(self, job_key: str) -> list[Task]:
        "Tasks whose task server waits for what the engine decides."
        return [self._tasks[task_id] for task_id in self._resting.get(job_key, ())]

    def of(self, job_key: str) -> list[Task]:
        "Tasks of a job that have a process (or are about to have one)."
        return [self._tasks[task_id] for task_id in self._running.get(job_key, ())]

    def running_count(self, job_key: str) -> int:
        return len(self._running.get(job_key, ()))

    def queued_of(self, job_key: str) -> list[Task]:
        "Queued tasks of a job: earliest start first, then by number."
        return [self._tasks[task_id] for _, task_id in self._queued.get(job_key, ())]

    def _queues_of(self, task: Task) -> list[dict[str, list[tuple[datetime, int]]]]:
        return [self._queued, self._forced] if task.force else [self._queued]

    def next_queued(self, job_key: str, forced_only: bool = False) -> Task | None:
        "The queued task that is due first, whether or not it is due now."
        queue = (self._forced if forced_only else self._queued).get(job_key)
        return self._tasks[queue[0][1]] if queue else None

    def queued_count(self, job_key: str) -> int:
        return len(self._queued.get(job_key, ()))

    def processes_of(self, class_key: str) -> int:
        "Processes in use of a process class."
        return self._of_class.get(class_key, 0)

    def of_class(self, class_key: str) -> list[Task]:
        "Tasks with a process of a process class; for questions, as it looks through all that run."
        running = (self._tasks[task_id] for tasks in self._running.values() for task_id in tasks)
        return [task for task in running if task.process_class == class_key]

    def holders_of(self, lock_key: str) -> Mapping[int, bool]:
        "Tasks that hold a lock, each with whether it holds it alone."
        return self._holders.get(lock_key, {})
