"""Why something began, as people read it: by whom on these pages, or by a command of which client.

A round or a task that somebody of the pages or of their interface has ordered has an actor; one that came by any other
command has its client, unless an older version has stored it. What nobody has ordered has its origin in the place of
the client, see `scheduler.origin`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from models.operations import Operation
from scheduler.origin import CATCH_UP, DIRECTORY, FILE
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
    """`words` is translated when it is shown, and goes on with `at` or `about`, as far as there is any. Of `who` and
    `client` at most one is not empty."""

    words: str
    who: str = ""
    client: str = ""
    at: datetime | None = None
    about: str = ""


def of_task(task: Task, by: Operation | None = None) -> Told:
    "`by`: the command of these pages that queued it, where it is known."
    who = task.actor or (by.account if by else "")
    client = "" if who else task.client
    if (told := _by_itself(client)) is not None:
        return told
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
    if (told := _by_itself(client)) is not None:
        return told
    if by is not None and by.action == "chain.add-order":
        return Told(N_("added on the pages"), who)
    if begun.cause is RunCause.COMMAND and client:
        return Told(N_("by command"), "", client)
    if begun.cause is RunCause.NONE:
        return Told(N_("ordered on the pages"), who) if by is not None else None
    return Told(format.run_cause(begun.cause), who, client)


def _by_itself(origin: str) -> Told | None:
    "None: somebody has ordered it, or nothing is known."
    if origin.startswith(CATCH_UP):
        try:
            return Told(N_("made up for the start of"), at=datetime.fromisoformat(origin.removeprefix(CATCH_UP)))
        except ValueError:
            return None
    if origin.startswith(DIRECTORY):
        return Told(N_("directory changed"), about=origin.removeprefix(DIRECTORY).replace(";", ", "))
    if origin.startswith(FILE):
        return Told(N_("a file of the live folder came, changed or went"), about=origin.removeprefix(FILE))
    return None


def client(name: str) -> str:
    "A client as it is called in a sentence that says from where something came; see `CommandReceived`."
    if name in _OWN:
        return gettext(_OWN[name])
    task = _OF_TASK.fullmatch(name)
    return gettext("task %(id)s", id=task[1]) if task else name
