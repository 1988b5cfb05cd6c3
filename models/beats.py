"How members gave signs of life, minute by minute, as the services saw it."

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select

from models.inserts import insert_into
from models.read.page import one_of
from models.tables import beat_minutes as table
from scheduler.cluster.beat_minutes import BeatMinute

_C = table.c

#: how long a part of a strip lasts
Span = Literal["hour", "day"]
#: length of an instant as text up to the hour, or the day
_LETTERS: dict[Span, int] = {"hour": 13, "day": 10}


@dataclass(frozen=True, slots=True)
class Heard:
    "What is known of a member in the hour or the day (of UTC) that begins then: minutes, and how many were `silent`."

    member_id: str
    begin: datetime
    minutes: int
    silent: int


def add(connection: Connection, scheduler_id: str, minutes: Iterable[BeatMinute]) -> None:
    "A minute that is there already stays: clocks may be set back."
    rows = [
        {"scheduler_id": scheduler_id, "minute": each.minute, "member_id": each.member_id, "silent": each.silent}
        for each in minutes
    ]
    if rows:
        connection.execute(insert_into(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def since(
    connection: Connection, scheduler_id: str, begin: datetime, members: Sequence[str] | None = None
) -> list[BeatMinute]:
    "From that minute on, in the order of time; with `members` of these only."
    statement = select(_C.member_id, _C.minute, _C.silent).where(_C.scheduler_id == scheduler_id, _C.minute >= begin)
    if members is not None:
        statement = statement.where(one_of(connection, _C.member_id, members))
    return [BeatMinute(*row) for row in connection.execute(statement.order_by(_C.minute, _C.member_id))]


def heard(
    connection: Connection, scheduler_id: str, begin: datetime, span: Span, dead_after: float, members: Sequence[str]
) -> list[Heard]:
    """Of these members from `begin` on, in the order of time. A minute is silent in which no beat came for `dead_after`
    seconds."""
    letters = _LETTERS[span]
    text: ColumnElement[str] = cast(_C.minute, Text)
    if connection.dialect.name == "postgresql":
        text = func.to_char(func.timezone("UTC", _C.minute), 'YYYY-MM-DD"T"HH24')
    part = func.substr(text, 1, letters).label("part")
    silent = func.sum(case((_C.silent >= dead_after, 1), else_=0))
    statement = (
        select(_C.member_id, part, func.count(), silent)
        .where(_C.scheduler_id == scheduler_id, _C.minute >= begin, one_of(connection, _C.member_id, members))
        .group_by(_C.member_id, part)
        .order_by(part, _C.member_id)
    )
    return [
        Heard(member, datetime.fromisoformat(f"{word}:00" if span == "hour" else word).replace(tzinfo=UTC), count, gone)
        for member, word, count, gone in connection.execute(statement)
    ]
