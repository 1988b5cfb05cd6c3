"What people have changed of single starts holds for whoever works when they fall due; no services are needed for it."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import tasks
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

#: seconds between the last command and the first start, so that the member dies in between for sure
MARGIN = 8


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


def text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%SZ")


def die_after_changes(cluster: Cluster, primary: Member) -> str:
    "The folder of jobs with changed starts, none of which has come as the primary dies. Busy machines get more time."
    for attempt in range(6):
        folder, lead = f"/try{attempt}", 16 * 2**attempt
        first = (datetime.now(UTC) + timedelta(seconds=lead)).replace(microsecond=0)
        second, far = first + timedelta(seconds=1), first + timedelta(hours=1)
        starts = {"skipped": (first, second), "moved": (far,), "held": (first,), "params": (first,), "added": (far,)}
        for name, instants in starts.items():
            ats = "".join(f'<at at="{each:%Y-%m-%d %H:%M:%S}"/>' for each in instants)
            script = '<script language="shell">exit 0</script>'
            primary.job(f"{folder}/{name}", f'<job>{script}<run_time catch_up="all">{ats}</run_time></job>')
        primary.command("<check_folders/>")
        wait_until(lambda: all(knows(primary, f"{folder}/{name}") for name in starts), what="the jobs")  # noqa: B023
        if datetime.now(UTC) > first - timedelta(seconds=MARGIN + 2):
            continue
        for name, change in (
            ("skipped", f'action="skip" planned="{text(first)}"'),
            ("moved", f'action="move" planned="{text(far)}" start="{text(first)}"'),
            ("held", f'action="hold" planned="{text(first)}"'),
            ("added", f'action="add" start="{text(second)}"'),
        ):
            primary.command(f'<plan.change job="{folder}/{name}" {change} reason="a test" author="me"/>')
        given = '<params><param name="color" value="red"/></params>'
        words = f'job="{folder}/params" action="params" planned="{text(first)}"'
        primary.command(f"<plan.change {words}>{given}</plan.change>")
        if datetime.now(UTC) > first - timedelta(seconds=MARGIN):
            continue
        primary.kill9()
        if datetime.now(UTC) < first:
            return folder
        pytest.fail("the machine stood still for seconds between two statements")
    raise AssertionError("the machine is too slow for starts minutes ahead")


def knows(member: Member, job: str) -> bool:
    return member.command(f'<show_job job="{job}"/>').get("next_start_time") is not None


@pytest.mark.longest
def test_the_next_member_obeys_them_without_any_services(cluster: Cluster) -> None:
    with cluster:
        primary = cluster.primary("primary", "-time-zone=UTC")
        backup = cluster.backup("backup", 1, "-time-zone=UTC")
        cluster.start(primary, backup)
        folder = die_after_changes(cluster, primary)
        cluster.wait_for_active(backup, deadline=30)

        def made() -> dict[str, list[dict[str, str]]]:
            ended = select(tasks.c.job, tasks.c.params).where(tasks.c.ended_at.is_not(None))
            found: dict[str, list[dict[str, str]]] = {}
            for row in cluster.ask(lambda c: c.execute(ended).all()):
                if row.job.startswith(f"{folder}/"):
                    found.setdefault(row.job.removeprefix(f"{folder}/"), []).append(dict(row.params))
            return found

        wait_until(lambda: made().keys() == {"skipped", "moved", "params", "added"}, 180, "the changed starts")
        found = made()
        assert {name: len(params) for name, params in found.items()} == {
            "skipped": 1,  # the second of its two starts
            "moved": 1, "params": 1, "added": 1,
        }  # fmt: skip
        assert found["params"] == [{"color": "red"}]
