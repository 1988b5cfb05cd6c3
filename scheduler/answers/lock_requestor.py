"""`<lock.requestor>`: the locks that a job wants for each of its tasks."""

from __future__ import annotations

from scheduler.definitions import LockUse
from scheduler.records import Job
from scheduler.task.resources import lock_is_free
from scheduler.world import World
from scheduler.xml.write import element


def lock_requestor(world: World, job: Job) -> str:
    "Empty for a job that uses no lock. Whether a lock is free is said only while the job waits."
    uses = job.definition.locks
    if not uses:
        return ""
    waiting = world.waiting.waits_for_locks(job.key)
    shown = (_use(world, use, waiting) for use in uses)
    return element("lock.requestor", [("waiting", "yes" if waiting else None)], *shown)


def _use(world: World, use: LockUse, waiting: bool) -> str:
    exists = use.lock in world.locks
    available = lock_is_free(world, use.lock, use.exclusive) if waiting and exists else None
    return element(
        "lock.use",
        [
            ("lock", use.lock),
            ("exclusive", use.exclusive),
            ("is_available", available),
            ("is_missing", None if exists else "yes"),
        ],
    )
