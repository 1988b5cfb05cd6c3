"""The members that run steps for the leading one, and how busy each is.

The empty run stands for the leading member itself. A member has a free process when neither the job's tasks there nor
the processes of the class there are as many as the configuration allows: those limits count for each member.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduler.cluster.assignment import HERE, Mate
from scheduler.cluster.talk import Talk
from scheduler.records import OrderKey, Task, TaskState

#: so many steps more than others count like one process more, and no more than so many do
SERVED_AS_PROCESS, SERVED_MOST = 8, 16


@dataclass(slots=True)
class Load:
    """What runs at one member: all processes, those of each job and of each class. `given`: how many steps it got, as
    far as that still counts."""

    processes: int = 0
    of_job: dict[str, int] = field(default_factory=dict)
    of_class: dict[str, int] = field(default_factory=dict)
    given: int = 0

    def has_free(self, job_key: str, most_tasks: int, class_key: str, most_processes: int) -> bool:
        return self.of_job.get(job_key, 0) < most_tasks and self.of_class.get(class_key, 0) < most_processes


class Crew:
    "`mates` by run: all others that may still report something."

    def __init__(self) -> None:
        self.mates: dict[str, Mate] = {}
        self._loads: dict[str, Load] = {HERE: Load()}
        #: runs of this member itself, from the time when another one led: what they still run counts as run here
        self._own: set[str] = set()
        #: who ran the last step of an order
        self._last: dict[OrderKey, str] = {}
        #: with the task servers of tasks that other members run
        self.talks: dict[int, Talk] = {}

    def see(self, mates: Iterable[Mate], member_id: str) -> None:
        "From now on these are the others; `member_id` is this member itself."
        self.mates = {mate.run: mate for mate in mates}
        self._own |= {mate.run for mate in self.mates.values() if mate.member_id == member_id}
        for run in self.mates.keys() - self._loads.keys():
            self._loads[run] = Load(given=min(load.given for load in self._loads.values()))
        for run in self._loads.keys() - self.mates.keys() - {HERE}:
            if not self._loads[run].processes:
                del self._loads[run]

    def is_here(self, run: str) -> bool:
        "Whether this member itself runs what that run has."
        return run == HERE or run in self._own

    def tasks_at(self, run: str, job_key: str) -> int:
        "How many tasks of a job have their process at a member."
        return self._loads[run].of_job.get(job_key, 0)

    def processes_at(self, run: str, class_key: str) -> int:
        "How many processes of a class there are at a member."
        return self._loads[run].of_class.get(class_key, 0)

    def has_place(self, job_key: str, most_tasks: int) -> bool:
        "Whether anybody else could run one more task of the job, if there is a process for it."
        return any(mate.open and self.tasks_at(mate.run, job_key) < most_tasks for mate in self.mates.values())

    def choose(
        self, order: OrderKey, job_key: str, most_tasks: int, class_key: str, most_processes: int, balanced: bool
    ) -> str | None:
        """The run of the member that takes the next step of the order; None: nobody has a free process.

        It stays where its last step was, if there is a free process, unless all steps are to be `balanced`; otherwise
        whoever has the fewest processes takes it, and of nearly equally busy ones who was given the fewest: somebody
        from whom ends are heard a little later would get fewer steps for ever otherwise.
        """
        free = [
            run
            for run in (HERE, *(mate.run for mate in self.mates.values() if mate.open))
            if self._loads[run].has_free(job_key, most_tasks, class_key, most_processes)
        ]
        if not balanced and self._last.get(order) in free:
            return self._last[order]
        return min(free, key=lambda run: (self._busy(self._loads[run]), run), default=None)

    def _busy(self, load: Load) -> float:
        return load.processes + load.given / SERVED_AS_PROCESS

    # -- what the World tells

    def add(self, task: Task) -> None:
        "The task has a process, or is about to have one."
        load = self._load(task)
        load.processes += 1
        load.of_job[task.job_key] = load.of_job.get(task.job_key, 0) + 1
        load.of_class[task.process_class] = load.of_class.get(task.process_class, 0) + 1
        if task.state is TaskState.STARTING:
            self._give(load)
            if task.server is not None and task.member_run != HERE:
                self.talks.setdefault(task.id, Talk())
            key = task.order_key
            if self.mates and key is not None:
                self._last[key] = task.member_run

    def _give(self, load: Load) -> None:
        "What somebody got long ago, when others had no place, does not count any more."
        load.given += 1
        for other in self._loads.values():
            other.given = max(other.given, load.given - SERVED_MOST)

    def remove(self, task: Task) -> None:
        load = self._load(task)
        load.processes -= 1
        load.of_job[task.job_key] -= 1
        load.of_class[task.process_class] -= 1

    def _load(self, task: Task) -> Load:
        return self._loads.setdefault(HERE if self.is_here(task.member_run) else task.member_run, Load())

    def order_left(self, key: OrderKey) -> None:
        self._last.pop(key, None)
