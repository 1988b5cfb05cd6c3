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


@pytest.fixture
def filled_url(database_url: str, engine_port: CommandServer) -> str:
    "A database with a small world in it, and an account."
    with Rows(database_url) as rows:
        fill(rows, engine_port.port)
    an_account(database_url)
    return database_url


@pytest.fixture
def site(filled_url: str) -> Iterator[Site]:
    "The pages over the small world, signed in."
    site = Site(filled_url)
    assert site.sign_in().status_code == 303
    yield site
    site.close()


@pytest.fixture
def empty_site(sqlite_url: str) -> Iterator[Site]:
    "The pages over a database where no engine ever wrote; there is an account, nobody is signed in."
    an_account(sqlite_url)
    site = Site(sqlite_url)
    yield site
    site.close()
