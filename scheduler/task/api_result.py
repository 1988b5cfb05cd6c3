"""What follows a result of a task server: the next call, the order's way, the end.

Every decision must be applied before the next is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from scheduler import paths
from scheduler.actions import Call, Launch
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.order.added import orders_added
from scheduler.order.advance import repeat, step_failed
from scheduler.params import Params
from scheduler.records import EngineState, Job, Order, Task, TaskState
from scheduler.task.api_ahead import dropped, next_step, stored, window_after
from scheduler.task.api_calls import (
    NO_ORDER,
    calling,
    changed,
    end_call,
    only_kept,
    order_in,
    resting,
    server_of,
    step_call,
    with_server,
)
from scheduler.task.api_fields import call_limit, is_api, takes_orders
from scheduler.task.api_job import job_changed
from scheduler.task.api_order import (
    Result,
    api_outcome,
    error_of,
    moved_on,
    possible,
    refused_outcome,
    shell_outcome,
    with_changes,
)
from scheduler.task.api_state import Phase
from scheduler.task.durations import api_step_over
from scheduler.task.ended import order_goes_on
from scheduler.task.environment import environment
from scheduler.task.outcome import Outcome
from scheduler.world import World


def call_returned(world: World, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    job = world.jobs.get(task.job_key)
    phase = Phase(result["call"])
    if job is None or task.server is None or phase not in (task.server.phase, Phase.END):
        return  # nobody has asked: a script has written to the connection
    if result.get("job"):
        before, job = job, job_changed(job, result["job"])
        # what it says of itself is for people, who read it from the database; the rest lasts as long as the process
        told = job.state_text != before.state_text
        yield Decision([Change(Kind.JOB_CHANGED, job.path, put=(job,) if told else (), keep=() if told else (job,))])
    if result.get("dropped"):
        yield from dropped(world, task, now)
        task = world.tasks[task.id]
    task = _noted(task, phase, result, now)
    if phase is Phase.END:
        yield Decision([only_kept(with_server(task, over=True))])
    elif _was_cut_short(task, result):
        yield Decision([only_kept(task)])
    elif result.get("again_when_locks") and server_of(task).asked:
        yield Decision([only_kept(_waiting_for_locks(task, phase))])
    else:
        yield from _FOLLOWING[phase](world, job, task, result, now)


def shell_ended(world: World, job: Job, task: Task, outcome: Outcome, line: str, now: datetime) -> Decision:
    "The process that the monitors embrace has ended: they have their say."
    task = with_server(
        task, exit_code=outcome.exit_code if outcome.exit_code is not None else 1, shell_problem=outcome.problem,
        shell_values=outcome.values, shell_line=line, problem=server_of(task).problem or outcome.problem,
    )  # fmt: skip
    return calling(world, job, task, Phase.AFTER, now, returned=not outcome.failed)


def give_back(world: World, job: Job, task: Task, now: datetime) -> Iterator[Decision]:
    "A task that ends before it could begin its step returns the order as if it had not taken it, and ends."
    order = order_in(world, task)
    problem = WorkloadError(Code.INTERRUPTED).problem
    stepped = replace(task, ended_at=now, exit_code=None, problem=problem)
    ending, call = end_call(world, job, task, now, of_task=NO_ORDER)
    if order is None:
        yield Decision([only_kept(ending)], [call])
    else:
        moved = repeat(world, order, now)
        yield Decision(order_goes_on(world, order, moved, stepped, False, now, ending), [call])


# -- what every result says


def _noted(task: Task, phase: Phase, result: Result, now: datetime) -> Task:
    "Errors, the end of the log, the wishes of the script for its task, and the locks that it gives back."
    server, wishes = server_of(task), result.get("task") or {}
    seconds = result.get("seconds")
    noted = {
        "done": server.done + (seconds is not None),
        "spent": server.spent + (seconds or 0.0),
        "problem": server.problem or _error_in(result, wishes),
        "log_end": result.get("log_end") or server.log_end,
        "exit_code": wishes.get("exit_code", server.exit_code),
        "end_wanted": server.end_wanted or bool(wishes.get("end")),
        "repeat": wishes.get("repeat", server.repeat),
        "mail": tuple({**dict(server.mail), **result["mail"]}.items()) if result.get("mail") else server.mail,
        "warned": server.warned or result.get("highest") is not None,
        "held": (),
    }
    if seconds is not None and server.step_at is not None:  # of several that came together the later ones began before
        noted["step_at"] = min(server.step_at, now - timedelta(seconds=seconds))
    noted = {name: value for name, value in noted.items() if value != getattr(server, name)}
    fields: dict[str, Any] = {}
    if server.held and phase not in (Phase.BEGIN, Phase.OPEN):
        fields["locks"] = tuple(lock for lock in task.locks if lock not in server.held)
    if "params" in wishes:
        fields["params"] = Params(wishes["params"])
    return changed(task, noted, fields) if noted or fields else task


def _error_in(result: Result, wishes: Mapping[str, Any]) -> Problem | None:
    error = error_of(result)
    if error is not None:
        return error
    line = wishes.get("error") or result.get("error_line")
    return WorkloadError(Code.ERROR_LINE, line=line).problem if line else None


def _was_cut_short(task: Task, result: Result) -> bool:
    "The task server is being killed: what becomes of the order is decided when it is gone."
    return server_of(task).killed and (bool(result.get("terminated")) or result.get("returned") is None)


def _waiting_for_locks(task: Task, phase: Phase) -> Task:
    server = server_of(task)
    return with_server(task, phase=Phase.LOCKS, again=phase, wanted=server.asked, look_at=None)


# -- what follows a call


def _begun(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    if not result.get("returned"):
        yield from _refused(world, job, task, result, now)
    elif is_api(job.definition):
        yield calling(world, job, task, Phase.OPEN, now)
    else:
        yield step_call(world, job, task, Phase.BEFORE, now)


def _opened(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    if not result.get("returned"):
        yield from _refused(world, job, task, result, now)
    elif must_end(world, job, task):
        yield from give_back(world, job, task, now)
    elif order_in(world, task) is not None:
        stepping = with_server(task, worked=True, step_log=server_of(task).log_end)
        yield step_call(world, job, stepping, Phase.PROCESS, now)
    elif takes_orders(world, job.definition):
        yield Decision([only_kept(resting(world, job, task, 0, now))])
    else:
        yield _next_process(world, job, task, now)


def _refused(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    "The task ends without a step. That is the order's step nevertheless, or it would be taken again at once, for ever."
    shell = not is_api(job.definition)
    outcome = refused_outcome(result) if shell else api_outcome(result)
    if shell:
        task = with_server(task, problem=server_of(task).problem or outcome.problem)
    yield from _step_over(world, job, task, outcome, result, now, ends=True)


def _processed(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    goes_on = bool(result.get("returned")) or takes_orders(world, job.definition)
    ends = result.get("error") is not None or not goes_on
    outcome = api_outcome(result)
    yield from _step_over(world, job, task, outcome, result, now, ends)
    yield from api_step_over(world, task, outcome.failed, now)


def _before_shell(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    if not result.get("returned") or result.get("executed") is False:
        yield from _refused(world, job, task, result, now)
        return
    order = order_in(world, task)
    puts: tuple[Order, ...] = ()
    if order is not None and result.get("order"):
        order = with_changes(world, order, possible(world, order, _lasting(result["order"]), now)[0])
        puts = (order,)
    running = with_server(task, phase=Phase.SHELL)
    launch = Launch(
        task.id, job.path, job.definition.script, environment(world, job.definition, task, order), task.log_file,
        f"{paths.bare(job.path)}:{task.id}", stderr_level=job.definition.stderr_log_level,
        priority=job.definition.priority, joins=True,
    )  # fmt: skip
    yield Decision([Change(Kind.TASK_CALLED, job.path, put=puts, keep=(running,))], [launch])


def _lasting(changes: Result) -> Result:
    "What a monitor sets before the shell process runs, but for what only the end of the step can mean."
    return {name: value for name, value in changes.items() if name not in ("state", "setback", "at", "suspended")}


def _after_shell(world: World, job: Job, task: Task, result: Result, now: datetime) -> Iterator[Decision]:
    yield from _step_over(world, job, task, shell_outcome(server_of(task), result), result, now, ends=True)


_FOLLOWING: dict[Phase, Callable[[World, Job, Task, Result, datetime], Iterator[Decision]]] = {
    Phase.BEGIN: _begun,
    Phase.OPEN: _opened,
    Phase.PROCESS: _processed,
    Phase.BEFORE: _before_shell,
    Phase.AFTER: _after_shell,
}


# -- the end of a step


def must_end(world: World, job: Job, task: Task) -> bool:
    "Whether the task makes no further step. One at another member outlives the leading one, but not its own member."
    server = server_of(task)
    if server.end_wanted or server.killed or task.state is TaskState.KILLING:
        return True
    if world.crew.is_here(task.member_run):
        return world.state is EngineState.STOPPING
    mate = world.crew.mates.get(task.member_run)
    return mate is None or not mate.open


def _step_over(
    world: World, job: Job, task: Task, outcome: Outcome, result: Result, now: datetime, ends: bool
) -> Iterator[Decision]:
    order = order_in(world, task)
    stepped, left, failed = task, dict[str, Any](step_at=None), False
    if order is not None:
        changes, problem = possible(world, order, result.get("order") or {}, now)
        if problem is not None:
            outcome = replace(outcome, exit_code=outcome.exit_code or 1, problem=outcome.problem or problem)
            task = with_server(task, problem=server_of(task).problem or problem)
        order = with_changes(world, order, changes)
        if server_of(task).shell_line:
            order = replace(order, state_text=server_of(task).shell_line)
        failed = step_failed(world, task, outcome)
        moved = moved_on(world, order, job, outcome, failed, changes, now)
        stepped = replace(task, ended_at=now, exit_code=outcome.exit_code, problem=outcome.problem)
        left["last_params"] = moved.params
    following, actions = _following(world, job, task, result, ends, left, now)
    if order is None:
        yield Decision([only_kept(following)], [*actions])
        return
    gone_on = order_goes_on(world, order, moved, stepped, failed, now, stored(following))
    yield Decision([*gone_on, only_kept(following)], [*actions])
    yield from orders_added(world, order, stepped, outcome, now)


def _following(
    world: World, job: Job, task: Task, result: Result, ends: bool, left: Mapping[str, Any], now: datetime
) -> tuple[Task, list[Call]]:
    "The task after its step, without order. `left` is what the step leaves in the record of the task server."
    if server_of(task).ahead:
        following, of_order = next_step(world, task, now)
        limit = call_limit(job.definition, now, now)
        return changed(task, {**left, **following, "look_at": limit}, of_order), []
    if server_of(task).killed:
        return changed(task, left, NO_ORDER), []
    if ends or must_end(world, job, task):
        ending, call = end_call(world, job, task, now, left, NO_ORDER)
        return ending, [call]
    delay = float((result.get("task") or {}).get("delay") or 0)
    left = {**left, "window": window_after(server_of(task))}
    return resting(world, job, task, delay, now, left, NO_ORDER), []


def _next_process(world: World, job: Job, task: Task, now: datetime) -> Decision:
    return step_call(world, job, replace(with_server(task, worked=True), steps=task.steps + 1), Phase.PROCESS, now)
