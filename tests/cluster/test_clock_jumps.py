"The wall clock of a member is set by an hour, while it works and while it waits: nobody is misled."

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import order_runs, tasks
from models.takeovers import takeovers
from netcore.cluster.machine import process_start
from tests.support.cluster import Cluster, Member
from tests.support.false_clock import FalseClock, NoFaketime
from tests.support.waiting import wait_until

HOUR = 3600
CHAIN = """<job_chain><job_chain_node state="1" job="step"/><job_chain_node state="2" job="quick"/>
<job_chain_node.end state="done"/></job_chain>"""


def clock_of(member: Member) -> FalseClock:
    try:
        clock = FalseClock(member.directory / "clock")
    except NoFaketime as problem:
        pytest.skip(str(problem))
    member.environ |= clock.environ
    return clock


def configure(cluster: Cluster, member: Member) -> None:
    """Step 1 stays until it is told to end. One job starts once in half an hour, another one in an hour and a half, as
    the members' clocks show it."""
    member.shell_job("/step", f"""echo "$SCHEDULER_ORDER_ID $$" >> "{cluster.directory}/began"
while [ ! -e "{cluster.directory}/go" ]; do sleep 0.05; done""", 'order="yes" stop_on_error="no" tasks="9"')
    member.shell_job("/quick", "exit 0", 'order="yes" stop_on_error="no"')
    for name, minutes in (("soon", 30), ("later", 90)):
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        run_time = f'<run_time><at at="{at:%Y-%m-%d %H:%M:%S}"/></run_time>'
        member.job(f"/{name}", f'<job><script language="shell">exit 0</script>{run_time}</job>')
    member.chain("/way", CHAIN)


def beats(watcher: Member, member: Member) -> int:
    "How often the one has noticed a beat of the other; AssertionError as long as it does not know it."
    shown = watcher.command('<show_state what="cluster"/>')
    found = shown.xpath(f"cluster/cluster_member[@cluster_member_id='{member.member_id}']/@heart_beat_count")
    assert found, f"{watcher.name} does not know {member.name}"
    return int(found[0])


def let_beat(*pairs: tuple[Member, Member]) -> None:
    "Of each pair the one sees beats of the other for longer than it takes to call a silent member dead."
    until = wait_until(lambda: [beats(*pair) + 5 for pair in pairs], 30, "that they know each other")
    wait_until(lambda: all(beats(*pair) >= count for pair, count in zip(pairs, until, strict=True)), 60, "beats")


def starts(cluster: Cluster) -> Counter[str]:
    "Tasks of jobs that start at a time."
    own = select(tasks.c.job).where(tasks.c.scheduler_id == cluster.id, tasks.c.started_at.is_not(None))
    rows = cluster.ask(lambda c: c.execute(own).scalars().all())
    return Counter(job for job in rows if job in ("/soon", "/later"))


def ended(cluster: Cluster) -> set[str]:
    own = select(order_runs.c.order_id).where(order_runs.c.scheduler_id == cluster.id, order_runs.c.node == "done")
    return set(cluster.ask(lambda c: c.execute(own).scalars().all()))


@pytest.mark.soak
def test_nobody_is_misled_by_a_clock_that_is_set(tmp_path: Path, database_url: str) -> None:
    """A machine that stands still for seconds looks the same as a frozen member; then it is done once more. A clock
    that misleads does so every time.

    A long run, because a whole engine under a false clock now and then takes far longer than a true one.
    """
    for attempt in range(3):
        with Cluster(tmp_path / str(attempt), database_url, module="tests.support.false_clock") as cluster:
            try:
                set_clocks(cluster)
                return
            except AssertionError:
                if cluster.lease.epoch == 1 or attempt == 2:
                    raise


def set_clocks(cluster: Cluster) -> None:
    primary, backup = cluster.primary("primary", "-time-zone=UTC"), cluster.backup("backup", 1, "-time-zone=UTC")
    of_primary, of_backup = clock_of(primary), clock_of(backup)
    configure(cluster, primary)
    cluster.start(primary, backup)
    primary.add_order("/way", "a")
    began = cluster.directory / "began"
    wait_until(lambda: began.exists() and began.read_text().endswith("\n"), what="the first step")

    of_primary.set(HOUR)
    wait_until(lambda: "The clock was set forward by 3600" in primary.stdout, what="its word about the clock")
    wait_until(lambda: starts(cluster) == {"/soon": 1}, what="what was due within that hour")
    both = (backup, primary), (primary, backup)
    of_backup.set(-HOUR)
    let_beat(*both)
    of_backup.set(HOUR)
    of_primary.set(-HOUR)
    let_beat(*both)
    wait_until(lambda: "The clock was set back by 7200" in primary.stdout, what="its word about the clock")

    # it passes the time of the start again, and all that waits for a while goes on
    of_primary.set(0)
    of_backup.set(0)
    primary.job("/new", '<job><script language="shell">exit 0</script></job>')
    wait_until(lambda: primary.command('<show_state what="jobs"/>').xpath("jobs/job[@path='/new']"),
               what="a file that appears in the hot folder")
    wait_until(lambda: primary.active and backup.waits, what="the one at work, the other waiting")
    assert cluster.lease.epoch == 1
    assert len(cluster.ask(lambda c: takeovers(c, cluster.id))) == 1
    (line,) = began.read_text().splitlines()
    assert process_start(int(line.split()[1])) is not None, "the step runs on"
    primary.add_order("/way", "b")
    (cluster.directory / "go").touch()
    wait_until(lambda: ended(cluster) == {"a", "b"}, what="the ends of both orders")
    assert starts(cluster) == {"/soon": 1}

    # an hour fast it dies, and who goes on has another opinion about the time
    (cluster.directory / "go").unlink()
    of_primary.set(HOUR)
    primary.add_order("/way", "c")
    wait_until(lambda: "c " in began.read_text(), what="its first step")
    primary.command('<modify_job job="/step" cmd="stop"/>')
    primary.add_order("/way", "d")  # it waits since a time that the other clock will show in an hour
    assert cluster.lease.epoch == 1
    primary.kill9()
    cluster.wait_for_active(backup)
    backup.command('<modify_job job="/step" cmd="unstop"/>')
    (cluster.directory / "go").touch()
    wait_until(lambda: ended(cluster) == {"a", "b", "c", "d"}, what="the ends of the last orders")
    assert Counter(each.split()[0] for each in began.read_text().splitlines()) == {"a": 1, "b": 1, "c": 2, "d": 1}
    assert starts(cluster) == {"/soon": 1}
