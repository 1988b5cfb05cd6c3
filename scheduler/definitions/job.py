"""A job and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.definitions.settings import NO_SETTINGS, JobSettings
from scheduler.errors import Problem
from scheduler.params import NONE, Params
from scheduler.run_time.model import RunTime

#: of a job that says nothing about it: it may start whenever it is asked to, and never does so by itself
ANY_TIME = RunTime()


@dataclass(frozen=True, slots=True)
class Script:
    "`language` is lower case (shell, python); `text` has its includes resolved and is stripped."

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ErrorDelay:
    "After `error_count` consecutive errors wait `seconds`, or stop the job when it is None."

    error_count: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class SetbackDelay:
    "After `setback_count` setbacks wait `seconds`; the maximum one ends the series."

    setback_count: int
    seconds: float
    is_maximum: bool = False


@dataclass(frozen=True, slots=True)
class LockUse:
    "`<lock.use>`: every task of the job holds the lock of that path."

    lock: str
    exclusive: bool = True


@dataclass(frozen=True, slots=True)
class MonitorUse:
    """`<monitor>` with its own `script`, or `<monitor.use>` with the path of a `monitor`.

    `ordering` None (only with `monitor`): the one that the monitor's own file says.
    """

    name: str = "scheduler"
    ordering: int | None = 1
    script: Script | None = None
    monitor: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryWatch:
    """`<start_when_directory_changed>`. `regex` (see `scheduler.posix_regex`) is searched in names of files; empty: all
    files, and deletions count too."""

    directory: str
    regex: str = ""


@dataclass(frozen=True, slots=True)
class ExitCodeCommands:
    """`<commands on_exit_code>`. `codes` are numbers, negative ones signals; success is 0.

    `commands` are the source texts of the commands; `<copy_params>` stands in them as written.
    """

    codes: tuple[int, ...] = ()
    any_error: bool = False
    any_signal: bool = False
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DurationLimit:
    "A number of seconds, or of percent of the average duration of former steps."

    number: float
    percent: bool = False

    def seconds(self, average: float | None) -> float | None:
        "The limit; None when it depends on an average that does not exist yet."
        if not self.percent:
            return self.number
        return None if average is None else average * self.number / 100


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`<job>`. Times are seconds; `timeout` and `idle_timeout` None means never.

    `priority` is a nice value (None: as the engine). `ignore_signals` are numbers of signals. `min_tasks` is 0 for
    shell jobs. `locks`, `monitors`, `directory_watches` and `exit_code_commands` are in the sequence of the file.
    """

    path: str
    script: Script
    title: str = ""
    order: bool = False
    tasks: int = 1
    timeout: float | None = None
    stop_on_error: bool = True
    enabled: bool = True
    visible: str = "yes"
    process_class: str = ""
    params: Params = NONE
    environment: tuple[tuple[str, str], ...] = ()
    delays_after_error: tuple[ErrorDelay, ...] = ()
    setback_delays: tuple[SetbackDelay, ...] = ()
    description: str = ""
    #: whether a `<run_time>` that could cause starts is given
    has_run_time: bool = False
    run_time_source: str = ""
    includes: tuple[str, ...] = ()
    source: str = ""
    min_tasks: int = 0
    idle_timeout: float | None = 5.0
    force_idle_timeout: bool = False
    priority: int | None = None
    ignore_signals: tuple[int, ...] = ()
    warn_if_shorter_than: DurationLimit | None = None
    warn_if_longer_than: DurationLimit | None = None
    #: goes away after its first task
    temporary: bool = False
    stderr_log_level: str = "info"
    log_append: bool = False
    #: minor, normal or major: only for people
    criticality: str = "normal"
    settings: JobSettings = NO_SETTINGS
    locks: tuple[LockUse, ...] = ()
    monitors: tuple[MonitorUse, ...] = ()
    directory_watches: tuple[DirectoryWatch, ...] = ()
    exit_code_commands: tuple[ExitCodeCommands, ...] = ()
    run_time: RunTime = ANY_TIME
    warnings: tuple[Problem, ...] = ()

    def commands_for(self, exit_code: int) -> tuple[str, ...]:
        "The commands for an ended task: those of its very code, else of `signal`, else of `error`."
        sets = self.exit_code_commands
        exact = next((one for one in sets if exit_code in one.codes), None)
        if exact is None and exit_code < 0:
            exact = next((one for one in sets if one.any_signal), None)
        if exact is None and exit_code != 0:
            exact = next((one for one in sets if one.any_error), None)
        return exact.commands if exact else ()
