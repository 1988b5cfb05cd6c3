"""What a member answers that works beside the leading one of an active cluster: what that one knows, as its own.

All objects are known to the leading member only. Questions about them, and commands that change them, are sent on to
it; so they count for the whole cluster wherever they were given. What concerns this member itself it answers itself.
"""

from __future__ import annotations

from scheduler.world import World
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of
from scheduler.xml.write import element

#: answered with the attributes of this member, and everything else as the leading one says it
STATE = ("show_state", "s")
_QUESTIONS = frozenset(
    {"show_calendar", "show_history", "show_job", "show_job_chain", "show_job_chains", "show_jobs", "show_order",
     "show_process_classes", "show_task", "job.why", "plan.preview", "calendar.show", "params.get", "param.get"}
)  # fmt: skip
#: of tasks: the leading member knows which member has them, and asks that one for its `own`
_LOGS = frozenset({"log.read", "log.search", "task.usage"})


def concerns_all(command: Element, world: World) -> bool:
    "Whether a command that a waiting member would carry out itself is one for the leading member here."
    if world.cluster is None or not world.cluster.distributed:
        return False
    if command.tag == "modify_spooler":
        return pauses_all(command, world)
    if command.tag in _LOGS:
        return bool(command.get("task")) and command.get("own").lower() not in ("yes", "true", "1")
    return command.tag in _QUESTIONS or command.tag in STATE


def pauses_all(command: Element, world: World) -> bool:
    "The pause of the whole cluster, or its end. A member that was started paused is told to go on for itself."
    word = command.get("cmd") if command.tag == "modify_spooler" else ""
    return word == "pause" or (word == "continue" and not world.paused)


def state_of_both(own: str, leaders: str) -> str:
    "`<state>` of this member, with the objects and the word for the state that the leading one has told."
    mine, theirs = parse(own.encode()), parse(leaders.encode(), max_bytes=len(leaders) * 4 + 1)
    attributes = mine.attributes | {"state": theirs.get("state")}
    cluster = mine.child("cluster")
    children = [cluster if child.tag == "cluster" and cluster is not None else child for child in theirs.children]
    return element(mine.tag, attributes, *(source_of(child) for child in children))
