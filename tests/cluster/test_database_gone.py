"The database is gone for all: members wait, running steps run on, nobody is replaced, and it goes on by itself."

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables import order_runs
from models.takeovers import takeovers
from scheduler.cluster.sight import DEAD_AFTER
from tests.support.cluster import Cluster
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until


@pytest.mark.postgres
def test_an_outage_costs_time_and_nothing_else(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer
) -> None:
    with Cluster(tmp_path, postgres_url) as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        began, go = tmp_path / "began", tmp_path / "go"
        script = f'echo "$$" >> "{began}"; while [ ! -e "{go}" ]; do sleep 0.1; done'
        primary.shell_job("/step", script, 'order="yes" stop_on_error="no"')
        primary.chain("/way", '<job_chain><job_chain_node state="1" job="step"/>'
                              '<job_chain_node.end state="done"/></job_chain>')  # fmt: skip
        cluster.start(primary, backup)
        primary.add_order("/way", "a")
        wait_until(lambda: began.exists() and began.read_text().strip())
        gone_at = time.monotonic()
        postgres_server.kill9()
        wait_until(lambda: backup.command('<show_state what="none"/>').get("db_waiting") == "yes")
        # longer than it takes to call a silent member dead
        wait_until(lambda: time.monotonic() > gone_at + DEAD_AFTER + 2, interval=0.2)
        go.touch()
        postgres_server.start()
        ended = select(order_runs.c.order_id).where(order_runs.c.node == "done")
        wait_until(lambda: cluster.ask(lambda c: c.execute(ended).all()), what="the end of the order")
        assert primary.active
        wait_until(lambda: backup.command('<show_state what="none"/>').get("db_waiting") is None)
        assert backup.waits
        assert len(began.read_text().split()) == 1
        assert len(cluster.ask(lambda c: takeovers(c, cluster.id))) == 1
