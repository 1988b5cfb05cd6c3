"""Signs of life of a member: a bar for each part of a time, its height the longest silence in it.

The last hour minute by minute, as the services saw it, or the last ten minutes in parts of ten seconds, as the active
member did.

    regular   a low bar            no record   a gap: nobody watched, or the member was not running
    late      a higher one         silent      the full height, hatched, with a mark above
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.cluster.recent_beats import PARTS
from scheduler.cluster.sight import DEAD_AFTER, LATE_AFTER
from web.words import N_, duration, gettext, ngettext, translated

MINUTES = 60
STEP, WIDTH, HEIGHT = 5, 300, 24

Kind = Literal["regular", "late", "silent"]
_HEIGHTS: dict[Kind, int] = {"regular": 7, "late": 14, "silent": 20}


@dataclass(frozen=True, slots=True)
class Bar:
    "`x` is the left edge; the bar stands on the lower edge."

    x: int
    height: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Strip:
    """`words` say the same; `worst` is the longest silence in seconds, None: nothing is known, and `worst_at` when that
    was, where it is worth a word."""

    bars: tuple[Bar, ...]
    words: str
    worst: float | None = None
    worst_at: datetime | None = None


def begin_of(now: datetime) -> datetime:
    "The first minute of a strip that ends with the minute before `now`."
    return now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES)


def strip(minutes: Iterable[BeatMinute], now: datetime) -> Strip:
    "Of the minutes of one member from `begin_of(now)` on."
    begin = begin_of(now)
    known = {round((each.minute - begin).total_seconds() / 60): each for each in minutes}
    shown = {place: each for place, each in known.items() if 0 <= place < MINUTES}
    bars = tuple(_bar(place, kind_of(each.silent)) for place, each in sorted(shown.items()))
    worst = max(shown.values(), key=lambda each: each.silent, default=None)
    if worst is None:
        return Strip(bars, gettext("No minute of the last hour is recorded"))
    head = ngettext("%(num)s minute of the last hour", "%(num)s minutes of the last hour", len(bars))
    return Strip(bars, f"{head}: {_words(bars, MINUTES, worst.silent)}", worst.silent, worst.minute)


def recent(silences: Sequence[float | None]) -> Strip:
    "Of the last `PARTS` parts, the newest last; those before the first one given are not known."
    shown = list(silences)[-PARTS:]
    begin = PARTS - len(shown)
    bars = tuple(_bar(begin + place, kind_of(each)) for place, each in enumerate(shown) if each is not None)
    worst = max((each for each in shown if each is not None), default=None)
    if worst is None:
        return Strip(bars, gettext("Nothing is known of the last ten minutes"))
    return Strip(bars, gettext("Of ten seconds each: %(words)s", words=_words(bars, PARTS, worst)), worst)


def kind_of(silent: float) -> Kind:
    if silent < LATE_AFTER:
        return "regular"
    return "late" if silent < DEAD_AFTER else "silent"


def _bar(place: int, kind: Kind) -> Bar:
    return Bar(place * STEP, _HEIGHTS[kind], kind)


#: the kinds, for the catalogues
KNOWN_WORDS = N_("regular"), N_("late"), N_("silent")


def _words(bars: Sequence[Bar], whole: int, worst: float) -> str:
    counted = Counter(bar.kind for bar in bars)
    kinds: tuple[Kind, ...] = ("regular", "late", "silent")
    parts = [f"{counted[kind]} {translated(kind)}" for kind in kinds if counted[kind]]
    known = sum(counted.values())
    if known < whole:
        parts.append(gettext("%(number)s without record", number=whole - known))
    longest = gettext("never silent for a second")
    if worst >= 1:
        longest = gettext("longest silence %(duration)s", duration=duration(worst))
    return f"{', '.join(parts)}; {longest}"
