"""Daily figures: what jobs and orders did on a day, and how they kept to the plan. They last longer than the history.

Runs are added up once each, with the mark of the journal; what the plan says is written anew as long as its rows exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, case, func, select

from models import tables
from models.conditions import TASK_FAILED
from models.inserts import insert_into

_D = tables.report_days.c
_T = tables.tasks.c
_R = tables.order_runs.c
_E = tables.plan_entries.c

Kind = Literal["job", "order"]
Order = Literal["failed", "longest", "late", "runs"]


@dataclass(frozen=True, slots=True)
class Ran:
    "One ended run; `object` is a job's path, or chain path, comma, order id."

    kind: Kind
    object: str
    started_at: datetime
    ended_at: datetime
    failed: bool

    @property
    def object_key(self) -> str:
        chain, comma, order_id = self.object.partition(",")
        return f"{chain.lower()}{comma}{order_id}"


@dataclass(frozen=True, slots=True)
class Figures:
    "Sums over some days; seconds. `object` and `kind` are empty in sums over objects, `period` in those over time."

    kind: str = ""
    object: str = ""
    period: str = ""
    runs: int = 0
    failed: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    planned: int = 0
    on_time: int = 0
    late: int = 0
    missed: int = 0
    skipped: int = 0

    @property
    def mean(self) -> float | None:
        return self.seconds / self.runs if self.runs else None

    @property
    def fulfilment(self) -> float | None:
        "The share of planned starts that were made in time; those that people have left out do not count."
        wanted = self.on_time + self.late + self.missed
        return self.on_time / wanted if wanted else None


def ended_tasks(connection: Connection, scheduler_id: str, numbers: Collection[int]) -> list[Ran]:
    "Of these tasks those that worked outside of chains."
    found = []
    wanted = list(numbers)
    for begin in range(0, len(wanted), 500):
        statement = select(_T.job, _T.started_at, _T.ended_at, TASK_FAILED.label("failed")).where(
            _T.scheduler_id == scheduler_id, _T.id.in_(wanted[begin : begin + 500]), _T.chain == "",
            _T.started_at.is_not(None), _T.ended_at.is_not(None),
        )  # fmt: skip
        found += [
            Ran("job", row.job, row.started_at, row.ended_at, bool(row.failed)) for row in connection.execute(statement)
        ]
    return found


def ended_rounds(connection: Connection, scheduler_id: str, numbers: Collection[int]) -> list[Ran]:
    "Of these rounds of orders those that have ended."
    found = []
    wanted = list(numbers)
    for begin in range(0, len(wanted), 500):
        statement = select(_R.chain, _R.order_id, _R.started_at, _R.ended_at, _R.failed).where(
            _R.scheduler_id == scheduler_id, _R.history_id.in_(wanted[begin : begin + 500]), _R.ended_at.is_not(None)
        )
        found += [
            Ran("order", f"{row.chain},{row.order_id}", row.started_at, row.ended_at, row.failed)
            for row in connection.execute(statement)
        ]
    return found


def add(connection: Connection, scheduler_id: str, runs: Iterable[tuple[str, Ran]]) -> int:
    "Pairs of day and run are added to the figures; returns how many rows those are."
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for day, ran in runs:
        seconds = max(0.0, (ran.ended_at - ran.started_at).total_seconds())
        row = sums.setdefault(
            (day, ran.kind, ran.object_key),
            {"object": ran.object, "runs": 0, "failed": 0, "seconds": 0.0, "longest": 0.0},
        )
        row["runs"] += 1
        row["failed"] += ran.failed
        row["seconds"] += seconds
        row["longest"] = max(row["longest"], seconds)
    for (day, kind, object_key), row in sorted(sums.items()):
        statement = _insert(connection).values(
            scheduler_id=scheduler_id, day=day, kind=kind, object_key=object_key, **row, **dict.fromkeys(_PLANNED, 0)
        )
        new = statement.excluded
        changed = {
            "object": new.object,
            "runs": _D.runs + new.runs,
            "failed": _D.failed + new.failed,
            "seconds": _D.seconds + new.seconds,
            "longest": case((_D.longest < new.longest, new.longest), else_=_D.longest),
        }
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))
    return len(sums)


def planned(connection: Connection, scheduler_id: str, day: str, now: datetime) -> list[dict[str, Any]]:
    "What the plan of the day says of each object, of starts whose time has come."
    settled = _E.state.in_(("finished", "failed", "started", "overdue"))
    statement = (
        select(
            _E.kind, _E.object_key, func.max(_E.object).label("object"),
            func.count().label("planned"),
            func.count().filter(settled & ~_E.late).label("on_time"),
            func.count().filter((settled & _E.late) | (_E.state == "late")).label("late"),
            func.count().filter(_E.state == "missed").label("missed"),
            func.count().filter(_E.state == "skipped").label("skipped"),
        )
        .where(_E.scheduler_id == scheduler_id, _E.day == day, _E.planned_at <= now)
        .group_by(_E.kind, _E.object_key)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(statement).mappings()]


def put_planned(connection: Connection, scheduler_id: str, day: str, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        statement = _insert(connection).values(
            scheduler_id=scheduler_id, day=day, runs=0, failed=0, seconds=0.0, longest=0.0, **row
        )
        changed = {name: row[name] for name in _PLANNED}
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))


def by_object(
    connection: Connection, scheduler_id: str, kind: Kind | None, since: str, until: str, order: Order, limit: int = 20
) -> list[Figures]:
    "Objects with the most of something in the days from `since` to `until`; those with none of it are left out."
    sums = _sums()
    most = sums["longest" if order == "longest" else order]
    statement = (
        select(_D.kind, func.max(_D.object).label("object"), *(each.label(name) for name, each in sums.items()))
        .where(_D.scheduler_id == scheduler_id, _D.day >= since, _D.day <= until)
        .group_by(_D.kind, _D.object_key)
        .having(most > 0)
        .order_by(most.desc(), func.max(_D.object))
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(_D.kind == kind)
    return [Figures(**row) for row in connection.execute(statement).mappings()]


def by_time(
    connection: Connection, scheduler_id: str, kind: Kind | None, since: str, until: str, months: bool = False
) -> list[Figures]:
    "Of each day, or month, with any figures, in order."
    period = func.substr(_D.day, 1, 7) if months else _D.day
    sums = _sums()
    statement = (
        select(period.label("period"), *(each.label(name) for name, each in sums.items()))
        .where(_D.scheduler_id == scheduler_id, _D.day >= since, _D.day <= until)
        .group_by(period)
        .order_by(period)
    )
    if kind is not None:
        statement = statement.where(_D.kind == kind)
    return [Figures(**row) for row in connection.execute(statement).mappings()]


def first_day(connection: Connection, scheduler_id: str) -> str | None:
    found: str | None = connection.execute(
        select(func.min(_D.day)).where(_D.scheduler_id == scheduler_id)
    ).scalar_one_or_none()
    return found


_KEY = ["scheduler_id", "day", "kind", "object_key"]
_PLANNED = ("planned", "on_time", "late", "missed", "skipped")


def _sums() -> dict[str, ColumnElement[Any]]:
    names = ("runs", "failed", "seconds", *_PLANNED)
    found: dict[str, ColumnElement[Any]] = {name: func.sum(_D[name]) for name in names}
    return found | {"longest": func.max(_D.longest)}


def _insert(connection: Connection) -> Any:
    return insert_into(connection.dialect.name, tables.report_days)
