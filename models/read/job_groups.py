"Under which heads a list of jobs may stand: by state, by the job chain, by the process class, which names the agent."

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, or_, select

from models import tables
from models.conditions import FILE_FAULTY, TASK_OPEN
from scheduler.records import ObjectKind, TaskState

#: empty: there are none
JobGroup = Literal["", "state", "chain", "class"]


def trouble(scheduler_id: str) -> ColumnElement[int]:
    """0: in error or with a faulty file, 1: after a failure, 2: waiting for a process or a lock, 3: running,
    4: stopped or disabled, 5: all others."""
    j, t, f, w = tables.jobs.c, tables.tasks.c, tables.files.c, tables.job_waits.c
    running = select(t.job_key).where(t.scheduler_id == scheduler_id, TASK_OPEN, t.state != TaskState.QUEUED)
    faulty = select(f.path_key).where(f.scheduler_id == scheduler_id, f.kind == ObjectKind.JOB.value, FILE_FAULTY)
    waiting = select(w.job_key).where(w.scheduler_id == scheduler_id)
    return case(
        (or_(j.faulty.is_(True), j.path_key.in_(faulty)), 0),
        (or_(j.errors_in_a_row > 0, j.problem_code.is_not(None)), 1),
        (j.path_key.in_(waiting), 2),
        (j.path_key.in_(running), 3),
        (or_(j.stopped.is_(True), j.enabled.is_(False)), 4),
        else_=5,
    )


def head(scheduler_id: str, group: JobGroup) -> ColumnElement[Any] | None:
    """What jobs of one group have in common: the number of `trouble`, the path of the first chain with the job, or that
    of the process class; None or empty: neither. None for no groups."""
    j, n = tables.jobs.c, tables.job_chain_nodes.c
    match group:
        case "state":
            return trouble(scheduler_id)
        case "chain":
            of_job = (n.scheduler_id == scheduler_id, n.job_key == j.path_key)
            return select(func.min(n.chain)).where(*of_job).correlate(tables.jobs).scalar_subquery()
        case "class":
            return j.process_class
    return None


def order(column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    "Jobs without such a head come last."
    return [column.is_(None), column]
