"""What a reader may see: a connection with a sight leaves out every row of an object that is out of sight.

A connection without sight sees everything: that is what the engine and the command line have. Pages get theirs from
`web.database.read`. The conditions are put into the statements right before they are executed, wherever one of the
tables below stands in them, so that no list, count or object can forget to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Select, and_, event, false, func, or_, true
from sqlalchemy.sql import Executable
from sqlalchemy.sql.selectable import Alias, Join
from sqlalchemy.sql.visitors import cloned_traverse

from models import tables

_OPTION = "stellwerk_sight"
_NARROWS = "stellwerk_sight_narrows"

#: what somebody may see: pairs of scheduler id (empty: all) and folder (lower case, a slash at both ends)
Places = tuple[tuple[str, str], ...]

#: table -> the permission that shows its rows, and the column with the path that it is asked for
_GUARDED: dict[str, tuple[str, str]] = {
    "orders": ("orders.view", "chain_key"),
    "order_runs": ("orders.view", "chain_key"),
    "jobs": ("jobs.view", "path_key"),
    "tasks": ("jobs.view", "job_key"),
    "process_waits": ("jobs.view", "job_key"),
    "job_chains": ("chains.view", "path_key"),
    "job_chain_nodes": ("chains.view", "chain_key"),
    "files": ("config.view", "path_key"),
    "file_versions": ("config.view", "path_key"),
    "plan_entries": ("plan.view", "object_key"),
    "plan_starts": ("plan.view", "object_key"),
    "plan_overrides": ("plan.view", "object_key"),
    "journal": ("history.view", "object"),
    "notices": ("notices.view", "object_key"),
    "report_days": ("reports.view", "object_key"),
}

#: those of which the column holds the path as it was written
_AS_WRITTEN = frozenset({"journal", "files", "file_versions"})


class Sight(Protocol):
    "Somebody's permissions; see `models.access.Access`."

    def places(self, permission: str) -> Places | None:
        "Where an OBJECT permission is granted; None: everywhere, empty: nowhere."


def install(engine: Engine) -> None:
    "Make the connections of this engine able to be limited."
    event.listen(engine, "before_execute", _narrow, retval=True)


def limited_to(connection: Connection, sight: Sight) -> Connection:
    "The same connection, which from now on sees only what `sight` allows."
    return connection.execution_options(**{_OPTION: sight, _NARROWS: _limited(sight)})


def narrows(connection: Connection) -> bool:
    "Whether anything is left out at all."
    return bool(connection.get_execution_options().get(_NARROWS))


def sight_of(connection: Connection) -> Sight | None:
    found: Sight | None = connection.get_execution_options().get(_OPTION)
    return found


def _narrow(
    connection: Connection, statement: Executable, multiparams: Any, params: Any, execution_options: Any
) -> tuple[Executable, Any, Any]:
    if narrows(connection) and isinstance(statement, Select) and (sight := sight_of(connection)) is not None:
        statement = narrowed(statement, sight)
    return statement, multiparams, params


def _limited(sight: Sight) -> bool:
    return any(sight.places(permission) is not None for permission, _ in _GUARDED.values())


def narrowed(statement: Select[Any], sight: Sight) -> Select[Any]:
    "The statement, and each statement inside it, with a condition for each guarded table."

    def visit(select: Select[Any]) -> None:
        for table in _tables(select):
            condition = _condition(table, sight)
            if condition is not None:
                Select.where.non_generative(select, condition)  # type: ignore[attr-defined]

    def visit_join(join: Join) -> None:
        "What is joined from outside is missing where it is out of sight; the row itself stays."
        if join.isouter and (condition := _condition(join.right, sight)) is not None and join.onclause is not None:
            join.onclause = and_(join.onclause, condition)

    return cloned_traverse(statement, {}, {"select": visit, "join": visit_join})


def _tables(select: Select[Any]) -> Iterator[FromClause]:
    left = list(select.get_final_froms())
    while left:
        found = left.pop()
        if isinstance(found, Join):
            left += [found.left] if found.isouter else [found.left, found.right]
        else:
            yield found


def _condition(table: FromClause, sight: Sight) -> ColumnElement[bool] | None:
    "None: nothing of the table is left out."
    original = table.element if isinstance(table, Alias) else table
    name = getattr(original, "name", "")
    if name not in _GUARDED or tables.metadata.tables.get(name) is not original:
        return None
    permission, column = _GUARDED[name]
    places = sight.places(permission)
    if places is None:
        return None
    path: ColumnElement[Any] = table.c[column]
    seen = [
        and_(table.c.scheduler_id == scheduler_id if scheduler_id else true(), _below(path, folder, name))
        for scheduler_id, folder in places
    ]
    if name == "journal":  # what concerns the whole scheduler
        seen += [table.c.kind.startswith("scheduler.")]
    return or_(*(seen or [false()]))


def _below(path: ColumnElement[Any], folder: str, table: str) -> ColumnElement[bool]:
    if folder == "/":
        return true()
    spelled = func.lower(path) if table in _AS_WRITTEN else path
    return spelled.startswith(folder, autoescape=True)
