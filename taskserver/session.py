"""What each message of the engine means: which methods of which scripts are called, in which order.

The monitors embrace everything: `spooler_task_before` comes before the job's script is even loaded, because false
means that the task does not run; `spooler_task_after` comes last. `_before` methods are called in ascending
order of the monitors, `_after` methods in descending order.

A method that is missing or returns nothing counts as true. Two exceptions keep scripts from harm: `spooler_process`
of a job without orders would be called for ever, so it then means false; `spooler_process_after` leaves the
result as it is.
"""

from __future__ import annotations

from taskserver.errors import SchedulerError
from taskserver.failures import Failed, described, traceback_text
from taskserver.job import Own_job
from taskserver.log import Log
from taskserver.log_writer import ERROR, NAMES, LogWriter
from taskserver.order import Order
from taskserver.script import Script
from taskserver.spooler import Spooler
from taskserver.task import Task
from taskserver.variable_set import Variable_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from taskserver.channel import Channel
    from taskserver.interruption import Interruption
    from taskserver.messages import ErrorFields, JobFields, Message, Method, OrderFields

class Outcome:
    "What comes out of a call. `returned` None: an exception, and no monitor decided."

    def __init__(self) -> None:
        self.returned: bool | None = True
        self.executed = True
        self.decided = False
        self.error: ErrorFields | None = None


