"""What a task needs beside its job: a process of its class, and the job's locks, all at once.

A job that cannot have them queues. Waiting requests for a lock alone go before shared ones, otherwise first come,
first served; a task starts only when its job is first in at least one of the queues of its locks. A process class
gives its processes to the jobs in the order in which they began to wait; each member has processes of its own, and who
waits for one of the leading member is in nobody's way to the others. Locks come first: a job that cannot have them
waits for no process, where it would keep from one whoever could use it, and maybe just the job that it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE
from scheduler.definitions import ProcessClassDefinition
from scheduler.frozen import frozen
from scheduler.job_wait import JobWait
from scheduler.records import Job, Order, Task
from scheduler.world import World

#: the variable that says whether each step goes to the member with the fewest processes, and its values for yes
BALANCED, _TRUE = "scheduler.order.distributed.balanced", ("true", "yes", "1")
#: of so many jobs that begin or cease to wait at once each has a change of its own
TOLD_APART = 20


@frozen
class Resources:
    "What a task holds from its start to its end: the key of a process class, and locks with whether alone."

    process_class: str = ""
    locks: tuple[tuple[str, bool], ...] = ()
    #: the member that is to run it
    member_run: str = HERE


def class_key_of(world: World, job: Job, order: Order | None) -> str:
    "The key of the process class: the job's own, else that of the order's chain, else the default class."
    if world.identity.process_classes_ignored:
        return ""
    if job.definition.process_class:
        return job.definition.process_class
    chain = world.chains.get(order.key.chain) if order is not None else None
    return chain.definition.process_class if chain is not None else ""


def process_class(world: World, key: str) -> ProcessClassDefinition | None:
    "None: there is no such class (now). The default class is always there."
    known = world.process_classes.get(key)
    if known is None and not key:
        return _default_class(world.identity.max_processes)
    return known


@lru_cache(maxsize=8)
def _default_class(max_processes: int) -> ProcessClassDefinition:
    return ProcessClassDefinition("", max_processes)


def reserve(world: World, job: Job, order: Order | None) -> Resources | None:
    "What the job's next task can have now. None: it cannot, and the job is in the queues now."
    locks = _locks(world, job)
    if locks is None:
        world.wait_for_process(job.key, None)
        return None
    key = class_key_of(world, job, order)
    member_run = _place(world, job, order, key)
    if member_run is None or not world.waiting.is_first_for_process(job.key, key, member_run != HERE):
        world.wait_for_process(job.key, key, order is not None and is_shared(world, order))
        return None
    release_queues(world, job)
    return Resources(key, locks, member_run)


def reserve_elsewhere(world: World, job: Job, order: Order) -> Resources | None:
    """What a step that another member may run can have while the job waits for a process of this one, where it keeps
    its place in the queue. None: nothing, and the job waits for a process of any member now."""
    key = class_key_of(world, job, order)
    locks = _locks(world, job)
    if locks is None or key != world.waiting.class_of(job.key):
        return None
    member_run = _place(world, job, order, key)
    if member_run in (None, HERE) or not world.waiting.is_first_for_process(job.key, key, elsewhere=True):
        world.wait_for_process(job.key, key, anywhere=True)
        return None
    wait_here(world, job)
    return Resources(key, locks, member_run)


def wait_here(world: World, job: Job) -> None:
    "The job, which waits for a process, wants none of another member (any more); whoever follows may try."
    following = world.waiting.leave_elsewhere(job.key)
    if following is not None:
        world.candidates[following] = None


def _place(world: World, job: Job, order: Order | None, key: str) -> str | None:
    "Which member has a free process of the class for the job; None: nobody."
    known = process_class(world, key)
    if known is None or known.remote_schedulers:
        return None
    if order is not None and world.crew.mates and is_shared(world, order):
        balanced = world.variable(BALANCED).lower() in _TRUE
        return world.crew.choose(order.key, job.key, job.definition.tasks, key, known.max_processes, balanced)
    return HERE if world.crew.processes_at(HERE, key) < known.max_processes else None


def is_shared(world: World, order: Order) -> bool:
    "Whether another member may run the step: any of a chain with `distributed=\"yes\"`."
    chain = world.chains.get(order.key.chain)
    return chain is not None and chain.definition.distributed


def release_queues(world: World, job: Job) -> None:
    "The job waits for nothing of this any more."
    key = job.key
    if world.waiting.waits(key):
        world.wait_for_process(key, None)
        world.wait_for_locks(key, {})


def waits_recorded(world: World) -> list[Change]:
    """Who has begun or ceased to wait for a process or for locks, as the store does not know it yet.

    Of many at once (at midnight) one change tells, rather than as many as there are starts.
    """
    each = list(_waits_recorded(world))
    if len(each) <= TOLD_APART:
        return each
    put = tuple(record for change in each for record in change.put)
    return [Change(Kind.JOB_CHANGED, "/", put=put, drop=tuple(drop for change in each for drop in change.drop))]


def _waits_recorded(world: World) -> Iterator[Change]:
    for key, need in world.waiting.unrecorded():
        job = world.jobs.get(key)
        if need is None or job is None:
            path = job.path if job is not None else key
            yield Change(Kind.JOB_CHANGED, path, drop=((JobWait, key),), detail=_told("", ()))
        else:
            wait = JobWait(job.path, need.process_class, need.since, need.locks)
            told = _told("" if need.locks else need.process_class or "/", need.locks)
            yield Change(Kind.JOB_CHANGED, job.path, put=(wait,), detail=told)


def _told(process_class: str, locks: tuple[str, ...]) -> dict[str, object]:
    return {"waits_for_process": process_class, "waits_for_locks": list(locks)}


def _locks(world: World, job: Job) -> tuple[tuple[str, bool], ...] | None:
    uses = job.definition.locks
    if not uses:
        return ()
    wanted = {use.lock: use.exclusive for use in uses}
    free = all(lock_is_free(world, lock, alone) for lock, alone in wanted.items())
    first = any(world.waiting.is_first_for_lock(job.key, lock, alone) for lock, alone in wanted.items())
    if not free or not first:
        world.wait_for_locks(job.key, wanted)
        return None
    return tuple(wanted.items())


def lock_is_free(world: World, lock: str, alone: bool) -> bool:
    "Whether a task could hold the lock now, if nobody waited for it."
    return _could_be_held(world, lock, alone, world.holders_of(lock))


def could_hold(world: World, task: Task, lock: str, alone: bool) -> bool:
    "As `lock_is_free` for a task that may hold it already."
    others = {holder: held_alone for holder, held_alone in world.holders_of(lock).items() if holder != task.id}
    return _could_be_held(world, lock, alone, others)


def _could_be_held(world: World, lock: str, alone: bool, holders: Mapping[int, bool]) -> bool:
    definition = world.locks.get(lock)
    if definition is None:
        return False
    if alone:
        return not holders
    limit = definition.max_non_exclusive
    return not any(holders.values()) and (limit is None or len(holders) < limit)
