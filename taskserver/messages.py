"""The protocol between the engine and the task server: one JSON object in UTF-8 on each line.

The dialogue of a task, the engine speaks first and waits for each result before it calls again:

    engine                                  task server
    begin            ->                     loads the monitors, then the script; spooler_task_before, spooler_init
                     <-  result             returned false: the task ends without running; go on with `end`
    open             ->                     spooler_open (not for shell jobs)
                     <-  result
    process          ->                     spooler_process_before, spooler_process, spooler_process_after
                     <-  request            at any time between a call and its result, any number
    answer           ->                     at once: the script waits
                     <-  result
    ...                                     further `process`, for as long as the task lives
    process, ahead   ->                     the step, then those that are handed ahead with it, as long as there are
                     <-  result             tickets for them (see `ahead`)
                     <-  result             one for each that was begun
    end              ->                     spooler_close, spooler_on_success/on_error, spooler_exit, spooler_task_after
                     <-  result             the last message; the process ends with status 0

The monitors of a shell job run around the shell process: `begin` (without script), `before`, then the engine runs the
shell if `returned` is true, `after` with its result, `end`.

A result with `again_when_locks` wants the same call once more, with the same order, when the locks that it asked for
in vain are free. A result with `task.end` wants `end` next. A result with `task.delay` wants no `process` before
that many seconds are over. After each of these, and after an error, what was handed ahead is dropped.

SIGTERM interrupts a running method; its result says `terminated`. Then, and also when it came between two
calls, the task server makes the calls of `end` on its own accord, sends their result, and dies by the signal.
A task server that loses its connection ends at once with status LOST, whatever it is doing.

Parameter sets are JSON objects: names in their first spelling, values are texts. Fields that are not Required are
absent when there is nothing to tell. Durations are seconds. Lists are ordered.

This module imports next to nothing, so both sides can afford it.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, Required, TypedDict, Unpack

    Message = dict[str, Any]
    Method = Literal["begin", "open", "process", "before", "after", "end"]
    Level = Literal["warn", "error", "fatal"]

    # ---- what the engine sends

    class JobFields(TypedDict, total=False):
        path: Required[str]
        title: str
        #: order controlled
        order: bool
        #: the text of the script; absent for a shell job
        script: str
        #: `<monitor>` and `<monitor.use>`: name, ordering, text; sorted by ordering
        monitors: list[tuple[str, int, str]]
        process_class: str
        #: path of the folder of the job, and the directory on disk that is this folder (empty without file)
        folder_path: str
        configuration_directory: str
        include_path: str
        max_order_setbacks: int

    class TaskFields(TypedDict, total=False):
        id: Required[int]
        #: why it started, in the words of the history
        cause: str
        params: dict[str, str]
        #: paths, separated by `;`
        trigger_files: str
        changed_directories: str

    class SchedulerFields(TypedDict, total=False):
        id: Required[str]
        host: str
        tcp_port: int
        udp_port: int
        uri: str
        #: the working directory of the scheduler, the hot folder, the log directory
        directory: str
        configuration_directory: str
        log_dir: str
        include_path: str
        db_name: str
        ini_path: str
        #: `config/@param` and the option of that name
        param: str
        variables: dict[str, str]

    class LogFields(TypedDict, total=False):
        #: full name of the task's log
        file: str
        #: least level that is written, -9 (debug9) to 3 (fatal); default 0 (info)
        level: int
        #: the object in each line, as in `Task a/b:4711`; none when empty
        title: str
        #: name of the zone of the times in the lines; the machine's when empty
        time_zone: str

    class OrderFields(TypedDict, total=False):
        id: Required[str]
        #: path of the job chain
        chain: Required[str]
        state: Required[str]
        #: absent: the set that this order had in this process at the end of its last step
        params: dict[str, str]
        title: str
        priority: int
        state_text: str
        end_state: str
        setback_count: int
        suspended: bool
        ignore_max_orders: bool
        xml_payload: str
        #: the `<run_time>` element
        run_time: str
        #: when it starts next: `yyyy-mm-dd HH:MM:SS`, `now` or `never`
        next_start: str
        history_id: int
        #: the node's definition
        next_state: str
        error_state: str

    class Call(TypedDict, total=False):
        #: the scheduler variables, when they have changed since the last call
        variables: dict[str, str]

    class BeginFields(TypedDict, total=False):
        job: Required[JobFields]
        task: Required[TaskFields]
        scheduler: Required[SchedulerFields]
        log: LogFields

    class StepFields(Call, total=False):
        #: absent when the job is not order controlled
        order: OrderFields
        #: of steps that follow this one without a call; not for `before`
        ahead: list[OrderFields]
        #: of this step; those that follow count on
        number: int
        #: seconds after which none of those that follow is begun any more
        within: float

    class AfterFields(Call, total=False):
        #: whether the shell succeeded; `spooler_process_after` gets it
        returned: Required[bool]

    class EndFields(Call, total=False):
        #: the engine knows an error of the task (the task server knows its own)
        failed: bool
        #: of the shell process, the one that `spooler_task_after` sees
        exit_code: int

    class AnswerFields(TypedDict, total=False):
        #: of the request
        id: Required[int]
        #: what `execute_xml` returns
        text: str
        #: whether the lock could be had
        held: bool
        #: the request itself failed; code may be empty
        error: str
        code: str

    # ---- what the task server sends

    class ErrorFields(TypedDict, total=False):
        "An exception that a method did not catch. Its traceback is in the log already."

        #: one line: class, message and the place in the script
        text: Required[str]
        type: str
        #: the code of a SchedulerError
        code: str
        #: where in the script, 1-based, when known
        line: int
        column: int
        #: the method that was called; absent while the script was loaded
        method: str
        #: name of the monitor whose script it was
        monitor: str

    class OrderChanges(TypedDict, total=False):
        "What the script set; the engine takes it over whether the step succeeded or not."

        #: the complete set
        params: dict[str, str]
        title: str
        priority: int
        #: the script moved the order: this wins over the result of the step
        state: str
        state_text: str
        end_state: str
        #: as `modify_order/@at`
        at: str
        #: a `<run_time>` element
        run_time: str
        suspended: bool
        ignore_max_orders: bool
        xml_payload: str
        setback: bool
        #: to be taken out of the job chain
        removed: bool

    class TaskChanges(TypedDict, total=False):
        #: the complete set
        params: dict[str, str]
        exit_code: int
        #: the task asks for its end
        end: bool
        #: no next step before this many seconds
        delay: float
        #: the job is to start again this many seconds after the task's end
        repeat: float
        #: `spooler_task.error = text`: the task is erroneous
        error: str
        #: of `set_history_field`
        history: dict[str, str]
        #: `spooler_task.result`
        result: str

    class JobChanges(TypedDict, total=False):
        state_text: str
        #: forget all delays first
        clear_delay_after_error: bool
        #: error count, seconds (None: stop the job)
        delay_after_error: list[tuple[int, float | None]]
        #: setback count, seconds
        delay_order_after_setback: list[tuple[int, float]]
        max_order_setbacks: int
        clear_when_directory_changed: bool
        #: directory, regular expression
        start_when_directory_changed: list[tuple[str, str]]

    class MailChanges(TypedDict, total=False):
        "Attributes of `spooler_log` and `spooler_log.mail`; absent ones were not set."

        on_error: bool
        on_warning: bool
        on_success: bool
        on_process: int
        it: bool
        to: str
        cc: str
        bcc: str
        #: `from`
        sender: str
        subject: str
        body: str
        smtp: str
        queue_dir: str
        files: list[str]

    class ResultFields(TypedDict, total=False):
        call: Required[Method]
        #: no exception was left over
        ok: Required[bool]
        #: What counts for the order and the task. None: there was an exception, and no monitor made a decision
        #: out of it. A method that is missing or returns nothing counts as true, except that a `spooler_process` of a
        #: job without orders has nothing more to do then.
        returned: Required[bool | None]
        #: size of the log file after this call: where its part of the log ends; 0 if the log is no file
        log_end: Required[int]
        #: false: `spooler_process` was not called, or the shell must not be: a monitor refused, or failed
        executed: bool
        #: true: a `spooler_process_after` has returned something, so `returned` is the monitors' decision; the order
        #: follows it whatever the exit code or an exception says
        decided: bool
        #: the first one of this call
        error: ErrorFields
        order: OrderChanges
        task: TaskChanges
        job: JobChanges
        mail: MailChanges
        #: the script wants this call once more when the locks are free
        again_when_locks: bool
        #: the greatest level that was logged in this call, from warn on
        highest: Level
        #: the first line of level error or fatal in this call
        error_line: str
        #: SIGTERM came; the last result of all has it too
        terminated: bool
        #: of `process`: how long it took
        seconds: float
        #: none of the steps that were handed ahead and have no result yet is begun any more
        dropped: bool

    class RequestFields(TypedDict, total=False):
        #: counts from 1
        id: Required[int]
        what: Required[Literal["execute_xml", "try_hold_lock"]]
        #: the command; its answer goes back as text, refusals of the command itself inside
        xml: str
        #: path of the lock and how it is wanted
        lock: str
        exclusive: bool


#: exit statuses of the process; 0 is the orderly end
USAGE = 64
LOST = 75

#: bytes of a ticket for a step that is handed ahead: its number, the least significant byte first
TICKET = 4

#: the newest line may not grow beyond this many bytes without an end (either way)
MAX_LENGTH = 64 << 20


def command(descriptor: int, *tickets: int) -> list[str]:
    """Engine: the program to start, with `descriptor` as the number of its end of the socket, and `tickets` (at most
    one) as that of the one for tickets of steps that are handed ahead.

    The script finds installed packages and what PYTHONPATH names, but not the files of the working directory.
    """
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")
    return [sys.executable, "-P", program, *map(str, (descriptor, *tickets))]


def tickets(steps: Iterable[int]) -> bytes:
    "Engine: what is written for these steps."
    return b"".join(number.to_bytes(TICKET, "little") for number in steps)


def numbers(tickets: bytes) -> list[int]:
    "The steps of the tickets that were read from it."
    return [int.from_bytes(tickets[at : at + TICKET], "little") for at in range(0, len(tickets), TICKET)]


def begin(**fields: Unpack[BeginFields]) -> Message:
    "Engine: the first message."
    return {"type": "begin", **fields}


def opening(**fields: Unpack[Call]) -> Message:
    "Engine: `open`."
    return {"type": "open", **fields}


def process(**fields: Unpack[StepFields]) -> Message:
    "Engine: one step."
    return {"type": "process", **fields}


def before(**fields: Unpack[StepFields]) -> Message:
    "Engine: the shell is about to be started."
    return {"type": "before", **fields}


def after(**fields: Unpack[AfterFields]) -> Message:
    "Engine: the shell has ended."
    return {"type": "after", **fields}


def end(**fields: Unpack[EndFields]) -> Message:
    "Engine: the task ends."
    return {"type": "end", **fields}


def answer(**fields: Unpack[AnswerFields]) -> Message:
    "Engine: to a request."
    return {"type": "answer", **fields}


def result(**fields: Unpack[ResultFields]) -> Message:
    "Task server: of a call."
    return {"type": "result", **fields}


def request(**fields: Unpack[RequestFields]) -> Message:
    "Task server: something that only the engine can do."
    return {"type": "request", **fields}


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().decode


def encode(message: Message) -> bytes:
    "The line, with its end."
    return _encode(message).encode("ascii") + b"\n"


def decode(line: bytes | bytearray) -> Message:
    "Raises ValueError when the line is no JSON object."
    message = _decode(line.decode("utf-8"))
    if not isinstance(message, dict):
        raise ValueError("A message is a JSON object")
    return message
