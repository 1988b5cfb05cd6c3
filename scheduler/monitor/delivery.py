"A message on its way: it is tried again after longer and longer pauses, and given up after a day."

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from scheduler.monitor.rules import Command, Mail, Means, Webhook

#: seconds before the second attempt, the third, and so on; the last one stays
PAUSES = (5.0, 20.0, 60.0, 300.0, 900.0)
GIVE_UP_AFTER = timedelta(days=1)
#: a variable of the environment, in addresses and headers
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`means` is mail, webhook or command; `target` is shown, `detail` is what sending needs besides. Sent at least
    once: whoever dies between sending and recording sends it again under the same number."""

    number: int
    notice: int
    means: str
    target: str
    detail: Mapping[str, Any]
    subject: str
    body: str
    made_at: datetime
    next_at: datetime
    recovered: bool = False
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    ended_at: datetime | None = None
    problem: str = ""


def address(means: Means) -> tuple[str, str, dict[str, Any]]:
    "Word, what is shown, and what sending needs."
    match means:
        case Mail():
            return "mail", ", ".join((*means.to, *means.cc)), {"to": list(means.to), "cc": list(means.cc)}
        case Webhook():
            detail = {"url": means.url, "timeout": means.timeout, "headers": [list(pair) for pair in means.headers]}
            return "webhook", means.url.partition("?")[0], detail
        case Command():
            return "command", means.line, {"line": means.line, "timeout": means.timeout}


def substituted(text: str, environ: Mapping[str, str]) -> str:
    "With the values of variables; one that is not set is empty."
    return VARIABLE.sub(lambda match: environ.get(match[1], ""), text)


def sent(delivery: Delivery, now: datetime) -> Delivery:
    return replace(
        delivery, state=DeliveryState.SENT, attempts=delivery.attempts + 1, ended_at=now, problem=""
    )


def failed(delivery: Delivery, problem: str, hopeless: bool, now: datetime) -> Delivery:
    "`hopeless`: it will never be taken."
    attempts = delivery.attempts + 1
    if hopeless or now - delivery.made_at > GIVE_UP_AFTER:
        return replace(delivery, state=DeliveryState.GIVEN_UP, attempts=attempts, ended_at=now, problem=problem)
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    return replace(delivery, attempts=attempts, next_at=now + timedelta(seconds=pause), problem=problem)
