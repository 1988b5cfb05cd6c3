"Notices of the monitor, the messages about them, and the rules in force. The caller opens the transactions."

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from models import tables
from models.inserts import insert_into
from scheduler.monitor.deciding import Key
from scheduler.monitor.delivery import Delivery, DeliveryState
from scheduler.monitor.notice import Notice, NoticeState

_N = tables.notices.c
_D = tables.deliveries.c
#: written literally, so that SQLite uses the partial indexes
_STILL: ColumnElement[bool] = literal_column("notices.state IN ('open', 'acknowledged')")
_WAITING: ColumnElement[bool] = literal_column("deliveries.state = 'waiting'")


@dataclass(frozen=True, slots=True)
class RulesInForce:
    "`source` is the text that counts, `problem` what is wrong with a newer one (empty: nothing)."

    file: str
    source: str
    read_at: datetime
    problem: str = ""


def rules_in_force(connection: Connection, scheduler_id: str) -> RulesInForce | None:
    table = tables.monitor_rules
    row = connection.execute(select(table).where(table.c.scheduler_id == scheduler_id)).mappings().one_or_none()
    return RulesInForce(**_without_id(row)) if row is not None else None


def put_rules(connection: Connection, scheduler_id: str, rules: RulesInForce) -> None:
    _put(connection, tables.monitor_rules, ("scheduler_id",), {"scheduler_id": scheduler_id, **asdict(rules)})


def last_number(connection: Connection, scheduler_id: str) -> int:
    "Of the notices; numbers begin at 1."
    return connection.execute(select(func.max(_N.number)).where(_N.scheduler_id == scheduler_id)).scalar_one() or 0


def put(connection: Connection, scheduler_id: str, notices: Iterable[Notice]) -> None:
    for notice in notices:
        values = {"scheduler_id": scheduler_id, **asdict(notice)}
        _put(connection, tables.notices, ("scheduler_id", "number"), values)


def latest(
    connection: Connection, scheduler_id: str, keys: Collection[Key], *, lock: bool = True
) -> dict[Key, Notice]:
    "The last notice of each key, whatever its state. `lock`: nobody else changes them until the transaction ends."
    found: dict[Key, Notice] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), 200):
        part = wanted[start : start + 200]
        newest = (
            select(func.max(_N.number))
            .where(_N.scheduler_id == scheduler_id, tuple_(_N.rule, _N.event, _N.object_key).in_(part))
            .group_by(_N.rule, _N.event, _N.object_key)
        )
        statement = select(tables.notices).where(_N.scheduler_id == scheduler_id, _N.number.in_(newest))
        statement = statement.with_for_update() if lock else statement
        for row in connection.execute(statement).mappings():
            notice = _notice(row)
            found[notice.key] = notice
    return found


def still(connection: Connection, scheduler_id: str, limit: int = 10_000) -> list[Notice]:
    "Those that are open or acknowledged, in the order of their numbers."
    statement = select(tables.notices).where(_N.scheduler_id == scheduler_id, _STILL).order_by(_N.number).limit(limit)
    return [_notice(row) for row in connection.execute(statement).mappings()]


def next_steps(
    connection: Connection, scheduler_id: str, now: datetime, limit: int = 1000, *, lock: bool = True
) -> list[Notice]:
    "Open ones whose next step is due. `lock`: nobody else changes them until the transaction ends."
    statement = (
        select(tables.notices)
        .where(_N.scheduler_id == scheduler_id, _STILL, _N.state == NoticeState.OPEN, _N.next_at <= now)
        .order_by(_N.number)
        .limit(limit)
    )
    statement = statement.with_for_update() if lock else statement
    return [_notice(row) for row in connection.execute(statement).mappings()]


def notice(connection: Connection, scheduler_id: str, number: int) -> Notice | None:
    statement = select(tables.notices).where(_N.scheduler_id == scheduler_id, _N.number == number)
    row = connection.execute(statement).mappings().one_or_none()
    return _notice(row) if row is not None else None


def notices(
    connection: Connection,
    scheduler_id: str,
    states: Sequence[NoticeState] = (),
    text: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Notice]:
    "The newest first. `states` empty: all. `text`: in the object, the rule or the text."
    statement = select(tables.notices).where(_N.scheduler_id == scheduler_id)
    if states:
        statement = statement.where(_N.state.in_(list(states)))
    if text:
        lowered = text.lower()
        statement = statement.where(
            func.lower(_N.object).contains(lowered, autoescape=True)
            | func.lower(_N.rule).contains(lowered, autoescape=True)
            | func.lower(_N.text).contains(lowered, autoescape=True)
        )
    if before is not None:
        statement = statement.where(_N.number < before)
    rows = connection.execute(statement.order_by(_N.number.desc()).limit(limit))
    return [_notice(row) for row in rows.mappings()]


