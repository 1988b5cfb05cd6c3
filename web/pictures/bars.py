"Stacked columns with a linear height, one for each period, as data for a template."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.words import gettext, point, translated

HEIGHT = 100
STEP = 10


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    "`words` say what the parts are."

    period: str
    x: int
    parts: tuple[Part, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Bars:
    "`most` is what the full height stands for; `labels` are some of the periods, at equal distances."

    bars: tuple[Bar, ...]
    width: int
    most: float
    labels: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.most > 0


def bars(rows: Sequence[tuple[str, Sequence[tuple[str, float, str]]]]) -> Bars:
    "`rows`: period, and its parts from below: kind (a word of the style sheet), number, word for people."
    most = max((sum(number for _, number, _ in parts) for _, parts in rows), default=0.0)
    made = tuple(_bar(place, period, parts, most) for place, (period, parts) in enumerate(rows))
    every = max(1, -(-len(rows) // 8))
    labels = tuple(period for place, (period, _) in enumerate(rows) if place % every == 0)
    return Bars(made, max(1, len(rows)) * STEP, most, labels)


def _bar(place: int, period: str, parts: Sequence[tuple[str, float, str]], most: float) -> Bar:
    y, drawn, words = float(HEIGHT), [], []
    for kind, number, word in parts:
        if number and most:
            height = HEIGHT * number / most
            y -= height
            drawn.append(Part(kind, round(max(0.0, y), 2), round(height, 2)))
            words.append(f"{point(format(number, 'g'))} {translated(word)}")
    return Bar(period, place * STEP, tuple(drawn), ", ".join(words) or gettext("nothing"))
