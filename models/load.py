"""What outlasts a restart: everything that the engine needs to go on where the last one stopped.

Definitions are not among it, they are read from the configuration again. What is stored beside them (stopped,
enabled, errors, node actions) comes as small records under the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from models import restore, tables
from models.conditions import ORDER_OPEN, OVERRIDE_COUNTS, TASK_OPEN
from models.lease import read_lease
from scheduler.cluster.assignment import Assignment, Wanted
from scheduler.errors import Problem
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.plan.override import Override
from scheduler.records import ChainState, FileKey, NodeAction, NodeKey, ObjectKind, Order, Run, Task, Variable
from scheduler.remembered import MadeObject


@dataclass(frozen=True, slots=True)
class JobMemory:
    "What is remembered of a job. `fingerprint`: see `forms.fingerprint`."

    path: str
    stopped: bool
    enabled: bool
    errors_in_a_row: int
    delay_until: datetime | None
    state_text: str
    problem: Problem | None
    good_steps: int
    good_seconds: float
    #: None: none has ended, or it was still running when the engine ended
    last_task_ended_at: datetime | None
    fingerprint: str
    #: a run time that came by command (empty: none), and the text of the job that it was given to
    run_time_given: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ChainMemory:
    path: str
    state: ChainState
    fingerprint: str


@dataclass(frozen=True, slots=True)
class NodeMemory:
    action: NodeAction
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything, by the keys of the records.

    `orders` are the ones that have not ended, by ordering; `tasks` those that have not ended, by id; `runs` the
    open rounds by history id. `files` holds the fingerprint of each stored file: what is no longer in the
    configuration is to be dropped, and what has the same fingerprint need not be written.
    """

    counters: Mapping[str, int]
    variables: Mapping[str, Variable]
    paused: bool
    jobs: Mapping[str, JobMemory]
    chains: Mapping[str, ChainMemory]
    nodes: Mapping[NodeKey, NodeMemory]
    files: Mapping[FileKey, str]
    orders: list[Order]
    tasks: list[Task]
    runs: Mapping[int, Run]
    journal_id: int
    #: in order of loading; one that was to be removed, or has no text, is not among them
    made: Sequence[MadeObject] = ()
    #: of the plan, those that still count, in the order in which they were made
    overrides: Sequence[Override] = ()
    #: what goes on by itself at some instant
    holds: Sequence[Hold] = ()
    #: jobs that waited for a process or for locks when somebody last worked
    waits: Sequence[JobWait] = ()
    #: what was said to task servers at other members, see `scheduler.cluster.talk`
    talks: Sequence[Assignment] = ()


def load(connection: Connection, scheduler_id: str) -> Loaded:
    "Reads it all. Call it while holding the lease, so that nobody writes at the same time."
    lease = read_lease(connection, scheduler_id)
    return Loaded(
        counters=_counters(connection, scheduler_id),
        variables=_variables(connection, scheduler_id),
        paused=_paused(connection, scheduler_id),
        jobs=_jobs(connection, scheduler_id),
        chains=_chains(connection, scheduler_id),
        nodes=_nodes(connection, scheduler_id),
        files=_files(connection, scheduler_id),
        orders=_orders(connection, scheduler_id),
        tasks=_tasks(connection, scheduler_id),
        runs=_runs(connection, scheduler_id),
        made=_made(connection, scheduler_id),
        overrides=_overrides(connection, scheduler_id),
        holds=_holds(connection, scheduler_id),
        waits=_waits(connection, scheduler_id),
        talks=_talks(connection, scheduler_id),
        journal_id=lease.journal_id if lease else 0,
    )


def _counters(connection: Connection, scheduler_id: str) -> dict[str, int]:
    c = tables.counters.c
    rows = connection.execute(select(c.name, c.value).where(c.scheduler_id == scheduler_id))
    return {row.name: row.value for row in rows}


def _variables(connection: Connection, scheduler_id: str) -> dict[str, Variable]:
    rows = connection.execute(select(tables.variables).where(tables.variables.c.scheduler_id == scheduler_id))
    return {row.name_key: restore.variable_of(row) for row in rows}


def _paused(connection: Connection, scheduler_id: str) -> bool:
    c = tables.settings.c
    value = connection.execute(
        select(c.value).where(c.scheduler_id == scheduler_id, c.name == "pause")
    ).scalar_one_or_none()
    return value is not None and restore.paused_of(value)


