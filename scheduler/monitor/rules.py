"Rules as data. Durations are seconds."

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from scheduler.monitor.events import Event

#: seconds without a sign of life after which a member counts as silent, unless the rule says otherwise
SILENT_AFTER = 15.0
#: seconds for which something that was well again and goes wrong once more is no news
QUIET = 600.0


class Severity(StrEnum):
    MINOR = "minor"
    NORMAL = "normal"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Mail:
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    "`headers` are pairs of name and value."

    url: str
    timeout: float = 10.0
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    "A line for the shell; what is told stands in its environment and on its standard input."

    line: str
    timeout: float = 60.0


Means = Mail | Webhook | Command


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told `after` so many seconds, as long as nobody has acknowledged. `every`: and then again and again, None:
    once."""

    means: tuple[Means, ...]
    after: float = 0.0
    every: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`objects` are patterns of paths (orders: chain path, comma, id; members: their ids); letter case does not count,
    `*` goes over slashes. `but` are left out. `steps` are in the order of their times."""

    name: str
    events: frozenset[Event]
    steps: tuple[Step, ...]
    objects: tuple[str, ...] = ("*",)
    but: tuple[str, ...] = ()
    severity: Severity = Severity.NORMAL
    quiet: float = QUIET
    silent_after: float = SILENT_AFTER
    tell_recovery: bool = True

    def is_about(self, event: Event, name: str) -> bool:
        return event in self.events and _any(self.objects, name) and not _any(self.but, name)


@dataclass(frozen=True, slots=True)
class Template:
    "Words of one's own for messages about these events (empty: all), see `scheduler.monitor.words`. Empty: as usual."

    events: frozenset[Event]
    subject: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    "All rules of a file. `sender` and `smtp` are for mails; empty: what the engine's settings say."

    rules: tuple[Rule, ...] = ()
    sender: str = ""
    smtp: str = ""
    templates: tuple[Template, ...] = ()

    def named(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)

    def template_of(self, event: Event) -> Template | None:
        "The first one that names the event, or all of them."
        return next((each for each in self.templates if event in each.events or not each.events), None)

    def about(self, event: Event, name: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.is_about(event, name)]


def _any(patterns: tuple[str, ...], name: str) -> bool:
    lowered = name.lower()
    return any(fnmatchcase(lowered, pattern.lower()) for pattern in patterns)
