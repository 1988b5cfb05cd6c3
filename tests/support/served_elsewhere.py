"A World whose task servers are at other members: what they are told goes out as rows, what they say comes as reports."

from __future__ import annotations

import json
from typing import Any

from scheduler.actions import Kill, Launch
from scheduler.changes import Kind
from scheduler.cluster.assignment import HERE, Assignment, AssignmentKey, Heard, Mate, ReportKey, Wanted
from scheduler.cluster.talk import restored, spoken
from scheduler.cluster.wire import TAKE_BACK, action_of, entry_of, shell_action, shell_entry_of
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.messages import (
    Activated,
    CallReturned,
    CommandAsked,
    CrewSeen,
    LockAsked,
    Message,
    ProcessEnded,
    Reported,
    Said,
    ServerEnded,
    ServerStarted,
    StartFailed,
    StepsReturned,
    TakenBack,
)  # fmt: skip
from scheduler.records import Order, OrderState, Task, TaskState
from scheduler.world import World
from tests.support.served import Served

_OF_SERVERS = (
    CallReturned, CommandAsked, LockAsked, ProcessEnded, ServerEnded, ServerStarted, StartFailed, StepsReturned,
    TakenBack,
)  # fmt: skip
ONE, OTHER = Mate("id/one:1", "r1"), Mate("id/other:2", "r2")


class ServedElsewhere(Served):
    """What the leading member itself would run, `here`, is known to it only; all others are spoken for as `Served`
    says. `rows` are the assignments that a store would hold, `stored` its orders and tasks. Reports come twice."""

    mates: tuple[Mate, ...] = (ONE, OTHER)

    def __init__(self, *definitions: Any, **identity: Any) -> None:
        self.rows: dict[Any, Assignment] = {}
        self.stored: dict[tuple[type, Any], Any] = {}
        self.said: dict[int, int] = {}
        self.made: dict[int, int] = {}
        super().__init__(*definitions, **identity)
        self.tell(CrewSeen(self.mates))

    def tell(self, message: Message) -> Decision:
        task = self.world.tasks.get(message.task_id) if isinstance(message, _OF_SERVERS) else None
        if task is None or task.member_run == HERE:
            decision = super().tell(message)
        else:
            reported = self.reported(message)
            decision = super().tell(reported)
            again = super().tell(replace(reported, recorded=True))
            assert [change.kind for change in again.changes] == [Kind.TASK_REPORTED]
        self._keep(decision)
        return decision

    def reported(self, message: Any, first: int | None = None, recorded: bool = False) -> Reported:
        task_id = message.task_id
        told = [message]
        if isinstance(message, StepsReturned):
            told = [CallReturned(task_id, each) for each in message.results]
        first = first or self.said.get(task_id, 0) + 1
        self.said[task_id] = max(self.said.get(task_id, 0), first + len(told) - 1)
        entries = tuple(json.loads(json.dumps([self._entry(each) for each in told])))
        run = self.world.tasks[task_id].member_run if task_id in self.world.tasks else "r1"
        said = Said(task_id, first, entries, self.made.get(task_id, 0))
        return Reported(ReportKey(task_id, Heard.SAID), run, said, recorded)

    def _entry(self, message: Any) -> list[Any]:
        of_shell = isinstance(message, ProcessEnded) or (
            isinstance(message, StartFailed) and self.phase(message.task_id) == "shell"
        )
        return shell_entry_of(message) if of_shell else entry_of(message)

    def _keep(self, decision: Decision) -> None:
        for change in decision.changes:
            for kind, key in change.drop:
                self.rows.pop(key, None) if kind is Assignment else self.stored.pop((kind, key), None)
            for record in change.put:
                self.stored[type(record), record.key] = record
                if isinstance(record, Assignment):
                    self.rows[record.key] = record
                    self._obey(record)

    def next_leader(self) -> None:
        "Another member leads: it knows what is stored, and what others run goes on."
        before, world = self.world, World(self.world.identity, self.now)
        self.world = world
        world.counters.update(before.counters)
        world.crew.see([replace(mate, open=False) for mate in self.mates], world.identity.member_id)
        for (kind, _), record in list(self.stored.items()):
            if kind is Order and record.state is not OrderState.ENDED:
                world.put(record)
        for (kind, key), record in list(self.stored.items()):
            if kind is Task and record.state is not TaskState.ENDED:
                row = self.rows.get(AssignmentKey(key, Wanted.CALL))
                if row is not None:
                    record, world.crew.talks[key] = restored(record, row)
                world.put(replace(record, server=None) if row is None else record)
        definitions = [file.definition for file in before.files.values() if file.definition is not None]
        self.files(*definitions)
        self.tell(Activated())
        self.tell(CrewSeen(self.mates))

    def _obey(self, row: Assignment) -> None:
        if row.wanted is not Wanted.CALL:
            action = action_of(row)
            if isinstance(action, Kill):
                self.kills.append(action)
            elif action.begin is not None:
                self._launch(action)
            return
        told = spoken(row)
        count = told.said - self.made.get(row.task_id, 0)
        self.made[row.task_id] = told.said
        for message in told.messages[len(told.messages) - count :] if count else ():
            action = shell_action(row.task_id, message)
            if message == TAKE_BACK:
                self.asked_back.append(row.task_id)
            elif isinstance(action, Launch):
                self._launch(action)
            elif action is not None:
                self.kills.append(action)
            else:
                self.calls[row.task_id].append(dict(message))