def _jobs(connection: Connection, scheduler_id: str) -> dict[str, JobMemory]:
    c, t = tables.jobs.c, tables.tasks.c
    last = (
        select(t.ended_at)
        .where(t.scheduler_id == scheduler_id, t.job_key == c.path_key, c.has_run_time)
        .order_by(t.id.desc())
        .limit(1)
        .correlate(tables.jobs)
        .scalar_subquery()
    )
    statement = select(tables.jobs, last.label("last_task_ended_at")).where(c.scheduler_id == scheduler_id)
    rows = connection.execute(statement)
    sources = _sources_of_jobs(connection, scheduler_id)
    return {
        row.path_key: JobMemory(
            path=row.path,
            stopped=row.stopped,
            enabled=row.enabled,
            errors_in_a_row=row.errors_in_a_row,
            delay_until=row.delay_until,
            state_text=row.state_text,
            problem=restore.problem_of(row),
            good_steps=row.good_steps,
            good_seconds=row.good_seconds,
            last_task_ended_at=row.last_task_ended_at,
            fingerprint=row.fingerprint,
            run_time_given=row.run_time_source,
            source=sources.get(row.path_key, ""),
        )
        for row in rows
    }


def _sources_of_jobs(connection: Connection, scheduler_id: str) -> dict[str, str]:
    "Of those whose run time came by command."
    f, j = tables.files.c, tables.jobs.c
    rows = connection.execute(
        select(f.path_key, f.source)
        .join(tables.jobs, (j.scheduler_id == f.scheduler_id) & (j.path_key == f.path_key))
        .where(f.scheduler_id == scheduler_id, f.kind == ObjectKind.JOB.value, j.run_time_source != "")
    )
    return {row.path_key: row.source for row in rows}


def _made(connection: Connection, scheduler_id: str) -> list[MadeObject]:
    c = tables.files.c
    rows = connection.execute(
        select(c.kind, c.path, c.written_at, c.source).where(
            c.scheduler_id == scheduler_id, c.file == "", c.written_at.is_not(None), c.source != "", ~c.removed
        )
    )
    made = [MadeObject(ObjectKind(row.kind), row.path, row.written_at, row.source) for row in rows]
    kinds = list(ObjectKind)
    return sorted(made, key=lambda each: (kinds.index(each.kind), each.path))


def _overrides(connection: Connection, scheduler_id: str) -> list[Override]:
    table = tables.plan_overrides
    rows = connection.execute(
        select(table).where(table.c.scheduler_id == scheduler_id, OVERRIDE_COUNTS).order_by(table.c.number)
    )
    return [restore.override_of(row) for row in rows]


def _holds(connection: Connection, scheduler_id: str) -> list[Hold]:
    rows = connection.execute(select(tables.holds).where(tables.holds.c.scheduler_id == scheduler_id))
    return [restore.hold_of(row) for row in rows]


def _waits(connection: Connection, scheduler_id: str) -> list[JobWait]:
    c = tables.job_waits.c
    rows = connection.execute(select(tables.job_waits).where(c.scheduler_id == scheduler_id))
    return [restore.job_wait_of(row) for row in rows]


def _chains(connection: Connection, scheduler_id: str) -> dict[str, ChainMemory]:
    c = tables.job_chains.c
    rows = connection.execute(
        select(c.path_key, c.path, c.state, c.fingerprint).where(c.scheduler_id == scheduler_id)
    )
    return {row.path_key: ChainMemory(row.path, row.state, row.fingerprint) for row in rows}


def _nodes(connection: Connection, scheduler_id: str) -> dict[NodeKey, NodeMemory]:
    c = tables.job_chain_nodes.c
    rows = connection.execute(
        select(c.chain_key, c.node, c.action, c.fingerprint).where(c.scheduler_id == scheduler_id)
    )
    return {NodeKey(row.chain_key, row.node): NodeMemory(row.action, row.fingerprint) for row in rows}


def _files(connection: Connection, scheduler_id: str) -> dict[FileKey, str]:
    c = tables.files.c
    rows = connection.execute(select(c.kind, c.path_key, c.fingerprint).where(c.scheduler_id == scheduler_id))
    return {FileKey(row.kind, row.path_key): row.fingerprint for row in rows}


def _orders(connection: Connection, scheduler_id: str) -> list[Order]:
    c = tables.orders.c
    statement = select(*restore.ORDER_COLUMNS).where(c.scheduler_id == scheduler_id, ORDER_OPEN).order_by(c.ordering)
    return [restore.order_of(row) for row in connection.execute(statement)]


def _tasks(connection: Connection, scheduler_id: str) -> list[Task]:
    table = tables.tasks
    rows = connection.execute(select(table).where(table.c.scheduler_id == scheduler_id, TASK_OPEN).order_by(table.c.id))
    return [restore.task_of(row) for row in rows]


def _talks(connection: Connection, scheduler_id: str) -> list[Assignment]:
    c = tables.assignments.c
    rows = connection.execute(
        select(c.task_id, c.member_run, c.body).where(c.scheduler_id == scheduler_id, c.wanted == Wanted.CALL.value)
    )
    return [Assignment(row.task_id, Wanted.CALL, row.member_run, row.body) for row in rows]


def _runs(connection: Connection, scheduler_id: str) -> dict[int, Run]:
    table = tables.order_runs
    rows = connection.execute(
        select(table).where(table.c.scheduler_id == scheduler_id, table.c.ended_at.is_(None))
    )
    return {row.history_id: restore.run_of(row) for row in rows}
