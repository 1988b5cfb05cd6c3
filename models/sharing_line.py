"""The connection over which a member of an active cluster reads and writes what others are told of steps.

It is asked many times a second, so each question is one statement of the driver's own, and a report is one transaction:
on PostgreSQL one statement, too, whose first part is the fence (see `sharing`). A report that a power failure takes
back belongs to a step that died with it, so on SQLite its commit does not wait for the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import PoolProxiedConnection

from models.bulk.fence import clean
from models.connect import create
from models.errors import Unreachable, store_error
from models.members import Member
from models.sharing import declared_dead
from scheduler.cluster.assignment import Assignment, Heard, Report, Wanted

_ASSIGNMENTS = """SELECT task_id, wanted, member_run, body FROM assignments
WHERE scheduler_id = {0} AND member_run = {0} ORDER BY task_id, wanted DESC"""
#: of one task that it has started comes before its end
_REPORTS = """SELECT task_id, heard, member_run, body, log FROM step_reports
WHERE scheduler_id = {0} ORDER BY task_id, heard DESC"""
_ALIVE = """SELECT 1 FROM members
WHERE scheduler_id = {0} AND member_id = {0} AND run_token = {0} AND NOT dead"""
_PUT_SQLITE = """INSERT INTO step_reports (scheduler_id, task_id, heard, member_run, body, log)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_PUT_POSTGRES = f"""WITH alive AS ({_ALIVE.format("%s")} FOR SHARE), put AS (
INSERT INTO step_reports (scheduler_id, task_id, heard, member_run, body, log)
SELECT %s, r.* FROM alive, unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[]) AS r
ON CONFLICT DO NOTHING) SELECT 1 FROM alive"""  # noqa: S608  (constants)


class SharingLine:
    "All methods belong to one thread, and raise Unreachable; the next call connects anew then."

    def __init__(self, url: str, scheduler_id: str) -> None:
        self._engine = create(url, "web")
        self._scheduler_id = scheduler_id
        self._on_postgres = self._engine.dialect.name == "postgresql"
        self._mark = "%s" if self._on_postgres else "?"
        self._connection: PoolProxiedConnection | None = None

    def assignments(self, member_run: str) -> list[Assignment]:
        "What that run of a member is to do, or has begun; the oldest task first."
        rows = self._ask(_ASSIGNMENTS, (self._scheduler_id, member_run))
        return [Assignment(row[0], Wanted(row[1]), row[2], row[3]) for row in rows]

    def reports(self) -> list[Report]:
        "All that are not dropped."
        rows = self._ask(_REPORTS, (self._scheduler_id,))
        return [Report(row[0], Heard(row[1]), row[2], row[3], row[4]) for row in rows]

    def put(self, member: Member, reports: Sequence[Report]) -> None:
        "Those that are there already stay. Raises FenceError when this run of the member was declared dead."
        alive = (self._scheduler_id, member.member_id, member.run_token)
        try:
            write = self._put_postgres if self._on_postgres else self._put_sqlite
            found = write(alive, reports)
        except Exception as error:
            raise self._lost(error) from error
        if not found:
            raise declared_dead(member)

    def close(self) -> None:
        self._give_up()
        self._engine.dispose()

    def _put_sqlite(self, alive: tuple[str, ...], reports: Sequence[Report]) -> bool:
        connection = self._driver()
        connection.execute("BEGIN IMMEDIATE")
        try:
            found = self._is_alive(connection, alive)
            if found:
                rows = [(self._scheduler_id, r.task_id, r.heard.value, r.member_run, clean(r.body), r.log)
                        for r in reports]  # fmt: skip
                connection.executemany(_PUT_SQLITE, rows)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return found

    def _is_alive(self, connection: Any, alive: tuple[str, ...]) -> bool:
        return connection.execute(_ALIVE.format("?"), alive).fetchone() is not None

    def _put_postgres(self, alive: tuple[str, ...], reports: Sequence[Report]) -> bool:
        columns = (
            [report.task_id for report in reports],
            [report.heard.value for report in reports],
            [report.member_run for report in reports],
            [clean(report.body) for report in reports],
            [report.log for report in reports],
        )
        return self._driver().execute(_PUT_POSTGRES, (*alive, self._scheduler_id, *columns)).fetchone() is not None

    def _ask(self, statement: str, values: tuple[str, ...]) -> list[Any]:
        try:
            rows: list[Any] = self._driver().execute(statement.format(self._mark), values).fetchall()
        except Exception as error:
            raise self._lost(error) from error
        return rows

    def _driver(self) -> Any:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            driver: Any = self._connection.driver_connection
            if self._on_postgres:
                driver.autocommit = True
            else:
                driver.execute("PRAGMA synchronous=NORMAL")
        return self._connection.driver_connection

    def _lost(self, error: Exception) -> Exception:
        known = store_error(error)
        if isinstance(known, Unreachable):
            self._give_up()
        return known or error

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None
