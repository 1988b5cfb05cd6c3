"An active cluster: all members run steps of distributed chains, and orders go on when one of them dies."

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select

from models import read
from models.tables import assignments, order_runs, order_steps, step_reports, tasks
from netcore.cluster.machine import process_start
from scheduler.errors import Code
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

#: the same in Python; of what it needs the leading member for, everything
SERVED = """import os, time
def spooler_process():
    order = spooler_task.order
    spooler_log.info("step of " + order.id)
    with open("{directory}/began", "a") as file:
        file.write(order.id + " " + os.environ["STELLWERK_TASK"].rpartition("/")[2] + " " + str(os.getpid()) + chr(10))
    while not os.path.exists("{directory}/go") and not os.path.exists("{directory}/go." + order.id):
        time.sleep(0.05)
    told = "/quick" in spooler.execute_xml("<show_job job='/quick'/>")
    order.state_text = "lock: " + str(spooler_task.try_hold_lock_non_exclusive("/lock")) + ", answer: " + str(told)
    return True"""
SERVED_CHAIN = """<job_chain distributed="yes"><job_chain_node state="1" job="served"/>
<job_chain_node state="2" job="quick"/><job_chain_node.end state="done"/></job_chain>"""
#: a shell job with a monitor, which says what it has seen
MONITOR = """def spooler_process_after(result):
    spooler_log.info("seen: " + spooler_task.order.id)
    return result"""
WATCHED_CHAIN = SERVED_CHAIN.replace("served", "watched")
#: what orders begin with, and their chain
KINDS = {"o": "/way", "p": "/served", "m": "/watched"}
CHAIN = """<job_chain distributed="yes"><job_chain_node state="1" job="step"/><job_chain_node state="2" job="quick"/>
<job_chain_node.end state="done"/></job_chain>"""


@pytest.fixture
def either_cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


@pytest.fixture
def cluster(tmp_path: Path, sqlite_url: str) -> Cluster:
    return Cluster(tmp_path, sqlite_url)


def configure(cluster: Cluster, member: Member, idle: int = 1) -> None:
    """Step 1 says who runs it, and stays until it is told to end by a file. Each member runs one at a time. `idle`:
    seconds for which a task server waits for another order."""
    step = f"""echo "step of $SCHEDULER_ORDER_ID"
echo "$SCHEDULER_ORDER_ID ${{STELLWERK_TASK##*/}} $$" >> "{cluster.directory}/began"
while [ ! -e "{cluster.directory}/go" -a ! -e "{cluster.directory}/go.$SCHEDULER_ORDER_ID" ]; do sleep 0.05; done
echo "passed=$SCHEDULER_ORDER_ID" > $SCHEDULER_RETURN_VALUES"""
    member.shell_job("/step", step, 'order="yes" stop_on_error="no"')
    member.job("/watched", f"""<job order="yes" stop_on_error="no"><script language="shell"><![CDATA[{step}]]></script>
<monitor name="seen"><script language="python"><![CDATA[{MONITOR}]]></script></monitor></job>""")
    member.chain("/watched", WATCHED_CHAIN)
    member.shell_job("/quick", "exit 0", 'order="yes" stop_on_error="no" tasks="9"')
    member.chain("/way", CHAIN)
    member.write("lock.lock.xml", '<lock max_non_exclusive="9"/>')
    member.job("/served", f"""<job order="yes" stop_on_error="no" idle_timeout="{idle}">
<script language="python">
<![CDATA[{SERVED.format(directory=cluster.directory)}]]></script></job>""")
    member.chain("/served", SERVED_CHAIN)


def began(cluster: Cluster) -> list[tuple[str, str, int]]:
    "Order, run of the member, and process of each step 1."
    file = cluster.directory / "began"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(order, run, int(pid)) for order, run, pid in (line.split() for line in lines)]


def order_at(cluster: Cluster, member: Member, kind: str = "o") -> tuple[str, int]:
    """The order of this kind whose step the member runs now, with the process: `o` of shell jobs, `m` of those with
    monitors, `p` of Python jobs."""
    def found() -> tuple[str, int] | None:
        return next(((order, pid) for order, run, pid in reversed(began(cluster))
                     if order[0] == kind and run == member.run and process_start(pid) is not None), None)

    return wait_until(found, 30, f"a step at {member.name}")


def ended(cluster: Cluster) -> dict[str, str]:
    "The last node of each order that has ended."
    statement = select(order_runs.c.order_id, order_runs.c.node).where(order_runs.c.ended_at.is_not(None))
    return dict(cluster.ask(lambda connection: [tuple(row) for row in connection.execute(statement)]))


def steps_of(cluster: Cluster, order: str) -> int:
    return Counter(each for each, _, _ in began(cluster))[order]


