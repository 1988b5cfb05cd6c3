"""What follows a step, as the classic engine does it.

    success                                  -> next_state, or the one that `on_return_codes` names for exit code 0
    failure, the job has stop_on_error       -> the order stays (and is suspended with on_error="suspend"),
                                                unless a script or a monitor has decided
    failure, `on_return_codes` names a state -> that state; this counts as a success
    failure, on_error="suspend"              -> stays, suspended
    failure, on_error="setback"              -> waits and is repeated, after the maximum: error_state
    failure otherwise                        -> error_state; without one the round ends with an empty state

An order whose `end_state` is this node ends here, whether the step succeeded or failed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.copying import replace
from scheduler.definitions import JobDefinition, ReturnCodeRule
from scheduler.order.arrive import arrive
from scheduler.order.finish import finish
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.records import Node, NodeAction, NodeKey, Order, Task
from scheduler.task.outcome import Outcome
from scheduler.world import World


def advance(world: World, order: Order, job: JobDefinition, outcome: Outcome, now: datetime) -> Order:
    "The order as it stands after the step; see the module's table."
    node = world.nodes.get(order.node_key)
    if outcome.failed and job.stop_on_error and not outcome.decided:
        return stay(world, order, OrderEvent.HOLD if _suspends(node) else OrderEvent.RETURN, now)
    rule = rule_for(node, outcome)
    if not order.outer_chain and order.node == order.end_node:
        return finish(order, now)
    if rule is not None and rule.to_state:
        return arrive(world, order, rule.to_state, OrderEvent.RETURN, now)
    if not outcome.failed:
        return arrive(world, order, node.definition.next_state if node else "", OrderEvent.RETURN, now)
    if _suspends(node):
        return stay(world, order, OrderEvent.HOLD, now)
    if node is not None and node.definition.on_error == "setback":
        return set_back(world, order, node, job, now)
    return arrive(world, order, node.definition.error_state if node else "", OrderEvent.RETURN, now)


def rule_for(node: Node | None, outcome: Outcome) -> ReturnCodeRule | None:
    "The rule of `on_return_codes` for the step; a signal, and any error without an exit code, count as 1."
    if node is None or not node.definition.return_codes:
        return None
    if not outcome.failed:
        return node.definition.rule_for(0)
    code = outcome.exit_code
    return node.definition.rule_for(code if code is not None and code > 0 else 1)


def step_failed(world: World, task: Task, outcome: Outcome) -> bool:
    "Whether the task's step counts as failed for its order; not when `on_return_codes` names a state for it."
    if not outcome.failed or stops(world, task, outcome):
        return outcome.failed
    rule = rule_for(world.nodes.get(NodeKey(task.chain.lower(), task.node)), outcome)
    return rule is None or not rule.to_state


def stops(world: World, task: Task, outcome: Outcome) -> bool:
    "Whether the step's error stops the job, so that the order stays; so it does when the job is gone."
    job = world.jobs.get(task.job_key)
    return outcome.failed and (job is None or (job.definition.stop_on_error and not outcome.decided))


def stay(world: World, order: Order, event: OrderEvent, now: datetime) -> Order:
    "At the same node, due at once (or suspended). A node that is skipped meanwhile keeps nobody."
    if _skipped(world.nodes.get(order.node_key)):
        return arrive(world, order, order.node, event, now)
    return replace(order, state=after(order.state, event, order.id), start_at=now, task_id=None, setback_count=0)


def repeat(world: World, order: Order, now: datetime) -> Order:
    "The step was interrupted, which is nobody's fault: it begins again, with the setbacks that it had."
    stayed = stay(world, order, OrderEvent.RETURN, now)
    return replace(stayed, setback_count=order.setback_count) if stayed.node == order.node else stayed


def set_back(world: World, order: Order, node: Node, job: JobDefinition, now: datetime) -> Order:
    """Repeat the step later; how often and how late the job says. Without a maximum the first setback is one
    too many."""
    count = order.setback_count + 1
    maximum = next((entry.setback_count for entry in job.setback_delays if entry.is_maximum), 0)
    if count > maximum:
        return arrive(world, order, node.definition.error_state, OrderEvent.RETURN, now)
    if _skipped(node):
        return arrive(world, order, order.node, OrderEvent.RETURN, now)
    fitting = [entry for entry in job.setback_delays if entry.setback_count <= count]
    seconds = max(fitting, key=lambda entry: entry.setback_count).seconds if fitting else 0.0
    return replace(
        order,
        state=after(order.state, OrderEvent.SET_BACK, order.id),
        start_at=now + timedelta(seconds=seconds),
        task_id=None,
        setback_count=count,
    )


def _suspends(node: Node | None) -> bool:
    return node is not None and node.definition.on_error == "suspend"


def _skipped(node: Node | None) -> bool:
    return node is not None and node.action is NodeAction.NEXT_STATE
