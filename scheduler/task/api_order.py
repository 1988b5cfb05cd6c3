"""What a step of a task server means for its order: the table of the classic engine.

    returned                           the order
    true                               next_state
    false                              error_state (or what `on_error` says), whatever `stop_on_error` says
    an exception                       stays with `stop_on_error`, else error_state
    a monitor has decided              as it has returned, whatever the exit code or an exception says
    a shell job, nobody has decided    as its exit code says

What the script itself has done to the order goes before all that: a new state, a setback, its removal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduler import paths
from scheduler.configuration.run_time import run_time_of
from scheduler.copying import replace
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.order.advance import advance, set_back
from scheduler.order.arrive import arrive
from scheduler.order.lifecycle import OrderEvent
from scheduler.order.modify import ending_at, resumed, starting_at, suspended
from scheduler.order.place import node_of
from scheduler.params import NONE, Params
from scheduler.records import Job, Order, OrderState
from scheduler.task.api_state import Server
from scheduler.task.outcome import Outcome
from scheduler.times import parse_at
from scheduler.world import World

Result = Mapping[str, Any]


def api_outcome(result: Result) -> Outcome:
    "Of a call that counts as a step of a Python job, or that ends the task before its first step."
    error = error_of(result)
    returned = result.get("returned")
    if returned is None:
        return Outcome(1, error or _returned_false())
    decided = bool(result.get("decided")) or error is None
    return Outcome(0 if returned else 1, None if returned else error or _returned_false(), decided=decided)


def shell_outcome(server: Server, result: Result) -> Outcome:
    "Of a shell process and the monitors around it."
    values, code = server.shell_values, server.exit_code
    error = error_of(result)
    if result.get("decided"):
        if result.get("returned"):
            return Outcome(0, None, values, decided=True)
        return Outcome(code or 1, server.shell_problem or _returned_false(), values, decided=True)
    if error is not None:
        return Outcome(code or 1, server.shell_problem or error, values)
    return Outcome(code, server.shell_problem, values)


def refused_outcome(result: Result) -> Outcome:
    "A monitor of a shell job did not let the process run."
    return Outcome(1, error_of(result) or WorkloadError(Code.MONITOR_REFUSED).problem)


def error_of(result: Result) -> Problem | None:
    "The exception that a method did not catch."
    error = result.get("error")
    if not error:
        return None
    code = error.get("code") or Code.SCRIPT_ERROR.code
    return Problem(code, error["text"], error.get("line"), error.get("column"))


def _returned_false() -> Problem:
    return WorkloadError(Code.STEP_FALSE).problem


def moved_on(
    world: World, order: Order, job: Job, outcome: Outcome, failed: bool, changes: Result, now: datetime
) -> Order:
    """The order after the step. `order` is as the script has left it (`with_changes`), and `changes` are those that
    `possible` lets through. `failed`: whether the step has, see `step_failed`."""
    current = order
    if outcome.problem is not None or order.last_error or outcome.values:
        last_error = str(outcome.problem) if outcome.problem and failed else ""
        current = replace(order, params=order.params.merged(outcome.values), last_error=last_error)
    node = world.nodes.get(order.node_key)
    if changes.get("setback") and node is not None:
        return set_back(world, current, node, job.definition, now)
    if "state" in changes:
        moved = arrive(world, current, changes["state"], OrderEvent.RETURN, now)
    else:
        moved = advance(world, current, job.definition, outcome, now)
    if "at" in changes and moved.state is OrderState.WAITING:
        moved = starting_at(world, moved, changes["at"], now)
    return moved


def possible(world: World, order: Order, changes: Result, now: datetime) -> tuple[Result, Problem | None]:
    "The changes of the script without those that cannot be, and what is wrong with the first of these."
    problem: Problem | None = None
    good = dict(changes)
    for name, check in _CHECKS.items():
        if name in good:
            try:
                check(world, order, good[name], now)
            except WorkloadError as refusal:
                problem = problem or refusal.problem
                del good[name]
    return good, problem


def with_changes(world: World, order: Order, changes: Result) -> Order:
    "What the script has set, but for what moves the order."
    plain = {name: changes[name] for name in _PLAIN if name in changes}
    if "params" in changes:
        plain["params"] = Params(changes["params"]) if changes["params"] else NONE
    if "run_time" in changes:
        source = changes["run_time"]
        run_time = run_time_of(source, paths.folder(order.chain))
        plain |= {"run_time": run_time, "run_time_source": source, "has_run_time": True}
    current = replace(order, **plain) if plain else order
    if "end_state" in changes:
        current = ending_at(world, current, changes["end_state"])
    if changes.get("removed"):
        current = replace(current, removed=True, successor=None)
    if "suspended" in changes:
        current = suspended(current) if changes["suspended"] else resumed(current)
    return current


_PLAIN = ("title", "priority", "state_text", "ignore_max_orders", "xml_payload")


def _check_state(world: World, order: Order, state: Any, now: datetime) -> None:
    chain = world.chain(order.chain)
    if chain is not None and state:
        node_of(world, chain, state)


def _check_at(world: World, order: Order, at: Any, now: datetime) -> None:
    parse_at(at, now, ZoneInfo(world.identity.time_zone))


def _check_run_time(world: World, order: Order, source: Any, now: datetime) -> None:
    run_time_of(source, paths.folder(order.chain))


_CHECKS: dict[str, Callable[[World, Order, Any, datetime], object]] = {
    "state": _check_state,
    "end_state": _check_state,
    "at": _check_at,
    "run_time": _check_run_time,
}
