"What a statement was compiled to is handed on to the next engine."

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, func, select

from models import connect
from models.tables.cluster import members


def an_engine(directory: Path, name: str) -> Engine:
    return connect.create(f"sqlite:///{directory}/{name}.db", "web")


def test_a_statement_is_compiled_for_the_first_engine_and_known_to_the_second(tmp_path: Path) -> None:
    statement = select(func.count().label("compiled_once"), members.c.pid).group_by(members.c.pid)
    found = []
    for name in ("first", "second"):
        engine = an_engine(tmp_path, name)
        with engine.connect() as connection:
            members.create(connection)
            found.append(connection.execute(statement).context.compiled)
        engine.dispose()
    assert found[0] is found[1]
