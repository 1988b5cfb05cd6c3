"""The conductor with a real World and a scribe that only keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from netcore.conductor import Conductor, facts
from scheduler.actions import Action, Call, Kill, Launch, RingMember, TakeBack, TaskLogLine
from scheduler.changes import Change, Kind
from scheduler.commands.kill_task import KillTask
from scheduler.commands.start_job import StartJob
from scheduler.decision import Decision
from scheduler.errors import WorkloadError
from scheduler.messages import Activated, CommandReceived, EndRequested, ProcessEnded, ProcessStarted, TimeReached
from scheduler.records import Order, Task, TaskState
from scheduler.step import HalfDone
from tests.support.worlds import START, Engine, a_job


class Paper:
    "Takes changes as a scribe does, and commits them at once."

    def __init__(self) -> None:
        self.recorded: list[Change] = []
        self.notes: dict[int, Sequence[Change]] = {}

    def record(self, changes: Sequence[Change], then: Callable[[], None] | None = None) -> Deferred[None]:
        self.record_quietly(changes, then)
        return succeed(None)

    def record_quietly(self, changes: Sequence[Change], then: Callable[[], None] | None = None) -> None:
        self.recorded += changes
        if then is not None:
            then()

    def note(self, key: int, changes: Sequence[Change]) -> None:
        self.notes[key] = changes

    def forget(self, key: int) -> None:
        self.notes.pop(key, None)


class Starts:
    "Takes starts as the launcher does; one that was not expected is a mistake."

    def __init__(self, made: list[Action]) -> None:
        self.made = made
        self.expected: list[Launch] = []

    def expect(self, action: Launch) -> None:
        self.expected.append(action)

    def launch(self, action: Launch) -> None:
        self.expected.remove(action)
        self.made.append(action)

    def call(self, action: Call) -> None:
        self.made.append(action)

    def take_back(self, action: TakeBack) -> None:
        self.made.append(action)

    def ring(self, action: RingMember) -> None:
        self.made.append(action)

    def log(self, action: TaskLogLine) -> None:
        self.made.append(action)


class Stage:
    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.advance(START.timestamp())
        self.paper = Paper()
        self.actions: list[Action] = []
        self.fatal: list[Failure] = []
        self.world = Engine(a_job(), active=False).world
        scribe: Any = self.paper
        self.conductor = Conductor(
            self.world, scribe, self.clock, self.actions.append, Starts(self.actions), self.fatal.append
        )
        self.conductor.send(Activated())

    def command(self, command: Any) -> None:
        self.conductor.tell(CommandReceived(command))

    @property
    def kinds(self) -> list[Kind]:
        return [change.kind for change in self.paper.recorded]


def test_facts_without_records_are_in_the_journal_and_what_only_memory_needs_is_not() -> None:
    stage = Stage()
    stage.command(StartJob(job="/job"))
    stage.conductor.send(ProcessEnded(1, 0))
    stage.conductor.send(EndRequested())
    assert stage.kinds == [
        Kind.SCHEDULER_STARTED, Kind.TASK_QUEUED, Kind.TASK_STARTED, Kind.TASK_ENDED, Kind.SCHEDULER_STOPPING,
    ]  # fmt: skip
    assert [type(action) for action in stage.actions[:1]] == [Launch]


def test_the_note_of_a_start_is_not_written_after_the_record_of_the_kill() -> None:
    stage = Stage()
    stage.command(StartJob(job="/job"))
    stage.conductor.send(ProcessStarted(1, 4711))
    assert 1 in stage.paper.notes
    stage.command(KillTask(id=1, job="/job", immediately=True))
    assert not stage.paper.notes
    killed = stage.paper.recorded[-1].put[0]
    assert isinstance(killed, Task)
    assert (killed.state, killed.pid) == (TaskState.KILLING, 4711)
    assert any(isinstance(action, Kill) for action in stage.actions)


def test_the_world_is_woken_when_an_instant_comes() -> None:
    stage = Stage()
    stage.command(StartJob(job="/job", at="now+30"))
    stage.clock.advance(29)
    assert not stage.actions
    stage.clock.advance(1)
    assert len(stage.actions) == 1
    stage.conductor.stop()
    assert not stage.clock.getDelayedCalls()


def test_a_refusal_is_not_fatal_and_a_half_done_decision_is_whoever_asked() -> None:
    stage = Stage()
    with pytest.raises(WorkloadError):
        stage.command(StartJob(job="/none"))
    assert not stage.fatal
    stage.world.candidates = None  # type: ignore[assignment]
    with pytest.raises(HalfDone):
        stage.command(StartJob(job="/job"))
    assert len(stage.fatal) == 1
    stage.world.pending_files = None  # type: ignore[assignment]
    stage.conductor.send(TimeReached())
    assert len(stage.fatal) == 2


def test_an_order_that_was_taken_is_in_the_journal_also_when_its_row_waits() -> None:
    order = Order("/chain", "1", "first", "first", START, 1)
    kept = Change(Kind.ORDER_TAKEN, "/chain,1", keep=(order,))
    silent = Change(Kind.TASK_CALLED, "/job", keep=(order,))
    assert facts(Decision([kept, silent])) == [kept]
