from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.command_server import CommandServer
from tests.support.rows import Rows, fill
from tests.support.web_site import Site, an_account


@pytest.fixture
def engine_port() -> Iterator[CommandServer]:
    "A command port that records what it gets and answers `<ok/>`."
    with CommandServer() as server:
        yield server


def small_world(url: str, port: int) -> Iterator[Site]:
    with Rows(url) as rows:
        fill(rows, port)
    an_account(url)
    site = Site(url)
    site.enter()
    yield site
    site.close()


@pytest.fixture
def site(sqlite_url: str, engine_port: CommandServer) -> Iterator[Site]:
    "The pages over a small world, signed in."
    yield from small_world(sqlite_url, engine_port.port)


@pytest.fixture
def site_on_each(database_url: str, engine_port: CommandServer) -> Iterator[Site]:
    "The same, on each kind of database."
    yield from small_world(database_url, engine_port.port)


@pytest.fixture
def empty_site(sqlite_url: str) -> Iterator[Site]:
    "The pages over a database where no engine ever wrote; there is an account, nobody is signed in."
    an_account(sqlite_url)
    site = Site(sqlite_url)
    yield site
    site.close()
