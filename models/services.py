"Rows about the background services: instances, how each service is wanted, runs."

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from models import tables
from models.inserts import insert_into

#: runs of one service that are kept
RUNS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Instance:
    "A process that hosts the services, or waits to. `beat` rises as long as it lives."

    name: str
    host: str
    pid: int
    version: str
    started_at: datetime
    beat: int
    beat_at: datetime
    active: bool
    active_since: datetime | None = None
    wanted_at: datetime | None = None
    wanted_by: str = ""
    #: see `scheduler.retention.Retention.told`; None: of an older version of the program
    retention: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ServiceState:
    "How a service is wanted. `run_asked_at`: somebody wants it to run at once, and it has not run since."

    service: str
    paused: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None
    run_asked_at: datetime | None = None
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceRun:
    "`ended_at` None: it runs, or its instance has died. `cause`: `time` or `asked`."

    number: int
    service: str
    instance: str
    cause: str
    started_at: datetime
    ended_at: datetime | None
    failed: bool
    text: str


def put_instance(connection: Connection, scheduler_id: str, instance: Instance) -> None:
    "A wish that this instance takes over is left as it is."
    values = {
        name: getattr(instance, name)
        for name in ("host", "pid", "version", "started_at", "beat", "beat_at", "active", "active_since", "retention")
    }
    _upsert(
        connection, tables.service_instances, {"scheduler_id": scheduler_id, "name": instance.name}, values,
        {"wanted_by": ""},
    )  # fmt: skip


def instances(connection: Connection, scheduler_id: str) -> list[Instance]:
    table = tables.service_instances
    rows = connection.execute(select(table).where(table.c.scheduler_id == scheduler_id).order_by(table.c.name))
    return [Instance(**_without_id(row)) for row in rows.mappings()]


def want_instance(connection: Connection, scheduler_id: str, name: str, by: str, now: datetime) -> bool:
    "Somebody wishes that this instance hosts the services; False: there is none of that name."
    c = tables.service_instances.c
    found = connection.execute(
        update(tables.service_instances)
        .where(c.scheduler_id == scheduler_id, c.name == name)
        .values(wanted_at=now, wanted_by=by)
    )
    return found.rowcount == 1


def forget_wish(connection: Connection, scheduler_id: str, name: str) -> None:
    c = tables.service_instances.c
    connection.execute(
        update(tables.service_instances)
        .where(c.scheduler_id == scheduler_id, c.name == name)
        .values(wanted_at=None, wanted_by="")
    )


def forget_instances(connection: Connection, scheduler_id: str, before: datetime) -> None:
    "Those that have not beaten since."
    c = tables.service_instances.c
    connection.execute(delete(tables.service_instances).where(c.scheduler_id == scheduler_id, c.beat_at < before))


def forget_instance(connection: Connection, scheduler_id: str, name: str) -> None:
    "It has ended in order, so nobody shall take it for dead."
    c = tables.service_instances.c
    connection.execute(delete(tables.service_instances).where(c.scheduler_id == scheduler_id, c.name == name))


def states(connection: Connection, scheduler_id: str) -> dict[str, ServiceState]:
    table = tables.service_states
    rows = connection.execute(select(table).where(table.c.scheduler_id == scheduler_id))
    return {row["service"]: ServiceState(**_without_id(row)) for row in rows.mappings()}


def put_state(connection: Connection, scheduler_id: str, service: str, **values: Any) -> None:
    "Some columns of `ServiceState`."
    _upsert(
        connection, tables.service_states, {"scheduler_id": scheduler_id, "service": service}, values,
        {"paused": False, "changed_by": ""},
    )  # fmt: skip


def forget_run_asked(connection: Connection, scheduler_id: str, service: str, asked_at: datetime) -> None:
    "The run that somebody wanted at that instant was made; a later wish stays."
    c = tables.service_states.c
    connection.execute(
        update(tables.service_states)
        .where(c.scheduler_id == scheduler_id, c.service == service, c.run_asked_at == asked_at)
        .values(run_asked_at=None)
    )


def begin_run(
    connection: Connection, scheduler_id: str, service: str, instance: str, cause: str, now: datetime
) -> int:
    "The number of the run."
    c = tables.service_runs.c
    last = connection.execute(select(func.max(c.number)).where(c.scheduler_id == scheduler_id)).scalar_one()
    number = (last or 0) + 1
    connection.execute(
        tables.service_runs.insert().values(
            scheduler_id=scheduler_id, number=number, service=service, instance=instance, cause=cause,
            started_at=now, failed=False, text="",
        )
    )
    return number


def end_run(
    connection: Connection, scheduler_id: str, service: str, number: int, text: str, failed: bool, now: datetime
) -> None:
    "The oldest runs of the service go."
    c = tables.service_runs.c
    mine = (c.scheduler_id == scheduler_id, c.service == service)
    connection.execute(
        update(tables.service_runs)
        .where(c.scheduler_id == scheduler_id, c.number == number)
        .values(ended_at=now, text=text, failed=failed)
    )
    oldest = connection.execute(
        select(c.number).where(*mine).order_by(c.number.desc()).offset(RUNS_KEPT).limit(1)
    ).scalar_one_or_none()
    if oldest is not None:
        connection.execute(delete(tables.service_runs).where(*mine, c.number <= oldest))


def runs(
    connection: Connection, scheduler_id: str, service: str = "", limit: int = 50, *, failed_only: bool = False
) -> list[ServiceRun]:
    "The latest ones first; of all services when none is named."
    table = tables.service_runs
    statement = select(table).where(table.c.scheduler_id == scheduler_id)
    if service:
        statement = statement.where(table.c.service == service)
    if failed_only:
        statement = statement.where(table.c.failed)
    rows = connection.execute(statement.order_by(table.c.number.desc()).limit(limit))
    return [ServiceRun(**_without_id(row)) for row in rows.mappings()]


def mark(connection: Connection, scheduler_id: str, name: str) -> int | None:
    "The number of the last journal row that a service has dealt with; None: it has never looked."
    c = tables.service_marks.c
    found: int | None = connection.execute(
        select(c.value).where(c.scheduler_id == scheduler_id, c.name == name)
    ).scalar_one_or_none()
    return found


def put_mark(connection: Connection, scheduler_id: str, name: str, value: int) -> None:
    _upsert(connection, tables.service_marks, {"scheduler_id": scheduler_id, "name": name}, {"value": value}, {})


def marks(connection: Connection, scheduler_id: str) -> dict[str, int]:
    "All of them by name."
    c = tables.service_marks.c
    rows = connection.execute(select(c.name, c.value).where(c.scheduler_id == scheduler_id))
    return {row.name: row.value for row in rows}


def forget_mark(connection: Connection, scheduler_id: str, name: str) -> None:
    c = tables.service_marks.c
    connection.execute(delete(tables.service_marks).where(c.scheduler_id == scheduler_id, c.name == name))


def _without_id(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "scheduler_id"}


def _upsert(
    connection: Connection, table: Any, key: dict[str, Any], values: dict[str, Any], first: dict[str, Any]
) -> None:
    "`first` are values of columns that only a new row is given."
    statement = insert_into(connection.dialect.name, table).values(**{**first, **key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
