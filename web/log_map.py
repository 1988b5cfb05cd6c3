"""The map beside a log: where errors and warnings lie in all of it, whatever part of it is shown. Pure.

The log is cut into as many stripes as can be told apart; each leads to its first error, or else warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from scheduler.log_search import Found

#: errors and warnings that are looked for
MOST = 1000
STRIPES = 200
_ERROR = re.compile(r"\S+ \S+ \[(error|fatal)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    "`stripe` counts from 0; `count` of errors when it has any, else of warnings. `address` shows the first of them."

    stripe: int
    error: bool
    count: int
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Map:
    "`count` of all errors and warnings. `whole` False: only the first ones are marked."

    marks: tuple[Mark, ...]
    count: int
    whole: bool


#: where a line lies in the log (0 to 100), its text, its name, and the address at which it is shown
Place = tuple[float, str, str, str]


def of_log(found: Found, address: Callable[..., str]) -> Map:
    "Of one log, which is shown at `address`."
    places = (
        (
            100 * hit.offset / max(1, found.size),
            hit.text.decode("utf-8", "replace"),
            f"{hit.line:,}",
            f"{address(**{'from': hit.offset, 'line': hit.line})}#L{hit.line}",
        )
        for hit in found.hits
    )
    return Map(marks(places), found.count, found.count <= len(found.hits))


def marks(places: Iterable[Place]) -> tuple[Mark, ...]:
    known: dict[int, Mark] = {}
    for percent, text, label, address in places:
        stripe = min(STRIPES - 1, int(percent * STRIPES / 100))
        error, mark = _ERROR.match(text) is not None, known.get(stripe)
        if mark is None or (error and not mark.error):
            known[stripe] = Mark(stripe, error, 1, label, address)
        elif error == mark.error:
            known[stripe] = replace(mark, count=mark.count + 1)
    return tuple(known[stripe] for stripe in sorted(known))
