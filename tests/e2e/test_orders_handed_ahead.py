"""Tasks of Python jobs that get several orders at once, with a real engine: nothing is lost or done twice when the task
server or the engine dies in the middle, and nobody waits behind a step that goes on."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.connect import create
from tests.support.engine import EngineProcess
from tests.support.processes import lives
from tests.support.waiting import wait_until

CHAIN = """<job_chain>
  <job_chain_node state="first" job="/first" next_state="second" error_state="failed"/>
  <job_chain_node state="second" job="/second" next_state="done" error_state="failed"/>
  <job_chain_node state="done"/>
  <job_chain_node state="failed"/>
</job_chain>"""

#: each step adds a line to `done`; the first step of the order `stop` says that it has begun, and waits for `go`
SCRIPT = """
import os, time
def spooler_process():
    order = spooler_task.order
    if order.id == "stop" and order.state == "first":
        open("{directory}/begun.new", "w").write(str(os.getpid()))
        os.replace("{directory}/begun.new", "{directory}/begun")
        while not os.path.exists("{directory}/go"):
            time.sleep(0.01)
    with open("{directory}/done", "a") as done:
        done.write(order.id + " " + order.state + "\\n")
    spooler_log.info("this is order " + order.id)
    return True
"""
ORDERS = 80
STEPS = "order_steps s JOIN order_runs r ON r.scheduler_id = s.scheduler_id AND r.history_id = s.history_id"


@pytest.fixture
def engine(tmp_path: Path, database_url: str) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path, database_url) as engine:
        for name in ("first", "second"):
            script = SCRIPT.format(directory=tmp_path)
            attributes = 'order="yes" stop_on_error="no" idle_timeout="never"'
            xml = f'<job {attributes}><script language="python"><![CDATA[\n{script}\n]]></script></job>'
            engine.job(f"/{name}", xml)
        engine.chain("/chain", CHAIN)
        yield engine


def gathered(engine: EngineProcess, ids: list[str]) -> None:
    "The orders wait at the first node; then they may go."
    engine.start()
    engine.command('<job_chain.modify job_chain="/chain" state="stopped"/>')
    for order_id in ids:
        engine.command(f'<add_order job_chain="/chain" id="{order_id}"/>')
    engine.command('<job_chain.modify job_chain="/chain" state="running"/>')


def lines(engine: EngineProcess) -> Counter[str]:
    "How often each step was done."
    file = engine.directory / "done"
    return Counter(file.read_text().splitlines()) if file.exists() else Counter()


def recorded(engine: EngineProcess, condition: str = "s.ended_at IS NOT NULL AND s.exit_code = 0") -> Counter[str]:
    "How often each step stands in the history, if that holds for it."
    rows = selected(engine, f"SELECT r.order_id, s.node FROM {STEPS} WHERE {condition}")  # noqa: S608 - our own words
    return Counter(f"{order_id} {node}" for order_id, node in rows)


def selected(engine: EngineProcess, query: str) -> list[Any]:
    reader = create(engine.database_url, "reader")
    try:
        with reader.connect() as connection:
            return list(connection.execute(text(query)))
    finally:
        reader.dispose()


def all_done(engine: EngineProcess, ids: list[str]) -> None:
    every = {f"{order_id} {node}" for order_id in ids for node in ("first", "second")}
    wait_until(lambda: recorded(engine).keys() >= every, 60, "the end of all steps")


def test_nobody_waits_behind_a_step_that_goes_on(engine: EngineProcess) -> None:
    ids = [f"o{number}" for number in range(ORDERS)]
    xml = (engine.live / "first.job.xml").read_text()
    engine.job("/first", xml.replace("<job ", '<job tasks="2" '))
    gathered(engine, [*ids[:40], "stop", *ids[40:]])
    all_done(engine, ids)
    assert not (engine.directory / "go").exists()
    wait_until(lambda: recorded(engine, "s.ended_at IS NULL"), 30, "the row of the step that goes on")
    assert recorded(engine, "s.ended_at IS NULL") == Counter(["stop first"])
    (engine.directory / "go").touch()
    all_done(engine, ["stop"])
    every_step_was_done_once_and_has_its_row_and_its_lines(engine)


def every_step_was_done_once_and_has_its_row_and_its_lines(engine: EngineProcess) -> None:
    assert set(lines(engine).values()) == {1}
    assert set(recorded(engine).values()) == {1}
    assert not recorded(engine, "s.ended_at IS NULL OR s.ended_at < s.started_at OR s.log_end <= s.log_begin")
    ((number,),) = selected(engine, "SELECT history_id FROM order_runs WHERE order_id = 'o77'")
    shown = engine.command(f'<show_order job_chain="/chain" order="o77" history_id="{number}" what="log"/>')
    log = shown.find(".//log")
    assert log is not None
    said = [line.partition("this is ")[2] for line in "".join(log.itertext()).splitlines() if "this is" in line]
    assert said == ["order o77", "order o77"]


def test_a_task_server_that_is_killed_fails_only_the_step_that_it_had_begun(engine: EngineProcess) -> None:
    ids = [f"o{number}" for number in range(ORDERS)]
    gathered(engine, [*ids[:40], "stop", *ids[40:]])
    pid = int(wait_until(lambda: (engine.directory / "begun").read_text(), 30, "the step"))
    os.kill(pid, signal.SIGKILL)
    all_done(engine, ids)
    assert {step: times for step, times in lines(engine).items() if times > 1} == {}
    failed = recorded(engine, "s.ended_at IS NOT NULL AND s.exit_code <> 0")
    assert failed == Counter(["stop first"])


def test_an_engine_that_is_killed_repeats_no_step_that_it_had_recorded(engine: EngineProcess) -> None:
    ids = [f"o{number}" for number in range(ORDERS)]
    gathered(engine, [*ids[:40], "stop", *ids[40:]])
    pid = int(wait_until(lambda: (engine.directory / "begun").read_text(), 30, "the step"))
    engine.kill9()
    wait_until(lambda: not lives(pid), 30, "the end of the task server")
    before = recorded(engine)
    (engine.directory / "go").touch()
    engine.start()
    all_done(engine, [*ids, "stop"])
    done = lines(engine)
    assert {step for step in before if done[step] != 1} == set()
    assert set(recorded(engine).values()) == {1}
