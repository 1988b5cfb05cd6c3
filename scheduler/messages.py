"""What the rim tells the core. Every message is decided by `scheduler.step.step`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from scheduler.cluster.assignment import Mate, ReportKey
from scheduler.definitions import Definition
from scheduler.directory.reading import FoundFile, Reader
from scheduler.errors import Problem
from scheduler.frozen import frozen
from scheduler.records import ObjectKind
from scheduler.task.usage import Usage


@frozen
class ProcessStarted:
    task_id: int
    pid: int


@frozen
class StartFailed:
    "The process could not be started (no log file, no script, no process)."

    task_id: int
    problem: Problem


@frozen
class ProcessEnded:
    """The process has ended and its files are read.

    `exit_code` negative: ended by that signal. `first_line`: of stdout, at most 100 characters; of a longer line the
    last one is an ellipsis. `return_values`: the contents of the file SCHEDULER_RETURN_VALUES (empty: nothing was
    written). `pid` is None when there was no process; a process that ends soon is not told by `ProcessStarted` before.
    """

    task_id: int
    exit_code: int
    first_line: str = ""
    return_values: str = ""
    pid: int | None = None
    #: the first line of stderr, when the job's `stderr_log_level` gives it a level of its own
    stderr: str = ""
    #: nobody knows how it has ended: whoever watched it has died, and it was killed
    lost: bool = False
    #: None: not known
    usage: Usage | None = None


@frozen
class ServerStarted:
    "The task server of a task is there, and has been told to begin."

    task_id: int
    pid: int


@frozen
class ServerEnded:
    """The task server has ended, as `ProcessEnded` says it; every message of it has been told before. `left`: numbers
    of steps that were handed ahead and not begun."""

    task_id: int
    exit_code: int
    left: tuple[int, ...] = ()
    usage: Usage | None = None


@frozen
class CallReturned:
    "A result of a task server, see `taskserver.messages`."

    task_id: int
    result: Mapping[str, Any]


@frozen
class StepsReturned:
    "Results of the call `process`, of several steps that have followed each other; see `CallReturned`."

    task_id: int
    results: tuple[Mapping[str, Any], ...]


@frozen
class TakenBack:
    "What `TakeBack` has asked for: the numbers of the steps that will not begin any more."

    task_id: int
    left: tuple[int, ...]


@frozen
class LockAsked:
    "A script wants a lock; `request` is the number that the answer names."

    task_id: int
    request: int
    lock: str
    exclusive: bool


@frozen
class CommandAsked:
    "A script wants a command to be carried out; its task server is not with the leading member. `request` as above."

    task_id: int
    request: int
    xml: str


@frozen
class CalledBack:
    "A script gives a command, which is carried out beside the core; of others `CommandAsked` and `LockAsked` tell."

    task_id: int


@frozen
class CommandAnswered:
    "What `ExecuteForTask` has asked for: the answer document, in which refusals stand, too."

    task_id: int
    request: int
    text: str


@frozen
class TimeReached:
    "The instant that `World.next_wake` named has come."


@frozen
class ClockSet:
    "The wall clock was set by so many seconds; negative: back."

    seconds: float


@frozen
class FileRead:
    """A file of the hot folder is new or different. `definition` None: it is faulty, see `problem`."""

    kind: ObjectKind
    path: str
    file: str
    written_at: datetime | None
    definition: Definition | None
    problem: Problem | None = None


@frozen
class FileGone:
    kind: ObjectKind
    path: str


@frozen
class FileDeleted:
    "A command wanted the object gone, and its file is. An order goes as `remove_order` says, also within its round."

    kind: ObjectKind
    path: str


@frozen
class FilesChanged:
    """Everything that one look at the folder found, in the order in which it is to be applied
    (jobs, then job chains, then orders)."""

    files: tuple[FileRead | FileGone, ...]


@frozen
class CommandReceived:
    """A decoded command (an instance of a class in `scheduler.commands`).

    `answers` holds what the rim looked up in the database before, for commands that show history. `client` is who gives
    it: an address, by what that is let in behind it (`10.1.2.3 (token deploy)`), `task 17`, `command line` and so on.
    Of starts that nobody orders, `scheduler.origin` tells in its place.
    """

    command: Any
    answers: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""


@frozen
class Activated:
    """Everything is loaded and left-over processes are gone: work may begin.

    Tasks that the last run left in a process state are closed as interrupted, and their orders start the step again.
    """


@frozen
class DatabaseWaits:
    "The store cannot write. `problem` is a text without password; empty: it writes again."

    problem: str


@frozen
class EndRequested:
    """Orderly end (SIGTERM): no task starts any more, and another member of the cluster goes on; see
    `actions.EndEngine`."""

    restart: bool = False
    timeout: float | None = None


@frozen
class GraceOver:
    "The time for an orderly end is over: what still runs is ended and recorded as interrupted, not as failed."


@frozen
class DirectoryRead:
    """What `ReadDirectory` asked for: the files, the oldest first; of the known names those that are gone; and names
    that are no text. `problem`: it cannot be read."""

    reader: Reader
    number: int
    files: tuple[FoundFile, ...] = ()
    gone: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    problem: Problem | None = None


@frozen
class DirectoryChanged:
    "The system says that something has happened in a directory since it was last read."

    directory: str


@frozen
class FileDisposed:
    "What `DisposeFile` asked for. `remains`: the file is still there; `problem`: what went wrong."

    chain: str
    order_id: str
    ordering: int
    remains: bool
    problem: Problem | None = None


@frozen
class CrewSeen:
    "These other members of an active cluster live; what any other one was given and has not reported, it never will."

    mates: tuple[Mate, ...]


@frozen
class Said:
    """What the task server of a task at another member has said, or what was seen of it, by numbers without gaps from
    `first` on. `entries`: see `cluster.wire`. `called`: the number of the last call that has come there."""

    task_id: int
    first: int
    entries: tuple[Sequence[Any], ...]
    called: int


@frozen
class Reported:
    """What that run of another member says of a task. `report` is the key of the row that says it, or would say it:
    `recorded` False means that it came by word of mouth, and there is no row yet."""

    report: ReportKey
    member_run: str
    message: ProcessStarted | StartFailed | ProcessEnded | Said
    recorded: bool = True


Message = (
    CrewSeen
    | Reported
    | DirectoryRead
    | DirectoryChanged
    | FileDisposed
    | ProcessStarted
    | StartFailed
    | ProcessEnded
    | ServerStarted
    | ServerEnded
    | CallReturned
    | StepsReturned
    | TakenBack
    | LockAsked
    | CommandAsked
    | CalledBack
    | CommandAnswered
    | TimeReached
    | ClockSet
    | FileDeleted
    | FilesChanged
    | CommandReceived
    | Activated
    | DatabaseWaits
    | EndRequested
    | GraceOver
)
