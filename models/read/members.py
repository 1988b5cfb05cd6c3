"Which schedulers there are, and their members."

from __future__ import annotations

from sqlalchemy import Connection, exists, literal, or_, select, union_all

from models import tables
from models.members import read_members as members
from models.right import lease_name

__all__ = ["last_changes", "members", "scheduler_ids"]

_L, _M = tables.leases.c, tables.members.c
#: the right to host the services is a lease, too, under a name that no engine writes with
_OF_ENGINES = or_(
    _L.scheduler_id.not_like(f"%{lease_name('')}"), exists().where(_M.scheduler_id == _L.scheduler_id)
)


def scheduler_ids(connection: Connection) -> list[str]:
    "The ids under which somebody works, waits, or ever wrote, in alphabetical order."
    return list(last_changes(connection))


def last_changes(connection: Connection) -> dict[str, int]:
    "These ids, each with the number of its last change (0: nothing was ever written)."
    wrote = select(_L.scheduler_id, _L.journal_id).where(_OF_ENGINES)
    waits = select(_M.scheduler_id, literal(0)).distinct()  # a backup in a new database has a row of its own only
    found: dict[str, int] = {}
    for scheduler_id, last in connection.execute(union_all(wrote, waits)):
        found[scheduler_id] = max(last or 0, found.get(scheduler_id, 0))
    return dict(sorted(found.items()))
