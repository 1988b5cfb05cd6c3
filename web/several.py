"""What became of each of several commands that were sent as one list: the engine ends with the first that it refuses.

    web/engines.py              how many were done before it
    web/actions/perform.py      the message afterwards
    web/pages/operations.py     the page of the operation
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from models.operations import Operation, State
from web.states import Look
from web.words import gettext

#: names in one sentence
MOST_NAMES = 12


class Fate(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    NOT_TRIED = "not tried"


LOOKS = {
    Fate.DONE: Look("good", "tick", "done"),
    Fate.REFUSED: Look("bad", "octagon", "refused"),
    Fate.NOT_TRIED: Look("neutral", "circle", "not tried"),
}


@dataclass(frozen=True, slots=True)
class Part:
    "One of the commands, by the worker that it is about."

    name: str
    fate: Fate


def done_before(count: int) -> str:
    "As an operation keeps it of a list that was refused."
    return f'<done count="{count}"/>'


def parts(operation: Operation) -> list[Part]:
    "In their sequence; empty for what is no list about workers, and while nothing is known."
    if operation.state not in (State.DONE, State.REFUSED) or not operation.command.startswith("<commands"):
        return []
    names = [each.get("worker", "") for each in etree.fromstring(operation.command)]
    if not all(names):
        return []
    if operation.state is State.DONE:
        return [Part(name, Fate.DONE) for name in names]
    made = etree.fromstring(operation.made) if operation.made else None
    count = int(made.get("count", "0")) if made is not None and made.tag == "done" else 0
    fates = [*[Fate.DONE] * count, Fate.REFUSED, *[Fate.NOT_TRIED] * len(names)]
    return [Part(name, fate) for name, fate in zip(names, fates, strict=False)]


def sentence(found: Sequence[Part]) -> str:
    "Which were done, refused and not tried; empty for none."
    return " ".join(_sentences(found))


def _sentences(found: Sequence[Part]) -> Iterator[str]:
    for fate, names in ((fate, [each.name for each in found if each.fate is fate]) for fate in Fate):
        if not names:
            continue
        text = ", ".join(names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            text = gettext("%(names)s and %(number)s more", names=text, number=len(names) - MOST_NAMES)
        match fate:
            case Fate.DONE:
                yield gettext("Done: %(names)s.", names=text)
            case Fate.REFUSED:
                yield gettext("Refused: %(names)s.", names=text)
            case Fate.NOT_TRIED:
                yield gettext("Not tried: %(names)s.", names=text)
