"""What a `<job>` holds of its tasks and orders: those that run, those that wait, and those that have ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from scheduler.answers import common
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_pieces
from scheduler.answers.pieces import in_sequence, wrapped
from scheduler.answers.task import history_entry, queued_task, task_element
from scheduler.errors import Problem
from scheduler.index.orders import sequence
from scheduler.records import Job, NodeKey, Task
from scheduler.world import World
from scheduler.xml.write import comment


@dataclass(frozen=True, slots=True)
class History:
    "Ended tasks with their logs (None: not wanted), the newest first; or why they cannot be shown."

    tasks: Sequence[tuple[Task, str | None]] = ()
    problem: Problem | None = None


def tasks_parts(world: World, tasks: list[Task], options: ShowOptions) -> Iterator[str]:
    if "tasks" not in options:
        return iter([comment(f"{len(tasks)} tasks suppressed")])
    return wrapped("tasks", [("count", len(tasks))], (task_element(world, task, options) for task in tasks))


def queue_parts(world: World, job: Job, options: ShowOptions) -> Iterator[str]:
    "Always with its length; the entries when they are wanted."
    shown = world.queued_of(job.key) if "task_queue" in options else []
    entries = chain.from_iterable(map(queued_task, shown))
    return wrapped("queued_tasks", [("length", world.queued_count(job.key))], entries)


def history_parts(world: World, history: History) -> Iterator[str]:
    scheduler_id = world.identity.scheduler_id

    def entries() -> Iterator[str]:
        for task, log in history.tasks:
            yield from history_entry(scheduler_id, task, log, inside_job=True)
        yield common.error(history.problem)

    return wrapped("history", (), entries())


def order_queue_parts(world: World, job: Job, options: ShowOptions, chain: str) -> Iterator[str]:
    "All nodes that the job serves together. Empty for a job that serves none."
    keys = [key for key in world.nodes_served_by(job.key) if not chain or key.chain == chain.lower()]
    if not keys:
        return iter(())
    length = sum(world.count_at(key) for key in keys)
    shown = _orders(world, keys, options) if "job_orders" in options else ()
    return wrapped("order_queue", [("length", length)], shown)


def _orders(world: World, keys: list[NodeKey], options: ShowOptions) -> Iterator[str]:
    "Node by node, as they stand at this moment."
    now, left = world.now, options.max_orders
    for orders in [world.order_index.standing_at(key) for key in keys]:
        if left == 0:
            return
        in_queue = yield from in_sequence(orders, lambda order: sequence(order, now))
        for order in islice(in_queue, left):
            yield from order_pieces(world, order, options)
        left = None if left is None else max(0, left - len(orders))