@pytest.mark.longest
def test_orders_go_on_whoever_dies(either_cluster: Cluster) -> None:
    with either_cluster as cluster:
        one, other, third = (cluster.sharing(name) for name in ("one", "other", "third"))
        configure(cluster, one)
        cluster.start(one, other, third)
        wait_until(lambda: other.shares and third.shares, 30, "that the others work, too")
        for kind, chain in KINDS.items():
            for member, number in ((one, 1), (other, 2), (third, 3)):
                member.add_order(chain, f"{kind}{number}")
        lost = [order_at(cluster, one, kind)[0] for kind in KINDS]
        stay = [order_at(cluster, member, kind) for member in (other, third) for kind in KINDS]
        kept = [order for order, _ in stay]

        # it leads: of the others one goes on with its own steps and those of the third, and begins the lost ones again
        one.kill9()
        cluster.wait_for_active(other, third)
        for order in kept:
            (cluster.directory / f"go.{order}").touch()
        wait_until(lambda: all(steps_of(cluster, order) == 2 for order in lost), 30, "that the lost steps begin again")
        wait_until(lambda: ended(cluster).keys() >= set(kept), 30, "the ends of the orders of the members that live")
        assert [steps_of(cluster, order) for order in kept] == [1] * len(kept)
        assert not [process for order, process in stay if order[0] != "p" and process_start(process) is not None]

        cluster.launch(one)
        wait_until(lambda: one.shares, 30, "that it is back")
        wait_until(lambda: all(lost_logs(cluster, lost)), 30, "the logs that it had left of the lost steps")
        for kind, chain in KINDS.items():
            for number in (4, 5):
                one.add_order(chain, f"{kind}{number}")
        again = [order_at(cluster, one, kind)[0] for kind in KINDS]
        one.kill9()  # now it does not lead
        for order in lost:
            (cluster.directory / f"go.{order}").touch()
        wait_until(lambda: all(steps_of(cluster, order) == 2 for order in again), 30, "that these begin again, too")
        (cluster.directory / "go").touch()
        wait_until(lambda: len(ended(cluster)) == 15, 30, "the end of all")
        assert set(ended(cluster).values()) == {"done"}
        wait_until(lambda: not rows_of(cluster, assignments), 30, "the ends of all task servers")
        check_rows(cluster, kept[:3], again[1])


def rows_of(cluster: Cluster, table: Table) -> list[Any]:
    return list(cluster.ask(lambda connection: connection.execute(select(table)).all()))


def lost_logs(cluster: Cluster, orders: list[str]) -> list[bool]:
    "Of each first step of these orders, which was interrupted: whether its log is stored and says so."
    def look(connection: Connection, order: str) -> bool:
        task = connection.execute(
            select(tasks.c.id).where(tasks.c.order_id == order, tasks.c.problem_code == Code.INTERRUPTED.code)
        ).scalar_one()
        return f"step of {order}\n".encode() in (read.task_log(connection, cluster.id, task) or b"")

    return [cluster.ask(partial(look, order=order)) for order in orders]


def check_rows(cluster: Cluster, kept: list[str], served_again: str) -> None:
    "The log of a step is there wherever it ran, its return values count, and nothing is left over."
    texts = {row.order_id: row.state_text for row in rows_of(cluster, order_runs) if row.order_id[0] == "p"}
    assert texts == dict.fromkeys(("p1", "p2", "p3", "p4", "p5"), "lock: True, answer: True")
    assert rows_of(cluster, assignments) == rows_of(cluster, step_reports) == []

    def look(connection: object) -> None:
        for order, said in ((kept[0], "step of {}"), (kept[2], "step of {}"), (kept[2], "seen: {}")):
            row = connection.execute(  # type: ignore[attr-defined]
                select(tasks.c.id, tasks.c.member_id, tasks.c.exit_code)
                .join(order_steps, order_steps.c.task_id == tasks.c.id)
                .join(order_runs, order_runs.c.history_id == order_steps.c.history_id)
                .where(order_runs.c.order_id == order, order_steps.c.node == "1")
            ).one()
            assert (row.member_id != "", row.exit_code) == (True, 0)
            log = read.task_log(connection, cluster.id, row.id)  # type: ignore[arg-type]
            assert log is not None
            assert said.format(order) in log.decode()
        served = connection.execute(  # type: ignore[attr-defined]
            select(order_steps).join(order_runs, order_runs.c.history_id == order_steps.c.history_id).where(
                order_runs.c.order_id == served_again, order_steps.c.node == "1", order_steps.c.exit_code == 0)
        ).one()
        log = read.task_log(connection, cluster.id, served.task_id)  # type: ignore[arg-type]
        assert log is not None
        assert f"step of {served_again}".encode() in log[served.log_begin : served.log_end]

    cluster.ask(look)


