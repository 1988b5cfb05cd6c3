"""The primary of PostgreSQL dies and its standby is promoted: the fence goes over to it, and everything goes on.

The members know both servers by one URL. With synchronous replication nothing that was committed is lost; without,
the members notice that something is, and begin again with what there is.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import order_runs
from models.takeovers import takeovers
from models.upgrade import upgrade
from scheduler.cluster.claiming import Reason
from tests.support.cluster import Cluster, Member
from tests.support.postgres import ACCOUNT, PostgresServer
from tests.support.waiting import wait_until

CHAIN = """<job_chain><job_chain_node state="1" job="step"/><job_chain_node state="2" job="step"/>
<job_chain_node.end state="done"/></job_chain>"""


class Servers:
    "A primary and its standby, each on its port. `primary` and `standby` change their places."

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.primary = self._made(PostgresServer())
        self.ports = [self.primary.port]
        self.standby = self._made(PostgresServer(self.primary))
        self.ports.append(self.standby.port)

    def _made(self, server: PostgresServer) -> PostgresServer:
        self._stack.callback(server.remove)
        server.start()
        return server

    def url(self, database: str) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgresql://{ACCOUNT}@{hosts}/{database}"

    def replicate(self, synchronously: bool) -> None:
        names = "'*'" if synchronously else "''"
        self.primary.execute(f"ALTER SYSTEM SET synchronous_standby_names = {names}")
        self.primary.execute("SELECT pg_reload_conf()")
        wanted, look = [("sync" if synchronously else "async",)], "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: self.primary.execute(look) == wanted, 60, "replication")

    def fail_over(self) -> None:
        "The standby was promoted by whoever watches over the servers. The other one is gone."
        if not self.standby.running:
            self.standby.start()
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def rebuild(self) -> None:
        "A new standby in place of the server that has died."
        self.standby = self._made(PostgresServer(self.primary, self.standby.port))


@pytest.fixture
def servers(postgres_server: PostgresServer) -> Iterator[Servers]:
    "Two of their own; the shared one only says whether there can be some."
    with ExitStack() as stack:
        yield Servers(stack)


def configure(cluster: Cluster, member: Member) -> None:
    "Each step says that it has begun, and waits for a file."
    member.shell_job("/step", f"""echo "$SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE" >> "{cluster.directory}/began"
while [ ! -e "{cluster.directory}/go" ]; do sleep 0.05; done""", 'order="yes" stop_on_error="no" tasks="20"')
    member.chain("/way", CHAIN)


def began(cluster: Cluster) -> list[str]:
    file = cluster.directory / "began"
    return sorted(file.read_text().splitlines()) if file.exists() else []


def ended(cluster: Cluster) -> list[str]:
    rows = cluster.ask(lambda c: c.execute(select(order_runs.c.order_id).where(order_runs.c.node == "done")).scalars())
    return sorted(rows)


def steps(*orders: str) -> list[str]:
    return sorted(f"{order} {node}" for order in orders for node in (1, 2))


def waits_for_database(member: Member) -> bool:
    return member.command('<show_state what="none"/>').get("db_waiting") == "yes"


@pytest.mark.postgres
def test_a_promoted_standby_keeps_the_fence_and_everything_goes_on(tmp_path: Path, servers: Servers) -> None:
    upgrade(servers.primary.create_database())
    servers.replicate(synchronously=True)
    with Cluster(tmp_path, servers.url("test_1"), module="tests.support.elsewhere") as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        for member in (primary, backup):
            member.environ["MACHINE"] = member.name
        configure(cluster, primary)
        cluster.start(primary, backup)
        primary.add_order("/way", "a")
        wait_until(lambda: began(cluster) == ["a 1"], what="the first step")
        epoch = cluster.lease.epoch

        servers.primary.kill9()
        wait_until(lambda: waits_for_database(primary) and waits_for_database(backup), what="that they miss it")
        servers.fail_over()
        wait_until(lambda: not waits_for_database(primary) and not waits_for_database(backup), 60, "the other server")
        wait_until(lambda: primary.active and backup.waits, what="the one at work, the other waiting")
        assert cluster.lease.holder == primary.member_id
        assert cluster.lease.epoch > epoch, "what may still be under way to the old server comes too late"
        primary.add_order("/way", "b")
        (tmp_path / "go").touch()
        wait_until(lambda: ended(cluster) == ["a", "b"], what="the ends of both orders")
        assert began(cluster) == steps("a", "b")
        assert len(cluster.ask(lambda c: takeovers(c, cluster.id))) == 1

        # a member that is frozen meanwhile finds at the new server that it was replaced
        servers.rebuild()
        servers.replicate(synchronously=True)
        (tmp_path / "go").unlink()
        primary.add_order("/way", "c")
        wait_until(lambda: "c 1" in began(cluster), what="its first step")
        primary.signal(signal.SIGSTOP)
        servers.primary.kill9()
        servers.fail_over()
        cluster.wait_for_active(backup, deadline=60)
        wait_until(lambda: began(cluster).count("c 1") == 2, what="the second begin of the step")
        primary.signal(signal.SIGCONT)
        wait_until(lambda: primary.waits and sum(e["event"] == "waiting" for e in primary.events()) == 1, 60,
                   what="its new life")
        assert "SCHEDULER-367" in primary.stdout
        (tmp_path / "go").touch()
        wait_until(lambda: ended(cluster) == ["a", "b", "c"], what="the end of its order")
        story = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 2 and s)[0]
        assert story.reason == Reason.SILENT.value
        assert cluster.lease.holder == backup.member_id


@pytest.mark.postgres
def test_a_standby_that_lacks_the_last_changes_is_noticed(tmp_path: Path, servers: Servers) -> None:
    upgrade(servers.primary.create_database())
    servers.replicate(synchronously=False)
    with Cluster(tmp_path, servers.url("test_1")) as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        configure(cluster, primary)
        cluster.start(primary, backup)
        primary.add_order("/way", "kept")
        wait_until(lambda: began(cluster) == ["kept 1"], what="the first step")
        sent = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
        wait_until(lambda: servers.primary.execute(sent) == [(1,)], what="the standby's word that it knows so much")
        servers.standby.kill9()
        primary.add_order("/way", "lost")
        wait_until(lambda: began(cluster) == ["kept 1", "lost 1"], what="its first step")
        servers.primary.kill9()
        servers.fail_over()

        # what only the old server knew is gone; nobody goes on as if it were not
        wait_until(lambda: "SCHEDULER-367" in primary.stdout, 60, "its word that it cannot go on")
        assert "an older state of it" in primary.stdout
        cluster.wait_for_active(deadline=60)
        wait_until(lambda: began(cluster).count("kept 1") == 2, what="the second begin of the step")
        (tmp_path / "go").touch()
        wait_until(lambda: ended(cluster) == ["kept"], what="the end of the order that is known")
        assert began(cluster) == ["kept 1", "kept 1", "kept 2", "lost 1"]
        known = cluster.ask(lambda c: c.execute(select(order_runs.c.order_id)).scalars().all())
        assert list(known) == ["kept"]