def change(connection: Connection, scheduler_id: str, before: Notice, after: Notice) -> bool:
    "False: it has changed meanwhile, and nothing is written."
    names = ("state", "changed_by", "changed_at", "comment", "next_at", "ended_at")
    values = {name: getattr(after, name) for name in names}
    statement = (
        update(tables.notices)
        .where(_N.scheduler_id == scheduler_id, _N.number == before.number, _N.state == before.state)
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


# ---- messages ----


def last_delivery(connection: Connection, scheduler_id: str) -> int:
    return connection.execute(select(func.max(_D.number)).where(_D.scheduler_id == scheduler_id)).scalar_one() or 0


def add_deliveries(connection: Connection, scheduler_id: str, made: Sequence[Delivery]) -> None:
    if made:
        connection.execute(
            insert(tables.deliveries), [{"scheduler_id": scheduler_id, **_plain(each)} for each in made]
        )


def due(connection: Connection, scheduler_id: str, now: datetime, limit: int = 100) -> list[Delivery]:
    "What waits and may be tried, the longest waiting first."
    statement = (
        select(tables.deliveries)
        .where(_D.scheduler_id == scheduler_id, _WAITING, _D.next_at <= now)
        .order_by(_D.next_at, _D.number)
        .limit(limit)
    )
    return [Delivery(**_without_id(row)) for row in connection.execute(statement).mappings()]


def update_delivery(connection: Connection, scheduler_id: str, delivery: Delivery) -> None:
    names = ("state", "attempts", "next_at", "ended_at", "problem")
    connection.execute(
        update(tables.deliveries)
        .where(_D.scheduler_id == scheduler_id, _D.number == delivery.number)
        .values({name: getattr(delivery, name) for name in names})
    )


def deliveries_of(connection: Connection, scheduler_id: str, number: int) -> list[Delivery]:
    "The messages about a notice, in order."
    statement = select(tables.deliveries).where(_D.scheduler_id == scheduler_id, _D.notice == number)
    rows = connection.execute(statement.order_by(_D.number).limit(500))
    return [Delivery(**_without_id(row)) for row in rows.mappings()]


# ---- trials of the means, which the pages make: of no notice, with numbers below zero ----

TRIAL = 0


def add_trial(connection: Connection, scheduler_id: str, trial: Delivery) -> int:
    "With the number of a trial, which it returns and which never comes again; those of the day before are forgotten."
    trials = (_D.scheduler_id == scheduler_id, _D.notice == TRIAL)
    connection.execute(delete(tables.deliveries).where(*trials, _D.made_at < trial.made_at - timedelta(days=1)))
    least = connection.execute(select(func.min(_D.number)).where(*trials)).scalar_one() or 0
    number = min(int(least) - 1, -int(trial.made_at.timestamp() * 1000))
    add_deliveries(connection, scheduler_id, [replace(trial, number=number, notice=TRIAL)])
    return number


def trials_of(connection: Connection, scheduler_id: str, limit: int = 10) -> list[Delivery]:
    "The newest first."
    statement = select(tables.deliveries).where(_D.scheduler_id == scheduler_id, _D.notice == TRIAL)
    rows = connection.execute(statement.order_by(_D.number).limit(limit))
    return [Delivery(**_without_id(row)) for row in rows.mappings()]


def stuck(connection: Connection, scheduler_id: str) -> int:
    "How many messages were tried and not taken yet, or given up within the notices that are still open."
    waiting = select(func.count()).where(_D.scheduler_id == scheduler_id, _WAITING, _D.attempts > 0)
    return int(connection.execute(waiting).scalar_one())


def over(connection: Connection, scheduler_id: str, before: datetime, limit: int) -> list[int]:
    "Up to `limit` notices that ended before."
    statement = (
        select(_N.number)
        .where(_N.scheduler_id == scheduler_id, _N.ended_at < before, _N.state.not_in(_OPEN))
        .order_by(_N.number)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def without(scheduler_id: str, numbers: Sequence[int]) -> tuple[Executable, ...]:
    "What deletes these notices with their messages."
    return (
        delete(tables.deliveries).where(_D.scheduler_id == scheduler_id, _D.notice.in_(numbers)),
        delete(tables.notices).where(_N.scheduler_id == scheduler_id, _N.number.in_(numbers)),
    )


_OPEN = (NoticeState.OPEN, NoticeState.ACKNOWLEDGED)


def _plain(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__} | {
        "detail": dict(delivery.detail), "state": DeliveryState(delivery.state),
    }  # fmt: skip


def _notice(row: Any) -> Notice:
    return Notice(**_without_id(row))


def _without_id(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "scheduler_id"}


def _put(connection: Connection, table: Table, keys: Sequence[str], values: dict[str, Any]) -> None:
    statement = insert_into(connection.dialect.name, table).values(**values)
    changed = {name: value for name, value in values.items() if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed))
