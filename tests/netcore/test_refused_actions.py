"An action that is refused is the answer to who asked; the others are carried out, and the engine lives on."

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from netcore.conductor import Conductor
from scheduler.actions import Action, CheckFolders, WriteFiles
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Activated, CommandReceived
from tests.support.worlds import START, Engine


class Paper:
    def record(self, changes: Any, then: Any = None) -> Deferred[None]:
        return succeed(None)

    def record_quietly(self, changes: Any, then: Any = None) -> None:
        pass


class Asks:
    "A command that wants these actions."

    def __init__(self, *actions: Action) -> None:
        self.actions = actions

    def decide(self, world: Any, now: Any) -> Decision:
        return Decision(actions=[*self.actions], reply="<ok/>")


def test_the_refusal_goes_to_who_asked_and_nobody_else_notices() -> None:
    done: list[Action] = []
    fatal: list[Failure] = []

    def perform(action: Action) -> None:
        if isinstance(action, WriteFiles):
            raise WorkloadError(Code.NOT_WRITTEN, file="a", problem="no space")
        done.append(action)

    clock = Clock()
    clock.advance(START.timestamp())
    paper: Any = Paper()
    conductor = Conductor(Engine(active=False).world, paper, clock, perform, paper, fatal.append)
    conductor.send(Activated())
    answered = conductor.tell(CommandReceived(Asks(WriteFiles(()), CheckFolders())))
    failures: list[Failure] = []
    answered.addErrback(failures.append)
    assert [failure.value.code for failure in failures] == [Code.NOT_WRITTEN]  # type: ignore[attr-defined]
    assert done == [CheckFolders()]
    assert fatal == []
    replies: list[str | None] = []
    conductor.tell(CommandReceived(Asks(CheckFolders()))).addCallback(replies.append)
    assert replies == ["<ok/>"]


def test_a_mistake_of_the_program_is_still_fatal() -> None:
    fatal: list[Failure] = []

    def perform(action: Action) -> None:
        raise ZeroDivisionError

    clock = Clock()
    clock.advance(START.timestamp())
    paper: Any = Paper()
    conductor = Conductor(Engine(active=False).world, paper, clock, perform, paper, fatal.append)
    conductor.send(Activated())
    conductor.tell(CommandReceived(Asks(CheckFolders())))
    assert [failure.type for failure in fatal] == [ZeroDivisionError]
