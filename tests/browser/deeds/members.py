"""The members of a cluster: one works, and one waits.

Each has a port of its own for all its lives, so it is the same member in all of them. Between two deeds the members are
as the pages have to know them for the next one, because a page without script is not looked at twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from lxml import etree
from werkzeug.routing import Map

from models import read
from models.members import Member as Row
from stellwerk.client import Client, ClientError
from tests.browser.deeds.deed import Deed, World
from tests.support.cluster import Cluster, Member
from tests.support.migrated import migrated_sqlite
from tests.support.ports import held_port
from tests.support.waiting import PATIENCE, wait_until
from web.addresses import TokenConverter

ACTIONS = (
    "member.pause", "member.continue", "member.restart", "member.abort-restart", "member.abort", "member.forget",
    "member.terminate", "member.confirm-loss",
)  # fmt: skip


class Pair:
    "The two members. `first` works in the beginning; the other one is a backup."

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.first = cluster.primary("first", f"-port={held_port()}")
        self.second = cluster.backup("second", 1, f"-port={held_port()}")
        self.first.shell_job("/slow", "trap 'exit 0' TERM; while true; do sleep 0.1; done")
        cluster.start(self.first, self.second)

    def run_slow(self, member: Member) -> None:
        "A task that ends when it is told or killed, and has its process."
        ask(member, '<start_job job="/slow"/>')
        wait_until(lambda: ask(member, '<show_job job="/slow"/>').xpath("tasks/task[@pid]"), what="its process")

    def row(self, member: Member) -> Row | None:
        "What the pages know of it."
        rows: list[Row] = self.cluster.ask(lambda connection: read.members(connection, self.cluster.id))
        return next((row for row in rows if row.member_id == member.member_id), None)

    def state(self, member: Member) -> str:
        "As its row says; `dead` as that of another one says, `forgotten` when there is none."
        row = self.row(member)
        return "forgotten" if row is None else "dead" if row.dead else row.state

    def next_life(self, member: Member) -> Callable[[], bool]:
        "Whether it lives, and has been started since this was called; what restarts is the same process all the time."
        before = self._began(member)
        return lambda: member.alive and self._began(member) not in (before, None)

    def _began(self, member: Member) -> datetime | None:
        row = self.row(member)
        return row.started_at if row is not None and not row.dead else None

    def settled(self) -> tuple[Member, Member]:
        "Who works, and who is ready to take over, as all know."

        def roles() -> tuple[Member, Member] | None:
            for one, other in ((self.first, self.second), (self.second, self.first)):
                states = [self.state(one), self.state(other)]
                if one.active and states == ["running", "waiting_for_activation"] and other.member_id in ready(one):
                    return one, other
            return None

        return wait_until(roles, what="a member at work, and another one that waits")

    def back(self, member: Member) -> tuple[Member, Member]:
        "The same once this one, which has ended, is there again."
        self.cluster.launch(member)
        return self.settled()


def ask(member: Member, command: str) -> etree._Element:
    """Over a connection of its own: it may be in another life than before, at the same port.

    AssertionError when it does not answer.
    """
    try:
        with Client("127.0.0.1", member.port, timeout=PATIENCE) as client:
            return client.execute(command).element
    except ClientError as error:
        raise AssertionError(f"{member.name}: {error}") from error


def ready(member: Member) -> list[str]:
    "Who could take over, as `member` sees it."
    shown = ask(member, '<show_state what="cluster"/>').findall("cluster/cluster_member")
    return [
        each.get("cluster_member_id", "")
        for each in shown
        if each.get("last_detected_heart_beat") and not {"exclusive", "dead"} & set(each.keys())
    ]


@contextmanager
def world(directory: Path) -> Iterator[World]:
    url = f"sqlite:///{directory / 'stellwerk.db'}"
    shutil.copyfile(migrated_sqlite(), directory / "stellwerk.db")
    with Cluster(directory, url) as cluster:
        pair = Pair(cluster)
        yield World(pair.first, directory, {"pair": pair})


def deeds(world: World) -> Iterator[Deed]:
    pair: Pair = world.more["pair"]
    cluster = f"{world.home}/cluster"
    one, other = pair.settled()

    at = of(world, other)
    paused = "waiting_for_activation_paused"
    yield Deed("member.pause", cluster, at=at, done=lambda: pair.state(other) == paused,
               shows="paused, does not take over")  # fmt: skip
    yield Deed("member.continue", cluster, at=at, done=lambda: pair.state(other) != paused, shows="ready to take over")
    pair.settled()
    for verb in ("restart", "abort-restart"):
        yield Deed(f"member.{verb}", cluster, at=at, done=pair.next_life(other), shows="has started again")
        pair.settled()
    yield Deed("member.abort", cluster, at=at, done=lambda: not other.alive, shows="dead")
    wait_until(lambda: pair.state(other) == "dead", what="that it counts as dead")
    yield Deed("member.forget", "/agents", at=at, menu=f"member {other.member_id}",
               done=lambda: pair.state(other) == "forgotten")  # fmt: skip

    pair.back(other)
    pair.run_slow(one)
    at = of(world, one)
    yield Deed("member.terminate", cluster, at=at, fields={"timeout": "0"}, done=lambda: not one.alive,
               shows="nobody is active")  # fmt: skip
    wait_until(lambda: stands_back(other), what="a backup that has seen that it is not to go on")
    yield Deed("member.confirm-loss", cluster, at=at, done=lambda: other.active, shows="its loss was confirmed")


def stands_back(member: Member) -> bool:
    shown = ask(member, '<show_state what="cluster"/>')
    return bool(shown.xpath("cluster[@is_member_allowed_to_start='no']"))


def of(world: World, member: Member) -> str:
    "The address of a member, at which its actions are."
    return f"{world.home}/cluster/{TokenConverter(Map()).to_url(member.member_id)}"
