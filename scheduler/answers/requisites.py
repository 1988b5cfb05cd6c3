"""What objects refer to, themselves and through others: (type, path, whether it is missing).

The default process class is left out. A sink of files needs no job.
"""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.answers.common import Requisite
from scheduler.definitions import JobChainDefinition, JobDefinition
from scheduler.records import Order, OrderOrigin
from scheduler.world import World


def of_job(world: World, job: JobDefinition) -> Iterator[Requisite]:
    if job.process_class:
        yield "Process_class", job.process_class, job.process_class not in world.process_classes
    for lock in job.locks:
        yield "Lock", lock.lock, lock.lock not in world.locks
    for monitor in job.monitors:
        if monitor.monitor:
            yield "Monitor", monitor.monitor, monitor.monitor not in world.monitors
    yield from _schedule(world, job.run_time.schedule)


def of_chain(world: World, chain: JobChainDefinition) -> Iterator[Requisite]:
    for path in dict.fromkeys(node.job for node in chain.nodes if node.job and node.sink is None):
        job = world.job(path)
        yield "Job", path, job is None
        if job is not None:
            yield from of_job(world, job.definition)
    for path in dict.fromkeys(node.job_chain for node in chain.nodes if node.job_chain):
        nested = world.chain(path)
        yield "Job_chain", path, nested is None
        if nested is not None and not nested.definition.is_superordinate:
            yield from of_chain(world, nested.definition)
    if chain.process_class:
        yield "Process_class", chain.process_class, chain.process_class not in world.process_classes


def of_order(world: World, order: Order) -> Iterator[Requisite]:
    "Its chain, when it has a file, and its schedule."
    if order.origin is OrderOrigin.PERMANENT:
        yield "Job_chain", order.home, world.chain(order.home) is None
    if order.run_time is not None:
        yield from _schedule(world, order.run_time.schedule)


def _schedule(world: World, path: str) -> Iterator[Requisite]:
    if path:
        yield "Schedule", path, path not in world.schedules
