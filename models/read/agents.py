"""The agents that process classes name.

    models/read/listings.py     jobs whose class names an agent
    web/agents.py               the page of the agents, and the search
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import Connection, select

from models import tables
from models.read.page import one_of
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.document import parse


@dataclass(frozen=True, slots=True)
class NamedAgent:
    "An agent as a process class names it. `place`: from 1, among those of the class; `select`: how one is chosen."

    scheduler_id: str
    address: str
    process_class: str
    place: int
    count: int
    select: str

    @property
    def host(self) -> str:
        "With its port, but without the way to it."
        return self.address.rpartition("://")[2].rstrip("/")

    def is_called(self, pattern: str) -> bool:
        "Whether the pattern fits the host, host and port, or the whole address. `*` is any text, `?` one character."
        plain = pattern.lower().replace("[", "[[]")
        names = (self.address, self.host, self.host.rpartition(":")[0])
        return any(fnmatchcase(name.lower(), plain) for name in names)


def named_agents(connection: Connection, scheduler_id: str) -> list[NamedAgent]:
    "By process class, in the sequence in which each class asks them. A class that cannot be read names none."
    f = tables.files.c
    statement = (
        select(f.path, f.source)
        .where(f.scheduler_id == scheduler_id, f.kind == ObjectKind.PROCESS_CLASS.value)
        .where(f.source.contains("remote_scheduler"))
        .order_by(f.path_key)
    )
    return [
        agent for path, source in connection.execute(statement) for agent in _of_class(scheduler_id, path, source)
    ]


def agents_of_jobs(connection: Connection, scheduler_id: str, jobs: Collection[str]) -> dict[str, str]:
    "Job in small letters -> the agents of its process class, joined by commas; without the jobs that run here."
    j, known = tables.jobs.c, {job.lower() for job in jobs}
    by_class: dict[str, list[str]] = {}
    for agent in named_agents(connection, scheduler_id) if known else ():
        by_class.setdefault(agent.process_class.lower(), []).append(agent.host)
    if not by_class:
        return {}
    where = j.scheduler_id == scheduler_id, one_of(connection, j.path_key, sorted(known)), j.process_class != ""
    rows = connection.execute(select(j.path_key, j.process_class).where(*where))
    return {row[0]: ", ".join(by_class[row[1].lower()]) for row in rows if row[1].lower() in by_class}


def _of_class(scheduler_id: str, path: str, source: str) -> Iterable[NamedAgent]:
    try:
        element = parse(source.encode())
    except WorkloadError:
        return []
    lists = [child for child in element.children if child.tag == "remote_schedulers"]
    chosen = lists[0].get("select", "first") if lists else "first"
    those = (element, *(child for each in lists for child in each.children))
    addresses = [each.get("remote_scheduler") for each in those if each.get("remote_scheduler")]
    return [
        NamedAgent(scheduler_id, address, path, place, len(addresses), chosen)
        for place, address in enumerate(addresses, 1)
    ]
