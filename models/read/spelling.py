"How the configuration spells a path, which commands and addresses may write in any letter case."

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select

from models import tables

_TABLES = {"job": tables.jobs, "chain": tables.job_chains}


def spelled(connection: Connection, scheduler_id: str, kind: Literal["job", "chain"], path: str) -> str:
    "As it is given when there is no such job or chain."
    c = _TABLES[kind].c
    statement = select(c.path).where(c.scheduler_id == scheduler_id, c.path_key == path.lower())
    return connection.execute(statement).scalar_one_or_none() or path
