"""`<settings>` of a job."""

from __future__ import annotations

from typing import Any

from scheduler.configuration.value_types import LOG_LEVEL, STEPS
from scheduler.definitions import JobSettings
from scheduler.definitions.settings import NO_SETTINGS
from scheduler.errors import WorkloadError
from scheduler.xml.attribute_types import TEXT, YES_NO, AttributeType, choice
from scheduler.xml.declaration import Declaration, optional
from scheduler.xml.element import Element

#: names and types of settings, wherever they are given
TYPES: dict[str, AttributeType] = {
    "mail_on_error": YES_NO,
    "mail_on_warning": YES_NO,
    "mail_on_success": YES_NO,
    "mail_on_process": STEPS,
    "mail_on_delay_after_error": choice("all", "first_only", "last_only", "first_and_last_only"),
    "smtp": TEXT,
    "log_mail_from": TEXT,
    "log_mail_to": TEXT,
    "log_mail_cc": TEXT,
    "log_mail_bcc": TEXT,
    "log_mail_subject": TEXT,
    "log_level": LOG_LEVEL,
    "history": YES_NO,
    "history_on_process": STEPS,
    "history_with_log": choice("yes", "no", "gzip"),
}
#: those that a job may hold, in their sequence
_OF_A_JOB = (
    "mail_on_error",
    "mail_on_warning",
    "mail_on_success",
    "mail_on_process",
    "mail_on_delay_after_error",
    "log_mail_to",
    "log_mail_cc",
    "log_mail_bcc",
    "log_level",
    "history",
    "history_on_process",
    "history_with_log",
)
BETTER = {
    "mail_on_process": "a number counts as one; the classic engine takes it for a yes or no",
    "smtp": "`host:port` is possible; mails wait in files while the server is away, also over a restart",
    "log_level": "concerns what the engine writes; the output of a job is always in its log",
}
#: what is asked for cannot be known when a task ends, so nothing is thrown away then
KEPT_ANYHOW = frozenset({"history", "history_on_process", "history_with_log"})
KEPT = "every task and every round of an order is kept in the history with its log, until the clean-up takes it"

SETTINGS = Declaration(
    "settings",
    children=tuple(
        optional(Declaration(
            name, text=True, ignored=name in KEPT_ANYHOW, better=BETTER.get(name, ""),
            doc=KEPT if name in KEPT_ANYHOW else TYPES[name].word,
        ))
        for name in _OF_A_JOB
    ),
)


def read_settings(element: Element | None) -> JobSettings:
    "The settings of a checked `<settings>`; empty elements say nothing. Raises what the types raise, with the place."
    if element is None:
        return NO_SETTINGS
    given: dict[str, Any] = {}
    for child in element.children:
        text = child.text.strip()
        if not text:
            continue
        try:
            given[child.tag] = TYPES[child.tag].read(text, child.tag)
        except WorkloadError as refusal:
            raise refusal.at(child.place) from None
    return JobSettings(**given)
