"""Which command goes to a worker next.

One command is outstanding: after it has been sent, no other one is, until the worker says that the batch is done or the
connection is lost. Commands that are raised meanwhile are remembered by kind, so twenty changes become one command.
Urgent ones overtake; they too are answered, so a worker is never taken for busy that is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum


class Urgency(IntEnum):
    "The smaller, the earlier."

    URGENT = 0
    HIGH = 1
    OPERATOR = 2
    NORMAL = 3


class Kind(StrEnum):
    #: leave the batch that is being worked on
    ABORT = "abort"
    #: end in order
    QUIT = "quit"
    #: the configuration has changed, or you have just come: fetch it
    CONFIGURE = "configure"
    #: a command of an operator, for this worker alone
    EXECUTE = "execute"
    #: compare everything that you have
    COMPARE = "compare"


URGENCY: Mapping[Kind, Urgency] = {
    Kind.ABORT: Urgency.URGENT,
    Kind.QUIT: Urgency.HIGH,
    Kind.CONFIGURE: Urgency.HIGH,
    Kind.EXECUTE: Urgency.OPERATOR,
    Kind.COMPARE: Urgency.NORMAL,
}
#: of one urgency in this order: who is to quit need not be configured before
_ORDER = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Command:
    "`text` is what an operator's command says; `number` is given when it is sent."

    kind: Kind
    text: str = ""
    number: int = 0

    @property
    def urgency(self) -> Urgency:
        return URGENCY[self.kind]


@dataclass(frozen=True, slots=True)
class Outstanding:
    """The commands of one worker: `sent` is under way, `urgent` has overtaken it, `waiting` is not sent yet.

    Of the same kind one waits, but for those of operators, which wait each for itself.
    """

    sent: Command | None = None
    urgent: Command | None = None
    waiting: tuple[Command, ...] = ()
    numbers: int = field(default=0)

    def raised(self, command: Command) -> Outstanding:
        "With one more command."
        if command.kind is not Kind.EXECUTE and any(known.kind is command.kind for known in self.waiting):
            return self
        ordered = sorted((*self.waiting, command), key=lambda known: (known.urgency, _ORDER.index(known.kind)))
        return replace(self, waiting=tuple(ordered))

    def next(self) -> tuple[Outstanding, Command | None]:
        "What may be sent now, with its number; None: nothing, or the worker is busy."
        for command in self.waiting:
            free = self.urgent is None if command.urgency is Urgency.URGENT else self.sent is None
            if free:
                return self._with_sent(command)
        return self, None

    def _with_sent(self, command: Command) -> tuple[Outstanding, Command]:
        number = self.numbers + 1
        numbered = replace(command, number=number)
        index = self.waiting.index(command)
        rest = replace(self, waiting=self.waiting[:index] + self.waiting[index + 1 :], numbers=number)
        if command.urgency is Urgency.URGENT:
            return replace(rest, urgent=numbered), numbered
        return replace(rest, sent=numbered), numbered

    def done(self, number: int) -> tuple[Outstanding, Command | None]:
        "The worker has answered; None: a command of that number is not under way."
        if self.sent is not None and self.sent.number == number:
            return replace(self, sent=None), self.sent
        if self.urgent is not None and self.urgent.number == number:
            return replace(self, urgent=None), self.urgent
        return self, None

    def lost(self) -> tuple[Outstanding, tuple[Command, ...]]:
        "The connection is lost: what was sent or waits is not done any more; those commands are given back."
        dropped = tuple(command for command in (self.sent, self.urgent, *self.waiting) if command is not None)
        return Outstanding(numbers=self.numbers), dropped
