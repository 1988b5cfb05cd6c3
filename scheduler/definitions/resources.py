"""Objects that jobs share: locks, process classes, monitors."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.definitions.job import Script


@dataclass(frozen=True, slots=True)
class LockDefinition:
    "`<lock>`. `max_non_exclusive` None means unlimited."

    path: str
    max_non_exclusive: int | None = None
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class RemoteScheduler:
    """One agent of a process class. `address` is a URL (`http://host:port`); of a classic agent `host:port` or `host`.

    Heartbeats are seconds; None: not asked for.
    """

    address: str
    http_heartbeat_timeout: float | None = None
    http_heartbeat_period: float | None = None

    @property
    def is_url(self) -> bool:
        return "://" in self.address


@dataclass(frozen=True, slots=True)
class ProcessClassDefinition:
    """`<process_class>`. `timeout` seconds to look for an agent that answers, None: for ever.

    Without `remote_schedulers` tasks run on this host. `select` is `first` (the first that has not failed) or `next`
    (one after the other). The path of the default class is empty.
    """

    path: str
    max_processes: int = 30
    remote_schedulers: tuple[RemoteScheduler, ...] = ()
    select: str = "first"
    timeout: float | None = None
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class MonitorDefinition:
    "`<monitor>` of a file, for `<monitor.use>` of jobs."

    path: str
    script: Script
    ordering: int = 1
    title: str = ""
    includes: tuple[str, ...] = ()
    source: str = ""
