"""`spooler_task`: the task that this process is."""

from __future__ import annotations

import os

from taskserver import values
from taskserver.changing import Changing, Number, Seconds, Text
from taskserver.variable_set import Variable_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from taskserver.channel import Channel
    from taskserver.job import Own_job
    from taskserver.log_writer import LogWriter
    from taskserver.messages import TaskFields
    from taskserver.order import Order

PRIORITY_CLASSES = {"idle": 16, "below_normal": 6, "normal": 0, "above_normal": -6, "high": -16}


class Task(Changing):
    """`order` is None when the job is not order controlled, and before the first step. After the last step it can
    still be read; what is set then has no effect."""

    __slots__ = ("_channel", "_errors", "_log", "_log_start", "_params", "again_when_locks", "job", "order")

    #: of the shell in `spooler_task_after` of a monitor; a script may set it
    exit_code = Number()
    #: the job starts again that many seconds after this task's end
    repeat = Seconds()
    #: the next step does not begin before that many seconds are over
    delay_spooler_process = Seconds("delay")
    #: a text that the script leaves behind with the task
    result = Text()

    def __init__(self, channel: Channel, fields: TaskFields, job: Own_job, log: LogWriter) -> None:
        super().__init__(fields)
        self._channel = channel
        self._params = Variable_set(fields.get("params"))
        self._log = log
        self._log_start = log.end()
        self._errors: Error = Error("", "")
        self.job = job
        self.order: Order | None = None
        self.again_when_locks = False

    @property
    def id(self) -> int:
        return int(self.fields["id"])

    @property
    def params(self) -> Variable_set:
        return self._params

    @property
    def cause(self) -> str:
        return str(self.fields.get("cause", ""))

    @property
    def trigger_files(self) -> str:
        "Paths, separated by `;`."
        return str(self.fields.get("trigger_files", ""))

    @property
    def changed_directories(self) -> str:
        "Paths, separated by `;`."
        return str(self.fields.get("changed_directories", ""))

    @property
    def error(self) -> Error:
        "The first error of the task that the task server knows."
        return self._errors

    @error.setter
    def error(self, text: object) -> None:
        written = values.text(text)
        self.changes["error"] = written
        self.failed("SCHEDULER-120", written)

    def end(self) -> None:
        "No further step after this one."
        self.changes["end"] = True

    def set_history_field(self, name: object, value: object) -> None:
        self.changes.setdefault("history", {})[values.text(name)] = values.text(value)

    # -- locks

    def try_hold_lock(self, path: object) -> bool:
        """Whether the lock could be had, for this step (in `spooler_open`: for the task). If not, give up with
        `call_me_again_when_locks_available` and return."""
        return self._channel.try_hold_lock(values.path(path), True)

    def try_hold_lock_non_exclusive(self, path: object) -> bool:
        return self._channel.try_hold_lock(values.path(path), False)

    def call_me_again_when_locks_available(self) -> None:
        "The running method is called once more when all locks that it tried in vain are free."
        self.again_when_locks = True

    # -- the process

    @property
    def priority(self) -> int:
        "Of the process, -20 to 20; a lower number needs rights that the scheduler may not have."
        return os.getpriority(os.PRIO_PROCESS, 0)

    @priority.setter
    def priority(self, value: object) -> None:
        os.setpriority(os.PRIO_PROCESS, 0, values.number(value))

    @property
    def priority_class(self) -> str:
        "The word that is next to the priority."
        now = self.priority
        return min(PRIORITY_CLASSES, key=lambda word: abs(PRIORITY_CLASSES[word] - now))

    @priority_class.setter
    def priority_class(self, value: object) -> None:
        word = values.text(value).strip().lower()
        if word not in PRIORITY_CLASSES:
            raise ValueError(f"One of {', '.join(PRIORITY_CLASSES)} was expected, not {value!r}")
        self.priority = PRIORITY_CLASSES[word]

    @property
    def stdout_path(self) -> str:
        return self._log.file

    @property
    def stdout_text(self) -> str:
        "The task's log up to now. Standard output and error are one stream, so `stderr_text` is empty."
        self._log.end()
        try:
            with open(self._log.file, encoding="utf-8", errors="replace") as file:
                file.seek(self._log_start)
                return file.read()
        except OSError:
            return ""

    @property
    def stderr_path(self) -> str:
        return self._log.file

    @property
    def stderr_text(self) -> str:
        return ""

    @property
    def web_service_or_null(self) -> None:
        return None

    @property
    def web_service(self) -> None:
        raise NotImplementedError("Orders of web services are not supported")

    # -- for the task server

    def failed(self, code: str, text: str) -> None:
        "Keeps the first error."
        if not self._errors.is_error:
            self._errors = Error(code, text)

    def take_changes(self) -> dict[str, Any]:
        taken = super().take_changes()
        if self._params.changed:
            self._params.changed = False
            taken = {**taken, "params": self._params.as_dict()}
        return taken


class Error:
    "`spooler_task.error`"

    __slots__ = ("code", "text")

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text

    @property
    def is_error(self) -> bool:
        return bool(self.text or self.code)

    def __bool__(self) -> bool:
        return self.is_error

    def __str__(self) -> str:
        return self.text
