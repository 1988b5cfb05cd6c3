"""Clusters under blows: whatever happens to members, network and database, each order runs once, all commands count.

Each round brings one to three kinds of blows, and all kinds come equally often. The schedule of the short runs is
always the same, that of the long ones random; its seed stands in the report, and SEED repeats one. ROUNDS changes the
length of the long runs.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.cluster_blows import ON_MEMBERS, ON_POSTGRES, ON_SQLITE, hands
from tests.support.cluster_campaign import Campaign
from tests.support.cut import Way
from tests.support.false_clock import FalseClock, NoFaketime, library
from tests.support.postgres import PostgresServer

GIVEN = int(os.environ.get("SEED", "0"))
NAMES = ("primary", "first", "second")
CLOCKED = "tests.support.false_clock"
LONG = GIVEN or random.SystemRandom().randrange(1, 1 << 30)
#: of a passive and of an active cluster: seed and rounds, in which each kind of blow comes
SHORT = {False: (GIVEN or 2006, 3), True: (GIVEN or 2102, 2)}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def on_sqlite(
    tmp_path: Path, url: str, stack: ExitStack, seed: int, shared: bool = False, clocked: bool = False
) -> Campaign:
    cluster = stack.enter_context(Cluster(tmp_path, url, module=CLOCKED if clocked else ""))
    return of_three(Campaign(cluster, seed, shared=shared, clocks=clocks(tmp_path) if clocked else None))


def on_postgres(
    tmp_path: Path, url: str, server: PostgresServer, stack: ExitStack, seed: int, shared: bool = False,
    clocked: bool = False,
) -> Campaign:
    ways = {name: stack.enter_context(Way(server.port)) for name in NAMES}

    def url_of(name: str) -> str:
        return url.replace(f":{server.port}/", f":{ways[name].port}/")

    cluster = stack.enter_context(Cluster(tmp_path, url, module=CLOCKED if clocked else "", url_of=url_of))
    return of_three(Campaign(cluster, seed, ways, server, shared, clocks(tmp_path) if clocked else None))


def clocks(directory: Path) -> dict[str, FalseClock]:
    return {name: FalseClock(directory / f"clock.{name}") for name in NAMES}


def clocks_can_be_set() -> bool:
    try:
        return bool(library())
    except NoFaketime:
        return False


def of_three(campaign: Campaign) -> Campaign:
    if campaign.shared:
        for name in NAMES:
            campaign.cluster.sharing(name)
    else:
        campaign.cluster.primary()
        campaign.cluster.backup("first", 1)
        campaign.cluster.backup("second", 2)
    for member in campaign.cluster.members:
        if member.name in campaign.clocks:
            member.environ |= campaign.clocks[member.name].environ
    campaign.configure()
    return campaign


def survive(campaign: Campaign, rounds: int) -> None:
    found = campaign.run(rounds)
    assert not found, "\n".join([campaign.story, *found])


@pytest.mark.skipif(bool(GIVEN), reason="another schedule is given")
@pytest.mark.parametrize("kinds", [(*ON_MEMBERS, *ON_SQLITE), (*ON_MEMBERS, *ON_POSTGRES)], ids=["sqlite", "postgres"])
def test_each_kind_of_blow_comes_in_the_short_runs(kinds: tuple[str, ...]) -> None:
    runs = (islice(hands(kinds, random.Random(seed)), rounds) for seed, rounds in SHORT.values())
    assert {kind for run in runs for hand in run for kind in hand} == set(kinds)


ALL_WORK = pytest.mark.parametrize("shared", [False, True], ids=["passive", "active"])


@ALL_WORK
def test_a_cluster_on_sqlite_survives_blows(tmp_path: Path, sqlite_url: str, stack: ExitStack, shared: bool) -> None:
    campaign = on_sqlite(tmp_path, sqlite_url, stack, SHORT[shared][0], shared)
    survive(campaign, SHORT[shared][1])
    assert campaign.client.given.accepted["/way"]


@ALL_WORK
@pytest.mark.postgres
def test_a_cluster_on_postgres_survives_blows(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer, stack: ExitStack, shared: bool
) -> None:
    campaign = on_postgres(tmp_path, postgres_url, postgres_server, stack, SHORT[shared][0], shared)
    survive(campaign, SHORT[shared][1])
    assert campaign.client.given.accepted["/way"]


@ALL_WORK
@pytest.mark.soak
def test_a_cluster_on_sqlite_survives_many_blows(
    tmp_path: Path, sqlite_url: str, stack: ExitStack, shared: bool
) -> None:
    campaign = on_sqlite(tmp_path, sqlite_url, stack, LONG, shared, clocks_can_be_set())
    survive(campaign, int(os.environ.get("ROUNDS", "30")))


@ALL_WORK
@pytest.mark.soak
@pytest.mark.postgres
def test_a_cluster_on_postgres_survives_many_blows(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer, stack: ExitStack, shared: bool
) -> None:
    campaign = on_postgres(tmp_path, postgres_url, postgres_server, stack, LONG, shared, clocks_can_be_set())
    survive(campaign, int(os.environ.get("ROUNDS", "30")))
