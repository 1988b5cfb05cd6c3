"""A real engine with something of everything that operations people meet: what runs, waits, failed, is held, was
removed or is faulty. All of it is there when `classic_world` hands it out; its pages are read without script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from lxml import html
from sqlalchemy import Connection, Engine

from models import connect, read
from models.read.orders import Run
from scheduler.records import ObjectKind, Task
from tests.support.classic_functions import HERE
from tests.support.engine import EngineProcess
from tests.support.web_site import Site, an_account, tree, words

FLOW = """<job_chain max_orders="9" title="Three steps">
  <job_chain_node state="first" job="one" next_state="second" error_state="failed"/>
  <job_chain_node state="second" job="two" next_state="third" error_state="failed" on_error="setback"/>
  <job_chain_node state="third" job="one" next_state="done" error_state="failed"/>
  <job_chain_node.end state="done"/><job_chain_node.end state="failed"/>
</job_chain>"""
ONLY = """<job_chain><job_chain_node state="only" job="{}" next_state="end" error_state="end"/>
  <job_chain_node.end state="end"/></job_chain>"""
FILES = """<job_chain>
  <file_order_source directory="{}" regex="csv$" repeat="1" delay_after_error="9"/>
  <job_chain_node state="check" job="never_good" error_state="bad"/><job_chain_node.end state="bad"/>
</job_chain>"""
NESTED = """<job_chain><job_chain_node.job_chain state="a" job_chain="inner" next_state="end" error_state="end"/>
  <job_chain_node.end state="end"/></job_chain>"""
LOAD = """<job title="Loads" tasks="3" process_class="/few">
  <settings><mail_on_error>yes</mail_on_error><log_level>debug1</log_level></settings>
  <description>What it loads</description>
  <lock.use lock="db"/>
  <script language="shell">echo out; echo err >&amp;2</script>
  <run_time schedule="/nightly"/>
