"""`<task>`, `<queued_task>` and the entries of the task history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from scheduler import paths
from scheduler.answers import common
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_pieces, step_began
from scheduler.answers.pieces import wrapped
from scheduler.records import Cause, Task, TaskState
from scheduler.task.api_state import RESTING, WORDS, Phase
from scheduler.task.start import log_name
from scheduler.times import time_text, time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element

#: of a task that has written nothing yet
QUEUED_LOG = '<log level="info" highest_level="unknown"/>'
#: the protocol's words for our states
STATE_WORDS = {
    TaskState.QUEUED: "none",
    TaskState.STARTING: "starting",
    TaskState.RUNNING: "running_process",
    TaskState.KILLING: "killing",
    TaskState.ENDED: "closed",
}


def state_word(task: Task) -> str:
    "That of a task with a task server says what this does."
    if task.server is not None and task.state is TaskState.RUNNING:
        rests = task.server.suspended and task.server.phase in RESTING
        return "suspended" if rests else WORDS[task.server.phase]
    return STATE_WORDS[task.state]


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else time_text(instant)


def idle_since(task: Task) -> str | None:
    "Since when it waits for an order."
    return _time(task.server.idle_since) if state_word(task) == WORDS[Phase.IDLE] and task.server else None


def working_since(task: Task) -> str | None:
    "When what it does now has begun."
    return _time(step_began(task)) if task.state is TaskState.RUNNING else None


def task_element(world: World, task: Task, options: ShowOptions) -> str:
    return "".join(task_pieces(world, task, options))


def task_pieces(
    world: World, task: Task, options: ShowOptions, log: str | None = None, next_offset: int | None = None
) -> Iterator[str]:
    "A task in memory: queued or running."
    started, state = task.started_at, state_word(task)
    order = world.orders.get(task.order_key) if task.order_key else None
    log_file = f"{world.identity.log_dir}/{task.log_file or log_name(task.job, task.id)}"
    job = world.jobs.get(task.job_key)
    return wrapped(
        "task",
        [
            ("job", task.job),
            ("id", task.id),
            ("task", task.id),
            ("state", state),
            ("name", task.name),
            ("running_since", time_text(started) if started else None),
            ("enqueued", time_text(task.enqueued_at) if task.enqueued_at else None),
            ("start_at", time_text(task.start_at) if task.start_at else None),
            ("cause", task.cause.value if task.state is not TaskState.QUEUED else None),
            ("idle_since", idle_since(task)),
            ("in_process_since", working_since(task)),
            ("steps", task.steps),
            ("log_file", log_file),
            ("pid", task.pid),
            ("priority", job.definition.priority if job is not None else None),
            ("force_start", "yes" if task.force else "no"),
        ],
        chain(
            order_pieces(world, order, options) if order is not None and order.task_id == task.id else (),
            [common.error(task.killed_for)],
            common.log_pieces(log, next_offset) if log is not None else [_log(task)],
            [_environment(task)],
        ),
    )


def _log(task: Task) -> str:
    return QUEUED_LOG if task.state is TaskState.QUEUED else common.EMPTY_LOG


def _environment(task: Task) -> str:
    "What the command that asked for the task has put on top of the environment."
    if not task.environment:
        return ""
    variables = (element("variable", [("name", name), ("value", value)]) for name, value in task.environment)
    return element("environment", [("count", len(task.environment))], *variables)


def queued_task(task: Task) -> Iterator[str]:
    return wrapped(
        "queued_task",
        [
            ("task", task.id),
            ("id", task.id),
            ("enqueued", time_text(task.enqueued_at) if task.enqueued_at else None),
            ("name", task.name),
            ("force_start", "yes" if task.force else "no"),
            ("start_at", time_text(task.start_at) if task.start_at else None),
        ],
        common.param_pieces(task.params) if task.params else (),
    )


def ended_task(task: Task, log: str | None, next_offset: int | None = None) -> Iterator[str]:
    """`show_task` of a task that is in the history.

    `job`, `state`, `exit_code` and `pid` are ours: the classic engine does not tell them.
    """
    return wrapped(
        "task",
        [
            ("job", task.job),
            ("id", task.id),
            ("task", task.id),
            ("state", STATE_WORDS[task.state]),
            ("start_time", time_text_seconds(task.started_at) if task.started_at else None),
            ("end_time", time_text_seconds(task.ended_at) if task.ended_at else None),
            ("cause", task.cause.value),
            ("steps", task.steps),
            ("exit_code", task.exit_code),
            ("pid", task.pid),
        ],
        chain([common.error(task.problem, task.ended_at)], common.log_pieces(log, next_offset)),
    )


def history_entry(scheduler_id: str, task: Task, log: str | None, inside_job: bool) -> Iterator[str]:
    """`<history.entry>`. Inside a job the error is a child, in `show_history` it is attributes."""
    problem = task.problem
    attributes: list[tuple[str, object]] = [
        ("task", task.id),
        ("id", None if inside_job else task.id),
        ("spooler_id", None if inside_job else scheduler_id),
        ("job_name", paths.bare(task.job)),
        ("start_time", time_text(task.started_at) if task.started_at else None),
        ("end_time", time_text(task.ended_at) if task.ended_at else None),
        ("cause", task.cause.value if task.cause is not Cause.NONE else None),
        ("steps", task.steps),
    ]
    if not inside_job:
        attributes += [("error", 1 if problem else 0)]
        if problem:
            attributes += [("error_code", problem.code), ("error_text", problem.text)]
    attributes += [
        ("cluster_member_id", task.member_id or None),
        ("exit_code", task.exit_code),
        ("pid", task.pid),
    ]
    return wrapped(
        "history.entry",
        attributes,
        chain([common.error(problem) if inside_job else ""], common.log_pieces(log)),
    )
