"""Why something does not run: every obstacle, with the object that stands in the way.

The same conditions that `settle` asks, told instead of obeyed; the page, `job.why` and `what="why"` show them.
An empty list means: nothing stands in the way (it runs, or is about to).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.definitions import LockUse
from scheduler.job.requisites import missing
from scheduler.records import (
    ChainState,
    EngineState,
    FileKey,
    Job,
    JobChain,
    JobState,
    NodeAction,
    ObjectKind,
    Order,
    OrderState,
)
from scheduler.task.resources import lock_is_free, process_class
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`kind` is a stable word; `object` the path of what stands in the way; `until` when it goes by itself, if
    known."""

    kind: str
    object: str
    text: str
    until: datetime | None = None

    @property
    def type(self) -> str:
        "What kind of object it is: job, job_chain, node, order, process_class, lock, schedule, monitor or scheduler."
        return _TYPES[self.kind]


_TYPES = {
    **dict.fromkeys(("blacklisted", "suspended", "setback", "at", "run_time", "never"), "order"),
    **dict.fromkeys(("chain_missing", "chain_stopped", "chain_replacement", "max_orders"), "job_chain"),
    **dict.fromkeys(("node_missing", "node_stop", "node_next_state"), "node"),
    **dict.fromkeys(("database", "paused", "scheduler_state"), "scheduler"),
    **dict.fromkeys(
        ("job_missing", "stopped", "stopping", "error", "max_tasks", "delay_after_error", "replacement", "queue",
         "queued", "no_order", "no_run_time", "no_start"),
        "job",
    ),
    **dict.fromkeys(("waiting_for_process", "waiting_for_agent", "process_class_missing"), "process_class"),
    **dict.fromkeys(("waiting_for_lock", "lock_missing"), "lock"),
    "schedule_missing": "schedule",
    "monitor_missing": "monitor",
}  # fmt: skip


def why_order(world: World, order: Order) -> list[Obstacle]:
    "What keeps an order from its next step."
    if order.in_task:
        return []
    found = why_engine(world)
    name = f"{order.chain},{order.id}"
    if order.state is OrderState.BLACKLISTED:
        found.append(Obstacle("blacklisted", name, "The order is at its end; resuming or removing it takes it away"))
    if order.state is OrderState.SUSPENDED:
        found.append(Obstacle("suspended", name, "The order is suspended until it is resumed"))
    found += _start_time(world, order, name)
    chain = world.chains.get(order.key.chain)
    if chain is None:
        return [*found, Obstacle("chain_missing", order.chain, "The job chain does not exist")]
    found += _chain(world, chain, order)
    node = world.nodes.get(order.node_key)
    if node is None:
        text = f"The job chain has no node {order.node!r} any more"
        return [*found, Obstacle("node_missing", f"{chain.path}:{order.node}", text)]
    if node.action is not NodeAction.PROCESS:
        text = "The node is stopped" if node.action is NodeAction.STOP else "The node is skipped"
        found.append(Obstacle(f"node_{node.action.value}", f"{chain.path}:{node.state}", text))
    job = world.job(node.definition.job)
    if job is None:
        return [*found, Obstacle("job_missing", node.definition.job, "The job does not exist")]
    found += why_job_itself(world, job)
    first = world.next_order(order.node_key, True)
    if not found and first is not None and first.id != order.id:
        ahead = next((i for i, other in enumerate(world.orders_at(order.node_key)) if other.id == order.id), 0)
        found.append(Obstacle("queue", job.path, f"{ahead} orders are before it in the queue of the node"))
    return found


def why_job(world: World, job: Job) -> list[Obstacle]:
    "What keeps a job from starting a task."
    found = why_engine(world) + why_job_itself(world, job)
    if found or world.running_count(job.key):
        return found
    return _nothing_to_do(world, job)


def why_engine(world: World) -> list[Obstacle]:
    name = world.identity.scheduler_id
    found: list[Obstacle] = []
    if world.database_problem:
        found.append(Obstacle("database", name, f"The scheduler waits for its database: {world.database_problem}"))
    if world.paused:
        found.append(Obstacle("paused", name, "The scheduler is paused"))
    if world.state is not EngineState.RUNNING:
        found.append(Obstacle("scheduler_state", name, f"The scheduler is {world.state.value}"))
    return found


