"""What the rim does after the changes are committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from scheduler.cluster.assignment import Assignment
from scheduler.definitions import FileOrderSink, Script
from scheduler.directory.reading import Reader
from scheduler.frozen import frozen
from scheduler.mail.message import Mail
from scheduler.messages import FileDeleted


@frozen
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
    #: level of what the process writes to stderr; info: it stands between the lines of stdout
    stderr_level: str = "info"
    #: nice value; None: that of the engine
    priority: int | None = None
    #: the file to which the log is appended when the task has ended; empty: none
    job_log: str = ""
    #: the least important level of the engine's own lines in the log
    log_level: str = "info"
    #: what the task server is told first; None: the process of the task is its shell script
    begin: Mapping[str, Any] | None = None
    #: the task has a task server, whose log it joins
    joins: bool = False


@frozen
class Call:
    "Send a message to the task server of a task; one that has gone gets none."

    task_id: int
    message: Mapping[str, Any]


@frozen
class TakeBack:
    "Take back from the task server of a task the steps that were handed ahead and have not begun; told as `TakenBack`."

    task_id: int


@frozen
class ExecuteForTask:
    "Carry out a command of a script whose task server is at another member; told as `CommandAnswered`."

    task_id: int
    request: int
    xml: str


@frozen
class Kill:
    """End the process group of a task.

    `grace` 0: SIGKILL at once. n: SIGTERM, then SIGKILL after n seconds. None: SIGTERM only.
    """

    task_id: int
    grace: float | None
    reason: str = ""
    #: the task server, and not the shell process that it embraces
    server: bool = False


@frozen
class RingMember:
    """Tell that run of another member that there is something for it in the database; `assignment`: what it is, so that
    it need not look. None: it must."""

    member_run: str
    assignment: Assignment | None = None


@frozen
class RemoveFile:
    """Delete a file of the hot folder, and look at it; what it defines goes then, or at once if `then` says so, which
    is told as soon as the file is gone. Whoever asked is refused when that fails (NOT_DELETED)."""

    file: str
    then: FileDeleted | None = None


@frozen
class CheckFolders:
    "Look at the hot folder now."


@frozen
class RotateLogs:
    "The engine's own log goes on in a new file; the old one is kept under a name with the time."


@frozen
class SetLogCategory:
    "See `World.log_categories`."

    category: str
    on: bool


@frozen
class ResetLogCategories:
    at: datetime


@frozen
class EndEngine:
    """Orderly end: when no process runs any more, or after `timeout` seconds (None: whenever) by killing them.

    With `restart` the engine starts again afterwards. `fail_safe`: another member of the cluster goes on; otherwise
    only one that is no backup may. `next_member`: the one that goes on if it can; empty: by precedence.
    """

    restart: bool = False
    timeout: float | None = None
    fail_safe: bool = False
    next_member: str = ""


@frozen
class KeepEngine:
    "The orderly end that goes on is none any more."


@frozen
class AbortEngine:
    "End at once: kill all processes, write nothing, answer nothing."

    restart: bool = False


@frozen
class LogLine:
    "A line for the engine's own log. `level` is error, warn, info or debug; `fields` go into the JSON line."

    level: str
    text: str
    fields: Mapping[str, object] = field(default_factory=dict)


@frozen
class TaskLogLine:
    """A line for the log of a task, running or just ended. It is written when it is decided, because the log of an
    ended task is stored with the changes. `title` as in `Launch`."""

    task_id: int
    log_file: str
    title: str
    level: str
    text: str


@frozen
class SendMail:
    "Put a mail into the queue of those to be sent."

    mail: Mail


@frozen
class WriteFiles:
    """Write files of the hot folder, all or none, and look at it. Names are relative to it. Whoever asked is refused
    when that fails (NOT_WRITTEN)."""

    files: tuple[tuple[str, bytes], ...]


@frozen
class ReadDirectory:
    """Read a directory and tell `DirectoryRead` with the same reader and number.

    `regex` is searched in the names; empty: all. `known` are names that are asked after, whether they fit or not.
    """

    reader: Reader
    number: int
    directory: str
    regex: str = ""
    known: tuple[str, ...] = ()


@frozen
class DisposeFile:
    """Do with the file of an order what the sink says (None: nothing), look whether it is still there, and tell
    `FileDisposed` with the same order. `ordering` tells orders of one id apart.

    `again`: this may have been done already when the engine died. A file that was written after that instant is another
    one then, and is left alone.
    """

    chain: str
    order_id: str
    ordering: int
    file: str
    sink: FileOrderSink | None = None
    again: datetime | None = None


Action = (
    ReadDirectory
    | DisposeFile
    | TaskLogLine
    | SendMail
    | WriteFiles
    | Launch
    | Call
    | TakeBack
    | ExecuteForTask
    | Kill
    | RingMember
    | RemoveFile
    | CheckFolders
    | RotateLogs
    | SetLogCategory
    | ResetLogCategories
    | EndEngine
    | KeepEngine
    | AbortEngine
    | LogLine
)
