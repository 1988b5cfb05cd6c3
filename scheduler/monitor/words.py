"What messages say: the usual words, or those of a template, with facts of the notice in places such as `{object}`."

from __future__ import annotations

import re
from typing import Any

from scheduler.monitor.deciding import Told
from scheduler.monitor.events import WORDS
from scheduler.monitor.notice import Notice
from scheduler.monitor.rules import Template

#: what stands in braces
PLACE = re.compile(r"\{([a-z_]+)\}")
#: what may stand there: the facts, what happened as a sentence, and the usual text
PLACES = (
    "scheduler", "notice", "rule", "event", "severity", "object", "state", "text", "count", "step", "first_at",
    "last_at", "sentence", "message",
)  # fmt: skip


def sentence(notice: Notice) -> str:
    return f"{notice.object} {WORDS[notice.event]}"


def filled(template: str, told: Told, scheduler_id: str) -> str:
    "With the facts in their places; what is no place stays as it is."
    known = facts(told, scheduler_id) | {"sentence": _happened(told), "message": _usual_body(told, scheduler_id)}
    return PLACE.sub(lambda match: str(known.get(match[1], match[0])), template)


def subject(told: Told, scheduler_id: str, template: Template | None = None) -> str:
    if template is not None and template.subject:
        return filled(template.subject, told, scheduler_id)
    notice = told.notice
    begin = "well again" if told.recovered else notice.severity.value
    return f"[{scheduler_id}] {begin}: {sentence(notice)}"


def facts(told: Told, scheduler_id: str) -> dict[str, Any]:
    "As JSON, for programs; times are ISO 8601 in UTC."
    notice = told.notice
    return {
        "scheduler": scheduler_id,
        "notice": notice.number,
        "rule": notice.rule,
        "event": notice.event.value,
        "severity": notice.severity.value,
        "object": notice.object,
        "state": notice.state.value,
        "recovered": told.recovered,
        "text": notice.text,
        "count": notice.count,
        "step": notice.steps,
        "first_at": notice.first_at.isoformat(),
        "last_at": notice.last_at.isoformat(),
    }


def body(told: Told, scheduler_id: str, template: Template | None = None) -> str:
    "As text, for people."
    if template is not None and template.body:
        return filled(template.body, told, scheduler_id)
    return _usual_body(told, scheduler_id)


def _happened(told: Told) -> str:
    return f"{sentence(told.notice)}." if not told.recovered else f"{told.notice.object} is well again."


def _usual_body(told: Told, scheduler_id: str) -> str:
    notice = told.notice
    lines = [_happened(told)]
    if notice.text:
        lines += ["", notice.text]
    lines += [
        "",
        f"Scheduler:  {scheduler_id}",
        f"Rule:       {notice.rule}",
        f"Severity:   {notice.severity.value}",
        f"First time: {notice.first_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    if notice.count > 1:
        lines.append(f"Last time:  {notice.last_at:%Y-%m-%d %H:%M:%S} UTC ({notice.count} times)")
    if notice.steps > 1 and not told.recovered:
        lines.append(f"Nobody has acknowledged it; this is step {notice.steps}.")
    lines.append(f"Notice:     {notice.number}")
    return "\n".join(lines)
