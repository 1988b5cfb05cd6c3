"""Whether a reader may see what an object of one's own names: a job of another folder at a node, a lock, a class.

Pages and the interface name it only to who may. The text of a definition is what its authors wrote, and is shown whole
to whoever may see the configuration of its folder.
"""

from __future__ import annotations

from typing import Protocol

from flask import Flask

from scheduler.records import NodeAction, ObjectKind
from web import states
from web.permissions import may

#: type of an object -> the permission to see it
VIEWS = {
    "job": "jobs.view",
    "job_chain": "chains.view",
    "node": "chains.view",
    "order": "orders.view",
    "lock": "locks.view",
    "process_class": "classes.view",
    "schedule": "schedules.view",
    "calendar": "schedules.view",
    "monitor": "jobs.view",
}


def in_sight(kind: str | ObjectKind, path: str, scheduler_id: str | None = None) -> bool:
    "`path` may be followed by a comma and an order, or a colon and a node. What is in no folder everybody may see."
    word = kind.value if isinstance(kind, ObjectKind) else kind
    place = path.partition(",")[0].partition(":")[0]
    return word not in VIEWS or not place.startswith("/") or place == "/" or may(VIEWS[word], place, scheduler_id)


def shown(kind: str, path: str) -> str:
    "The path for who may see it, else nothing."
    return path if in_sight(kind, path) else ""


class NodeWithJob(Protocol):
    "What of a node that is no end node tells how it stands; see `read.NodeRow`."

    @property
    def job(self) -> str: ...
    @property
    def action(self) -> NodeAction: ...
    @property
    def nested_chain(self) -> str: ...
    @property
    def sink(self) -> str: ...
    @property
    def job_known(self) -> bool: ...
    @property
    def job_stopped(self) -> bool: ...


def look_of_node(node: NodeWithJob) -> states.Look:
    "That its job is missing is told to who may see the job."
    if not (node.job_known or node.sink or node.nested_chain) and in_sight("job", node.job):
        return states.JOB_MISSING
    if node.action is NodeAction.PROCESS and node.job_stopped:
        return states.JOB_STOPPED
    return states.look(states.NODE, node.action)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(in_sight=in_sight, look_of_node=look_of_node)