</job>"""
PYTHON = """<job order="yes" idle_timeout="600"><script language="python"><![CDATA[
def spooler_process():
    spooler_job.state_text = "as told"
    return True
]]></script></job>"""
REGISTER = '<register_remote_scheduler scheduler_id="worker" tcp_port="4444" udp_port="0" version="1.13.3"/>'
NIGHTLY = '<schedule><period single_start="02:00"/></schedule>'
FEAST = '<schedule substitute="/nightly" valid_from="2040-01-01 00:00:00" valid_to="2040-01-02 00:00:00"/>'

T = TypeVar("T")


@dataclass
class ClassicWorld:
    "A real engine with something of everything, its pages, and the numbers that it gave."

    engine: EngineProcess
    site: Site
    numbers: dict[str, str] = field(default_factory=dict)
    seen: dict[str, html.HtmlElement] = field(default_factory=dict)

    def page(self, address: str) -> html.HtmlElement:
        "Each page is asked for once."
        if address not in self.seen:
            answer = self.site.get(address)
            assert answer.status_code == 200, f"{address}: {answer.status_code}\n{words(answer)}"
            self.seen[address] = tree(answer)
        return self.seen[address]

    def start(self, job: str) -> str:
        task = self.engine.command(f'<start_job job="{job}"/>').find("task")
        assert task is not None
        return task.get("id", "")

    def until(self, found: Callable[[Connection], T | None], what: str) -> T:
        "What the database tells, as soon as it does: pages read nothing else."
        store = connect.create(self.engine.database_url, "reader")
        try:
            return self.engine.wait_until(partial(self._asked, store, found), what=what)
        finally:
            store.dispose()

    @staticmethod
    def _asked(store: Engine, found: Callable[[Connection], T | None]) -> T | None:
        with connect.reading(store) as connection:
            return found(connection)

    def task(self, job: str, view: str) -> str:
        "The number of the newest task of the job that has ended, or has a process."
        found = self.until(lambda connection: _newest(connection, job, view), f"{view} task of {job}")
        return str(found.id)


def _newest(connection: Connection, job: str, view: str) -> Task | None:
    tasks = read.tasks(connection, "test", job=job, view=view, limit=9)
    return next((task for task in tasks if view == "ended" or task.has_process), None)


@contextmanager
def classic_world(directory: Path) -> Iterator[ClassicWorld]:
    engine = EngineProcess(directory, arguments=["-exclusive"])
    flag = directory / "flag"
    _configure(engine, directory, f'while [ ! -e "{flag}" ]; do sleep 0.1; done')
    with engine:
        engine.start()
        an_account(engine.database_url)
        site = Site(engine.database_url)
        site.enter()
        world = ClassicWorld(engine, site)
        try:
            _happen(world, directory)
            yield world
        finally:
            flag.touch()
            site.close()


def _configure(engine: EngineProcess, directory: Path, waiting: str) -> None:
    (engine.config.parent / "remote").mkdir()
    (directory / "in").mkdir()
    engine.write("few.process_class.xml", '<process_class max_processes="5"/>')
    engine.write("afar.process_class.xml", '<process_class max_processes="5" remote_scheduler="127.0.0.1:9"/>')
    engine.write("nightly.schedule.xml", NIGHTLY)
    engine.write("feast.schedule.xml", FEAST)
    engine.write("sales/db.lock.xml", "<lock/>")
    engine.write("bank.calendar.xml", '<calendar weekdays="mon tue wed thu fri"/>')
    engine.job("/sales/load", LOAD)
    for name in ("slow", "other"):
        engine.job(f"/sales/{name}", _locked(waiting))
    engine.shell_job("/sales/going", waiting)
    engine.shell_job("/sales/one", f'if [ "$SCHEDULER_PARAM_WAIT" = yes ]; then {waiting}; fi', 'order="yes" tasks="5"')
    engine.job("/sales/two", (
        '<job order="yes" stop_on_error="no" process_class="/few"><script language="shell">'
        'echo out; [ "$SCHEDULER_PARAM_BAD" != yes ]</script>'
        '<delay_order_after_setback setback_count="1" delay="01:00"/>'
        '<delay_order_after_setback setback_count="9" is_maximum="yes" delay="0"/></job>'
    ))  # fmt: skip
    engine.shell_job("/sales/never_good", "exit 1", 'order="yes" stop_on_error="no"')
    engine.shell_job("/sales/halted", "true", 'order="yes"')
    engine.shell_job("/sales/broken", "echo '[error] no such table' >&2; exit 3")
    engine.shell_job("/sales/warned", "echo '2026-11-21 10:00:00.000Z [warn]  careful'", 'log_append="yes"')
    engine.shell_job("/sales/spoilt", "true")
    engine.job("/sales/python", PYTHON)
    engine.chain("/sales/flow", FLOW)
    for name, job in (("halted", "halted"), ("inner", "one"), ("served", "python")):
        engine.chain(f"/sales/{name}", ONLY.format(job))
    engine.chain("/sales/outer", NESTED)
    engine.chain("/sales/files", FILES.format(directory / "in"))
    engine.write("sales/flow,nightly.order.xml", '<order><run_time schedule="/nightly"/></order>')
    engine.write("sales/flow,busy.order.xml", '<order><params><param name="wait" value="yes"/></params></order>')


def _locked(waiting: str, title: str = "Holds a lock") -> str:
    return f'<job title="{title}"><lock.use lock="db"/><script language="shell"><![CDATA[{waiting}]]></script></job>'


def _happen(world: ClassicWorld, directory: Path) -> None:
    "What the rows of the table need; all of it is there when this returns."
    engine, numbers = world.engine, world.numbers
    engine.command(REGISTER)
    for job in ("load", "broken", "warned"):
        world.start(f"/sales/{job}")
    numbers["ended"] = world.task("/sales/load", "ended")
    numbers["running"] = world.start("/sales/slow")
    world.start("/sales/going")
    world.task("/sales/slow", "open")
    numbers["queued"] = world.start("/sales/slow")
    world.start("/sales/other")
    for order in ('id="done"', 'id="held" at="never"'):
        engine.command(f'<add_order job_chain="/sales/flow" {order}/>')
    engine.command('<modify_order job_chain="/sales/flow" order="held" suspended="yes"/>')
    engine.command('<job_chain_node.modify job_chain="/sales/halted" state="only" action="next_state"/>')
    engine.command('<modify_job job="/sales/halted" cmd="stop"/>')
    engine.command('<job_chain.modify job_chain="/sales/halted" state="stopped"/>')
    engine.add_order("/sales/flow", "late", bad="yes")
    engine.add_order("/sales/served", "1")
    bad = directory / "in" / "bad.csv"
    bad.write_text("x")
    numbers["bad"] = str(bad)
    world.task("/sales/going", "open")
    _changed_while_running(world)
    for job in ("broken", "warned"):
        world.task(f"/sales/{job}", "ended")
    numbers["idle"] = world.task("/sales/python", "open")
    run = world.until(lambda connection: _run(connection, "/sales/flow", "done"), "a run of the order")
    numbers["run"] = str(run.history_id)
    numbers["step"] = world.until(lambda connection: _last_step(connection, run.history_id), "its steps")
    for chain, order, state in (("flow", "late", "setback"), ("files", str(bad), "blacklisted")):
        world.until(partial(_order_is, f"/sales/{chain}", order, state), f"{order} {state}")
    world.site.post("/me/views", name="Loads", back=f"{HERE}/jobs?q=load")
    # their rows without the tick that they ship with
    shown = {f"ui.confirm.job.{verb}-tasks": "reason" for verb in ("end", "suspend", "continue")}
    world.site.post("/admin/settings", "/admin/settings", links="https://wiki.example/run Run book", **shown)


def _changed_while_running(world: ClassicWorld) -> None:
    "Files that are gone, faulty, or new while what they define is at work."
    engine = world.engine
    busy = world.until(partial(_order_runs, "/sales/flow", "busy"), "the order at work")
    assert busy
    (engine.live / "sales/going.job.xml").unlink()
    engine.job("/sales/spoilt", "<job><nonsense/></job>")
    engine.job("/sales/slow", _locked("true", "Something newer"))
    engine.write("sales/flow,busy.order.xml", '<order title="Newer"/>')
    kinds = {(ObjectKind.JOB, "/sales/going"): "removed", (ObjectKind.JOB, "/sales/slow"): "successor",
             (ObjectKind.JOB, "/sales/spoilt"): "problem",
             (ObjectKind.ORDER, "/sales/flow,busy"): "successor"}  # fmt: skip
    for (kind, path), word in kinds.items():
        world.until(partial(_file_says, kind, path, word), f"{word} of {path}")


def _file_says(kind: ObjectKind, path: str, word: str, connection: Connection) -> bool:
    file = read.file(connection, "test", kind, path)
    return bool(file is not None and getattr(file, word))


def _order_is(chain: str, order_id: str, state: str, connection: Connection) -> bool:
    row = read.order(connection, "test", chain, order_id)
    assert row is not None
    assert row.order.state == state, row
    return True


def _order_runs(chain: str, order_id: str, connection: Connection) -> bool:
    row = read.order(connection, "test", chain, order_id)
    return row is not None and row.order.in_task


def _run(connection: Connection, chain: str, order_id: str) -> Run | None:
    runs = read.order_runs(connection, "test", chain=chain, order_id=order_id, limit=1)
    return next((run for run in runs if run.ended_at is not None), None)


def _last_step(connection: Connection, history_id: int) -> str:
    steps = read.order_steps(connection, "test", history_id)
    return str(steps[-1].step.task_id) if steps else ""
