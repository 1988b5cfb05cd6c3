"What a job says about logs, mails, limits and the end of its tasks, in answers."

from __future__ import annotations

from scheduler.answers.common import EMPTY_LOG
from scheduler.definitions import DurationLimit, ExitCodeCommands, JobDefinition, JobSettings
from scheduler.errors import Problem
from scheduler.mail.letters import settings_of
from scheduler.world import World
from scheduler.xml.write import element


def log_settings(world: World, job: JobDefinition, problem: Problem | None) -> str:
    "`<log>` of a job: its level, its last error, and who gets which mails."
    settings = settings_of(world, job)
    mails = _mails(settings)
    if problem is None and not any(value for _, value in mails) and settings.log_level in (None, "info"):
        return EMPTY_LOG
    highest = [("highest_level", "info" if problem is None else "error"), ("last_error", _line(problem))]
    return element("log", [("level", settings.log_level or "info"), *highest, *mails])


def _line(problem: Problem | None) -> str | None:
    return None if problem is None else f"{problem.code}  {problem.text}"


def _mails(settings: JobSettings) -> list[tuple[str, object]]:
    return [
        ("mail_on_error", "yes" if settings.mail_on_error else None),
        ("mail_on_warning", "yes" if settings.mail_on_warning else None),
        ("mail_on_success", "yes" if settings.mail_on_success else None),
        ("mail_on_process", settings.mail_on_process or None),
        ("smtp", settings.smtp),
        ("mail_from", settings.log_mail_from),
        ("mail_to", settings.log_mail_to),
        ("mail_cc", settings.log_mail_cc),
        ("mail_bcc", settings.log_mail_bcc),
        ("mail_subject", settings.log_mail_subject),
    ]


def limit_text(limit: DurationLimit | None) -> str | None:
    "As configured: seconds, or percent."
    return None if limit is None else f"{limit.number:g}{'%' if limit.percent else ''}"


def exit_code_commands(job: JobDefinition) -> list[str]:
    "`<commands on_exit_code>` for each set of codes, with the commands as they were written."
    return [
        element("commands", [("on_exit_code", _words(one))], *one.commands)
        for one in job.exit_code_commands
    ]


def _words(commands: ExitCodeCommands) -> str:
    if commands.any_error:
        return "error"
    if commands.any_signal:
        return "signal"
    return "success" if commands.codes == (0,) else " ".join(str(code) for code in commands.codes)
