"""Settings of logs, history and mail: `<settings>` of a job, a section of factory.ini, or both merged."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class JobSettings:
    """None means: not said here, ask the next place (job, then `[Job path]`, then `[spooler]`, see `over`).

    Numbers of steps: `mail_on_process` and `history_on_process` act from that many steps on, 0 means never (mail) and
    always (history). `log_mail_*` are addresses as written, separated by commas.
    """

    mail_on_error: bool | None = None
    mail_on_warning: bool | None = None
    mail_on_success: bool | None = None
    mail_on_process: int | None = None
    #: all, first_only, last_only or first_and_last_only
    mail_on_delay_after_error: str | None = None
    smtp: str | None = None
    log_mail_from: str | None = None
    log_mail_to: str | None = None
    log_mail_cc: str | None = None
    log_mail_bcc: str | None = None
    log_mail_subject: str | None = None
    log_level: str | None = None
    history: bool | None = None
    history_on_process: int | None = None
    #: no, yes or gzip
    history_with_log: str | None = None

    def over(self, defaults: JobSettings) -> JobSettings:
        "These settings, with what is not said here taken from `defaults`."
        return JobSettings(
            *(getattr(defaults if getattr(self, field.name) is None else self, field.name) for field in fields(self))
        )


NO_SETTINGS = JobSettings()
#: what holds when nobody says anything
CLASSIC = JobSettings(
    mail_on_error=False,
    mail_on_warning=False,
    mail_on_success=False,
    mail_on_process=0,
    mail_on_delay_after_error="first_and_last_only",
    log_level="info",
    history=True,
    history_on_process=0,
    history_with_log="no",
)
