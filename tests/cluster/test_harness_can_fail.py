"The harness sees what it is there for: without the fence a frozen member that wakes up goes on working."

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest

from tests.support.campaign_site import SCRIPT, configure
from tests.support.cluster import Cluster, Member
from tests.support.cluster_checker import complaints, gathered
from tests.support.cluster_witness import Sampler, Witness, trespasses
from tests.support.waiting import wait_until


def test_without_the_fence_the_checker_complains(tmp_path: Path, sqlite_url: str) -> None:
    with Cluster(tmp_path, sqlite_url, module="tests.support.unfenced") as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        configure(primary, tmp_path, distributed=False)
        slow = SCRIPT.format(directory=tmp_path).replace("sleep 0.$(( $$ % 3 + 1 ))", "sleep 600")
        primary.shell_job("/work", slow, 'order="yes" stop_on_error="no"')
        cluster.start(primary, backup)
        with Witness(sqlite_url) as witness, Sampler(sqlite_url, cluster.id) as sampler:
            primary.add_order("/way", "o1")
            wait_until((tmp_path / "marks").exists, what="the first step")
            wait_until(lambda: frozen_between_transactions(primary, sqlite_url), what="a frozen one that locks nothing")
            cluster.wait_for_active(backup)
            primary.signal(signal.SIGCONT)
            wait_until(lambda: sampler.complaints, what="the sampler's word about the deposed member")
            wait_until(lambda: (tmp_path / "overlaps").read_text(), what="two processes of one step at a time")
            # an order begins anew each second, and nothing that is written passes the fence
            wait_until(lambda: any(trespasses(witness.rows())), what="the witness's word about what it writes")
        found = what_is_found(cluster)
        assert any("at a time" in complaint for complaint in found)


@pytest.mark.soak
def test_without_the_fence_two_members_run_one_step(tmp_path: Path, sqlite_url: str) -> None:
    with Cluster(tmp_path, sqlite_url, module="tests.support.unfenced") as cluster:
        one, other = cluster.sharing("one"), cluster.sharing("other")
        configure(one, tmp_path, distributed=True)
        waits = f"while [ ! -e '{tmp_path}/go.'${{STELLWERK_TASK##*/}} ]; do sleep 0.05; done"
        script = SCRIPT.format(directory=tmp_path).replace("sleep 0.$(( $$ % 3 + 1 ))", waits)
        one.shell_job("/work", script, 'order="yes" stop_on_error="no"')
        cluster.start(one, other)
        one.add_order("/way", "o1")
        one.add_order("/way", "o2")  # each of them runs one step at a time
        wait_until(lambda: (tmp_path / "marks").read_text().count("begin") == 2, what="both steps")
        wait_until(lambda: frozen_between_transactions(other, sqlite_url), what="a frozen member that locks nothing")
        (tmp_path / f"go.{one.run}").touch()
        wait_until(lambda: (tmp_path / "overlaps").read_text(), 30, "two processes of one step at a time")
        assert any("at a time" in complaint for complaint in what_is_found(cluster))


def what_is_found(cluster: Cluster) -> list[str]:
    return complaints(cluster.ask(lambda connection: gathered(connection, cluster.id, cluster.directory, {}, set())))


def frozen_between_transactions(member: Member, sqlite_url: str) -> bool:
    "Nobody kills it here, so a lock that it held would stop the others for good."
    member.signal(signal.SIGSTOP)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=2)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        member.signal(signal.SIGCONT)
        return False
    finally:
        connection.close()
    return True
