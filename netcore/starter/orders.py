"What goes between the engine and the starter. Tuples of plain values, because `marshal` carries them."

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Order(NamedTuple):
    "As `scheduler.actions.Launch`, without what only the engine needs. `script` is the text."

    task_id: int
    job: str
    script: str
    environment: Mapping[str, str]
    log_file: str
    title: str
    stderr_level: str = "info"
    priority: int | None = None
    job_log: str = ""
    log_level: str = "info"
    joins: bool = False


class Surroundings(NamedTuple):
    """What the starter is told first. `zone` is the name of the time zone of lines in logs; empty: the machine's.
    `environment` is what every process gets. `gathers`: seconds for which news wait at most as long as others are to be
    expected."""

    log_dir: str
    run_dir: str
    scheduler_id: str
    token: str
    zone: str
    environment: Mapping[str, str]
    gathers: float = 0.0


#: the first word of each message
START, SIGNAL, STOP = "start", "signal", "stop"
BEGAN, ENDED, REFUSED = "began", "ended", "refused"


class Ended(NamedTuple):
    """As `scheduler.messages.ProcessEnded`. `log` is the whole log when it is short, else None; `used` as in
    `netcore.resource_use`."""

    task_id: int
    pid: int | None
    exit_code: int
    first_line: str = ""
    return_values: str = ""
    stderr: str = ""
    log: bytes | None = None
    used: tuple[float, float, int, bool, int, int] | None = None


class NotMade(Exception):
    "A process that could not be made: the name of a `scheduler.errors.Code`, and its values."

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values
