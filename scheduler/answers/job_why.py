"""`<job.why>`: what keeps a job from running, part by part.

Obstacles carry an attribute by which clients of the classic engine know them, and ours, which say the same for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from scheduler import paths
from scheduler.answers.common import obstacle
from scheduler.answers.pieces import in_sequence, unless_empty, wrapped
from scheduler.index.orders import sequence
from scheduler.job.times import next_start
from scheduler.records import Job, Node, NodeAction, NodeKey, Order
from scheduler.times import time_text
from scheduler.why import Obstacle, node_until, why_chain, why_job, why_order
from scheduler.world import World
from scheduler.xml.write import element

#: orders of a node, and tasks of the queue, that are told of at most
MOST = 20

Attribute = tuple[str, object]


def job_why_parts(world: World, job: Job) -> Iterator[str]:
    return wrapped("job.why", [("job", paths.name(job.path))], _content(world, job))


def _content(world: World, job: Job) -> Iterator[str]:
    for one in why_job(world, job):
        yield obstacle(one, *_of_job(world, job, one))
    nodes = chain.from_iterable(_node(world, key) for key in world.nodes_served_by(job.key))
    yield from unless_empty("job_chain_nodes.why", (), nodes)
    yield _queue(world, job)
    yield _start_reason(world, job)
    yield _directories(job)


def _of_job(world: World, job: Job, found: Obstacle) -> Iterator[Attribute]:
    "The classic attribute of an obstacle, as far as there is one."
    kind = found.kind
    if kind in ("stopped", "stopping", "error"):
        yield "state", job.state.value
    elif kind == "max_tasks":
        yield "max_tasks", job.definition.tasks
        yield "running_tasks", world.running_count(job.key)
    elif kind in ("waiting_for_process", "waiting_for_agent", "process_class_missing"):
        yield "waiting_for_process", "yes"
    elif kind in ("paused", "scheduler_state", "database"):
        yield "scheduler_state", "paused" if kind == "paused" else world.state.value
    elif kind in ("not_in_period", "no_period"):
        yield "in_period", "no"
    elif kind in ("waiting_for_lock", "lock_missing"):
        yield "locks_available", "no"
    elif kind == "delay_after_error" and found.until is not None:
        yield "delay_until", time_text(found.until)
    elif kind == "no_order":
        yield "order_controlled", "yes"


def _node(world: World, key: NodeKey) -> Iterator[str]:
    return wrapped("job_chain_node.why", [("order_state", key.state)], _of_node(world, key))


def _of_node(world: World, key: NodeKey) -> Iterator[str]:
    node, found, now = world.nodes.get(key), world.chains.get(key.chain), world.now
    yield _action(world, node, found.path if found is not None else key.chain)
    if found is not None:
        yield element("job_chain.why", [("path", found.path)], *map(obstacle, why_chain(world, found)))
    orders = world.order_index.standing_at(key)
    in_queue = yield from in_sequence(orders, lambda order: sequence(order, now))
    first = (_order(world, order) for order in islice(in_queue, MOST))
    yield from wrapped("order_queue", [("length", len(orders))], first)


def _action(world: World, node: Node | None, path: str) -> str:
    if node is None or node.action is NodeAction.PROCESS:
        return ""
    text = "The node is stopped" if node.action is NodeAction.STOP else "The node is skipped"
    found = Obstacle(f"node_{node.action.value}", f"{path}:{node.state}", text, node_until(world, node))
    return obstacle(found, ("action", node.action.value))


def _order(world: World, order: Order) -> str:
    task = element("task", [("id", order.task_id)]) if order.task_id is not None else ""
    found = (obstacle(one, *_of_order(one)) for one in why_order(world, order))
    return element("order", [("job_chain", order.chain), ("id", order.id)], *found, task)


def _of_order(found: Obstacle) -> Iterator[Attribute]:
    if found.kind in ("at", "setback") and found.until is not None:
        yield found.kind, time_text(found.until)
    elif found.kind == "blacklisted":
        yield "on_blacklist", "yes"
    elif found.kind == "suspended":
        yield "suspended", "yes"
    elif found.kind == "schedule_missing":
        yield "schedule_is_missing", "yes"


def _queue(world: World, job: Job) -> str:
    queued = world.queued_of(job.key)
    shown = (element("task_queue_element.why", [("id", task.id), ("at", task.start_at)]) for task in queued[:MOST])
    return element("task_queue.why", [("length", len(queued))], *shown) if queued else ""


def _start_reason(world: World, job: Job) -> str:
    "What starts it next, or asks for it now."
    reason = _reason(world, job)
    return element("start_reason.why", [reason]) if reason is not None else ""


def _reason(world: World, job: Job) -> Attribute | None:
    times = job.times
    if job.delay_until is not None and job.delay_until > world.now:
        return "delay_until", time_text(job.delay_until)
    start = next_start(job, world.now)
    if start is not None and times is not None:
        if times.once:
            return "once", "yes"
        if start == times.next_single:
            return "next_single_start", time_text(start)
        return "next_start_time", time_text(start)
    if job.definition.min_tasks > world.running_count(job.key):
        return "min_tasks", job.definition.min_tasks
    return None


def _directories(job: Job) -> str:
    watched = (element("directory", [("path", watch.directory)]) for watch in job.definition.directory_watches)
    return element("start_when_directory_changed.why", (), *watched) if job.definition.directory_watches else ""
