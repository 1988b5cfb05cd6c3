"""What an operator of a supervisor can do: send now, roll back, deploy a version, release a revision, command a worker,
forget one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler.answers.supervisor import answered_element, release_element, versions_element
from scheduler.commands.declare import Child, attribute, command
from scheduler.commands.questions import Question
from scheduler.configuration.reading import Reading
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.supervisor import questions as q
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer
from scheduler.xml.declaration import Declaration
from scheduler.xml.element import Element
from scheduler.xml.source import source_of


@command("supervisor.send", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class SendConfiguration:
    """What the folder says now goes out, also to workers that were rolled back, and when changes wait for a release.

    Without `worker` to all. `by`: who wants it.
    """

    worker: str = attribute(TEXT, "")
    by: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.SendNow(self.worker or "", self.by or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=versions_element(answers["versions"]))


@command("supervisor.roll_back", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RollBackConfiguration:
    "The worker gets an earlier version as its newest one, and stays with it until the folder changes again."

    worker: str = attribute(TEXT)
    version: int = attribute(integer(1))
    by: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.RollBack(self.worker, self.version, self.by or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=versions_element(answers["versions"]))


@command("supervisor.deploy", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class DeployConfiguration:
    """A version of worker `source`, or with `file` only that file of it, becomes the newest version of `worker`, which
    stays with it until the folder changes. Without `source` it is a version of the worker itself."""

    worker: str = attribute(TEXT)
    version: int = attribute(integer(1))
    source: str = attribute(TEXT, "")
    file: str = attribute(TEXT, "")
    by: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.Deploy(self.worker, self.source or self.worker, self.version, self.file or "", self.by or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=versions_element(answers["versions"]))


@command("supervisor.release", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ReleaseConfiguration:
    "A revision of the repository is validated for every worker, checked out and handed out."

    revision: str = attribute(TEXT)
    by: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.Release(self.revision, self.by or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=release_element(answers["release"]))


def _one_command(element: Element, reading: Reading) -> str:
    if len(element.children) != 1:
        raise WorkloadError(Code.MISSING_ELEMENT, element.place, element=element.tag, expected="one command")
    return source_of(element.children[0])


#: what can be told to a worker over its supervisor
_COMMAND = Child(
    tuple(
        Declaration(tag, open=True)
        for tag in ("start_job", "add_order", "modify_order", "modify_job", "kill_task", "show_job", "show_order",
                    "show_state", "check_folders", "terminate")
    ),
    _one_command,
)  # fmt: skip


@command("supervisor.execute", Level.ALL)
@dataclass(frozen=True, slots=True)
class ExecuteAtWorker:
    "A command for a worker that is connected and whose settings allow that; the answer is that of the worker."

    worker: str = attribute(TEXT)
    command: str = field(default="", kw_only=True, metadata={"child": _COMMAND})

    def asks(self, world: World) -> Question | None:
        return q.ExecuteAt(self.worker, self.command)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=answered_element(answers["answer"]))


@command("supervisor.forget", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ForgetWorker:
    "A worker that is gone for good, and its versions."

    worker: str = attribute(TEXT)

    def asks(self, world: World) -> Question | None:
        return q.Forget(self.worker)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply="<ok/>")
