"Starts that passed between the death of the exclusive member and the activation of a backup, in both databases."

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models import plan_sources
from models.tables import tasks
from scheduler.plan.catch_up import AUTHOR
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

POLICIES = ("none", "once", "all")


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


def die_before_starts(cluster: Cluster, primary: Member, backup: Member) -> tuple[str, datetime]:
    """Nobody is active as two starts of each job pass: the primary is dead, and the backup does not look.

    Returns the folder of the jobs and when the second start was. Busy machines get more time, with other jobs.
    """
    for attempt in range(6):
        folder, lead = f"/try{attempt}", 12 * 2**attempt
        first = (datetime.now(UTC) + timedelta(seconds=lead)).replace(microsecond=0)
        second = first + timedelta(seconds=1)
        ats = "".join(f'<at at="{each:%Y-%m-%d %H:%M:%S}"/>' for each in (first, second))
        for policy in POLICIES:
            script = '<script language="shell">exit 0</script>'
            primary.job(f"{folder}/{policy}", f'<job>{script}<run_time catch_up="{policy}">{ats}</run_time></job>')
        primary.command("<check_folders/>")
        wait_until(lambda: knows(primary, f"{folder}/all"), what="the jobs")  # noqa: B023
        if datetime.now(UTC) > first - timedelta(seconds=8):
            continue
        backup.signal(signal.SIGSTOP)
        primary.kill9()
        if datetime.now(UTC) < first:
            return folder, second
        pytest.fail("the machine stood still for seconds between two statements")
    raise AssertionError("the machine is too slow for starts six minutes ahead")


def knows(member: Member, job: str) -> bool:
    shown = member.command(f'<show_job job="{job}"/>')
    return shown.get("next_start_time") is not None


@pytest.mark.longest
def test_the_new_member_makes_up_for_them_as_each_policy_says(cluster: Cluster) -> None:
    with cluster:
        primary = cluster.primary("primary", "-time-zone=UTC")
        backup = cluster.backup("backup", 1, "-time-zone=UTC")
        cluster.start(primary, backup)
        folder, last = die_before_starts(cluster, primary, backup)
        wait_until(lambda: datetime.now(UTC) > last + timedelta(seconds=1), 180, "the missed starts")
        backup.signal(signal.SIGCONT)
        cluster.wait_for_active(backup, deadline=30)

        def made() -> dict[str, int]:
            rows = cluster.ask(lambda c: c.execute(select(tasks.c.job).where(tasks.c.ended_at.is_not(None))).all())
            found: dict[str, int] = {}
            for row in rows:
                if not row.job.startswith(f"{folder}/"):
                    continue  # of an attempt that the machine was too slow for
                found[row.job] = found.get(row.job, 0) + 1
            return found

        wait_until(lambda: made() == {f"{folder}/once": 1, f"{folder}/all": 2}, 30, "the starts that are made up for")
        known = cluster.ask(lambda c: plan_sources.overrides(c, backup.scheduler_id, last - timedelta(days=1)))
        changes = [each for each in known if each.object.startswith(f"{folder}/")]
        assert sorted((each.object, each.author) for each in changes) == [
            (f"{folder}/all", AUTHOR), (f"{folder}/all", AUTHOR), (f"{folder}/once", AUTHOR),
        ]  # fmt: skip
        assert all("no engine was active from" in each.reason for each in changes)
