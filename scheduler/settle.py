"""What can start now. Asked again and again until nothing can: one decision at a time, each applied before the next.

Only jobs among the World's candidates are looked at, so the cost depends on what happened, not on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.chain.skip import stranded
from scheduler.changes import Change
from scheduler.decision import Decision
from scheduler.directory.ends import next_ended
from scheduler.directory.looks import next_reading
from scheduler.directory.sinks import next_at_sink
from scheduler.directory.watches import start_for_change
from scheduler.files.apply import settle_file
from scheduler.files.chains import install_around
from scheduler.files.orders import install_waiting
from scheduler.held_until import released
from scheduler.job.activation import times_renewed
from scheduler.job.demand import Demand, demand_elsewhere, next_demand, others_take_orders, takes_orders
from scheduler.job.times import in_period
from scheduler.order.times import rescheduled
from scheduler.order.without_class import failed_without_class, missing_class
from scheduler.plan.obey import obeyed
from scheduler.records import Cause, EngineState, Job, JobChain, Node, Record
from scheduler.task.api_serve import make_room, serve
from scheduler.task.resources import Resources, is_shared, release_queues, reserve, reserve_elsewhere, wait_here
from scheduler.task.start import start_by_itself, start_for_order, start_queued
from scheduler.world import World

#: files of orders at which the rim works at the same time; the next ones wait, so that no decision takes long
FILES_AT_ONCE = 50


def settle(world: World, now: datetime) -> Decision | None:
    "The next thing that can be done; None: everything is as far as it can be."
    for key in world.pending_files:
        change = settle_file(world, key, now)
        if change is not None:
            return Decision([change])
    if world.job_looks.untimed and world.state is EngineState.RUNNING and not world.database_problem:
        renewed = times_renewed(world, now)
        if renewed is not None:
            return Decision([renewed])
    if world.state is EngineState.RUNNING and not world.database_problem and (over := released(world, now)) is not None:
        return over
    if world.overrides.changed and world.state is EngineState.RUNNING and (changes := list(obeyed(world, now))):
        return Decision(changes)
    if world.defined.changed_schedules and (changes := list(rescheduled(world, now))):
        return Decision(changes)
    if not may_work(world):
        return None
    of_files = _settle_files_of_orders(world, now)
    if of_files is not None:
        return of_files
    while world.candidates:
        job_key = next(iter(world.candidates))
        del world.candidates[job_key]
        job = world.jobs.get(job_key)
        decision = _start_something(world, job, now) if job is not None else None
        if decision is not None:
            world.candidates[job_key] = None
            return decision
    return None


def _settle_files_of_orders(world: World, now: datetime) -> Decision | None:
    "The next file order that has come to a sink, or to its end."
    while world.readings.sinks and len(world.readings.at_work) < FILES_AT_ONCE:
        node_key = next(iter(world.readings.sinks))
        del world.readings.sinks[node_key]
        decision = next_at_sink(world, node_key, now)
        if decision is not None:
            world.readings.sinks[node_key] = None
            return decision
    return next_ended(world)


def chain_opened(world: World, change: Change, now: datetime) -> Iterator[Change]:
    """What a change that has made a job chain or switched a node allows: orders that waited for it get their place.

    Every change must be applied before the next is asked for.
    """
    key = next((key for record in change.put if (key := _chain_of(record)) is not None), None)
    chain = world.chains.get(key) if key is not None else None
    if chain is not None:
        yield from install_around(world, chain, now)
        yield from install_waiting(world, chain, now)
        yield from stranded(world, chain, now)


def _chain_of(record: Record) -> str | None:
    if isinstance(record, JobChain):
        return record.key
    return record.chain.lower() if isinstance(record, Node) else None


def may_work(world: World) -> bool:
    return world.state is EngineState.RUNNING and not world.paused and not world.database_problem


def _start_something(world: World, job: Job, now: datetime) -> Decision | None:
    decision = serve(world, job, now)
    if decision is not None:
        return decision
    demand = next_demand(world, job, now)
    if demand is None:
        release_queues(world, job)
        return _look_into_directories(world, job, now)
    if demand.order is not None and (lacking := missing_class(world, job, demand.order)):
        decision = failed_without_class(world, demand.order, lacking, now)
        if demand.added is not None:
            decision.changes.insert(0, demand.added)
        return decision
    resources = reserve(world, job, demand.order)
    if resources is None:
        class_key = world.waiting.class_of(job.key)
        shared = demand.order is not None and is_shared(world, demand.order)
        if class_key is None:
            return None
        elsewhere = None if shared or not world.crew.mates else _start_elsewhere(world, job, now)
        return elsewhere or make_room(world, class_key, shared, now)
    if demand.task is not None:
        return start_queued(world, job, demand.task, resources, now)
    if demand.cause is not None:
        if demand.cause is Cause.DIRECTORY:
            return start_for_change(world, job, resources, now)
        return start_by_itself(world, job, demand.cause, resources, now)
    return _start_for_order(world, job, demand, resources, now)


def _start_elsewhere(world: World, job: Job, now: datetime) -> Decision | None:
    "A step that another member may run does not wait behind what waits for a process of this one."
    demand = demand_elsewhere(world, job, now) if in_period(job, now) else None
    if demand is None or demand.order is None:
        wait_here(world, job)
        return None
    resources = reserve_elsewhere(world, job, demand.order)
    return _start_for_order(world, job, demand, resources, now) if resources is not None else None


def _start_for_order(world: World, job: Job, demand: Demand, resources: Resources, now: datetime) -> Decision:
    assert demand.order is not None  # noqa: S101  (a task or a trigger has been looked for before)
    decision = start_for_order(world, job, demand.order, resources, now)
    if demand.added is not None:
        decision.changes.insert(0, demand.added)
    return decision


def _look_into_directories(world: World, job: Job, now: datetime) -> Decision | None:
    if not world.readings.sources and not job.definition.directory_watches:
        return None
    return next_reading(world, job, takes_orders(world, job, now), others_take_orders(world, job, now), now)
