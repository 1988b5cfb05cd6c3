"What messages say."

from __future__ import annotations

from typing import Any

from scheduler.monitor.deciding import Told
from scheduler.monitor.events import WORDS
from scheduler.monitor.notice import Notice


def sentence(notice: Notice) -> str:
    return f"{notice.object} {WORDS[notice.event]}"


def subject(told: Told, scheduler_id: str) -> str:
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


def body(told: Told, scheduler_id: str) -> str:
    "As text, for people."
    notice = told.notice
    lines = [f"{sentence(notice)}." if not told.recovered else f"{notice.object} is well again."]
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
