"What the classic engine lost when another member went on: counters, run times by command, places of permanent orders."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

DELAYED = """<job stop_on_error="no"><script language="shell">exit 1</script>
<delay_after_error error_count="1" delay="03:00:00"/><delay_after_error error_count="2" delay="stop"/></job>"""
REPEATED = '<job><script language="shell">exit 0</script><run_time><period repeat="10:00:00"/></run_time></job>'
CHAIN = """<job_chain><job_chain_node state="1" job="quick"/><job_chain_node state="2" job="quick"/>
<job_chain_node.end state="done"/></job_chain>"""


@pytest.fixture
def cluster(tmp_path: Path, sqlite_url: str) -> Cluster:
    return Cluster(tmp_path, sqlite_url)


def configure(member: Member) -> None:
    "The second node is stopped before the permanent order comes; it has no run time, so it starts at once."
    member.job("/fails", DELAYED)
    member.job("/repeated", REPEATED)
    member.shell_job("/quick", "exit 0", 'order="yes" stop_on_error="no"')
    member.shell_job("/timed", "exit 0")
    member.chain("/way", CHAIN)
    member.chain("/timed_orders", CHAIN)
    member.write("timed_orders,a.order.xml", f"<order>{start_in(hours=6)}</order>")
    member.write("timed_orders,deleted.order.xml", f"<order>{start_in(hours=6)}</order>")


def start_in(hours: int) -> str:
    "A run time with one start a day, so many hours from now."
    return f'<run_time><period single_start="{datetime.now(UTC) + timedelta(hours=hours):%H:%M}"/></run_time>'


def job(member: Member, name: str, attribute: str) -> str | None:
    return member.command(f'<show_job job="/{name}" what="run_time"/>').get(attribute)


def errors(member: Member) -> int:
    entries = member.command('<show_history job="/fails"/>').findall("history.entry")
    return sum(entry.get("exit_code") == "1" for entry in entries)


def orders(member: Member, chain: str) -> list[str]:
    return member.command(f'<show_job_chain job_chain="/{chain}" what="job_chain_orders"/>').xpath(".//order/@order")


def order(member: Member, chain: str, order_id: str, what: str = "") -> object:
    return member.command(f'<show_order job_chain="/{chain}" order="{order_id}" what="{what}"/>')


def test_nothing_that_counts_begins_anew(cluster: Cluster) -> None:
    with cluster:
        primary, backup = cluster.primary("primary", "-time-zone=UTC"), cluster.backup("backup", 1, "-time-zone=UTC")
        # what has changed counts for the one that works, and not yet for the one that waits, which may be slower
        backup.module = "tests.support.unrested"
        configure(primary)
        cluster.start(primary, backup)
        wait_until(lambda: primary.command('<show_history job="/repeated"/>').xpath("history.entry/@end_time"),
                   what="the first task of the job that repeats itself")
        next_start = wait_until(lambda: job(primary, "repeated", "next_start_time"))
        primary.command('<start_job job="/fails"/>')
        wait_until(lambda: errors(primary) == 1, what="the first error")
        primary.command(f'<modify_job job="/timed">{start_in(hours=8)}</modify_job>')
        primary.command('<job_chain_node.modify job_chain="/way" state="2" action="stop"/>')
        primary.write("way,permanent.order.xml", "<order/>")
        (primary.live / "timed_orders,deleted.order.xml").unlink()
        primary.command("<check_folders/>")
        wait_until(lambda: order(primary, "way", "permanent").get("state") == "2", what="the second node")  # type: ignore[attr-defined]
        wait_until(lambda: orders(primary, "timed_orders") == ["a"], what="only one order")
        # its answer comes when it is recorded, and so is all that came before it
        primary.command(f'<modify_order job_chain="/timed_orders" order="a">{start_in(hours=10)}</modify_order>')
        timed = job(primary, "timed", "next_start_time"), order(primary, "timed_orders", "a").get("next_start_time")  # type: ignore[attr-defined]

        primary.kill9()
        cluster.wait_for_active(backup)
        assert job(backup, "repeated", "next_start_time") == next_start
        assert (job(backup, "timed", "next_start_time"),
                order(backup, "timed_orders", "a").get("next_start_time")) == timed  # type: ignore[attr-defined]
        assert None not in timed
        assert orders(backup, "way") == ["permanent"], "it has not gone, as its file has not"
        permanent = order(backup, "way", "permanent")
        assert permanent.get("state") == "2", "it has not begun anew from its file"  # type: ignore[attr-defined]
        assert orders(backup, "timed_orders") == ["a"], "no order comes back whose file was deleted"
        assert errors(backup) == 1
        backup.command('<start_job job="/fails" force="yes"/>')  # in spite of the delay after the first error
        wait_until(lambda: errors(backup) == 2, what="the second error")
        wait_until(lambda: job(backup, "fails", "state") == "stopped", what="what follows from two errors in a row")
        backup.command('<job_chain_node.modify job_chain="/way" state="2" action="process"/>')
        wait_until(lambda: order(backup, "way", "permanent").get("state") != "2", what="its way on")  # type: ignore[attr-defined]
