"""Whatever happens in whatever sequence, sudden deaths included: every file comes to its end once, none is forgotten.

A file is removed by the sink; one that comes later under the same name is another file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.decision import Decision
from scheduler.definitions import FileOrderSink, FileOrderSource, NodeDefinition
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.messages import Activated, DirectoryRead, FileDisposed, Message
from scheduler.records import Counter as Number
from scheduler.records import Order, Run, Task, TaskState
from tests.support.directories import FileEngine
from tests.support.worlds import a_chain, a_job

IN = "/in"
NAMES = ("a", "b", "c")


class Store:
    "What a store would hold."

    def __init__(self) -> None:
        self.orders: dict[object, Order] = {}
        self.tasks: dict[int, Task] = {}
        self.numbers: dict[str, Number] = {}
        self.runs: dict[int, Run] = {}

    def write(self, decision: Decision) -> None:
        for change in decision.changes:
            for kind, key in change.drop:
                if kind is Order:
                    self.orders.pop(key, None)
            for record in change.put:
                if isinstance(record, Order):
                    self.orders[record.key] = record
                elif isinstance(record, Task):
                    self.tasks[record.id] = record
                elif isinstance(record, Number):
                    self.numbers[record.name] = record
                elif isinstance(record, Run):
                    self.runs[record.key] = record


class StoredEngine(FileEngine):
    def __init__(self, store: Store, disk: dict[str, dict[str, float]]) -> None:
        self.store = store
        nodes = (
            NodeDefinition("first", "/job", "done", "done"),
            NodeDefinition("done", SINK_JOB, sink=FileOrderSink(remove=True)),
        )
        chain = a_chain("/chain", *nodes, file_order_sources=(FileOrderSource(IN, next_state="first"),))
        super().__init__(a_job(tasks=2), chain, disk=disk, answers_itself=False, active=False)

    def tell(self, message: Message) -> Decision:
        decision = super().tell(message)
        self.store.write(decision)
        return decision


class Life:
    "An engine, what is under way between it and the disk, and how often each name was put there."

    def __init__(self) -> None:
        self.store, self.put_count = Store(), Counter[str]()
        self.disk: dict[str, dict[str, float]] = {IN: {}}
        self.read: list[DirectoryRead] = []
        self.disposed: list[FileDisposed] = []
        self.engine = StoredEngine(self.store, self.disk)
        self.engine.tell(Activated())

    def put(self, name: str) -> None:
        self.pass_time(0.5)
        if name not in self.disk[IN]:
            self.disk[IN][name] = self.engine.now.timestamp()
            self.put_count[name] += 1

    def pass_time(self, seconds: float = 2.0) -> None:
        self.engine.later(seconds)

    def hint(self) -> None:
        self.engine.hint(IN)

    def read_directory(self) -> None:
        "The rim reads now; the answer comes later."
        if self.engine.reads:
            self.read.append(self.engine.read_now(self.engine.reads.pop(0)))

    def tell_reading(self) -> None:
        if self.read:
            self.engine.tell(self.read.pop(0))

    def dispose(self) -> None:
        "The rim removes a file now; the answer comes later."
        if self.engine.disposals:
            self.disposed.append(self.engine.dispose_now(self.engine.disposals.pop(0)))

    def tell_disposal(self) -> None:
        if self.disposed:
            self.engine.tell(self.disposed.pop(0))

    def end_task(self) -> None:
        if self.engine.launched:
            self.engine.end()

    def die(self) -> None:
        "Everything that was not stored is lost, answers of the rim too."
        now = self.engine.now
        self.read.clear()
        self.disposed.clear()
        self.engine = StoredEngine(self.store, self.disk)
        self.engine.now = now
        world = self.engine.world
        running = [task for task in self.store.tasks.values() if task.state is not TaskState.ENDED]
        for record in (*self.store.numbers.values(), *self.store.orders.values(), *running):
            world.put(record)
        self.engine.tell(Activated())

    def come_to_rest(self) -> None:
        for _ in range(60):
            self.pass_time(5)
            for step in (self.read_directory, self.tell_reading, self.end_task, self.dispose, self.tell_disposal):
                step()


STEPS: tuple[Callable[[Life], None], ...] = (
    *(lambda life, name=name: life.put(name) for name in NAMES),  # type: ignore[misc]
    Life.pass_time, Life.hint, Life.read_directory, Life.tell_reading, Life.dispose, Life.tell_disposal,
    Life.end_task, Life.die,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=60))
def test_every_file_comes_to_its_end_once(steps: list[Callable[[Life], None]]) -> None:
    life = Life()
    for step in steps:
        step(life)
    life.come_to_rest()
    assert life.disk[IN] == {}
    assert life.store.orders == {}
    ended = Counter(run.order_id.removeprefix("/in/") for run in life.store.runs.values() if run.ended_at is not None)
    assert ended == life.put_count
    assert all(run.ended_at is not None for run in life.store.runs.values())
