"""What members tell each other, kept until it is acknowledged.

A member that works writes such a command as part of its batch (`forms`, `bulk`), a waiting one by `put_command` or
`put_command_to_all`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, update

from models.tables import member_commands as table
from models.tables import members
from scheduler.cluster.member_command import CommandToAll, MemberCommand

#: how long acknowledged commands are kept
KEPT = timedelta(days=30)

#: asked several times a second, so they are made once
_COLUMNS = ("member_id", "sender", "sent_at", "command", "run_started_at", "done_at", "result")
_OPEN = (
    select(*(table.c[name] for name in _COLUMNS))
    .where(table.c.scheduler_id == bindparam("of"), table.c.done_at.is_(None))
    .order_by(table.c.sent_at, table.c.sender, table.c.member_id)
)
_OPEN_OF_ONE = _OPEN.where(table.c.member_id == bindparam("to"))


def put_command(connection: Connection, scheduler_id: str, command: MemberCommand) -> None:
    connection.execute(
        insert(table).values(
            scheduler_id=scheduler_id,
            member_id=command.member_id,
            sender=command.sender,
            sent_at=command.sent_at,
            command=command.command,
            run_started_at=command.run_started_at,
            done_at=command.done_at,
            result=command.result,
        )
    )


def put_command_to_all(connection: Connection, scheduler_id: str, command: CommandToAll) -> None:
    "For each of the other members that are there in this moment."
    c = members.c
    names = ("scheduler_id", "member_id", "sender", "sent_at", "command", "run_started_at", "result")
    given = (
        literal(command.sender), literal(command.sent_at, table.c.sent_at.type), literal(command.command), c.started_at
    )  # fmt: skip
    there = select(c.scheduler_id, c.member_id, *given, literal("")).where(
        c.scheduler_id == scheduler_id, c.member_id != command.sender, c.dead.is_(False), c.state != "stopped"
    )
    connection.execute(insert(table).from_select(names, there))


def open_commands(connection: Connection, scheduler_id: str, member_id: str | None = None) -> list[MemberCommand]:
    "Those that are not acknowledged, the oldest first, then by member; `member_id` None: of all members."
    values = {"of": scheduler_id} | ({"to": member_id} if member_id is not None else {})
    statement = _OPEN if member_id is None else _OPEN_OF_ONE
    return [MemberCommand(**row) for row in connection.execute(statement, values).mappings()]


def acknowledge(
    connection: Connection, scheduler_id: str, command: MemberCommand, result: str, now: datetime
) -> None:
    "It is carried out, or never will be; `result` says which. Old ones are deleted on this occasion."
    c = table.c
    connection.execute(
        update(table)
        .where(c.scheduler_id == scheduler_id, c.member_id == command.member_id)
        .where(c.sender == command.sender, c.sent_at == command.sent_at)
        .values(done_at=now, result=result)
    )
    connection.execute(delete(table).where(c.scheduler_id == scheduler_id, c.done_at < now - KEPT))


def give_up(connection: Connection, scheduler_id: str, member_id: str) -> None:
    "Acknowledges what a member that has died was told before: an abort it has obeyed by that, all else it never will."
    c = table.c
    connection.execute(
        update(table)
        .where(c.scheduler_id == scheduler_id, c.member_id == member_id, c.done_at.is_(None))
        .values(done_at=datetime.now(UTC), result="the member is gone")
    )
