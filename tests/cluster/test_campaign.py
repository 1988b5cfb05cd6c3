"""Clusters under blows: whatever happens to members, network and database, each order runs once, all commands count.

The schedule of the short run is always the same, that of the long one random; its seed stands in the report, and SEED
repeats one. ROUNDS changes the length of the long run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.cluster_campaign import Campaign, story
from tests.support.cut import Way
from tests.support.postgres import PostgresServer

GIVEN = int(os.environ.get("SEED", "0"))
SHORT, LONG = GIVEN or 4711, GIVEN or random.SystemRandom().randrange(1, 1 << 30)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def on_sqlite(tmp_path: Path, url: str, stack: ExitStack, seed: int, module: str = "") -> Campaign:
    cluster = stack.enter_context(Cluster(tmp_path, url, module))
    return of_three(Campaign(cluster, seed))


def on_postgres(tmp_path: Path, url: str, server: PostgresServer, stack: ExitStack, seed: int) -> Campaign:
    ways = {name: stack.enter_context(Way(server.port)) for name in ("primary", "first", "second")}

    def url_of(name: str) -> str:
        return url.replace(f":{server.port}/", f":{ways[name].port}/")

    cluster = stack.enter_context(Cluster(tmp_path, url, url_of=url_of))
    return of_three(Campaign(cluster, seed, ways, server))


def of_three(campaign: Campaign) -> Campaign:
    campaign.cluster.primary()
    campaign.cluster.backup("first", 1)
    campaign.cluster.backup("second", 2)
    campaign.configure()
    return campaign


def test_a_cluster_on_sqlite_survives_blows(tmp_path: Path, sqlite_url: str, stack: ExitStack) -> None:
    campaign = on_sqlite(tmp_path, sqlite_url, stack, SHORT)
    assert campaign.run(3) == [], f"SEED={SHORT}; {story(campaign, tmp_path)}"
    assert campaign.accepted


@pytest.mark.postgres
def test_a_cluster_on_postgres_survives_blows(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer, stack: ExitStack
) -> None:
    campaign = on_postgres(tmp_path, postgres_url, postgres_server, stack, SHORT)
    assert campaign.run(3) == [], f"SEED={SHORT}; {story(campaign, tmp_path)}"
    assert campaign.accepted


@pytest.mark.soak
def test_a_cluster_on_sqlite_survives_many_blows(tmp_path: Path, sqlite_url: str, stack: ExitStack) -> None:
    campaign = on_sqlite(tmp_path, sqlite_url, stack, LONG)
    assert campaign.run(int(os.environ.get("ROUNDS", "30"))) == [], f"SEED={LONG}; {story(campaign, tmp_path)}"


@pytest.mark.soak
@pytest.mark.postgres
def test_a_cluster_on_postgres_survives_many_blows(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer, stack: ExitStack
) -> None:
    campaign = on_postgres(tmp_path, postgres_url, postgres_server, stack, LONG)
    assert campaign.run(int(os.environ.get("ROUNDS", "30"))) == [], f"SEED={LONG}; {story(campaign, tmp_path)}"
