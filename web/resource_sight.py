"What the engine tells of schedules, process classes, locks and monitors, as far as the reader may see it."

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from flask import current_app
from lxml import etree

from models.access import everywhere
from scheduler.records import ObjectKind
from web import commands, engines, scope
from web.auth.people import access
from web.permissions import scheduler
from web.resources import TAGS, Resources, listed, path_of, views_of

KINDS = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR)
#: what one must be allowed to see an object
SIGHT = {
    "schedule": "schedules.view", "process_class": "classes.view", "lock": "locks.view", "monitor": "jobs.view",
}  # fmt: skip


def asked(scheduler_id: str) -> etree._Element | None:
    "What the engine says; None when it does not answer in time."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    settings = current_app.extensions["stellwerk_settings"]
    return engines.ask(address, commands.show_resources(), settings.command_timeout)


def elements(answer: etree._Element | None) -> dict[str, list[etree._Element]]:
    "What the reader may see of each kind, by path."
    return in_sight({tag: [] for tag in TAGS} if answer is None else listed(answer))


def told(scheduler_id: str, kind: ObjectKind, path: str) -> bool:
    "Whether the engine says that there is such a resource, and the reader may see it."
    return any(path_of(each) == path for each in elements(asked(scheduler_id))[kind.value])


def in_sight(found: Mapping[str, list[etree._Element]]) -> dict[str, list[etree._Element]]:
    seen = {tag: sight(SIGHT[tag]) for tag in found}
    return {
        tag: those if seen[tag] is everywhere else [each for each in those if seen[tag](path_of(each))]
        for tag, those in found.items()
    }


def views(found: Mapping[str, Sequence[etree._Element]]) -> Resources:
    "Of what the reader may see; without the names of jobs that hold or wait out of sight."
    made = views_of(found)
    jobs = sight("jobs.view")
    return Resources(
        locks=tuple(
            replace(
                lock,
                holders=tuple(holder for holder in lock.holders if jobs(holder.job)),
                waiting=tuple(each for each in lock.waiting if jobs(each.job)),
            )
            for lock in made.locks
        ),
        process_classes=tuple(
            replace(
                known,
                processes=tuple(process for process in known.processes if jobs(process.job)),
                waiting=tuple(each for each in known.waiting if jobs(each.job)),
            )
            for known in made.process_classes
        ),
        schedules=tuple(
            replace(plan, users=tuple(user for user in plan.users if jobs(user.path)))
            for plan in made.schedules
        ),
        monitors=made.monitors,
    )


def sight(permission: str) -> Callable[[str], bool]:
    "Whether the reader has the permission for a path of this scheduler; maybe `everywhere`."
    seen = access().sight(permission, scheduler())
    return seen if seen is everywhere else lambda path: seen("/" + path.lstrip("/"))