def test_what_one_member_is_told_counts_for_all(cluster: Cluster) -> None:
    with cluster:
        one, other = cluster.sharing("one"), cluster.sharing("other")
        configure(cluster, one, idle=600)
        cluster.start(one, other)
        wait_until(lambda: other.shares, 30, "that the other one works, too")
        shown = other.command('<show_state what="job_chains jobs cluster"/>')
        assert (shown.get("state"), shown.get("pid")) == ("running", str(other.pid))
        assert shown.xpath("cluster/@cluster_member_id") == [other.member_id]
        assert shown.xpath("job_chains/job_chain/@path") == ["/served", "/watched", "/way"]
        assert len(shown.xpath("cluster/cluster_member[@active='yes' and @distributed_orders='yes']")) == 2
        assert shown.xpath("cluster/cluster_member[@exclusive='yes']/@cluster_member_id") == [one.member_id]

        for order in ("o1", "o2", "o3"):
            other.add_order("/way", order)
        here, _ = order_at(cluster, one)
        there, process = order_at(cluster, other)
        asked = other.command(f'<show_order job_chain="/way" order="{there}"/>')
        assert asked.get("occupied_by_cluster_member_id") == other.member_id
        asked = one.command(f'<show_order job_chain="/way" order="{here}"/>')
        assert asked.get("occupied_by_cluster_member_id") is None

        # an order that another member works on is suspended after its step; a job is stopped everywhere
        other.command(f'<modify_order job_chain="/way" order="{there}" suspended="yes"/>')
        other.command('<modify_job job="/step" cmd="stop"/>')
        (cluster.directory / f"go.{there}").touch()
        wait_until(lambda: process_start(process) is None, 30, "the end of the step")
        wait_until(lambda: one.command(f'<show_order job_chain="/way" order="{there}"/>').get("state") == "2", 30,
                   "the next node")
        assert one.command(f'<show_order job_chain="/way" order="{there}"/>').get("suspended") == "yes"
        assert steps_of(cluster, "o3") == 0
        one.command('<modify_job job="/step" cmd="unstop"/>')
        third, process = order_at(cluster, other)
        assert third == "o3"

        # a task at another member is killed
        task = one.command('<show_order job_chain="/way" order="o3"/>').get("task")
        one.command(f'<kill_task job="/step" id="{task}" immediately="yes"/>')
        wait_until(lambda: process_start(process) is None, 30, "the end of the process")

        # the same of a Python job, whose log is read where it is: also that of a step which has ended
        for order in ("p1", "p2"):
            other.add_order("/served", order)
        served, process = order_at(cluster, other, "p")
        (cluster.directory / f"go.{served}").touch()
        wait_until(lambda: served in ended(cluster), 30, "the end of its order")
        history = next(row.history_id for row in rows_of(cluster, order_runs) if row.order_id == served)
        for member in (one, other):
            log = member.command(f'<show_order job_chain="/served" history_id="{history}" what="log"/>')
            assert f"step of {served}" in log.findtext(".//log", "")
        assert process_start(process) is not None, "its task server waits for the next one"
        other.add_order("/served", "p3")
        wait_until(lambda: steps_of(cluster, "p3"), 30, "the next one")
        served, process = order_at(cluster, other, "p")
        assert served == "p3"
        shown = one.command(f'<show_order job_chain="/served" order="{served}" what="log"/>')
        assert shown.get("occupied_by_cluster_member_id") == other.member_id
        assert f"step of {served}" in shown.findtext(".//log", "")
        one.command(f'<kill_task job="/served" id="{shown.get("task")}" immediately="yes"/>')
        wait_until(lambda: process_start(process) is None, 30, "the end of the process")

        # and of a shell job with a monitor, which sees what has become of it
        for order in ("m1", "m2"):
            other.add_order("/watched", order)
        watched, process = order_at(cluster, other, "m")
        task = one.command(f'<show_order job_chain="/watched" order="{watched}"/>').get("task")
        one.command(f'<kill_task job="/watched" id="{task}" immediately="yes"/>')
        wait_until(lambda: process_start(process) is None, 30, "the end of the process")
        wait_until(lambda: watched in ended(cluster), 30, "the end of its order")
        history = next(row.history_id for row in rows_of(cluster, order_runs) if row.order_id == watched)
        told = f'<show_order job_chain="/watched" history_id="{history}" what="log"/>'
        wait_until(lambda: f"seen: {watched}" in other.command(told).findtext(".//log", ""), 30, "the step's log")

        # a member that leaves finishes its steps
        for kind, chain in KINDS.items():
            one.add_order(chain, f"{kind}4")
        orders = [order_at(cluster, other, kind)[0] for kind in KINDS]
        other.command("<terminate/>")
        for order in orders:
            (cluster.directory / f"go.{order}").touch()
        assert other.wait_for_end() == 0
        wait_until(lambda: ended(cluster).keys() >= set(orders), 30, "the ends of their orders")
        assert [steps_of(cluster, order) for order in orders] == [1] * len(orders)
