"""`<job>`."""

from __future__ import annotations

from typing import Any

from scheduler.configuration.exit_codes import EXIT_CODE_COMMANDS, read_exit_code_commands
from scheduler.configuration.lock import LOCK_USE, read_lock_uses
from scheduler.configuration.monitor import MONITOR, MONITOR_USE, read_monitor_uses
from scheduler.configuration.params import ENVIRONMENT, PARAMS, read_environment, read_params
from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import RUN_TIME, could_start, read_run_time
from scheduler.configuration.script import SCRIPT, read_script
from scheduler.configuration.settings import SETTINGS, read_settings
from scheduler.configuration.text import DESCRIPTION, read_text
from scheduler.configuration.value_types import LIMIT, LOG_LEVEL, PRIORITY, REGEX, signal_number
from scheduler.definitions import DirectoryWatch, ErrorDelay, JobDefinition, Script, SetbackDelay
from scheduler.definitions.job import ANY_TIME
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import (
    NAME,
    PATH,
    SECONDS,
    SECONDS_OR_NEVER,
    TEXT,
    YES_NO,
    Seconds,
    choice,
    integer,
)
from scheduler.xml.declaration import Attribute, Declaration, any_number, optional, unsupported, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: in seconds; what is longer is cut to it
MAX_IDLE_TIMEOUT = 365 * 24 * 3600.0
ALL_SIGNALS = tuple(range(1, 65))

_WINDOWS_USER = "jobs run as the user of the engine; let the script call sudo or su for another one"

DELAY_AFTER_ERROR = Declaration(
    "delay_after_error",
    (
        Attribute("error_count", integer(1), required=True),
        Attribute("delay", Seconds("stop"), required=True),
    ),
)
DELAY_ORDER_AFTER_SETBACK = Declaration(
    "delay_order_after_setback",
    (
        Attribute("setback_count", integer(1), required=True),
        Attribute("delay", SECONDS),
        Attribute("is_maximum", YES_NO, default=False),
    ),
)
DIRECTORY_WATCH = Declaration(
    "start_when_directory_changed",
    (
        Attribute("directory", TEXT, required=True, doc="looked at every 10 s"),
        Attribute("regex", REGEX, default="", doc="searched in the name of the file"),
    ),
    better="starts at once where the system tells of changes; a directory that is not there yet is waited for",
)
JOB = Declaration(
    "job",
    (
        Attribute("name", NAME, default=""),
        Attribute("title", TEXT, default=""),
        Attribute("order", YES_NO, default=False),
        Attribute("tasks", integer(0), default=1),
        Attribute("min_tasks", integer(0), default=0, doc="without effect on shell jobs"),
        Attribute("timeout", SECONDS_OR_NEVER),
        Attribute("idle_timeout", SECONDS_OR_NEVER, default=5.0, doc="at most 365 days"),
        Attribute("force_idle_timeout", YES_NO, default=False),
        Attribute("process_class", PATH, default=""),
        Attribute("priority", PRIORITY),
        Attribute("java_options", TEXT, default="", ignored=True, doc="there is no Java"),
        Attribute("visible", choice("yes", "no", "never"), default="yes"),
        Attribute("ignore_signals", TEXT, default="", doc="all, or numbers and names of signals"),
        Attribute("stop_on_error", YES_NO, default=True),
        Attribute("warn_if_shorter_than", LIMIT, doc="percent of the average of the tasks that succeeded"),
        Attribute("warn_if_longer_than", LIMIT, doc="percent of the average of the tasks that succeeded"),
        Attribute("temporary", YES_NO, default=False),
        Attribute("enabled", YES_NO, default=True),
        Attribute(
            "stderr_log_level", LOG_LEVEL, default="info",
            better="info: both streams stand in the log in their sequence; else stderr is marked `[stderr]`",
        ),
        Attribute(
            "log_append", YES_NO, default=False,
            better="only then there is a file job.PATH.log; the log of every task is in the database anyhow",
        ),
        Attribute("mail_xslt_stylesheet", TEXT, default="", ignored=True, doc="mails are plain text"),
        Attribute("credentials_key", TEXT, default="", only=(), instead=_WINDOWS_USER),
        Attribute("load_user_profile", YES_NO, default=False, only=(False,), instead=_WINDOWS_USER),
        Attribute("criticality", choice("minor", "normal", "major"), default="normal", doc="shown to people"),
        Attribute("spooler_id", TEXT, default="", doc="only in the start-up file"),
        Attribute("replace", YES_NO, doc="only in commands and in the start-up file"),
        Attribute("separate_process", TEXT, default="", ignored=True, doc="as in the classic engine"),
    ),
    (
        optional(Declaration("extensions", open=True, ignored=True, doc="for editors")),
        optional(SETTINGS),
        optional(DESCRIPTION),
        any_number(LOCK_USE),
        optional(PARAMS),
        optional(ENVIRONMENT),
        optional(unsupported("login", _WINDOWS_USER)),
        optional(SCRIPT, unsupported("process", 'write its command line into <script language="shell">')),
        any_number(MONITOR, MONITOR_USE),
        any_number(DIRECTORY_WATCH),
        any_number(DELAY_AFTER_ERROR),
        any_number(DELAY_ORDER_AFTER_SETBACK),
        optional(RUN_TIME),
        any_number(EXIT_CODE_COMMANDS),
    ),
)


