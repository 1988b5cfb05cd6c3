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
from scheduler.job.lifecycle import MAY_START
from scheduler.records import (
    ChainState,
    EngineState,
    FileKey,
    Job,
    JobChain,
    Node,
    NodeAction,
    NodeKey,
    Order,
    Record,
    Task,
)
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
    if not job_may_start(world, job, now):
        world.wait_for_process(job.key, False)
        return None
    task = due_task(world, job, now)
    order = None if task is not None else due_order(world, job)
    if task is None and order is None:
        world.wait_for_process(job.key, False)
        return None
    if world.processes >= world.identity.max_processes:
        world.wait_for_process(job.key, True)
        return None
    world.wait_for_process(job.key, False)
    if task is not None:
        return start_queued(world, job, task, now)
    assert order is not None  # noqa: S101  (one of the two was found)
    return start_for_order(world, job, order, now)


def job_may_start(world: World, job: Job, now: datetime) -> bool:
    "Whether the job itself allows one more task."
    if job.state not in MAY_START or world.running_count(job.key) >= job.definition.tasks:
        return False
    if job.delay_until is not None and job.delay_until > now:
        return False
    return FileKey("job", job.key) not in world.pending_files


def due_task(world: World, job: Job, now: datetime) -> Task | None:
    task = world.next_queued(job.key)
    if task is None or task.start_at is None or task.start_at > now:
        return None
    return task


def due_order(world: World, job: Job) -> Order | None:
    "The order that this job takes next: of all nodes that it serves the one with the best place."
    best: Order | None = None
    for node_key in world.nodes_served_by(job.key):
        chain = world.chains.get(node_key.chain)
        if chain is None or not node_works(world, chain, node_key):
            continue
        order = world.next_order(node_key, may_begin(world, chain))
        if order is not None and (best is None or _place(order) < _place(best)):
            best = order
    return best


def _place(order: Order) -> tuple[int, int]:
    return -order.priority, order.ordering


def node_works(world: World, chain: JobChain, node_key: NodeKey) -> bool:
    "Whether orders are taken at the node."
    if chain.state is not ChainState.RUNNING or FileKey("job_chain", chain.key) in world.pending_files:
        return False
    return world.nodes[node_key].action is NodeAction.PROCESS


def may_begin(world: World, chain: JobChain) -> bool:
    "Whether `max_orders` lets one more order begin its round."
    limit = chain.definition.max_orders
    return limit is None or world.touched_of(chain.key) < limit
