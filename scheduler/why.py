"""Why something does not run: every obstacle, with the object that stands in the way.

The same conditions that `settle` asks, told instead of obeyed; the page, `job.why` and `what="why"` show them.
An empty list means: nothing stands in the way (it runs, or is about to).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.definitions import LockUse
from scheduler.directory.reading import file_of
from scheduler.directory.sources import may_watch
from scheduler.held_until import name_of
from scheduler.hold import PAUSE, HoldKind, hold_key
from scheduler.index.orders import sequence
from scheduler.job.demand import has_place_elsewhere, has_place_here
from scheduler.job.requisites import missing
from scheduler.job.times import in_period, next_start
from scheduler.order.due import may_begin, may_begin_in
from scheduler.order.hold import hold_of
from scheduler.order.queue import begun
from scheduler.order.times import plan_of
from scheduler.records import (
    ChainState,
    EngineState,
    FileKey,
    Job,
    JobChain,
    JobState,
    Node,
    NodeAction,
    ObjectKind,
    Order,
    OrderState,
    Task,
)
from scheduler.run_time.black_outs import DarkSpan
from scheduler.run_time.calendar import held_back
from scheduler.run_time.model import RunTime
from scheduler.run_time.periods import starts_by_itself
from scheduler.run_time.plan import Plan, calendars_of
from scheduler.task.api_state import Phase
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
        """What kind of object it is: job, job_chain, node, order, process_class, lock, schedule, calendar, monitor,
        directory or scheduler."""
        return _TYPES[self.kind]


_MICROSECOND = timedelta(microseconds=1)
#: how far ahead black-outs are told of when no start is, and how many
_AHEAD, _MOST_BLACK_OUTS = timedelta(days=370), 3

_TYPES = {
    **dict.fromkeys(("blacklisted", "suspended", "setback", "at", "run_time", "never"), "order"),
    **dict.fromkeys(
        ("chain_missing", "chain_stopped", "chain_replacement", "max_orders", "nested_skipped"), "job_chain"
    ),
    **dict.fromkeys(("node_missing", "node_stop", "node_next_state"), "node"),
    **dict.fromkeys(("database", "paused", "scheduler_state"), "scheduler"),
    **dict.fromkeys(
        ("job_missing", "stopped", "stopping", "error", "max_tasks", "delay_after_error", "replacement", "queue",
         "queued", "no_order", "no_start", "next_start", "no_further_start", "not_in_period", "no_period"),
        "job",
    ),
    **dict.fromkeys(("waiting_for_process", "waiting_for_agent", "process_class_missing"), "process_class"),
    **dict.fromkeys(("waiting_for_lock", "lock_missing"), "lock"),
    "schedule_missing": "schedule",
    **dict.fromkeys(("calendar_missing", "black_out"), "calendar"),
    "schedule_unusable": "schedule",
    "monitor_missing": "monitor",
    "directory_unreadable": "directory",
}  # fmt: skip


def why_order(world: World, order: Order) -> list[Obstacle]:
    "What keeps an order from its next step."
    if order.in_task or order.state is OrderState.RUNNING:
        return _in_task(world, order)
    found = why_engine(world)
    name = f"{order.chain},{order.id}"
    if order.state is OrderState.BLACKLISTED:
        return [*found, Obstacle("blacklisted", name, _at_its_end(order))]
    if order.state is OrderState.SUSPENDED:
        until = world.holds.until(hold_key(HoldKind.ORDER, name_of(order)))
        text = "The order is suspended until it is resumed" if until is None else "The order is suspended"
        found.append(Obstacle("suspended", name, text, until))
    found += _start_time(world, order, name)
    hold = hold_of(world, order)
    if hold is not None:
        found.append(Obstacle(hold.kind, hold.object, _HOLDS[hold.kind]))
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
        found.append(Obstacle(f"node_{node.action.value}", f"{chain.path}:{node.state}", text, node_until(world, node)))
    if node.definition.job_chain:
        text = "No node of the nested job chains that it could enter works"
        return [*found, Obstacle("nested_skipped", node.definition.job_chain, text)]
    if node.definition.sink is not None:
        return found
    job = world.job(node.definition.job)
    if job is None:
        return [*found, Obstacle("job_missing", node.definition.job, "The job does not exist")]
    found += why_job_itself(world, job) + _period(world, job)
    first = world.next_order(order.node_key, True, lambda outer: may_begin_in(world, outer))
    if not found and first is not None and first.id != order.id:
        place = sequence(order, world.now)
        ahead = sum(sequence(other, world.now) < place for other in world.order_index.standing_at(order.node_key))
        found.append(Obstacle("queue", job.path, f"Orders before it in the queue of the node: {ahead}"))
    return found


def chain_until(world: World, chain: JobChain) -> datetime | None:
    "When a stopped chain goes on by itself."
    return world.holds.until(hold_key(HoldKind.JOB_CHAIN, chain.path))


def node_until(world: World, node: Node) -> datetime | None:
    "When a node that is stopped or skipped works again by itself."
    return world.holds.until(hold_key(HoldKind.NODE, f"{node.chain},{node.state}"))


def _at_its_end(order: Order) -> str:
    if not file_of(order):
        return "The order is at its end; resuming or removing it takes it away"
    return order.last_error or "The order is at its end; it stays as long as its file is there"


def why_chain(world: World, chain: JobChain) -> list[Obstacle]:
    "What keeps new orders from beginning in a job chain, and files from being found."
    found = why_engine(world)
    if chain.state is ChainState.STOPPED:
        found.append(Obstacle("chain_stopped", chain.path, "The job chain is stopped", chain_until(world, chain)))
    if FileKey(ObjectKind.JOB_CHAIN.value, chain.key) in world.pending_files:
        found.append(Obstacle("chain_replacement", chain.path, "The job chain is being replaced or removed"))
    if not may_begin(world, chain):
        limit = chain.definition.max_orders
        text = f"As many orders of the job chain as may be (max_orders: {limit}) are under way"
        found.append(Obstacle("max_orders", chain.path, text))
    found += _directories(world, "job_chain", chain.key)
    if chain.definition.file_order_sources and not may_watch(world, chain):
        key = chain.definition.file_watching_process_class
        kind = "process_class_missing" if process_class(world, key) is None else "waiting_for_agent"
        found.append(Obstacle(kind, key, "No directory is read without the process class for watching files"))
    return found


def _directories(world: World, kind: str, owner: str) -> list[Obstacle]:
    "Directories that the chain or job looks at and that cannot be read."
    return [
        Obstacle("directory_unreadable", reading.watched.directory, str(reading.problem))
        for reading in world.readings.of(kind, owner)
        if reading.problem is not None
    ]


def _in_task(world: World, order: Order) -> list[Obstacle]:
    "A step may wait, too: for locks that its script has asked for."
    task = world.tasks.get(order.task_id) if order.task_id is not None else None
    if task is None or task.server is None or task.server.phase is not Phase.LOCKS:
        return []
    return [_lock(world, LockUse(lock, alone)) for lock, alone in task.server.wanted]


def why_job(world: World, job: Job) -> list[Obstacle]:
    "What keeps a job from starting a task."
    found = why_engine(world) + why_job_itself(world, job)
    if found or world.running_count(job.key):
        return found
    rest = _nothing_to_do(world, job)
    # a start ahead needs no period, so that none is ahead would only confuse
    period = [] if rest[-1].kind == "next_start" else _period(world, job)
    return period + _directories_of(world, job) + rest


def _directories_of(world: World, job: Job) -> list[Obstacle]:
    "Those that the job watches, and those of the chains whose orders it takes."
    chains = dict.fromkeys(key.chain for key in world.nodes_served_by(job.key) if key.chain in world.readings.sources)
    found = _directories(world, "job", job.key)
    return found + [obstacle for chain in chains for obstacle in _directories(world, "job_chain", chain)]


def why_engine(world: World) -> list[Obstacle]:
    name = world.identity.scheduler_id
    found: list[Obstacle] = []
    if world.database_problem:
        found.append(Obstacle("database", name, f"The scheduler waits for its database: {world.database_problem}"))
    if world.paused:
        found.append(Obstacle("paused", name, "The scheduler is paused", world.holds.until(PAUSE)))
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
        until = world.holds.until(hold_key(HoldKind.JOB, job.path))
        found.append(Obstacle(job.state.value, job.path, text, until))
    limit = job.definition.tasks
    if not has_place_here(world, job) and not has_place_elsewhere(world, job):
        names = _named(": ", world.tasks_of(job.key))
        text = f"As many tasks of the job as are possible ({limit}) are running{names}"
        found.append(Obstacle("max_tasks", job.path, text))
    if job.delay_until is not None and job.delay_until > world.now:
        text = f"The job waits after errors (in a row: {job.errors_in_a_row})"
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
        names = _named(" by ", world.tasks_of_class(class_key))
        text = f"All processes of the process class ({known.max_processes}) are in use{names}"
        found.append(Obstacle("waiting_for_process", name, text))
    return found


def _lock(world: World, use: LockUse) -> Obstacle:
    if use.lock not in world.locks:
        return Obstacle("lock_missing", use.lock, "The lock does not exist")
    names = _named(" by ", [world.tasks[task_id] for task_id in world.holders_of(use.lock)])
    return Obstacle("waiting_for_lock", use.lock, f"The lock is held{names}")


def _named(before: str, tasks: Sequence[Task]) -> str:
    "The first five; whoever shows the text finds them by these words."
    return before + ", ".join(f"task {task.id} of {task.job}" for task in tasks[:5]) if tasks else ""


def _start_time(world: World, order: Order, name: str) -> list[Obstacle]:
    if order.state is OrderState.SETBACK and order.start_at is not None and order.start_at > world.now:
        text = f"The order was set back (set-back {order.setback_count})"
        return [Obstacle("setback", name, text, order.start_at)]
    if order.start_at is not None and order.start_at > world.now:
        found = [Obstacle("at", name, "The order has a start time ahead", order.start_at)]
        plan = plan_of(world, order.run_time) if order.run_time is not None and not order.start_given else None
        return found + (_black_outs(plan, world.now, order.start_at) if plan is not None else [])
    if order.start_at is None and order.state is OrderState.WAITING:
        if order.run_time is not None:
            return _no_start(world, order.run_time, name)
        return [Obstacle("never", name, "The order rests until it is started by command")]
    return []


def _no_start(world: World, run_time: RunTime, name: str) -> list[Obstacle]:
    "That a schedule is missing is told as what holds the order."
    if run_time.schedule and run_time.schedule not in world.schedules:
        return []
    if any(path not in world.schedules.calendars for path in calendars_of(run_time, world.schedules)):
        return []
    plan = plan_of(world, run_time)
    if plan is None:
        text = "The schedule cannot be used by itself, because it is the substitute of another one"
        return [Obstacle("schedule_unusable", run_time.schedule, text)]
    text = "The run time has no further start; start the order by command"
    return [*_black_outs(plan, world.now, None), Obstacle("run_time", name, text)]


def _black_outs(plan: Plan, now: datetime, until: datetime | None) -> list[Obstacle]:
    "Those without which something would start before `until`; None: before a year is over."
    found = held_back(plan, now, until or now + _AHEAD)[:_MOST_BLACK_OUTS]
    return [_black_out(each.span, each.calendar, now) for each in found]


def _black_out_now(plan: Plan, now: datetime) -> list[Obstacle]:
    "Those that keep orders and tasks from the periods of a job."
    return [_black_out(span, calendar, now) for span, calendar in plan.black_outs_between(now, now + _MICROSECOND)]


def _black_out(span: DarkSpan, calendar: str, now: datetime) -> Obstacle:
    text = f"A start lies in a black-out of the calendar: {span.name or '–'}"
    if span.begin <= now:
        text = f"Nothing starts in this black-out of the calendar: {span.name or '–'}"
    return Obstacle("black_out", calendar, text, span.end)


def _chain(world: World, chain: JobChain, order: Order) -> list[Obstacle]:
    found: list[Obstacle] = []
    if chain.state is ChainState.STOPPED:
        found.append(Obstacle("chain_stopped", chain.path, "The job chain is stopped", chain_until(world, chain)))
    if FileKey(ObjectKind.JOB_CHAIN.value, chain.key) in world.pending_files:
        found.append(Obstacle("chain_replacement", chain.path, "The job chain is being replaced or removed"))
    if order.ignore_max_orders:
        return found
    outer = world.chains.get(order.outer_chain.lower()) if order.outer_chain and not order.touched else None
    for limited in (chain if not begun(order) else None, outer):
        if limited is not None and not may_begin(world, limited):
            limit = limited.definition.max_orders
            text = f"As many orders of the job chain as may be (max_orders: {limit}) are under way"
            found.append(Obstacle("max_orders", limited.path, text))
    return found


_HOLDS = {
    "schedule_missing": "The schedule of the order's run time does not exist",
    "calendar_missing": "A calendar of the order's run time does not exist",
    "chain_missing": "The superordinate job chain does not exist",
    "chain_stopped": "The superordinate job chain is stopped",
    "chain_replacement": "The superordinate job chain is being replaced or removed",
    "node_missing": "The superordinate job chain has no such node any more",
    "node_stop": "The node of the superordinate job chain is stopped",
}


def _period(world: World, job: Job) -> list[Obstacle]:
    "Orders, and tasks that were not forced, wait for a period. A delay is told as such."
    times = job.times
    if times is None or in_period(job, world.now) or (job.delay_until is not None and job.delay_until > world.now):
        return []
    dark = _black_out_now(times.plan, world.now)
    if times.interval is None:
        return [*dark, Obstacle("no_period", job.path, "No period of the job is ahead")]
    return [*dark, Obstacle("not_in_period", job.path, "The job is not in a period", times.interval.begin)]


def _nothing_to_do(world: World, job: Job) -> list[Obstacle]:
    task = world.next_queued(job.key)
    if task is not None and task.start_at is not None and task.start_at > world.now:
        return [Obstacle("queued", job.path, f"Task {task.id} is queued for later", task.start_at)]
    start = next_start(job, world.now)
    if start is not None and start > world.now:
        dark = _black_outs(job.times.plan, world.now, start) if job.times is not None else []
        return [*dark, Obstacle("next_start", job.path, "The run time starts the job later", start)]
    nodes = world.nodes_served_by(job.key)
    if nodes:
        waiting = sum(world.count_at(key) for key in nodes)
        return [Obstacle("no_order", job.path, f"No order is due at its nodes (orders there: {waiting})")]
    if job.times is not None and starts_by_itself(job.times.plan):
        text = "The run time has no further start; start the job by command"
        return [*_black_outs(job.times.plan, world.now, None), Obstacle("no_further_start", job.path, text)]
    return [Obstacle("no_start", job.path, "Nothing asks for a start; start it by command")]
