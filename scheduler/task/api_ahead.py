"""Orders that are handed ahead: an idle task whose steps are short gets several at once.

One decision, one message and one transaction serve them all; the task server goes from one to the next by itself, and
what it answers is decided together. An order that is handed ahead is taken like any other, and the journal says so
before the task server hears of it. Its own row, and that of its step in the history, wait until the step has ended, or
has taken long: most rows are written once, and complete. Until then the store has the order waiting at its node, where
it would begin again if the engine died. Only if the task is at another member the order's row is written at once:
there it goes on, whoever leads.

How many: as many as last about `LASTING` by the time that the last steps took, at most `MOST`, beginning with one and
at most twice as many as the last time; and so few that the other tasks of the job get their share. When a step takes
longer than `PATIENCE`, or the task is to end, those that have not begun are taken back: they wait at their node again
as if nothing had happened. So no order is held by a task while another one is free. What else befalls an order that is
handed ahead (it is suspended, removed, replaced; its node or job is stopped) acts after its step, as it does when the
step runs.

When the task server dies, only the step that it had begun has failed. When the engine dies, those that had not ended
begin again at their node. One that had begun and was not recorded has no row, and its step has the same number again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from scheduler.actions import Action, TakeBack
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.order.causes import with_cause
from scheduler.order.due import due_orders
from scheduler.order.finish import run_of
from scheduler.order.give_back import given_back
from scheduler.records import Counter, Job, Order, OrderKey, OrderState, Record, Step, Task
from scheduler.task.api_calls import NO_ORDER, changed, only_kept, order_in, resting, server_of, with_server
from scheduler.task.api_state import Phase, Server
from scheduler.task.limits import has_limits
from scheduler.task.resources import class_key_of
from scheduler.world import World

#: orders that a task gets at once, and the seconds that they are to last
MOST, LASTING = 32, 0.05
#: seconds after which the orders behind a step that goes on are taken back
PATIENCE = timedelta(seconds=0.2)
#: seconds after which a task server begins none of them any more; together with `sight.OWN_DEADLINE` less than
#: `DEAD_AFTER`, because then another member of the cluster may be at work
FRESH = 0.5


# -- handing ahead


def window_after(server: Server) -> int:
    """For the next time, by what the steps of this time took on average: on a busy machine each may be interrupted, and
    that they last longer than they should does no harm as long as they can be taken back."""
    if server.spent <= 0:
        return 1
    return max(1, min(MOST, 2 * server.window, int(LASTING * server.done / server.spent)))


def next_ahead(world: World, job: Job, task: Task, first: Order) -> list[Order]:
    "The orders that the idle task gets together with the first one, as they are before."
    window = server_of(task).window
    if window == 1 or has_limits(job.definition):
        return []
    orders = due_orders(world, job, min(window, _share(world, job)), not world.crew.is_here(task.member_run))
    if not orders or orders.pop(0) is not first:
        return []
    for number, order in enumerate(orders):
        if not _is_plain(world, order) or class_key_of(world, job, order) != task.process_class:
            return orders[:number]
    return orders


def _share(world: World, job: Job) -> int:
    "Of one of the tasks that are free just now, or could be started."
    waiting = sum(world.due_count(node_key) for node_key in world.nodes_served_by(job.key))
    members = 1 + sum(mate.open for mate in world.crew.mates.values())
    free = len(world.resting_of(job.key)) + members * job.definition.tasks - world.running_count(job.key)
    return -(-waiting // max(1, free))


def _is_plain(world: World, order: Order) -> bool:
    "Whether being taken does no more to the order than what `untaken` undoes, and the store knows it when we die."
    if order.state is not OrderState.WAITING or order.outer_chain or (world.overrides and not order.touched):
        return False
    chain = world.chains.get(order.key.chain)
    return chain is not None and chain.definition.orders_recoverable


def taken_ahead(
    world: World, job: Job, task: Task, first: Order, orders: list[Order], now: datetime
) -> tuple[list[Order], list[Change]]:
    "The orders as the task has taken them, in the same decision as `first` before them."
    last = history = max(world.counters.get(Counter.HISTORY, 0), first.history_id or 0)
    all_taken: list[Order] = []
    changes: list[Change] = []
    for order in orders:
        history_id = order.history_id
        if history_id is None:
            history_id = last = last + 1
            order = replace(with_cause(order), params_at_start=order.params)
        taken = replace(
            order, state=OrderState.RUNNING, task_id=task.id, touched=True, history_id=history_id,
            steps=order.steps + 1, started_at=order.started_at or now,
        )  # fmt: skip
        detail = {"task": task.id, "job": job.path, "node": order.node, "step": taken.steps}
        all_taken.append(taken)
        change = Change(Kind.ORDER_TAKEN, f"{order.chain},{order.id}", keep=(taken,), detail=detail)
        changes.append(change if task.member_run == HERE else replace(change, put=(taken,), keep=()))
    if last > history:
        changes[-1] = replace(changes[-1], put=(*changes[-1].put, Counter(Counter.HISTORY, last)))
    return all_taken, changes


def numbered(server: Server, orders: list[Order], now: datetime) -> dict[str, Any]:
    "What the record of the task server says of a call for the next step and for those that are handed ahead."
    number = server.handed + 1
    return {
        "number": number,
        "handed": number + len(orders),
        "ahead": tuple([order.key for order in orders]),
        "done": 0,
        "spent": 0.0,
        "patience_until": now + PATIENCE if orders else None,
    }


def next_step(world: World, task: Task, now: datetime, count: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
    "After so many steps the next one that was handed ahead: fields of the record of the task server, and of the task."
    server = server_of(task)
    order = world.orders[server.ahead[count - 1]]
    rest = server.ahead[count:]
    following = {
        "number": server.number + count, "ahead": rest, "step_at": now, "step_log": server.log_end, "asked": (),
        "patience_until": now + PATIENCE,
    }  # fmt: skip
    of_order = {
        "chain": order.chain, "order_id": order.id, "node": order.node, "history_id": order.history_id,
        "step": order.steps, "steps": task.steps + count,
    }  # fmt: skip
    return following, of_order


def stored(task: Task) -> Task:
    "Its record as the store has it: without an order whose own row does not say so."
    if task.member_run != HERE:
        return task
    return replace(task, **NO_ORDER) if task.order_id and server_of(task).phase is Phase.PROCESS else task


# -- taking back


def overtaxed(world: World, task_id: int, now: datetime) -> Decision | None:
    "The running step has taken so long that those behind it are taken back; the answer says whether it has begun."
    task = world.tasks.get(task_id)
    server = task.server if task is not None else None
    if task is None or server is None or server.patience_until is None or server.patience_until > now:
        return None
    return Decision([only_kept(with_server(task, patience_until=None))], [TakeBack(task.id)])


def _begun(world: World, task: Task) -> tuple[Record, ...]:
    "The records of a step that goes on, which are not in the store yet when it was handed ahead."
    order, server = order_in(world, task), server_of(task)
    run = run_of(order, world.now) if order is not None else None
    if order is None or run is None:
        return ()
    begun_at = server.step_at or world.now
    return order, run, Step(run.history_id, order.steps, task.id, order.node, begun_at, log_begin=server.step_log)


def taking_back(task: Task) -> list[Action]:
    "What asks for all that the task server has not begun; nothing when there is none."
    return [TakeBack(task.id)] if task.server is not None and task.server.ahead else []


def taken_back(world: World, task: Task, left: Collection[int], now: datetime) -> Iterator[Decision]:
    "The steps of these numbers will not begin: their orders wait again. The running one is recorded as such."
    server, job = server_of(task), world.jobs.get(task.job_key)
    if job is None or server.phase is not Phase.PROCESS:
        return
    kept = tuple([key for number, key in _numbered(server) if number not in left])
    gone = server.ahead[len(kept) :]
    until = now + PATIENCE if kept else server.patience_until
    fields: dict[str, Any] = {"ahead": kept, "window": max(1, server.window // 2), "patience_until": until}
    current = order_in(world, task)
    if current is not None and server.number in left:  # the task server was between two steps
        gone = (current.key, *gone)
        fields |= {"step_at": None, "patience_until": None}
        rests = _without_step(world, job, replace(task, steps=task.steps - 1), fields, now)
        yield Decision([Change(Kind.TASK_CALLED, task.job, put=(rests,))])
    else:
        goes_on = with_server(task, **fields)
        yield Decision([Change(Kind.TASK_CALLED, task.job, put=(goes_on, *_begun(world, task)))])
    yield from _given_back(world, gone, now)


def _without_step(world: World, job: Job, task: Task, fields: Mapping[str, Any], now: datetime) -> Task:
    if server_of(task).killed:
        return changed(task, fields, NO_ORDER)
    return resting(world, job, task, 0, now, fields, NO_ORDER)


def _numbered(server: Server) -> Iterator[tuple[int, OrderKey]]:
    return enumerate(server.ahead, server.number + 1)


def left_behind(world: World, task: Task, left: Collection[int], now: datetime) -> Iterator[Decision]:
    "The task server has ended: what it has not begun is nobody's fault."
    server = server_of(task)
    current = order_in(world, task)
    gone = server.ahead
    rest = with_server(task, ahead=(), patience_until=None)
    change = only_kept(rest)
    if current is not None and server.number in left:
        gone = (current.key, *gone)
        change = Change(Kind.TASK_CALLED, task.job, put=(replace(rest, steps=task.steps - 1, **NO_ORDER),))
    if gone:
        yield Decision([change])
        yield from _given_back(world, gone, now)


def dropped(world: World, task: Task, now: datetime) -> Iterator[Decision]:
    "A result says that nothing of what was handed ahead will begin."
    ahead = server_of(task).ahead
    if ahead:
        yield Decision([only_kept(with_server(task, ahead=(), patience_until=None))])
        yield from _given_back(world, ahead, now)


def _given_back(world: World, keys: Iterable[OrderKey], now: datetime) -> Iterator[Decision]:
    for key in keys:
        for change in given_back(world, world.orders[key], now):
            yield Decision([change])
