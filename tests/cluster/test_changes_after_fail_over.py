"What people have changed of single starts holds for whoever works when they fall due; no services are needed for it."

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import tasks
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

#: seconds between the last command and the first start, so that the member dies in between for sure
MARGIN = 8
#: whose starts come; what is held waits for a further change
COMING = {"skipped", "moved", "until", "params", "added"}


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


def text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%SZ")


def die_after_changes(cluster: Cluster, primary: Member) -> str:
    """The folder of jobs, and of a chain with orders, with changed starts, none of which has come as the primary dies.

    Busy machines get more time.
    """
    for attempt in range(6):
        folder, lead = f"/try{attempt}", 20 * 2**attempt
        first = (datetime.now(UTC) + timedelta(seconds=lead)).replace(microsecond=0)
        second, far = first + timedelta(seconds=1), first + timedelta(hours=1)
        starts = {
            "skipped": (first, second), "moved": (far,), "held": (first,), "until": (first,), "params": (first,),
            "added": (far,),
        }  # fmt: skip
        write(cluster, primary, folder, starts)
        primary.command("<check_folders/>")
        wait_until(lambda: knows(primary, folder, starts), what="the jobs and orders")  # noqa: B023
        if datetime.now(UTC) > first - timedelta(seconds=MARGIN + 4):
            continue
        for name, change in (
            ("skipped", f'action="skip" planned="{text(first)}"'),
            ("moved", f'action="move" planned="{text(far)}" start="{text(first)}"'),
            ("held", f'action="hold" planned="{text(first)}"'),
            ("until", f'action="hold" planned="{text(first)}" start="{text(second)}"'),
            ("added", f'action="add" start="{text(second)}"'),
            ("params", f'action="params" planned="{text(first)}"'),
        ):
            given = '<params><param name="color" value="red"/></params>' if name == "params" else ""
            for target in (f'job="{folder}/{name}"', f'job_chain="{folder}/way" order="{name}"'):
                primary.command(f'<plan.change {target} {change} reason="a test" author="me">{given}</plan.change>')
        if datetime.now(UTC) > first - timedelta(seconds=MARGIN):
            continue
        primary.kill9()
        if datetime.now(UTC) < first:
            return folder
        pytest.fail("the machine stood still for seconds between two statements")
    raise AssertionError("the machine is too slow for starts minutes ahead")


def write(cluster: Cluster, primary: Member, folder: str, starts: Mapping[str, Sequence[datetime]]) -> None:
    said = f'echo "{folder} $SCHEDULER_ORDER_ID $SCHEDULER_PARAM_COLOR" >> "{cluster.directory}/rounds"'
    primary.shell_job(f"{folder}/step", said, 'order="yes"')
    nodes = '<job_chain_node state="1" job="step"/><job_chain_node.end state="done"/>'
    primary.chain(f"{folder}/way", f"<job_chain>{nodes}</job_chain>")
    for name, instants in starts.items():
        ats = "".join(f'<at at="{each:%Y-%m-%d %H:%M:%S}"/>' for each in instants)
        run_time = f'<run_time catch_up="all">{ats}</run_time>'
        primary.job(f"{folder}/{name}", f'<job><script language="shell">exit 0</script>{run_time}</job>')
        primary.write(f"{folder}/way,{name}.order.xml", f"<order>{run_time}</order>")


def knows(member: Member, folder: str, names: Iterable[str]) -> bool:
    shown = member.command('<show_state what="jobs job_chains job_chain_orders"/>')
    jobs = {each.get("path") for each in shown.iter("job") if each.get("next_start_time")}
    orders = {each.get("path") for each in shown.iter("order") if each.get("next_start_time")}
    return all(f"{folder}/{name}" in jobs and f"{folder}/way,{name}" in orders for name in names)


def rounds(cluster: Cluster, folder: str) -> list[list[str]]:
    "The orders that were done, with the parameter that one of them was given."
    file = cluster.directory / "rounds"
    said = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return sorted(words[1:] for words in said if words[0] == folder)


@pytest.mark.longest
def test_the_next_member_obeys_them_without_any_services(cluster: Cluster) -> None:
    with cluster:
        primary = cluster.primary("primary", "-time-zone=UTC")
        backup = cluster.backup("backup", 1, "-time-zone=UTC")
        cluster.start(primary, backup)
        folder = die_after_changes(cluster, primary)
        cluster.wait_for_active(backup, deadline=30)

        def made() -> dict[str, list[dict[str, str]]]:
            ended = select(tasks.c.job, tasks.c.params).where(tasks.c.ended_at.is_not(None), tasks.c.chain == "")
            found: dict[str, list[dict[str, str]]] = {}
            for row in cluster.ask(lambda c: c.execute(ended).all()):
                if row.job.startswith(f"{folder}/"):
                    found.setdefault(row.job.removeprefix(f"{folder}/"), []).append(dict(row.params))
            return found

        wait_until(lambda: made().keys() >= COMING, 180, "the changed starts of jobs")
        found = made()
        # of the one that is skipped the second of its two starts
        assert {name: len(params) for name, params in found.items()} == dict.fromkeys(COMING, 1)
        assert found["params"] == [{"color": "red"}]
        expected = sorted([name, "red"] if name == "params" else [name] for name in COMING)
        wait_until(lambda: len(rounds(cluster, folder)) >= len(COMING), 60, "the changed starts of orders")
        assert rounds(cluster, folder) == expected
