"An active cluster: all members run steps of distributed chains, and orders go on when one of them dies."

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.support.cluster import Cluster
from tests.support.waiting import wait_until

CHAIN = """<job_chain distributed="yes"><job_chain_node state="1" job="work"/><job_chain_node state="2" job="work"/>
<job_chain_node.end state="done"/></job_chain>"""
SCRIPT = 'echo "$SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE $PPID" >> "{directory}/marks"'


def test_orders_are_processed_by_all_members(tmp_path: Path, database_url: str) -> None:
    with Cluster(tmp_path, database_url) as cluster:
        one, other = cluster.sharing("one"), cluster.sharing("other")
        one.shell_job("/work", SCRIPT.format(directory=tmp_path), 'order="yes" stop_on_error="no" tasks="2"')
        one.chain("/way", CHAIN)
        cluster.start(one, other)
        for number in range(10):
            (one, other)[number % 2].add_order("/way", f"o{number}")
        wait_until(lambda: len(marks(tmp_path)) == 20, what="the steps of all orders")
        by = Counter(line.split()[2] for line in marks(tmp_path))
        assert set(by) == {str(one.pid), str(other.pid)}


def marks(directory: Path) -> list[str]:
    file = directory / "marks"
    return file.read_text().splitlines() if file.exists() else []
