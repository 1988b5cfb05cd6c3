"""Worlds for tests of the core: built by functions that default everything but what the test is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.actions import Launch, RemoveFile
from scheduler.calendars.model import Calendar
from scheduler.decision import Decision
from scheduler.definitions import (
    Definition,
    JobChainDefinition,
    JobDefinition,
    LockDefinition,
    MonitorDefinition,
    NodeDefinition,
    OrderDefinition,
    ProcessClassDefinition,
    Script,
)
from scheduler.job_wait import JobWait
from scheduler.messages import (
    Activated,
    FileGone,
    FileRead,
    FilesChanged,
    Message,
    ProcessEnded,
    ProcessStarted,
    TimeReached,
)
from scheduler.params import Params
from scheduler.records import ObjectKind, Order, Run, Step, Task
from scheduler.run_time.model import Schedule
from scheduler.step import step
from scheduler.world import Identity, World
from tests.support.answers_schema import check_reply

START = datetime(2024, 1, 31, 10, 20, 30, tzinfo=UTC)


def a_job(path: str = "/job", **values: Any) -> JobDefinition:
    values.setdefault("stop_on_error", False)
    values["params"] = Params(values.get("params", {}))
    return JobDefinition(path, Script("shell", "exit 0"), **values)


def a_chain(path: str = "/chain", *nodes: NodeDefinition, **values: Any) -> JobChainDefinition:
    """Without nodes: `first` and `second` served by `/job`, end nodes `done` and `failed`."""
    return JobChainDefinition(path, nodes or two_steps(), **values)


def two_steps(**values: Any) -> tuple[NodeDefinition, ...]:
    return (
        NodeDefinition("first", "/job", "second", "failed", **values),
        NodeDefinition("second", "/job", "done", "failed", **values),
        NodeDefinition("done"),
        NodeDefinition("failed"),
    )


def an_order(order_id: str = "1", chain: str = "/chain", **values: Any) -> OrderDefinition:
    values["params"] = Params(values.get("params", {}))
    return OrderDefinition(chain, order_id, **values)


KINDS: dict[type[Definition], ObjectKind] = {
    LockDefinition: ObjectKind.LOCK,
    MonitorDefinition: ObjectKind.MONITOR,
    Schedule: ObjectKind.SCHEDULE,
    Calendar: ObjectKind.CALENDAR,
    ProcessClassDefinition: ObjectKind.PROCESS_CLASS,
    JobDefinition: ObjectKind.JOB,
    JobChainDefinition: ObjectKind.JOB_CHAIN,
    OrderDefinition: ObjectKind.ORDER,
}


def read(definition: Definition, written_at: datetime = START) -> FileRead:
    kind = KINDS[type(definition)]
    path = f"{definition.chain},{definition.id}" if isinstance(definition, OrderDefinition) else definition.path
    return FileRead(kind, path, f"/live{path}.{kind.value}.xml", written_at, definition)


def gone(definition: Definition) -> FileGone:
    file = read(definition)
    return FileGone(file.kind, file.path)


class Engine:
    """A World with a clock that the test moves, and the decisions that came out.

    `launched` are the launches that have not ended; `runs`, `steps`, `tasks` and `waits` are what a store would hold.
    `files_can_be_deleted`: the rim can do what commands want of it.
    """

    def __init__(self, *definitions: Definition, active: bool = True, **identity: Any) -> None:
        self.now = START
        self.world = World(Identity(**identity), START)
        self.launched: dict[int, Launch] = {}
        self.files_can_be_deleted = True
        self.kinds: list[str] = []
        self.runs: dict[int, Run] = {}
        self.steps: dict[tuple[int, int], Step] = {}
        self.tasks: dict[int, Task] = {}
        self.waits: dict[str, JobWait] = {}
        if definitions:
            self.files(*definitions)
        if active:
            self.tell(Activated())

    def tell(self, message: Message) -> Decision:
        decision = step(self.world, message, self.now)
        for change in decision.changes:
            self.kinds.append(change.kind.value)
            for record in change.put:
                if isinstance(record, Run):
                    self.runs[record.key] = record
                elif isinstance(record, Step):
                    self.steps[record.key] = record
                elif isinstance(record, Task):
                    self.tasks[record.key] = record
                elif isinstance(record, JobWait):
                    self.waits[record.key] = record
            for kind, key in change.drop:
                if kind is JobWait:
                    del self.waits[key]
        for action in decision.actions:
            if isinstance(action, Launch):
                self.launched[action.task_id] = action
            elif isinstance(action, RemoveFile) and action.then is not None and self.files_can_be_deleted:
                self.tell(action.then)
        return decision

    def files(self, *definitions: Definition, written_at: datetime = START) -> Decision:
        return self.tell(FilesChanged(tuple(read(definition, written_at) for definition in definitions)))

    def delete(self, *definitions: Definition) -> Decision:
        "The files of these objects vanish."
        return self.tell(FilesChanged(tuple(gone(definition) for definition in definitions)))

    def command(self, command: Any, client: str = "") -> Decision:
        from scheduler.messages import CommandReceived

        decision = self.tell(CommandReceived(command, client=client))
        if isinstance(decision.reply, str):
            check_reply(decision.reply)
        return decision

    def end(self, task_id: int | None = None, exit_code: int = 0, *, line: str = "", values: str = "") -> Decision:
        "Let a task end: the given one, or the one that was launched first."
        chosen = next(iter(self.launched)) if task_id is None else task_id
        del self.launched[chosen]
        self.tell(ProcessStarted(chosen, 1000 + chosen))
        return self.tell(ProcessEnded(chosen, exit_code, line, values))

    def run(self, exit_codes: Iterable[int] = ()) -> None:
        "Let everything end that is launched, with these exit codes, then with 0."
        codes = iter(exit_codes)
        while self.launched:
            self.end(exit_code=next(codes, 0))

    def later(self, seconds: float) -> Decision:
        self.now += timedelta(seconds=seconds)
        return self.tell(TimeReached())

    def order(self, order_id: str = "1", chain: str = "/chain") -> Order:
        found = self.world.order(chain, order_id)
        assert found is not None, f"no order {order_id}"
        return found

    def nodes(self) -> list[str]:
        "The nodes of all steps so far, in order."
        return [step.node for _, step in sorted(self.steps.items())]
