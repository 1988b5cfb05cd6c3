"""What a command needs to know from the history before it can be answered.

A command that has `asks` is asked on the reactor's thread; the rim looks the question up in the database in another
thread, and gives the answers to `decide`. The result stands in `answers` under the key that each question names.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.supervisor.questions import SupervisorQuestion


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """`answers["tasks"]`: a list of (records.Task, log text or None), in the sequence in which it is shown.

    Without `id` the newest `previous` ones, or the oldest `following`; with `id` those before or after it, and that
    one alone when neither is given.
    """

    job: str
    id: int | None = None
    previous: int | None = None
    following: int | None = None
    with_log: bool = False
    #: without history there is an answer, too, in which `answers["problem"]` stands instead
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a log in bytes: at most `limit` from `offset`, ending with a whole line where there is one."""

    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class EndedTask:
    """`answers["task"]`: (records.Task, log text or None), or None when there is no such task.

    With `window` only that part of the log, and `answers["next_offset"]` says where the next one begins.
    """

    id: int
    with_log: bool = False
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class OrderRuns:
    """`answers["runs"]`: list of records.Run, newest first. `order_id` None: of all orders of the chain.

    `history_id` given: only that one (chain and order are then not looked at). `with_log`: `answers["log"]` is
    the log of the first of them.
    """

    chain: str
    order_id: str | None = None
    history_id: int | None = None
    limit: int = 1
    with_log: bool = False
    #: as in `TaskHistory`
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Activities:
    """The last tasks of many jobs, and the last rounds of many chains, both by key.

    `answers["tasks_of"]`: as in `TaskHistory`, at most `tasks` of each of `jobs`, by job.
    `answers["runs_of"]`: as in `OrderRuns`, at most `runs` of each of `chains`, by chain.
    """

    jobs: tuple[str, ...]
    tasks: int
    chains: tuple[str, ...]
    runs: int
    with_log: bool = False
    optional: bool = True


@dataclass(frozen=True, slots=True)
class RunningLog:
    """`answers["log"]`: what a running task has written so far (the end of it, when it is very long).

    With `window` as in `EndedTask`.
    """

    task_id: int
    log_file: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class NewEvents:
    """`answers["events"]`: a `scheduler.events.happening.Portion`, as soon as something has happened after number
    `after` that is of the `kinds` (empty: all), or after `timeout` seconds. None: after now. At most `limit` rows.

    Fails with EVENTS_LOST.
    """

    after: int | None
    timeout: float
    limit: int
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pause:
    "Nothing is looked up: the answer comes after that many seconds."

    seconds: float


@dataclass(frozen=True, slots=True)
class LogPart:
    """`answers["part"]`: a `netcore.log_parts.Part`, or None when there is no such task.

    `file` is the log of a task that runs; without it the history tells where the log is. `main` is the path of the
    log for `task_id` None: the engine's own, or that of a job. `offset` None: the end.
    """

    task_id: int | None
    file: str
    main: str
    offset: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class LogSearch:
    """`answers["found"]`: a `scheduler.log_search.Found`, or None when there is no such task. The log as in `LogPart`.

    Without `text` lines that are errors, or with `warnings` warnings too.
    """

    task_id: int | None
    file: str
    main: str
    text: str
    case: bool
    warnings: bool
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class UsageAsked:
    """`answers["usage"]`: a `scheduler.task.usage.UsedNow`, or None when there is no such task. `running`: there is, so
    the history need not be asked."""

    task_id: int
    running: bool


Question = (
    UsageAsked | LogPart | LogSearch | TaskHistory | EndedTask | OrderRuns | Activities | RunningLog | NewEvents | Pause
    | SupervisorQuestion
)  # fmt: skip