def read_job(element: Element, path: str, reading: Reading) -> JobDefinition:
    """The job of a checked `<job>`.

    Raises NO_SCRIPT, MIN_TASKS, TEMPORARY_ORDER_JOB, LOCK_TWICE, DUPLICATE_EXIT_CODE, REFUSED, and what reading of its
    parts raises. Signals that this platform does not have are a warning.
    """
    given = values(element, JOB)
    _check_attributes(element, path, given)
    run_time = element.child("run_time")
    script = _script(element, path, reading)
    idle_timeout: float | None = given["idle_timeout"]
    return JobDefinition(
        path=path,
        script=script,
        title=given["title"],
        order=given["order"],
        tasks=given["tasks"],
        min_tasks=0 if script.language == "shell" else given["min_tasks"],
        timeout=given["timeout"],
        idle_timeout=None if idle_timeout is None else min(idle_timeout, MAX_IDLE_TIMEOUT),
        force_idle_timeout=given["force_idle_timeout"],
        process_class=reading.path(given["process_class"], element),
        priority=given["priority"],
        visible=given["visible"],
        ignore_signals=_signals(element, given["ignore_signals"], reading),
        stop_on_error=given["stop_on_error"],
        warn_if_shorter_than=given["warn_if_shorter_than"],
        warn_if_longer_than=given["warn_if_longer_than"],
        temporary=given["temporary"],
        enabled=given["enabled"],
        stderr_log_level=given["stderr_log_level"],
        log_append=given["log_append"],
        criticality=given["criticality"],
        settings=read_settings(element.child("settings")),
        description=read_text(element.child("description"), reading),
        locks=read_lock_uses(element.each("lock.use"), path, reading),
        params=read_params(element.child("params"), reading),
        environment=read_environment(element.child("environment")),
        monitors=read_monitor_uses(element, path, reading),
        directory_watches=_watches(element, reading),
        delays_after_error=_error_delays(element),
        setback_delays=_setback_delays(element),
        exit_code_commands=read_exit_code_commands(element.each("commands")),
        run_time=read_run_time(run_time, reading) if run_time else ANY_TIME,
        has_run_time=could_start(run_time),
        run_time_source=source_of(run_time) if run_time else "",
        includes=tuple(dict.fromkeys(reading.live_files)),
        source=source_of(element),
        warnings=tuple(reading.warnings),
    )


def _check_attributes(element: Element, path: str, given: dict[str, Any]) -> None:
    "What attributes say together."
    if given["min_tasks"] > given["tasks"]:
        raise WorkloadError(Code.MIN_TASKS, element.place, min_tasks=given["min_tasks"], tasks=given["tasks"])
    if given["order"] and given["temporary"]:
        raise WorkloadError(Code.TEMPORARY_ORDER_JOB, element.place, job=path)


def _script(job: Element, path: str, reading: Reading) -> Script:
    element = job.child("script")
    if element is None:
        raise WorkloadError(Code.NO_SCRIPT, job.place, job=path)
    return read_script(element, path, reading)


def _signals(job: Element, text: str, reading: Reading) -> tuple[int, ...]:
    "The numbers of signals; a name that this platform does not have is left out with a warning."
    if text.strip().lower() == "all":
        return ALL_SIGNALS
    numbers = []
    for name in text.split():
        number = signal_number(name)
        if number is None:
            reading.warn(Code.UNKNOWN_SIGNAL, job.place, name=name)
        else:
            numbers.append(number)
    return tuple(dict.fromkeys(numbers))


def _watches(job: Element, reading: Reading) -> tuple[DirectoryWatch, ...]:
    found = (values(element, DIRECTORY_WATCH) for element in job.each(DIRECTORY_WATCH.tag))
    return tuple(DirectoryWatch(reading.substituted(given["directory"]), given["regex"]) for given in found)


def _error_delays(job: Element) -> tuple[ErrorDelay, ...]:
    "By error count; of several with the same one the last counts."
    delays = {}
    for element in job.each("delay_after_error"):
        given = values(element, DELAY_AFTER_ERROR)
        delays[given["error_count"]] = ErrorDelay(given["error_count"], given["delay"])
    return tuple(delays[count] for count in sorted(delays))


def _setback_delays(job: Element) -> tuple[SetbackDelay, ...]:
    "By setback count. Only the maximum may come without delay, which then is 0."
    delays = {}
    for element in job.each("delay_order_after_setback"):
        given = values(element, DELAY_ORDER_AFTER_SETBACK)
        if given["delay"] is None and not given["is_maximum"]:
            raise WorkloadError(
                Code.MISSING_ATTRIBUTE, element.place, attribute="delay", element="delay_order_after_setback"
            )
        count = given["setback_count"]
        delays[count] = SetbackDelay(count, given["delay"] or 0.0, given["is_maximum"])
    return tuple(delays[count] for count in sorted(delays))
