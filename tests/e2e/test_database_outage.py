"""PostgreSQL is killed while orders are under way: the engine waits, says so, and goes on by itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from models.connect import create
from models.tables import order_runs, order_steps
from tests.support.engine import EngineProcess
from tests.support.postgres import PostgresServer

CHAIN = """
<job_chain>
  <job_chain_node state="1" job="step"/><job_chain_node state="2" job="step"/><job_chain_node.end state="done"/>
</job_chain>
"""
ORDERS = 60


@pytest.mark.postgres
def test_a_killed_database_server_costs_time_and_nothing_else(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    with EngineProcess(tmp_path, postgres_url) as engine:
        engine.shell_job("/step", "sleep 0.05", 'order="yes" stop_on_error="no" tasks="4"')
        engine.chain("/way", CHAIN)
        engine.start()
        for number in range(ORDERS):
            engine.add_order("/way", f"o{number}")
        postgres_server.kill9()
        engine.wait_until(lambda: _state(engine, "db_waiting") == "yes", what="the engine's word that it waits")
        assert _state(engine, "db_error")
        refused = engine.command('<add_order job_chain="/way" id="late"/>', refused=True)
        assert refused.get("code") == "SCHEDULER-184"
        assert engine.command('<show_task id="99999"/>', refused=True).get("code") == "SCHEDULER-184"
        assert engine.command('<show_job job="/step"/>').get("job") == "step"
        postgres_server.start()
        engine.wait_until(lambda: _state(engine, "db_waiting") is None, what="the engine's word that it works again")
        engine.add_order("/way", "after")
        engine.wait_until(lambda: _orders(engine) == 0, 60, "the end of all orders")
    store = create(postgres_url, "reader")
    with store.connect() as connection:
        ended = Counter(connection.execute(select(order_runs.c.order_id).where(order_runs.c.node == "done")).scalars())
        steps = connection.execute(select(order_steps.c.history_id, order_steps.c.node)).all()
    store.dispose()
    assert ended == Counter([*(f"o{number}" for number in range(ORDERS)), "after"])
    assert len(steps) == len(set(steps)) == 2 * (ORDERS + 1), "each step ran once"


@pytest.mark.postgres
def test_an_engine_without_its_database_can_be_ended_and_goes_on_later(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    with EngineProcess(tmp_path, postgres_url) as engine:
        engine.shell_job("/step", "sleep 0.3", 'order="yes" stop_on_error="no"')
        engine.chain("/way", CHAIN)
        engine.start()
        engine.add_order("/way", "a")
        postgres_server.kill9()
        engine.wait_until(lambda: _state(engine, "db_waiting") == "yes", what="the engine's word that it waits")
        assert engine.terminate(30) == 0
        postgres_server.start()
        engine.start()
        engine.wait_until(lambda: _orders(engine) == 0, 30, "the end of the order")


def _state(engine: EngineProcess, attribute: str) -> str | None:
    return engine.command('<show_state what="none"/>').get(attribute)


def _orders(engine: EngineProcess) -> int:
    return int(engine.command('<show_job_chain job_chain="/way" max_orders="0"/>').get("orders", "-1"))
