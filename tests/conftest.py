"""What all tests share: a fresh database for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.upgrade import upgrade
from tests.support.postgres import NoPostgres, PostgresServer

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    "A private PostgreSQL server; skips without PostgreSQL, but fails where CI=true promises one."
    try:
        server = PostgresServer()
    except NoPostgres as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL is required here: {problem}")
        pytest.skip(f"PostgreSQL is missing: {problem}")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    "A SQLite file with all tables and no rows, to be copied."
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    "The name of a database with all tables and no rows, to be copied."
    url = postgres_server.create_database()
    upgrade(url)
    return url.rpartition("/")[2]


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    "A database without tables."
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    "A SQLite database with all tables and no rows."
    path = tmp_path / "stellwerk.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    "A PostgreSQL database with all tables and no rows."
    if not postgres_server.running:
        postgres_server.start()
    url = postgres_server.create_database(migrated_postgres)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    "A database with all tables and no rows; each test that asks for it runs on both kinds."
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
