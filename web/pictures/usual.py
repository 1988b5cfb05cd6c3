"How long a run took against what is usual for its job: a bar, and the range of most runs behind it."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.pictures.sparkline import percentile
from web.words import duration, gettext

WIDTH = 60
#: with fewer runs nothing is usual
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Usual:
    "`length` of the bar; `low` and `high` are the edges of the range in which four of five runs end."

    length: float
    low: float
    high: float
    words: str


def usual(seconds: float, ordered: Sequence[float]) -> Usual | None:
    "`ordered`: what the last good runs took, the shortest first."
    if len(ordered) < FEWEST:
        return None
    low, high = percentile(ordered, 0.1), percentile(ordered, 0.9)
    widest = max(seconds, high, 0.001)
    length, left, right = (round(WIDTH * max(0.0, each) / widest, 1) for each in (seconds, low, high))
    left = min(left, WIDTH - 1.0)
    return Usual(max(1.0, length), left, max(right, left + 1.0), _words(seconds, low, high))


def _words(seconds: float, low: float, high: float) -> str:
    range_ = gettext("%(low)s to %(high)s", low=duration(low), high=duration(high))
    if seconds > high:
        words = gettext("longer than usual")
    else:
        words = gettext("shorter than usual") if seconds < low else gettext("as usual")
    return f"{words}, {range_}"
