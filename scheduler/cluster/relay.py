"""Talk with task servers at other members: calls go out as rows and words, results come in as reports.

Whoever decides about a task with a task server does not need to know where that is. What a decision says to one at
another member is recorded with it (see `talk`), and said when that is recorded; so the next member to lead knows it. It
is the same with what has been heard: the row says how far. What was heard once is not heard again, whichever way it
comes, and a word that comes before another one was lost waits for the row in which both stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.actions import Action, Call, Kill, Launch, RingMember, TakeBack
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import Assignment
from scheduler.cluster.talk import Talk, assignment_of, lasting
from scheduler.cluster.wire import LAST, TAKE_BACK, killed, message_from, shell_call
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.messages import CallReturned, CommandAsked, Message, Said, StepsReturned
from scheduler.records import Record, Task, TaskState
from scheduler.world import World

# -- out


def relayed(world: World, part: Decision) -> None:
    "Before the changes are applied: what goes to other members is recorded with them, and said as a word."
    talks = world.crew.talks
    if not talks:
        return
    touched = _touched(world, part.changes)
    for at, action in enumerate(part.actions):
        if not isinstance(action, Call | TakeBack | Kill | Launch) or action.task_id not in talks:
            continue
        if isinstance(action, Kill) and action.server:
            part.actions[at] = _kill(world, part, action)
        else:
            part.actions[at] = _call(world, part, action, touched)
    for task in touched.values():
        known = world.tasks.get(task.id)
        talk = talks[task.id]
        if talk.recorded < talk.heard or (known is not None and lasting(known) != lasting(task)):
            _put(part, task, _row(world, task, talk))


def _touched(world: World, changes: list[Change]) -> dict[int, Task]:
    "Tasks at other members as they will be; those that end are forgotten."
    talks = world.crew.talks
    touched: dict[int, Task] = {}
    for change in changes:
        for record in (*change.put, *change.keep):
            if type(record) is not Task or record.id not in talks:
                continue
            if record.state is TaskState.ENDED or talks[record.id].over or record.server is None:
                touched.pop(record.id, None)
            else:
                touched[record.id] = record
            if record.state is TaskState.ENDED:
                del talks[record.id]
    return touched


def _call(
    world: World, part: Decision, action: Call | TakeBack | Launch | Kill, touched: dict[int, Task]
) -> Action:
    talks = world.crew.talks
    message = _message(action)
    answers = message["type"] == "answer"
    talk = talks[action.task_id]
    talks[action.task_id] = talk = replace(
        talk, said=talk.said + 1, messages=(*talk.messages, message), request=None if answers else talk.request
    )
    task = touched.pop(action.task_id, None) or world.tasks[action.task_id]
    row = _row(world, task, talk)
    _put(part, task, row)
    return RingMember(task.member_run, row)


def _message(action: Call | TakeBack | Launch | Kill) -> Mapping[str, Any]:
    "In words; starts and ends are those of the shell process that monitors embrace."
    if isinstance(action, Launch | Kill):
        return shell_call(action)
    return action.message if isinstance(action, Call) else TAKE_BACK


def _kill(world: World, part: Decision, action: Kill) -> Action:
    task = world.tasks[action.task_id]
    assigned, ring = killed(action, task.member_run)
    for row in assigned:
        _put(part, task, row)
    return ring


def _row(world: World, task: Task, talk: Talk) -> Assignment:
    world.crew.talks[task.id] = talk = replace(talk, recorded=talk.heard)
    return assignment_of(task, talk)


def _put(part: Decision, task: Task, row: Record) -> None:
    "With the last change that says something about the task."
    for at in range(len(part.changes) - 1, -1, -1):
        change = part.changes[at]
        if any(type(record) is Task and record.id == task.id for record in (*change.put, *change.keep)):
            part.changes[at] = replace(change, put=(*change.put, row))
            return
    part.changes.append(Change(Kind.TASK_CALLED, task.job, put=(row,)))


# -- in


def heard(world: World, said: Said) -> Iterator[Message]:
    "What of it is new, in order, as if the task server were here. Each must be decided before the next is asked for."
    talks = world.crew.talks
    steps: list[CallReturned] = []
    _came(world, said)
    for number, entry in enumerate(said.entries, said.first):
        talk = talks.get(said.task_id)
        if talk is None or number != talk.heard + 1:
            continue
        message = message_from(said.task_id, entry)
        over = entry[0] in LAST
        request = message.request if isinstance(message, CommandAsked) else talk.request
        talks[said.task_id] = replace(talk, heard=number, over=over, request=request)
        if isinstance(message, CallReturned) and message.result.get("call") == "process":
            steps.append(message)
            continue
        yield from _together(steps)
        steps = []
        yield message
    yield from _together(steps)


def _came(world: World, said: Said) -> None:
    "What has come to the member need not be told again."
    talk = world.crew.talks.get(said.task_id)
    open_ = talk.said - said.called if talk is not None else 0
    if talk is not None and open_ < len(talk.messages):
        world.crew.talks[said.task_id] = replace(talk, messages=talk.messages[len(talk.messages) - open_ :])


def _together(steps: list[CallReturned]) -> Iterator[Message]:
    if len(steps) > 1:
        yield StepsReturned(steps[0].task_id, tuple(step.result for step in steps))
    else:
        yield from steps


def acknowledged(world: World, task_id: int) -> Iterator[Decision]:
    "When nothing that followed from what was heard has said so."
    talk, task = world.crew.talks.get(task_id), world.tasks.get(task_id)
    if talk is not None and task is not None and not talk.over and talk.recorded < talk.heard:
        yield Decision([Change(Kind.TASK_CALLED, task.job, put=(_row(world, task, talk),))])
