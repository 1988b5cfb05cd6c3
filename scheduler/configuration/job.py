"""`<job>`."""

from __future__ import annotations

from scheduler.configuration.params import ENVIRONMENT, PARAMS, read_environment, read_params
from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import RUN_TIME, could_start
from scheduler.configuration.text import DESCRIPTION, SCRIPT, read_text
from scheduler.definitions import ErrorDelay, JobDefinition, Script, SetbackDelay
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
JOB = Declaration(
    "job",
    (
        Attribute("name", NAME, default=""),
        Attribute("title", TEXT, default=""),
        Attribute("order", YES_NO, default=False),
        Attribute("tasks", integer(0), default=1),
        Attribute("min_tasks", integer(0), default=0, doc="without effect on shell jobs"),
        Attribute("timeout", SECONDS_OR_NEVER),
        Attribute("idle_timeout", SECONDS_OR_NEVER, ignored=True),
        Attribute("force_idle_timeout", YES_NO, default=False, ignored=True),
        Attribute("process_class", PATH, default="", only=()),
        Attribute("priority", TEXT, default="", only=("normal", "0")),
        Attribute("java_options", TEXT, default="", ignored=True),
        Attribute("visible", choice("yes", "no", "never"), default="yes"),
        Attribute("ignore_signals", TEXT, default="", only=()),
        Attribute("stop_on_error", YES_NO, default=True),
        Attribute("warn_if_shorter_than", TEXT, default="", ignored=True),
        Attribute("warn_if_longer_than", TEXT, default="", ignored=True),
        Attribute("temporary", YES_NO, default=False, only=(False,)),
        Attribute("enabled", YES_NO, default=True),
        Attribute("stderr_log_level", TEXT, default="info", only=("info",)),
        Attribute("log_append", YES_NO, default=False, ignored=True),
        Attribute("mail_xslt_stylesheet", TEXT, default="", ignored=True),
        Attribute("credentials_key", TEXT, default="", only=()),
        Attribute("load_user_profile", YES_NO, default=False, ignored=True),
        Attribute("criticality", choice("minor", "normal", "major"), default="normal", ignored=True),
        Attribute("spooler_id", TEXT, default=""),
        Attribute("replace", YES_NO),
        Attribute("separate_process", TEXT, default="", ignored=True),
    ),
    (
        optional(Declaration("extensions", open=True)),
        optional(Declaration("settings", open=True)),
        optional(DESCRIPTION),
        any_number(unsupported("lock.use")),
        optional(PARAMS),
        optional(ENVIRONMENT),
        optional(unsupported("login")),
        optional(SCRIPT),
        any_number(unsupported("monitor"), unsupported("monitor.use")),
        any_number(unsupported("start_when_directory_changed")),
        any_number(DELAY_AFTER_ERROR),
        any_number(DELAY_ORDER_AFTER_SETBACK),
        optional(RUN_TIME),
        any_number(unsupported("commands")),
    ),
)


def read_job(element: Element, path: str, reading: Reading) -> JobDefinition:
    "The job of a checked `<job>`. Raises NO_SCRIPT, MIN_TASKS, UNSUPPORTED, and what reading of its parts raises."
    given = values(element, JOB)
    if given["min_tasks"] > given["tasks"]:
        raise WorkloadError(Code.MIN_TASKS, element.place, min_tasks=given["min_tasks"], tasks=given["tasks"])
    run_time = element.child("run_time")
    return JobDefinition(
        path=path,
        script=_script(element, path, reading),
        title=given["title"],
        order=given["order"],
        tasks=given["tasks"],
        timeout=given["timeout"],
        stop_on_error=given["stop_on_error"],
        enabled=given["enabled"],
        visible=given["visible"],
        process_class=given["process_class"],
        params=read_params(element.child("params"), reading),
        environment=read_environment(element.child("environment")),
        delays_after_error=_error_delays(element),
        setback_delays=_setback_delays(element),
        description=read_text(element.child("description"), reading),
        has_run_time=could_start(run_time),
        run_time_source=source_of(run_time) if run_time else "",
        includes=tuple(dict.fromkeys(reading.live_files)),
        source=source_of(element),
    )


def _script(job: Element, path: str, reading: Reading) -> Script:
    element = job.child("script")
    if element is None:
        raise WorkloadError(Code.NO_SCRIPT, job.place, job=path)
    language = values(element, SCRIPT)["language"]
    if language != "shell":
        feature = f'<script language="{language}">, other than language="shell",'
        raise WorkloadError(Code.UNSUPPORTED, element.place, feature=feature)
    text = read_text(element, reading)
    if not text:
        raise WorkloadError(Code.NO_SCRIPT, element.place, job=path)
    return Script(language, text)


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
