"""`<process_class>`: how many tasks at once, and on which agents."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.configuration.value_types import RemoteAddress
from scheduler.definitions import ProcessClassDefinition, RemoteScheduler
from scheduler.xml.attribute_types import NAME, SECONDS, TEXT, YES_NO, choice, integer
from scheduler.xml.declaration import Attribute, Declaration, any_number, optional, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

DEFAULT_MAX_PROCESSES = 30

REMOTE_SCHEDULER = Declaration(
    "remote_scheduler",
    (
        Attribute("remote_scheduler", RemoteAddress(classic=False), required=True),
        Attribute("http_heartbeat_timeout", SECONDS),
        Attribute("http_heartbeat_period", SECONDS, doc="half of the timeout if it is not given"),
    ),
)
REMOTE_SCHEDULERS = Declaration(
    "remote_schedulers",
    (Attribute("select", choice("first", "next"), default="first"),),
    (any_number(REMOTE_SCHEDULER),),
)
PROCESS_CLASS = Declaration(
    "process_class",
    (
        Attribute("name", NAME, default=""),
        Attribute("max_processes", integer(0, 10000), default=DEFAULT_MAX_PROCESSES),
        Attribute("remote_scheduler", RemoteAddress(), default=""),
        Attribute("timeout", SECONDS, doc="without it an agent is waited for"),
        Attribute("replace", YES_NO, default=True, doc="only in commands and in the start-up file"),
        Attribute("spooler_id", TEXT, default=""),
    ),
    (optional(REMOTE_SCHEDULERS),),
)


def read_process_class(element: Element, path: str) -> ProcessClassDefinition:
    "The class of a checked `<process_class>`. The agent of its own attribute comes before those of the list."
    given = values(element, PROCESS_CLASS)
    listed = element.child("remote_schedulers")
    agents = [RemoteScheduler(given["remote_scheduler"])] if given["remote_scheduler"] else []
    if listed is not None:
        agents += _agents(listed)
    return ProcessClassDefinition(
        path=path,
        max_processes=given["max_processes"],
        remote_schedulers=tuple(agents),
        select=values(listed, REMOTE_SCHEDULERS)["select"] if listed else "first",
        timeout=given["timeout"],
        source=source_of(element),
    )


def _agents(listed: Element) -> Iterator[RemoteScheduler]:
    for element in listed.children:
        given = values(element, REMOTE_SCHEDULER)
        timeout: float | None = given["http_heartbeat_timeout"]
        period: float | None = given["http_heartbeat_period"]
        if period is None and timeout is not None:
            period = timeout / 2
        yield RemoteScheduler(given["remote_scheduler"], timeout, period)
