"SIGTERM: what runs may end, nothing new starts, and the next start goes on."

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from models.connect import create
from models.tables import order_runs, order_steps
from scheduler.errors import Code
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

CHAIN = """
<job_chain>
  <job_chain_node state="1" job="waits"/>
  <job_chain_node state="2" job="follows"/>
  <job_chain_node.end state="done"/>
</job_chain>
"""


def test_an_idle_engine_ends_at_once_with_status_0(tmp_path: Path, database_url: str) -> None:
    with EngineProcess(tmp_path, database_url) as engine:
        engine.start()
        assert engine.terminate(30) == 0


def test_a_running_step_may_end_and_the_order_goes_on_after_the_next_start(tmp_path: Path, database_url: str) -> None:
    go = tmp_path / "go"
    with EngineProcess(tmp_path, database_url) as engine:
        waits = f'touch "{tmp_path}/begun"; while [ ! -e "{go}" ]; do sleep 0.05; done'
        engine.shell_job("/waits", waits, 'order="yes"')
        engine.shell_job("/follows", "exit 0", 'order="yes"')
        engine.shell_job("/due", f'touch "{tmp_path}/due"')
        engine.chain("/two", CHAIN)
        engine.start()
        engine.add_order("/two", "a")
        engine.wait_until(lambda: (tmp_path / "begun").exists(), what="the first step")
        # an end by command is taken back, and what became due meanwhile starts
        cancel = '<modify_spooler cmd="cancel_termination"/>'
        assert engine.command(cancel, refused=True).get("code") == Code.NOT_ENDING.code
        engine.command('<terminate timeout="600" continue_exclusive_operation="yes"/>')
        engine.command('<start_job job="/due"/>')
        assert engine.state().startswith("stopping")
        engine.command(cancel)
        assert engine.state() == "running"
        engine.wait_until(lambda: (tmp_path / "due").exists(), what="what was due")

        assert engine.process is not None
        engine.process.terminate()
        engine.wait_until(lambda: engine.state().startswith("stopping"), what="the engine's consent")
        assert engine.alive
        assert engine.command(cancel, refused=True).get("code") == Code.NOT_ENDING.code, "it is not the engine's to say"
        go.touch()
        assert engine.wait_for_end(30) == 0
        store = create(database_url, "reader")
        with store.connect() as connection:
            steps = connection.execute(select(order_steps.c.node, order_steps.c.exit_code)).all()
        assert [tuple(step) for step in steps] == [("1", 0)], "what ran is recorded, nothing else started"

        engine.start()

        def ended() -> bool:
            with store.connect() as connection:
                return bool(connection.execute(select(order_runs).where(order_runs.c.node == "done")).all())
        wait_until(ended, what="the end of the order")
        store.dispose()


def test_sigterm_limits_the_time_that_a_command_has_left_open(tmp_path: Path, database_url: str) -> None:
    with EngineProcess(tmp_path, database_url, environ={"TERM_TIMEOUT": "0.2"}) as engine:
        engine.shell_job("/waits", "sleep 60", 'order="yes"')
        engine.shell_job("/follows", "exit 0", 'order="yes"')
        engine.chain("/two", CHAIN)
        engine.start()
        engine.add_order("/two", "a")
        engine.command("<terminate/>")
        assert engine.terminate(30) == 0