class Session:
    "The task, from the message `begin` on. All calls in the main thread."

    def __init__(self, channel: Channel, interruption: Interruption, begin: Message) -> None:
        fields: JobFields = begin["job"]
        self._channel = channel
        self._interruption = interruption
        self._is_order_job = bool(fields.get("order"))
        self._writer = LogWriter(begin.get("log", {}))
        self._log = Log(self._writer)
        self._job = Own_job(channel, fields)
        self._task = Task(channel, begin["task"], self._job, self._writer)
        self._spooler = Spooler(channel, begin["scheduler"], self._job, self._log)
        self._monitors, self._script = self._scripts(fields)
        self._params_of: tuple[str, str] | None = None
        self._params = Variable_set()
        self._opened = self._failed = False

    def _scripts(self, fields: JobFields) -> tuple[list[Script], Script | None]:
        names = {
            "spooler": self._spooler,
            "spooler_job": self._job,
            "spooler_task": self._task,
            "spooler_log": self._log,
            "SchedulerError": SchedulerError,
        }
        monitors = [
            Script(text, fields["path"], names, name, number)
            for number, (name, _, text) in enumerate(fields.get("monitors", ()), 1)
        ]
        return monitors, Script(fields["script"], fields["path"], names) if "script" in fields else None

    # -- the calls

    def call(self, method: Method, message: Message) -> dict[str, Any]:
        "The fields of the result. Never raises because of a script."
        if "variables" in message:
            self._spooler.set_variables(message["variables"])
        outcome = Outcome()
        try:
            getattr(self, f"_{method}")(message, outcome)
        except Failed as failure:
            outcome.returned = None
            outcome.decided = False
            outcome.error = outcome.error or failure.error
        return self._result(outcome)

    def _begin(self, message: Message, outcome: Outcome) -> None:
        for monitor in self._monitors:
            self._load(monitor)
            if not _truth(self._run(monitor, "spooler_task_before")):
                outcome.returned = False
                return
        if self._script is not None:
            self._load(self._script)
            outcome.returned = _truth(self._run(self._script, "spooler_init"))

    def _open(self, message: Message, outcome: Outcome) -> None:
        self._opened = True
        outcome.returned = _truth(self._run(self._script, "spooler_open"))

    def _process(self, message: Message, outcome: Outcome) -> None:
        self._before(message, outcome)
        if not outcome.executed:
            return
        returned = False
        try:
            returned = _truth(self._run(self._script, "spooler_process"), nothing=self._is_order_job)
        except Failed as failure:
            outcome.error = failure.error
        self._process_after(returned, outcome)

    def _before(self, message: Message, outcome: Outcome) -> None:
        self._take_order(message.get("order"))
        outcome.executed = False
        outcome.returned = outcome.executed = self._may_process()

    def _after(self, message: Message, outcome: Outcome) -> None:
        self._process_after(bool(message["returned"]), outcome)

    def _end(self, message: Message, outcome: Outcome) -> None:
        "Every method has its chance, whatever the others do."
        if "exit_code" in message:
            self._task.fields["exit_code"] = message["exit_code"]
        self._failed = self._failed or bool(message.get("failed"))
        if self._opened:
            self._finally(self._script, "spooler_close", outcome)
            self._note_errors()
            self._finally(self._script, "spooler_on_error" if self._failed else "spooler_on_success", outcome)
        if self._script is not None and self._script.loaded:
            self._finally(self._script, "spooler_exit", outcome)
        for monitor in reversed(self._monitors):
            if monitor.loaded:
                self._finally(monitor, "spooler_task_after", outcome)
        if self._task.order is not None:
            self._task.order.take_changes()  # nobody waits for them any more

    # -- their parts

    def _may_process(self) -> bool:
        return all(_truth(self._run(monitor, "spooler_process_before")) for monitor in self._monitors)

    def _process_after(self, returned: bool, outcome: Outcome) -> None:
        for monitor in reversed(self._monitors):
            changed = self._run(monitor, "spooler_process_after", returned)
            if changed is not None:
                returned = changed
                outcome.decided = True
        outcome.returned = returned if outcome.decided or outcome.error is None else None

    def _take_order(self, fields: OrderFields | None) -> None:
        if fields is None:
            self._task.order = None
            return
        identity = (fields["chain"], fields["id"])
        if "params" in fields:
            self._params = Variable_set(fields["params"])
        elif identity != self._params_of:
            self._params = Variable_set()
        self._params_of = identity
        self._task.order = Order(fields, self._params, self._channel, self._log)

    # -- scripts

    def _load(self, script: Script) -> None:
        try:
            with self._interruption.allowed():
                script.load()
        except BaseException as error:
            if isinstance(error, SystemExit) and not error.code:
                script.loaded = True
                return
            raise self._failure(error, script, "") from None

    def _run(self, script: Script | None, name: str, *arguments: object) -> bool | None:
        """What the method returns; None when it is missing or returns nothing. Raises Failed with what is to be said
        about an exception."""
        method = script.method(name) if script is not None else None
        if method is None or script is None:
            return None
        try:
            with self._interruption.allowed():
                value = method(*arguments)
                return None if value is None else bool(value)
        except SystemExit as error:
            if not error.code:
                return None
            if isinstance(error.code, int):
                self._task.exit_code = error.code
            raise self._failure(error, script, name) from None
        except BaseException as error:
            raise self._failure(error, script, name) from None

    def _finally(self, script: Script | None, name: str, outcome: Outcome) -> None:
        try:
            self._run(script, name)
        except Failed as failure:
            outcome.returned = None
            outcome.error = outcome.error or failure.error

    def _failure(self, error: BaseException, script: Script, method: str) -> Failed:
        "The traceback goes into the log."
        fields = described(error, script, method)
        self._failed = True
        self._task.failed(fields.get("code", ""), fields["text"])
        self._writer.plain(traceback_text(error, script))
        return Failed(fields)

    # -- the result

    def _note_errors(self) -> None:
        if self._writer.highest >= ERROR or self._task.error.is_error:
            self._failed = True

    def _result(self, outcome: Outcome) -> dict[str, Any]:
        self._note_errors()
        highest, error_line = self._writer.take()
        result: dict[str, Any] = {"ok": outcome.error is None, "returned": outcome.returned}
        optional: Iterable[tuple[str, Any]] = (
            ("decided", outcome.decided),
            ("error", outcome.error),
            ("order", self._task.order.take_changes() if self._task.order is not None else None),
            ("task", self._task.take_changes()),
            ("job", self._job.take_changes()),
            ("mail", self._log.take_changes()),
            ("again_when_locks", self._task.again_when_locks),
            ("highest", NAMES.get(highest)),
            ("error_line", error_line),
        )
        result.update((name, value) for name, value in optional if value)
        if not outcome.executed:
            result["executed"] = False
        self._task.again_when_locks = False
        result["log_end"] = self._writer.end()
        return result


def _truth(value: bool | None, nothing: bool = True) -> bool:
    return nothing if value is None else value
