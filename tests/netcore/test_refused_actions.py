"An action that is refused is the answer to who asked; the others are carried out, and the engine lives on."

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from netcore.conductor import Conductor
from scheduler.actions import Action, CheckFolders, RemoveFile, WriteFiles
from scheduler.commands.registry import COMMANDS
from scheduler.decision import Decision
from scheduler.definitions import LockDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Activated, CommandReceived
from scheduler.xml.document import parse
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


class Remover:
    "A conductor whose rim deletes files, or cannot; `recorded` fires when the test lets it."

    def __init__(self, engine: Engine, can_delete: bool) -> None:
        self.can_delete = can_delete
        self.commits: list[Deferred[None]] = []
        clock = Clock()
        clock.advance(START.timestamp())
        rim: Any = self
        self.conductor = Conductor(engine.world, rim, clock, self.perform, rim, self.broken)
        self.answers: list[Any] = []

    def ask(self, command: str) -> None:
        declaration = COMMANDS[(request := parse(command.encode())).tag]
        answered = self.conductor.tell(CommandReceived(declaration.decode(request, {})))
        answered.addBoth(self.answers.append)

    def perform(self, action: Action) -> None:
        assert isinstance(action, RemoveFile)
        if not self.can_delete:
            raise WorkloadError(Code.NOT_DELETED, file=action.file, problem="it is a directory")
        if action.then is not None:
            self.conductor.send(action.then)

    def broken(self, failure: Failure) -> None:
        raise AssertionError(failure.getTraceback())

    def record(self, changes: Any, then: Any = None) -> Deferred[None]:
        self.commits.append(Deferred())
        return self.commits[-1]

    def record_quietly(self, changes: Any, then: Any = None) -> None:
        pass

    def commit(self) -> None:
        self.commits.pop(0).callback(None)


def test_an_object_whose_file_cannot_be_deleted_stays_and_the_answer_says_so() -> None:
    engine = Engine(LockDefinition("/l"))
    remover = Remover(engine, can_delete=False)
    remover.ask('<lock.remove lock="/l"/>')
    remover.commit()
    [refusal] = remover.answers
    assert refusal.value.code is Code.NOT_DELETED
    assert "/l" in engine.world.locks


def test_a_removal_is_answered_when_it_is_recorded_that_the_object_has_gone() -> None:
    engine = Engine(LockDefinition("/l"))
    remover = Remover(engine, can_delete=True)
    remover.ask('<lock.remove lock="/l"/>')
    assert "/l" in engine.world.locks
    remover.commit()
    assert "/l" not in engine.world.locks
    assert remover.answers == []
    remover.commit()
    assert remover.answers == ["<ok/>"]


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
