"""An exception of a script: one line with the place for the engine, the traceback for the log."""

from __future__ import annotations

from taskserver.errors import SchedulerError, TaskTerminated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from taskserver.messages import ErrorFields
    from taskserver.script import Script


class Failed(Exception):
    "A method of a script raised an exception; what is to be said about it is `error`."

    def __init__(self, error: ErrorFields) -> None:
        super().__init__(error["text"])
        self.error = error


def described(error: BaseException, script: Script, method: str) -> ErrorFields:
    "`method` is empty while the script is loaded."
    line, column = _place(error, script)
    fields: ErrorFields = {"text": _one_line(error, script, method, line, column), "type": type(error).__name__}
    if isinstance(error, SchedulerError) and error.code:
        fields["code"] = error.code
    if line:
        fields["line"] = line
    if column:
        fields["column"] = column
    if method:
        fields["method"] = method
    if script.monitor:
        fields["monitor"] = script.monitor
    return fields


def traceback_text(error: BaseException, script: Script) -> str:
    "Without the task server's own frames; empty for a task that was told to end."
    if isinstance(error, (TaskTerminated, SystemExit)):
        return ""
    import linecache
    import traceback

    linecache.cache[script.file] = (len(script.text), None, script.text.splitlines(keepends=True), script.file)
    try:
        return "".join(traceback.format_exception(type(error), error, _first(error.__traceback__, script)))
    except Exception as problem:  # an exception whose own __str__ raises
        return f"{type(error).__name__}: the traceback cannot be shown: {type(problem).__name__}\n"


def _one_line(error: BaseException, script: Script, method: str, line: int, column: int) -> str:
    place = f"line {line}" if line else ""
    if column:
        place += f", column {column}"
    if method:
        place += f" in {method}" if place else f"in {method}"
    if script.monitor:
        place += f"{', ' if place else ''}monitor {script.monitor}"
    return f"{_message(error)} ({place})" if place else _message(error)


def _message(error: BaseException) -> str:
    if isinstance(error, TaskTerminated):
        return str(error)
    if isinstance(error, SystemExit):
        return f"The script ended itself by sys.exit({error.code!r})"
    try:
        text = (error.msg if isinstance(error, SyntaxError) else str(error)) or ""
    except Exception:  # its own __str__ raises
        text = ""
    text = " ".join(text.split())
    if isinstance(error, SchedulerError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error: BaseException, script: Script) -> tuple[int, int]:
    "Line and column in the script, 0 when not known: the innermost place that is in it."
    if isinstance(error, SyntaxError) and error.filename == script.file:
        return error.lineno or 0, error.offset or 0
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == script.file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line, 0


def _first(trace: TracebackType | None, script: Script) -> TracebackType | None:
    "From the first frame of the script on; None when it has none."
    while trace is not None and trace.tb_frame.f_code.co_filename != script.file:
        trace = trace.tb_next
    return trace
