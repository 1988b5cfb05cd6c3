"""The mails about a task that has ended, and about whatever else went wrong.

A mail is made when the settings ask for it and name a mail server and somebody to write to; else there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from scheduler import paths
from scheduler.copying import replace
from scheduler.definitions import JobDefinition, JobSettings
from scheduler.definitions.settings import CLASSIC, NO_SETTINGS
from scheduler.errors import Problem
from scheduler.mail.message import Mail
from scheduler.records import Job, Task
from scheduler.times import time_text_seconds
from scheduler.world import World


class Severity(IntEnum):
    "The worst that stands in the log of a task."

    GOOD = 0
    WARNING = 1
    ERROR = 2


_WORDS = {Severity.GOOD: "succeeded", Severity.WARNING: "ended with a warning", Severity.ERROR: "failed"}


def task_mail(
    world: World, job: Job, task: Task, severity: Severity, problems: tuple[Problem, ...] = ()
) -> Mail | None:
    """The mail about a task that has ended; `job` is as it is afterwards. `problems` are errors and warnings, the most
    important first."""
    wishes = dict(task.server.mail) if task.server is not None else {}
    settings = _as_wished(settings_of(world, job.definition), wishes)
    if not wishes.get("it") and not _is_asked_for(settings, job, task, severity):
        return None
    subject = f"{_title(task)} {_WORDS[severity]}"
    if severity is Severity.ERROR and problems:
        subject = f"ERROR {problems[0]}"
    facts = [_facts_of(world, task), *(str(problem) for problem in problems), "", "Its log is attached."]
    mail = _mail(world, settings, wishes.get("subject") or subject, wishes.get("body") or "\n".join(facts), task)
    return replace(mail, files=tuple(wishes.get("files", ()))) if mail is not None else None


def warning_mail(world: World, job: JobDefinition, task: Task, problem: Problem) -> Mail | None:
    "The mail about a task that still runs."
    settings = settings_of(world, job)
    if not settings.mail_on_warning:
        return None
    body = "\n".join([_facts_of(world, task), str(problem)])
    return _mail(world, settings, f"WARNING {_title(task)}: {problem.text}", body)


def notice(world: World, severity: Severity, subject: str, text: str) -> Mail | None:
    "The mail about something that belongs to no task: a faulty file, a directory, the database."
    settings = world.surroundings.defaults.settings.over(CLASSIC)
    if not (settings.mail_on_error if severity is Severity.ERROR else settings.mail_on_warning):
        return None
    word = "ERROR" if severity is Severity.ERROR else "WARNING"
    identity = world.identity
    body = f"Scheduler {identity.scheduler_id} on {identity.host}\n\n{text}"
    return _mail(world, settings, f"{word} {subject}", body)


def settings_of(world: World, job: JobDefinition) -> JobSettings:
    "What holds for a job; asked at every start, so the usual case, in which nobody says anything, is short."
    defaults = world.surroundings.defaults
    if not defaults.jobs and _is_nothing(defaults.settings) and _is_nothing(job.settings):
        return CLASSIC
    return defaults.of_job(job)


def _is_nothing(settings: JobSettings) -> bool:
    "Comparing takes long, and mostly it is the same object."
    return settings is NO_SETTINGS or settings == NO_SETTINGS


#: what a script can set, and the setting that it replaces
_WISHES = {
    "on_error": "mail_on_error",
    "on_warning": "mail_on_warning",
    "on_success": "mail_on_success",
    "on_process": "mail_on_process",
    "to": "log_mail_to",
    "cc": "log_mail_cc",
    "bcc": "log_mail_bcc",
    "sender": "log_mail_from",
    "smtp": "smtp",
}


def _as_wished(settings: JobSettings, wishes: Mapping[str, Any]) -> JobSettings:
    given = {_WISHES[name]: value for name, value in wishes.items() if name in _WISHES}
    return replace(settings, **given) if given else settings


def _is_asked_for(settings: JobSettings, job: Job, task: Task, severity: Severity) -> bool:
    if settings.mail_on_success or (settings.mail_on_process and task.steps >= settings.mail_on_process):
        return True
    asked = settings.mail_on_error if severity is Severity.ERROR else settings.mail_on_warning
    return severity is not Severity.GOOD and bool(asked) and _passes_delay_filter(settings, job, severity)


def _passes_delay_filter(settings: JobSettings, job: Job, severity: Severity) -> bool:
    "In a series of errors with delays only some are worth a mail: the first, the last (it stops the job), both or all."
    if not job.definition.delays_after_error or severity is not Severity.ERROR:
        return True
    which = settings.mail_on_delay_after_error
    first, last = job.errors_in_a_row == 1, job.stopped
    return which == "all" or (first and which != "last_only") or (last and which != "first_only")


def _title(task: Task) -> str:
    return f"Task {paths.bare(task.job)}:{task.id}"


def _facts_of(world: World, task: Task) -> str:
    identity = world.identity
    rows = [
        ("Scheduler", f"{identity.scheduler_id} on {identity.host}"),
        ("Job", task.job),
        ("Task", str(task.id)),
        ("Order", f"{task.chain},{task.order_id} at {task.node}" if task.chain else ""),
        ("Cause", task.cause.value),
        ("Started", time_text_seconds(task.started_at) if task.started_at else ""),
        ("Ended", time_text_seconds(task.ended_at) if task.ended_at else ""),
        ("Exit code", "" if task.exit_code is None else str(task.exit_code)),
    ]
    return "\n".join([f"{name + ':':<11}{value}" for name, value in rows if value] + [""])


def _mail(
    world: World, settings: JobSettings, subject: str, body: str, task: Task | None = None
) -> Mail | None:
    to, cc, bcc = (_addresses(given) for given in (settings.log_mail_to, settings.log_mail_cc, settings.log_mail_bcc))
    if not settings.smtp or not (to or cc or bcc):
        return None
    identity = world.identity
    return Mail(
        settings.smtp,
        settings.log_mail_from or f"scheduler-{identity.scheduler_id}@{identity.host}",
        to, cc, bcc,
        _one_line(f"{settings.log_mail_subject} {subject}" if settings.log_mail_subject else subject),
        body,
        log_of=task.id if task is not None and task.log_file else 0,
        log_name=task.log_file if task is not None else "",
    )  # fmt: skip


def _addresses(given: str | None) -> tuple[str, ...]:
    words = (word.strip() for word in (given or "").replace(";", ",").split(","))
    return tuple(word for word in words if word and not _has_control(word))


def _has_control(text: str) -> bool:
    return any(ord(character) < 32 for character in text)


def _one_line(text: str) -> str:
    "A header has one line, however long the text of an error is."
    return " ".join("".join(c if ord(c) >= 32 else " " for c in text).split())[:250]