def why_job_itself(world: World, job: Job) -> list[Obstacle]:
    "Obstacles in the job, whatever it would start for."
    found: list[Obstacle] = []
    if job.state in (JobState.STOPPED, JobState.STOPPING, JobState.ERROR):
        text = "The job is disabled" if not job.enabled else f"The job is {job.state.value}"
        if job.problem is not None:
            text += f"; last error: {job.problem}"
        found.append(Obstacle(job.state.value, job.path, text))
    limit = job.definition.tasks
    if world.running_count(job.key) >= limit:
        found.append(Obstacle("max_tasks", job.path, f"All {limit} tasks of the job are running"))
    if job.delay_until is not None and job.delay_until > world.now:
        text = f"The job waits after {job.errors_in_a_row} errors in a row"
        found.append(Obstacle("delay_after_error", job.path, text, job.delay_until))
    if FileKey(ObjectKind.JOB.value, job.key) in world.pending_files:
        found.append(Obstacle("replacement", job.path, "The job is being replaced or removed"))
    found += _resources(world, job)
    return found


def _resources(world: World, job: Job) -> list[Obstacle]:
    "Requisites, locks and processes that the job lacks."
    found = [
        Obstacle(f"{key.kind}_missing", key.path, f"The {key.kind} does not exist")
        for key in missing(world, job.definition)
    ]
    if world.waiting.waits_for_locks(job.key):
        found += [_lock(world, use) for use in job.definition.locks if not lock_is_free(world, use.lock, use.exclusive)]
    class_key = world.waiting.class_of(job.key)
    if class_key is None:
        return found
    known = process_class(world, class_key)
    name = class_key or "/"
    if known is None:
        found.append(Obstacle("process_class_missing", name, "The process class does not exist"))
    elif known.remote_schedulers:
        text = "Tasks of the process class run on agents, which this version does not have"
        found.append(Obstacle("waiting_for_agent", name, text))
    else:
        text = f"All {known.max_processes} processes of the process class are in use"
        found.append(Obstacle("waiting_for_process", name, text))
    return found


def _lock(world: World, use: LockUse) -> Obstacle:
    if use.lock not in world.locks:
        return Obstacle("lock_missing", use.lock, "The lock does not exist")
    holders = [world.tasks[task_id] for task_id in world.holders_of(use.lock)]
    names = ", ".join(f"task {task.id} of {task.job}" for task in holders[:5])
    return Obstacle("waiting_for_lock", use.lock, f"The lock is held by {names}")


def _start_time(world: World, order: Order, name: str) -> list[Obstacle]:
    if order.state is OrderState.SETBACK and order.start_at is not None and order.start_at > world.now:
        text = f"The order was set back {order.setback_count} times"
        return [Obstacle("setback", name, text, order.start_at)]
    if order.start_at is not None and order.start_at > world.now:
        return [Obstacle("at", name, "The order has a start time ahead", order.start_at)]
    if order.start_at is None and order.state is OrderState.WAITING:
        if order.has_run_time:
            return [Obstacle("run_time", name, "No start was computed from the order's run time; start it by command")]
        return [Obstacle("never", name, "The order rests until it is started by command")]
    return []


def _chain(world: World, chain: JobChain, order: Order) -> list[Obstacle]:
    found: list[Obstacle] = []
    if chain.state is ChainState.STOPPED:
        found.append(Obstacle("chain_stopped", chain.path, "The job chain is stopped"))
    if FileKey(ObjectKind.JOB_CHAIN.value, chain.key) in world.pending_files:
        found.append(Obstacle("chain_replacement", chain.path, "The job chain is being replaced or removed"))
    limit = chain.definition.max_orders
    if limit is not None and not order.touched and world.touched_of(chain.key) >= limit:
        found.append(Obstacle("max_orders", chain.path, f"{limit} orders of the job chain are under way (max_orders)"))
    return found


def _nothing_to_do(world: World, job: Job) -> list[Obstacle]:
    task = world.next_queued(job.key)
    if task is not None and task.start_at is not None and task.start_at > world.now:
        return [Obstacle("queued", job.path, f"Task {task.id} is queued for later", task.start_at)]
    nodes = world.nodes_served_by(job.key)
    if nodes:
        waiting = sum(world.count_at(key) for key in nodes)
        return [Obstacle("no_order", job.path, f"No order is due at its nodes ({waiting} stand there)")]
    if job.definition.has_run_time:
        return [Obstacle("no_run_time", job.path, "No start was computed from the job's run time; start it by command")]
    return [Obstacle("no_start", job.path, "Nothing asks for a start; start it by command")]
