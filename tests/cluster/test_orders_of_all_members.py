"""What is said to one member of an active cluster about orders, chains and nodes counts at once for all, whoever runs
their steps; and orders that come from files or by themselves are served by any member.

In each test the leading member has no place for a further step, so everything that begins does so at the other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from models.tables import order_runs
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

#: a step says who runs it, and ends when it is told to; how, too
STEP = """name=${{SCHEDULER_ORDER_ID##*/}}
echo "working on $name"
echo "$name ${{STELLWERK_TASK##*/}}" >> "{directory}/began"
while true; do
    rm "{directory}/go.$name" 2> /dev/null && exit 0
    rm "{directory}/fail.$name" 2> /dev/null && exit 1
    sleep 0.05
done"""
CHAIN = """<job_chain distributed="yes"><job_chain_node state="1" job="step" on_error="setback"/>
<job_chain_node state="2" job="quick"/><job_chain_node.end state="done"/></job_chain>"""
FILES = """<job_chain distributed="yes"><file_order_source directory="{inbox}" repeat="1"/>
<job_chain_node state="1" job="step"/><file_order_sink state="done" remove="yes"/></job_chain>"""


class Pair:
    "Two members; `one` leads, and works on the order `hold` all the time."

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.inbox = directory / "inbox"
        self.inbox.mkdir()
        self.cluster = Cluster(directory, url)
        self.one, self.other = self.cluster.sharing("one"), self.cluster.sharing("other")

    def start(self) -> None:
        self.one.job("/step", f"""<job order="yes" stop_on_error="no"><script language="shell">
<![CDATA[{STEP.format(directory=self.directory)}]]></script>
<delay_order_after_setback setback_count="1" delay="3600"/>
<delay_order_after_setback setback_count="2" is_maximum="yes"/></job>""")
        self.one.shell_job("/quick", "exit 0", 'order="yes" tasks="9"')
        self.one.chain("/way", CHAIN)
        self.one.chain("/files", FILES.format(inbox=self.inbox))
        self.cluster.start(self.one, self.other)
        wait_until(lambda: self.other.shares, 30, "that the other one works, too")
        self.one.add_order("/way", "hold")
        wait_until(lambda: self.began("hold", self.one), 30, "that the leading member is busy")

    def began(self, order: str, member: Member) -> int:
        "How often a member has begun the step of an order."
        file = self.directory / "began"
        lines = file.read_text().splitlines() if file.exists() else []
        return Counter(lines)[f"{order} {member.run}"]

    def works_on(self, order: str, times: int = 1) -> None:
        "Waits until the other member has begun that step so often."
        wait_until(lambda: self.began(order, self.other) == times, 30, f"the step of {order} at the other member")

    def say(self, word: str, order: str) -> None:
        (self.directory / f"{word}.{order}").touch()

    def order(self, order: str, what: str = "", chain: str = "/way") -> Any:
        return self.one.command(f'<show_order job_chain="{chain}" order="{order}" what="{what}"/>')

    def waits_for(self, order: str) -> set[str]:
        return {each.get("kind") for each in self.order(order, "why").findall(".//obstacle")}

    def nodes(self, order: str) -> list[str]:
        "The last nodes of all rounds of the order that have ended."
        statement = select(order_runs.c.node).where(order_runs.c.order_id == order, order_runs.c.ended_at.is_not(None))
        return self.cluster.ask(lambda connection: [row[0] for row in connection.execute(statement)])

    def ends(self, order: str, node: str = "done", rounds: int = 1) -> None:
        wait_until(lambda: self.nodes(order) == [node] * rounds, 30, f"the end of {order}")

    def occupier(self, order: str) -> str | None:
        "As the classic view of the database has it."
        query = text("SELECT occupying_cluster_member_id FROM scheduler_orders WHERE id = :id")
        return self.cluster.ask(lambda connection: connection.execute(query, {"id": order}).scalar())


@pytest.fixture
def pair(tmp_path: Path, sqlite_url: str) -> Iterator[Pair]:
    made = Pair(tmp_path, sqlite_url)
    with made.cluster:
        yield made


def test_commands_about_orders_chains_and_nodes_count_wherever_they_are_given(pair: Pair) -> None:
    pair.start()
    other = pair.other

    # an order is changed while the other member works on it; who that is, and its log, is seen everywhere
    other.command('<add_order job_chain="/way" id="a" priority="1"/>')
    pair.works_on("a")
    other.command('<modify_order job_chain="/way" order="a" priority="7" title="changed"/>')
    shown = pair.order("a")
    assert (shown.get("priority"), shown.get("title")) == ("7", "changed")
    assert shown.get("occupied_by_cluster_member_id") == other.member_id
    in_chain = pair.one.command('<show_job_chain job_chain="/way" what="job_chain_orders"/>')
    assert in_chain.xpath("//order[@id='a']/@occupied_by_cluster_member_id") == [other.member_id]
    assert pair.occupier("a") == other.member_id
    task = shown.get("task")
    for asked in (pair.one, other):
        log = asked.command(f'<show_task id="{task}" what="log"/>').findtext(".//log", "")
        part = asked.command(f'<log.read task="{task}"/>').text or ""
        hits = asked.command(f'<log.search task="{task}" text="WORKING ON A"/>').findall("hit")
        used = asked.command(f'<task.usage task="{task}"/>')
        assert int(used.get("processes", "0")) >= 1, f"{asked.name}: its processes run at the other member"
        assert ("working on a" in log, "working on a" in part, len(hits)) == (True, True, 1), asked.name
        shown = asked.command('<show_order job_chain="/way" order="a" what="log"/>')
        assert "working on a" in shown.findtext(".//log", ""), asked.name

    # a step that fails sets its order back, whoever ran it; the set-back is ended by command
    pair.say("fail", "a")
    wait_until(lambda: pair.order("a").get("setback_count") == "1", 30, "the set-back")
    assert pair.waits_for("a") == {"setback"}
    assert pair.occupier("a") is None
    other.command('<modify_order job_chain="/way" order="a" setback="no"/>')
    pair.works_on("a", 2)

    # suspended while somebody works on it, resumed at the next node
    other.command('<modify_order job_chain="/way" order="a" suspended="yes"/>')
    pair.say("go", "a")
    wait_until(lambda: pair.order("a").get("state") == "2", 30, "the next node")
    assert pair.waits_for("a") == {"suspended"}
    other.command('<modify_order job_chain="/way" order="a" suspended="no"/>')
    pair.ends("a")

    # a stopped chain lets nothing begin anywhere; one that runs again does; an order with a start time waits for it
    other.command('<job_chain.modify job_chain="/way" state="stopped"/>')
    pair.one.command('<add_order job_chain="/way" id="b" at="now+3600"/>')
    assert pair.waits_for("b") == {"chain_stopped", "at"}
    other.command('<modify_order job_chain="/way" order="b" at="now"/>')
    assert pair.waits_for("b") == {"chain_stopped"}
    other.command('<job_chain.modify job_chain="/way" state="running"/>')
    pair.works_on("b")

    # removed while the other member works on it: after the step; a free one at once
    other.command('<remove_order job_chain="/way" order="b"/>')
    assert pair.order("b").get("removed") == "yes"
    other.command('<add_order job_chain="/way" id="c"/>')
    other.command('<remove_order job_chain="/way" order="c"/>')
    assert pair.one.command('<show_order job_chain="/way" order="c"/>', refused=True) is not None
    pair.say("go", "b")
    pair.ends("b", node="2")

    # a stopped node keeps its orders, one that is skipped lets them through
    other.command('<job_chain_node.modify job_chain="/way" state="1" action="stop"/>')
    other.command('<add_order job_chain="/way" id="d"/>')
    assert pair.waits_for("d") == {"node_stop"}
    other.command('<job_chain_node.modify job_chain="/way" state="1" action="next_state"/>')
    pair.ends("d")
    assert pair.began("d", pair.one) + pair.began("d", other) == 0
    other.command('<job_chain_node.modify job_chain="/way" state="1" action="process"/>')
    other.command('<add_order job_chain="/way" id="e"/>')
    pair.works_on("e")
    pair.say("go", "e")
    pair.ends("e")
    assert [pair.began(order, pair.one) for order in "abe"] == [0, 0, 0]


def test_orders_from_files_and_permanent_ones_are_served_by_any_member(pair: Pair) -> None:
    daily = pair.cluster.config.parent / "live" / "way,daily.order.xml"
    pair.start()
    one, other = pair.one, pair.other

    # a file becomes one order, whoever serves it, and goes with it
    (pair.inbox / "a.csv").write_text("x")
    pair.works_on("a.csv")
    file_order = str(pair.inbox / "a.csv")
    assert pair.order(file_order, chain="/files").get("occupied_by_cluster_member_id") == other.member_id
    pair.say("go", "a.csv")
    pair.ends(file_order)
    wait_until(lambda: not (pair.inbox / "a.csv").exists(), 30, "the end of the file")

    # a permanent order begins by its run time, round after round, and its file may change meanwhile
    def write(title: str, seconds: str) -> None:
        period = f'<period begin="00:00" end="24:00" absolute_repeat="{seconds}"/>'
        daily.write_text(f'<order title="{title}"><run_time>{period}</run_time></order>')
        one.command("<check_folders/>")

    write("first", "1")
    pair.works_on("daily")
    pair.say("go", "daily")
    pair.works_on("daily", 2)
    write("second", "3600")
    wait_until(lambda: pair.order("daily").find("replacement") is not None, 30, "that its file is read")
    assert pair.order("daily").get("title") == "first"
    pair.say("go", "daily")
    wait_until(lambda: pair.order("daily").get("title") == "second", 30, "its replacement")
    pair.ends("daily", rounds=2)

    # what it has reached is not lost with the leading member, nor is what was said about it
    other.command('<modify_order job_chain="/way" order="daily" at="now"/>')
    pair.works_on("daily", 3)
    other.command('<modify_order job_chain="/way" order="daily" suspended="yes"/>')
    other.command('<job_chain_node.modify job_chain="/way" state="2" action="stop"/>')
    one.kill9()
    pair.cluster.wait_for_active(other)
    pair.say("go", "daily")
    ask = '<show_order job_chain="/way" order="daily"/>'
    wait_until(lambda: other.command(ask).get("state") == "2", 30, "the next node")
    assert other.command(ask).get("suspended") == "yes"
    assert pair.began("daily", other) == 3
    node = other.command('<show_job_chain job_chain="/way"/>').find(".//job_chain_node[@state='2']")
    assert node is not None
    assert node.get("action") == "stop"
