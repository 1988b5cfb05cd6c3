"Members of an active cluster who cannot hear each other find everything in the database."

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import order_runs
from tests.support.cluster import Cluster
from tests.support.waiting import wait_until

CHAIN = """<job_chain distributed="yes"><job_chain_node state="1" job="step"/><job_chain_node state="2" job="step"/>
<job_chain_node.end state="done"/></job_chain>"""


@pytest.mark.longest
def test_steps_begin_and_end_at_both_members_although_every_datagram_is_lost(tmp_path: Path, database_url: str) -> None:
    with Cluster(tmp_path, database_url, module="tests.support.unheard") as cluster:
        one, other = cluster.sharing("one"), cluster.sharing("other")
        # no step ends before both members have begun one
        one.shell_job("/step", f"""echo "${{STELLWERK_TASK##*/}}" >> "{tmp_path}/began"
while [ $(sort -u "{tmp_path}/began" | wc -l) -lt 2 ]; do sleep 0.05; done""", 'order="yes" stop_on_error="no"')
        one.chain("/way", CHAIN)
        cluster.start(one, other)
        wait_until(lambda: other.shares, 60, "that the other one works, too")
        for order in ("a", "b", "c"):
            other.add_order("/way", order)
        ended = select(order_runs.c.order_id).where(order_runs.c.node == "done")
        wait_until(lambda: sorted(cluster.ask(lambda c: c.execute(ended).scalars().all())) == ["a", "b", "c"], 60,
                   "the ends of all orders")
        assert set((tmp_path / "began").read_text().split()) == {one.run, other.run}
