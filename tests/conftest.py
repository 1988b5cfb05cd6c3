"""What all tests share: a fresh database for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from models import schema
from models.connect import create, writing
from models.errors import StoreError
from models.tables import metadata
from models.upgrade import upgrade
from tests.support.engine import EngineProcess
from tests.support.migrated import migrated_sqlite
from tests.support.postgres import NoPostgres, PostgresServer
from tests.support.prestarted import Prestarted
from tests.support.sequence import shared
from tests.support.statements import share

share()

# no test fails because the machine is busy, nor by an example that nobody has seen before; the soak looks for those
settings.register_profile(
    "house", deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
settings.load_profile("house")
# numbers and words of the house's own modules would be read out of all its files, in each process, and other ones would
# be tried with each change of any of them, and where a file is run alone
providers._get_local_constants = Constants

#: directories of tests that start engines and browsers
LONG = frozenset({"browser", "cluster", "e2e"})
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_itemcollected(item: pytest.Item) -> None:
    "The longest tests run on PostgreSQL every time, and on SQLite in the soak."
    given = getattr(item, "callspec", None)
    if item.get_closest_marker("longest") and given and given.params.get("database_url") == "sqlite":
        item.add_marker(pytest.mark.soak)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    "Among several processes, long tests come first."
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    if workers > 1:
        long = [found for path, found in modules.items() if path.parent.name in LONG]
        short = [item for path, found in modules.items() if path.parent.name not in LONG for item in found]
        items[:] = shared(long, short, workers)


@pytest.fixture(scope="session", autouse=True)
def prestarted() -> Iterator[None]:
    "Engines and services of the tests begin with their modules imported."
    programs = Prestarted()
    EngineProcess.begin = programs.start  # type: ignore[assignment,method-assign]
    yield
    programs.close()


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
def migrated_postgres(postgres_server: PostgresServer) -> list[str]:
    "URLs of databases with all tables and no rows that no test uses; making one takes half a second."
    return []


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
def sqlite_url(tmp_path: Path) -> str:
    "A SQLite database with all tables and no rows."
    path = tmp_path / "stellwerk.db"
    shutil.copyfile(migrated_sqlite(), path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, migrated_postgres: list[str]) -> Iterator[str]:
    "A PostgreSQL database with all tables and no rows."
    if not postgres_server.running:
        postgres_server.start()
    if migrated_postgres:
        url = migrated_postgres.pop()
    else:
        url = postgres_server.create_database()
        upgrade(url)
    yield url
    if postgres_server.running and _emptied(postgres_server, url):
        migrated_postgres.append(url)


def _emptied(server: PostgresServer, url: str) -> bool:
    "Ends the sessions of a database and deletes all rows; False when its tables are not the usual ones any more."
    server.end_sessions(url)
    engine = create(url, "web")
    try:
        with writing(engine) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
            return schema.current(connection) == schema.HEAD
    except (StoreError, DBAPIError):
        return False
    finally:
        engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    "A database with all tables and no rows; each test that asks for it runs on both kinds."
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
