"""What can start now. Asked again and again until nothing can: one decision at a time, each applied before the next.

Only jobs among the World's candidates are looked at, so the cost depends on what happened, not on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.chain.skip import stranded
from scheduler.changes import Change
from scheduler.decision import Decision
from scheduler.files.apply import settle_file
from scheduler.files.orders import install_waiting
from scheduler.job.demand import next_demand
from scheduler.records import EngineState, Job, JobChain, Node, Record
from scheduler.task.resources import release_queues, reserve
from scheduler.task.start import start_for_order, start_queued
from scheduler.world import World


def settle(world: World, now: datetime) -> Decision | None:
    "The next thing that can be done; None: everything is as far as it can be."
    for key in world.pending_files:
        change = settle_file(world, key, now)
        if change is not None:
            return Decision([change])
    if not may_work(world):
        return None
    while world.candidates:
        job_key = next(iter(world.candidates))
        del world.candidates[job_key]
        job = world.jobs.get(job_key)
        decision = _start_something(world, job, now) if job is not None else None
        if decision is not None:
            world.candidates[job_key] = None
            return decision
    return None


def chain_opened(world: World, change: Change, now: datetime) -> Iterator[Change]:
    """What a change that has made a job chain or switched a node allows: orders that waited for it get their place.

    Every change must be applied before the next is asked for.
    """
    key = next((key for record in change.put if (key := _chain_of(record)) is not None), None)
    chain = world.chains.get(key) if key is not None else None
    if chain is not None:
        yield from install_waiting(world, chain, now)
        yield from stranded(world, chain, now)


def _chain_of(record: Record) -> str | None:
    if isinstance(record, JobChain):
        return record.key
    return record.chain.lower() if isinstance(record, Node) else None


def may_work(world: World) -> bool:
    return world.state is EngineState.RUNNING and not world.paused and not world.database_problem


def _start_something(world: World, job: Job, now: datetime) -> Decision | None:
    demand = next_demand(world, job, now)
    if demand is None:
        release_queues(world, job)
        return None
    resources = reserve(world, job, demand.order)
    if resources is None:
        return None
    if demand.task is not None:
        return start_queued(world, job, demand.task, resources, now)
    assert demand.order is not None  # noqa: S101  (one of the two was found)
    return start_for_order(world, job, demand.order, resources, now)
