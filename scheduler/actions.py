"""What the rim does after the changes are committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.definitions import Script


@dataclass(frozen=True, slots=True)
class Launch:
    """Start the process of a task.

    `environment` goes on top of the engine's own environment. `log_file` is a name without directory. `title` is the
    task as log lines show it (`folder/job:4711`).
    """

    task_id: int
    job: str
    script: Script
    environment: Mapping[str, str]
    log_file: str
    title: str


@dataclass(frozen=True, slots=True)
class Kill:
    """End the process group of a task.

    `grace` 0: SIGKILL at once. n: SIGTERM, then SIGKILL after n seconds. None: SIGTERM only.
    """

    task_id: int
    grace: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteFile:
    "Delete the configuration file of a removed object."

    file: str


@dataclass(frozen=True, slots=True)
class CheckFolders:
    "Look at the hot folder now."


@dataclass(frozen=True, slots=True)
class EndEngine:
    """Orderly end: when no process runs any more, or after `timeout` seconds (None: whenever) by killing them.

    With `restart` the engine starts again afterwards.
    """

    restart: bool = False
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class AbortEngine:
    "End at once: kill all processes, write nothing, answer nothing."

    restart: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    "A line for the engine's own log. `level` is error, warn, info or debug; `fields` go into the JSON line."

    level: str
    text: str
    fields: Mapping[str, object] = field(default_factory=dict)


Action = Launch | Kill | DeleteFile | CheckFolders | EndEngine | AbortEngine | LogLine
