"""Whether a reader may see what an object of one's own names: a job of another folder at a node, a lock, a class.

Pages and the interface name it only to who may. The text of a definition is what its authors wrote, and is shown whole
to whoever may see the configuration of its folder.
"""

from __future__ import annotations

from flask import Flask

from scheduler.records import ObjectKind
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


def install(app: Flask) -> None:
    app.jinja_env.globals.update(in_sight=in_sight)
