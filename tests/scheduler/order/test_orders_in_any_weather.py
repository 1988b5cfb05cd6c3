"""Whatever happens to chains, nodes, files and the engine itself: no order is lost, none is taken twice, all counts
hold."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.definitions import JobChainDefinition, NodeDefinition, SetbackDelay
from scheduler.errors import WorkloadError
from scheduler.index.orders import under_way, under_way_outside
from scheduler.messages import Activated, FileGone, FilesChanged
from scheduler.records import ObjectKind
from scheduler.run_time.model import Schedule
from tests.support.run_times import run_time
from tests.support.worlds import Engine, a_job

JOB = a_job(tasks=3, setback_delays=(SetbackDelay(2, 5.0, is_maximum=True),))
SCHEDULE = Schedule("/s", run_time('<run_time><period single_start="23:59"/></run_time>'))
USING = '<run_time schedule="/s"/>'


def nested(name: str, **values: Any) -> JobChainDefinition:
    nodes = (
        NodeDefinition(f"{name}1", "/job", f"{name}2", "bad", on_error="setback"),
        NodeDefinition(f"{name}2", "/job", "end", "bad"),
        NodeDefinition("end"),
        NodeDefinition("bad"),
    )
    return JobChainDefinition(f"/{name}", nodes, **values)


OUTER = JobChainDefinition(
    "/outer",
    (
        NodeDefinition("A", next_state="B", error_state="done", job_chain="/a"),
        NodeDefinition("B", next_state="done", error_state="A", job_chain="/b"),
        NodeDefinition("done"),
    ),
    max_orders=3,
)
CHAINS = nested("a"), nested("b", max_orders=2), OUTER
SWITCHES = [(chain, state) for chain in "ab" for state in (f"{chain}1", f"{chain}2")]
#: as many orders as there are, at most
IDS = ["1", "2", "3", "4", "5"]

EVENTS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(IDS), st.sampled_from(["/outer", "/a", "/b"])),
    st.tuples(st.just("end"), st.integers(0, 2), st.integers(0, 1)),
    st.tuples(st.just("end"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("order"), st.sampled_from(IDS), st.sampled_from(
        [{"suspended": True}, {"suspended": False}, {"action": "reset"}, {"at": "now"}, {"state": "B"},
         {"state": "end"}, {"state": "b2"}, {"end_state": "A"}])),
    st.tuples(st.just("node"), st.sampled_from([*SWITCHES, ("outer", "A"), ("outer", "B")]),
              st.sampled_from(["process", "stop", "next_state"])),
    st.tuples(st.just("chain"), st.sampled_from(["/a", "/b", "/outer"]), st.sampled_from(["running", "stopped"])),
    st.tuples(st.just("file"), st.sampled_from(CHAINS), st.sampled_from(["change", "go"])),
    st.tuples(st.just("schedule"), st.booleans(), st.none()),
    st.tuples(st.just("crash"), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 5), st.none()),
)  # fmt: skip


class Site:
    "An engine that may crash; its files are kept beside it."

    def __init__(self) -> None:
        self.engine = Engine(JOB, SCHEDULE, *CHAINS)
        self.files: dict[str, Any] = {chain.path: chain for chain in CHAINS}
        self.schedule = True
        self.titles = 0

    def do(self, event: tuple[str, Any, Any]) -> None:
        word, first, second = event
        with suppress(WorkloadError):
            getattr(self, f"_{word}")(first, second)
        check(self.engine)

    def _add(self, order_id: str, chain: str) -> None:
        if any(order.id == order_id for order in self.engine.world.orders.values()):
            return
        timed = (run_time(USING), USING) if order_id == "5" else None
        self.engine.command(AddOrder(job_chain=chain, id=order_id, replace=False, run_time=timed, at="now"))

    def _end(self, which: int, exit_code: int) -> None:
        launched = list(self.engine.launched)
        if launched:
            self.engine.end(launched[which % len(launched)], exit_code)

    def _order(self, order_id: str, values: dict[str, Any]) -> None:
        for chain in ("/outer", "/a", "/b"):
            if self.engine.world.order(chain, order_id) is not None:
                self.engine.command(ModifyOrder(job_chain=chain, order=order_id, **values))
                return

    def _node(self, node: tuple[str, str], action: str) -> None:
        self.engine.command(ModifyJobChainNode(job_chain=f"/{node[0]}", state=node[1], action=action))

    def _chain(self, chain: str, state: str) -> None:
        self.engine.command(ModifyJobChain(job_chain=chain, state=state))

    def _file(self, chain: JobChainDefinition, how: str) -> None:
        if how == "go":
            self.files.pop(chain.path, None)
            self.engine.tell(FilesChanged((FileGone(ObjectKind.JOB_CHAIN, chain.path),)))
        else:
            self.titles += 1
            self.files[chain.path] = replace(chain, title=str(self.titles))
            self.engine.files(self.files[chain.path])

    def _schedule(self, there: bool, _: None) -> None:
        self.schedule = there
        if there:
            self.engine.files(SCHEDULE)
        else:
            self.engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/s"),)))

    def _wait(self, seconds: int, _: None) -> None:
        self.engine.later(seconds)

    def _crash(self, _: None, __: None) -> None:
        before, after = self.engine, Engine(active=False)
        after.now = before.now
        after.world.counters.update(before.world.counters)
        after.world.remembered.chains = {key: chain.state for key, chain in before.world.chains.items()}
        after.world.remembered.nodes = {key: node.action for key, node in before.world.nodes.items()}
        for order in before.world.orders.values():
            after.world.put(order)
        for task in before.world.tasks.values():
            after.world.put(task)
        after.runs, after.steps, after.tasks = before.runs, before.steps, before.tasks
        after.files(JOB, *([SCHEDULE] if self.schedule else []), *self.files.values())
        after.tell(Activated())
        self.engine = after

    def finish(self) -> None:
        "Everything is there and works again, so everything must come to its end."
        self._schedule(True, None)
        for chain in CHAINS:
            self._file(chain, "change")
        for _ in range(400):
            if self.engine.launched:
                self.engine.end()
        for chain, state in [*SWITCHES, ("outer", "A"), ("outer", "B")]:
            self._node((chain, state), "process")
        for chain in CHAINS:
            self._chain(chain.path, "running")
        for order in list(self.engine.world.orders.values()):
            if not order.in_task:
                self.engine.command(ModifyOrder(job_chain=order.chain, order=order.id, suspended=False))
        for _ in range(400):
            if self.engine.launched:
                self.engine.end()
            else:
                self.engine.later(5)
            check(self.engine)


def check(engine: Engine) -> None:
    "What must hold at every moment."
    world = engine.world
    orders = list(world.orders.values())
    assert len({order.id for order in orders}) == len(orders), "an id is once in the connected chains"
    for chain in CHAINS:
        key = chain.path
        counted = sum(under_way(order) for order in orders if order.key.chain == key)
        inside = sum(under_way_outside(order) for order in orders if order.outer_chain == key)
        assert world.touched_of(key) == counted + inside
        assert {order.id for order in world.orders_of(key)} == {order.id for order in orders if order.chain == key}
    tasks = {task.id: task for task in world.live_tasks()}
    assert set(tasks) == set(engine.launched)
    assert {order.task_id for order in orders if order.in_task} == set(tasks)
    for order in orders:
        assert (order.run_time is not None) == bool(order.run_time_source)


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_in_any_weather_every_order_comes_to_its_end(events: list[tuple[str, Any, Any]]) -> None:
    site = Site()
    for event in events:
        site.do(event)
    site.finish()
    left = site.engine.world.orders.values()
    assert [order.id for order in left if order.id != "5"] == []
    assert all(not order.touched for order in left), "only the one with a run time rests"
    opened = [run for run in site.engine.runs.values() if run.ended_at is None]
    assert opened == [], "every round that began has an end in the history"
