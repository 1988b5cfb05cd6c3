"A writer and a reader on a fresh database."

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

from models.batch import Writer
from models.connect import create, normalise_url
from tests.support.records import NOW


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    "Open, as holder `a` of scheduler `s`."
    writer = Writer(database_url, "s", "a")
    writer.open(NOW)
    yield writer
    writer.close()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create(database_url, "web")
    yield engine
    engine.dispose()


@pytest.fixture
def connection(writer: Writer, database_url: str) -> Iterator[Connection]:
    "A reader that sees each commit: every statement is a transaction of its own."
    engine = create_engine(normalise_url(database_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()
