"""Assignments and reports: what the members of an active cluster read and write of each other's steps.

The leading member writes assignments, and drops both, in its batches (`forms`). What is here is the others' side, and
the reading.

The fence of a member that runs steps is its own row: as long as that stands there with the token of this run and is
not dead, its reports count. Whoever declares it dead does that with a conditional statement, and reads the reports
afterwards; so each report was written before, and is read, or is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from models.errors import FenceError
from models.members import Member
from models.tables import assignments, leases, members, step_reports
from scheduler.cluster.assignment import Assignment, AssignmentKey, Heard, Report, ReportKey, Wanted

#: reports, and assignments, in one statement
_MOST = 200


def renew_member(connection: Connection, scheduler_id: str, member: Member, now: datetime) -> None:
    "The beat of a member that works beside the leading one. Raises FenceError when it was declared dead."
    c = members.c
    found = connection.execute(
        update(members)
        .where(c.scheduler_id == scheduler_id, c.member_id == member.member_id)
        .where(c.run_token == member.run_token, ~c.dead)
        .values(beat_at=now, state=member.state, active=member.active, exclusive=False)
    )
    if found.rowcount != 1:
        raise _declared_dead(member)


def prove_membership(connection: Connection, scheduler_id: str, member: Member) -> None:
    "Whoever declares this run of the member dead waits for the end of this transaction. Raises FenceError if it is."
    c = members.c
    statement = (
        select(c.member_id)
        .where(c.scheduler_id == scheduler_id, c.member_id == member.member_id)
        .where(c.run_token == member.run_token, ~c.dead)
        .with_for_update(read=True)
    )
    if connection.execute(statement).one_or_none() is None:
        raise _declared_dead(member)


def _declared_dead(member: Member) -> FenceError:
    return FenceError(f"Member {member.member_id} was declared dead; what it ran is done again by others")


def declare_dead(connection: Connection, scheduler_id: str, member: Member, by: str, token: str) -> bool:
    """Whether it is dead now: not when it has beaten since `member` was read, or when `by` leads no more, whose token
    as the writer is `token`."""
    lease, c = leases.c, members.c
    leads = connection.execute(
        select(lease.epoch).where(lease.scheduler_id == scheduler_id, lease.token == token).with_for_update(read=True)
    ).one_or_none()
    if leads is None:
        return False
    found = connection.execute(
        update(members)
        .where(c.scheduler_id == scheduler_id, c.member_id == member.member_id, c.run_token == member.run_token)
        .where(c.beat_at == member.beat_at, ~c.dead)
        .values(dead=True, active=False, exclusive=False, deactivated_by=by)
    )
    return found.rowcount == 1


def assigned(connection: Connection, scheduler_id: str, member_run: str) -> list[AssignmentKey]:
    "What that run of a member is to do, or has begun; the oldest task first."
    c = assignments.c
    rows = connection.execute(
        select(c.task_id, c.wanted)
        .where(c.scheduler_id == scheduler_id, c.member_run == member_run)
        .order_by(c.task_id, c.wanted.desc())
    )
    return [AssignmentKey(row.task_id, Wanted(row.wanted)) for row in rows]


def read_assignments(connection: Connection, scheduler_id: str, keys: Sequence[AssignmentKey]) -> list[Assignment]:
    "Those of them that are still there, in this order."
    c = assignments.c
    found: dict[AssignmentKey, Assignment] = {}
    for start in range(0, len(keys), _MOST):
        rows = connection.execute(
            select(c.task_id, c.wanted, c.member_run, c.body)
            .where(c.scheduler_id == scheduler_id, tuple_(c.task_id, c.wanted).in_(keys[start : start + _MOST]))
        )
        for row in rows:
            assignment = Assignment(row.task_id, Wanted(row.wanted), row.member_run, row.body)
            found[assignment.key] = assignment
    return [found[key] for key in keys if key in found]


def put_reports(connection: Connection, scheduler_id: str, reports: Sequence[Report]) -> None:
    "One that is there already, because nobody knew whether it had been committed, stays."
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(step_reports).on_conflict_do_nothing()
    connection.execute(
        statement,
        [
            {"scheduler_id": scheduler_id, "task_id": report.task_id, "heard": report.heard.value,
             "member_run": report.member_run, "body": report.body, "log": report.log}
            for report in reports
        ],
    )  # fmt: skip


def report_keys(connection: Connection, scheduler_id: str) -> list[ReportKey]:
    "Of all reports that are not dropped; of one task that it has started comes before its end."
    c = step_reports.c
    rows = connection.execute(
        select(c.task_id, c.heard).where(c.scheduler_id == scheduler_id).order_by(c.task_id, c.heard.desc())
    )
    return [ReportKey(row.task_id, Heard(row.heard)) for row in rows]


def read_reports(connection: Connection, scheduler_id: str, keys: Sequence[ReportKey]) -> list[Report]:
    "Those of them that are still there, in this order."
    c = step_reports.c
    found: dict[ReportKey, Report] = {}
    for start in range(0, len(keys), _MOST):
        rows = connection.execute(
            select(c.task_id, c.heard, c.member_run, c.body, c.log)
            .where(c.scheduler_id == scheduler_id, tuple_(c.task_id, c.heard).in_(keys[start : start + _MOST]))
        )
        for row in rows:
            report = Report(row.task_id, Heard(row.heard), row.member_run, row.body, row.log)
            found[report.key] = report
    return [found[key] for key in keys if key in found]
