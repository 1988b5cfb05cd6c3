"""Locks, process classes, schedules and monitors as the engine tells them. Pure: an answer in, frozen views out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import methodcaller

from lxml import etree

from web.states import Look
from web.words import N_

FREE = Look("neutral", "circle", N_("free"))
ALONE = Look("active", "play", N_("held alone"))
SHARED = Look("active", "play", N_("shared"))


@dataclass(frozen=True, slots=True)
class Holder:
    job: str
    task_id: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Waiter:
    "A job that waits. `since` None: the engine does not say."

    job: str
    since: datetime | None = None
    alone: bool = False


def longest(waiting: Iterable[Waiter]) -> datetime | None:
    "Since when the one waits that waits longest; None: nobody waits, or it is not known."
    return min((each.since for each in waiting if each.since is not None), default=None)


@dataclass(frozen=True, slots=True)
class LockView:
    "`limit` None: as many may share it as want to. `waiting`: the next one first."

    path: str
    limit: int | None
    holders: tuple[Holder, ...]
    waiting: tuple[Waiter, ...]

    @property
    def longest(self) -> datetime | None:
        return longest(self.waiting)

    @property
    def look(self) -> Look:
        if not self.holders:
            return FREE
        return ALONE if any(holder.alone for holder in self.holders) else SHARED


@dataclass(frozen=True, slots=True)
class Process:
    job: str
    task_id: int
    pid: int | None
    since: datetime | None
    #: what it does, as the engine says: one of `OPERATIONS`
    operation: str = ""
    #: how many steps it has begun, where its script or monitors are called; 0: none, or it is a shell
    steps: int = 0
    #: how often its scripts have called the scheduler, for commands and locks
    callbacks: int = 0


@dataclass(frozen=True, slots=True)
class ProcessClassView:
    "The path of the default class is empty. `remote`: the first agent, or empty."

    path: str
    limit: int
    remote: str
    processes: tuple[Process, ...]
    waiting: tuple[Waiter, ...]

    @property
    def longest(self) -> datetime | None:
        return longest(self.waiting)


@dataclass(frozen=True, slots=True)
class User:
    "Who starts by a schedule: a job, or an order (then `order_id` is not empty and `path` is its job chain)."

    path: str
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    path: str
    title: str
    substitute: str
    valid_from: str
    valid_to: str
    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Resources:
    locks: tuple[LockView, ...] = ()
    process_classes: tuple[ProcessClassView, ...] = ()
    schedules: tuple[ScheduleView, ...] = ()
    monitors: tuple[str, ...] = ()


#: what processes do: the call that is under way, or what is waited for
OPERATIONS = (
    N_("starting"), N_("opening"), N_("running"), N_("running process"), N_("running waiting for order"),
    N_("running delayed"), N_("running waiting for locks"), N_("ending"), N_("suspended"), N_("killing"),
)  # fmt: skip
#: as it stands in the answer: that of the default class, `/`, comes first as well
_PATH = methodcaller("get", "path", "")
#: elements of the answer to `commands.show_resources`
TAGS = ("schedule", "process_class", "lock", "monitor")


def resources_of(answer: etree._Element) -> Resources:
    "What is in the answer to `commands.show_resources`, by path."
    return views_of(listed(answer))


def views_of(elements: Mapping[str, Iterable[etree._Element]]) -> Resources:
    "Of some elements of such an answer, by their tag; in the same sequence."
    return Resources(
        locks=tuple(map(_lock, elements.get("lock", ()))),
        process_classes=tuple(map(_class, elements.get("process_class", ()))),
        schedules=tuple(map(_schedule, elements.get("schedule", ()))),
        monitors=tuple(each.get("path", "") for each in elements.get("monitor", ())),
    )


def listed(answer: etree._Element) -> dict[str, list[etree._Element]]:
    "Of each kind, by path. There may be ten thousand: a view is made of those that are shown."
    return {tag: sorted(answer.iter(tag), key=_PATH) for tag in TAGS}


def path_of(element: etree._Element) -> str:
    "The path of the default class is empty."
    path = element.get("path", "")
    return "" if path == "/" else path


def active(plans: Iterable[etree._Element]) -> set[str]:
    """Paths of those of `plans` that count now: a substitute in its time, else the one that it takes the place of.

    The engine says so: the times of a substitute are those of its clock.
    """
    return {path_of(plan) for plan in plans if plan.get("active") == "yes"}


def waited_for(answer: etree._Element) -> dict[str, list[etree._Element]]:
    "The locks and process classes for which a job waits, by tag."
    locks = (queue.getparent() for queue in answer.iter("lock.queue") if len(queue))
    classes = (jobs.getparent() for jobs in answer.iter("waiting_jobs") if jobs.find("job") is not None)
    return {"lock": _each_once(locks), "process_class": _each_once(classes)}


def _each_once(elements: Iterable[etree._Element | None]) -> list[etree._Element]:
    return [each for each in dict.fromkeys(elements) if each is not None]


def _lock(element: etree._Element) -> LockView:
    limit = element.get("max_non_exclusive")
    return LockView(
        element.get("path", ""),
        int(limit) if limit else None,
        tuple(
            Holder(each.get("job", ""), int(each.get("task", "0")), holders.get("exclusive") == "yes")
            for holders in element.iter("lock.holders")
            for each in holders
        ),
        tuple(
            Waiter(each.get("job", ""), _instant(each, "since"), queue.get("exclusive") == "yes")
            for queue in element.iter("lock.queue")
            for each in queue
        ),
    )


def _class(element: etree._Element) -> ProcessClassView:
    return ProcessClassView(
        path_of(element),
        int(element.get("max_processes", "0")),
        element.get("remote_scheduler", ""),
        tuple(
            Process(
                each.get("job", ""), int(each.get("task_id", "0")), _number(each), _instant(each, "running_since"),
                each.get("operation", "").replace("_", " "), int(each.get("operations", "0")),
                int(each.get("callbacks", "0")),
            )
            for each in element.iter("process")
        ),
        tuple(Waiter(each.get("job", ""), _instant(each, "since")) for each in element.iterfind("waiting_jobs/job")),
    )


def _number(process: etree._Element) -> int | None:
    pid = process.get("pid")
    return int(pid) if pid else None


def _instant(element: etree._Element, name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(element.get(name, ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _schedule(element: etree._Element) -> ScheduleView:
    return ScheduleView(
        element.get("path", ""),
        element.get("title", ""),
        element.get("substitute", ""),
        element.get("valid_from", ""),
        element.get("valid_to", ""),
        tuple(
            User(each.get("job") or each.get("job_chain") or "", each.get("order", ""))
            for each in element.iter("schedule.user")
        ),
    )
