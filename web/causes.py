"""Why something began, as people read it: by whom on these pages, or by a command of which client.

A round or a task that somebody of the pages or of their interface has ordered has an actor; one that came by any other
command has its client, unless an older version has stored it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.operations import Operation
from scheduler.records import Cause, Order, Run, RunCause, Task
from web import format
from web.words import N_, gettext

#: causes of tasks behind which there is a command; one in the queue has none yet
BY_COMMAND = (Cause.NONE, Cause.QUEUE, Cause.QUEUE_AT)
_AT_ONCE = (Cause.NONE, Cause.QUEUE)
#: clients that are no peers of the command port
_OWN = {
    "command line": N_("the command line"),
    "configuration": N_("the configuration"),
    "supervisor": N_("the supervisor"),
}
_OF_TASK = re.compile(r"task (\d{1,18})")


@dataclass(frozen=True, slots=True)
class Told:
    "`words` is translated when it is shown. Of `who` and `client` at most one is not empty."

    words: str
    who: str = ""
    client: str = ""


def of_task(task: Task, by: Operation | None = None) -> Told:
    "`by`: the command of these pages that queued it, where it is known."
    who = task.actor or (by.account if by else "")
    client = "" if who else task.client
    if who and task.cause in BY_COMMAND:
        words = N_("ordered on the pages") if task.cause in _AT_ONCE else N_("ordered on the pages for a time")
    elif client and task.cause in BY_COMMAND:
        words = N_("by command") if task.cause in _AT_ONCE else N_("by command for a time")
    else:
        words = format.cause(task.cause)
    return Told(words, who, client)


def of_round(begun: Run | Order, by: Operation | None = None) -> Told | None:
    "`by`: the command of these pages that added or started the order, where it is known. None: nothing is known."
    who = begun.actor or (by.account if by else "")
    client = "" if who else begun.client
    if by is not None and by.action == "chain.add-order":
        return Told(N_("added on the pages"), who)
    if begun.cause is RunCause.COMMAND and client:
        return Told(N_("by command"), "", client)
    if begun.cause is RunCause.NONE:
        return Told(N_("ordered on the pages"), who) if by is not None else None
    return Told(format.run_cause(begun.cause), who, client)


def client(name: str) -> str:
    "A client as it is called in a sentence that says from where something came; see `CommandReceived`."
    if name in _OWN:
        return gettext(_OWN[name])
    task = _OF_TASK.fullmatch(name)
    return gettext("task %(id)s", id=task[1]) if task else name
