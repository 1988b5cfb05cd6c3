"Whatever task servers do with what they are handed, every order gets its steps, once."

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.definitions import NodeDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.messages import TakenBack
from scheduler.records import OrderState
from scheduler.task.api_ahead import PATIENCE
from tests.support.served import Served, a_python_job
from tests.support.served_elsewhere import ServedElsewhere
from tests.support.worlds import a_chain

NODES = (
    NodeDefinition("1", "/one", "2", "failed"),
    NodeDefinition("2", "/two", "done", "failed"),
    NodeDefinition("done"),
    NodeDefinition("failed"),
)
BROKEN = {"error": {"text": "broken"}, "ok": False, "returned": None}
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["good", "good", "good", "good", "back", "back", "false", "error", "late", "dies"]),
        st.sampled_from([1, 2, 3, 5, 40]),
    ),
    min_size=5, max_size=30,
)  # fmt: skip


class Servers(Served):
    "Every task has a task server that knows which steps it may begin; `done` counts what was done at which node."

    def __init__(self) -> None:
        super().__init__(
            a_python_job("/one", tasks=2, idle_timeout=None), a_python_job("/two", idle_timeout=None),
            a_chain("/chain", *NODES, distributed=True),
        )  # fmt: skip
        self.known: dict[int, dict[str, object]] = {}
        self.left: dict[int, list[tuple[int, str]]] = {}
        #: the number of the step that was called, while the others were handed ahead
        self.called: dict[int, int] = {}
        self.done: Counter[tuple[str, str]] = Counter()

    def look(self) -> None:
        "Calls that have come since the last look are taken, and all but steps are answered."
        for task_id in list(self.world.tasks):
            if task_id in self.begun and task_id not in self.left:
                self.left[task_id] = []
                self.opened(task_id)
            self._take(task_id)

    def _take(self, task_id: int) -> None:
        calls = self.calls.get(task_id)
        if calls is None or task_id not in self.world.tasks or self.known.get(task_id) is calls[-1]:
            return
        call = self.known[task_id] = calls[-1]
        if call["type"] == "process":
            self.called[task_id] = call.get("number", 0)
            orders = [call["order"], *call.get("ahead", ())]
            self.left[task_id] = [(call.get("number", 0) + at, order["id"]) for at, order in enumerate(orders)]
        elif call["type"] == "end":
            self.ends(task_id)

    def busy(self) -> list[int]:
        return [task_id for task_id, left in self.left.items() if left and task_id in self.world.tasks]

    def do(self, deed: str, count: int, task_id: int) -> None:
        left = self.left[task_id]
        if deed == "good":
            self._worked(task_id, min(count, len(left)))
            self.good(min(count, len(left)), task_id)
            del left[:count]
        elif deed == "false":
            self._worked(task_id, 1)
            del left[:1]
            self.good(1, task_id, returned=False)
        elif deed == "error":
            self._worked(task_id, 1)
            more = {"dropped": True} if left[1:] else {}
            left.clear()
            self.good(1, task_id, **BROKEN, **more)
        elif deed == "back":
            begun = 0 if count % 2 and left[0][0] > self.called[task_id] else 1
            gone = tuple(number for number, _ in left[begun:])
            del left[begun:]
            self.tell(TakenBack(task_id, gone))
        elif deed == "late":
            self.later(PATIENCE.total_seconds() + 0.01)
        else:
            self._worked(task_id, 1)
            gone = tuple(number for number, _ in left[1:])
            left.clear()
            self.dies(1, task_id, gone)

    def _worked(self, task_id: int, count: int) -> None:
        for _, order_id in self.left[task_id][:count]:
            self.done[order_id, self.order(order_id).node] += 1

    def held(self) -> Counter[str]:
        "The orders that the tasks have, by the records of these."
        found: Counter[str] = Counter()
        for task in self.world.tasks.values():
            assert task.server is not None
            found.update([task.order_id] if task.order_id else [])
            found.update(key.id for key in task.server.ahead)
        return found


class ServersElsewhere(Servers, ServedElsewhere):
    "As `Servers`, at several members of a cluster. Whoever leads may die."

    def do(self, deed: str, count: int, task_id: int) -> None:
        if deed == "late" and count % 2:
            self.next_leader()
        else:
            super().do(deed, count, task_id)


def consistent(engine: Servers) -> None:
    in_tasks = [order.id for order in engine.world.orders.values() if order.task_id is not None]
    assert engine.held() == Counter(in_tasks)
    running = [order.id for order in engine.world.orders.values() if order.state is OrderState.RUNNING]
    assert sorted(running) == sorted(in_tasks)


@pytest.mark.parametrize("servers", [Servers, ServersElsewhere])
@given(deeds=DEEDS, orders=st.integers(10, 60))
@settings(max_examples=40, deadline=None)
def test_every_order_comes_to_its_end_with_each_step_done_once(
    servers: type[Servers], deeds: Sequence[tuple[str, int]], orders: int
) -> None:
    engine = servers()
    for number in range(orders):
        engine.add(str(number))
    engine.look()
    for deed, number in deeds:
        busy = engine.busy()
        if not busy:
            break
        engine.do(deed, number, busy[number % len(busy)])
        engine.look()
        consistent(engine)
    while busy := engine.busy():
        engine.do("good", 40, busy[0])
        engine.look()
    assert not engine.world.orders
    assert len(engine.runs) == orders
    assert all(run.ended_at is not None for run in engine.runs.values())
    assert set(engine.done.values()) <= {1}
    interrupted = WorkloadError(Code.INTERRUPTED).problem
    steps = [step for step in engine.steps.values() if step.ended_at is not None and step.problem != interrupted]
    assert len(steps) == sum(engine.done.values())
