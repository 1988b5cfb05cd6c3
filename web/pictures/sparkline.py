"""The last runs of a job: a bar per run, its height the duration on a square-root scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt

from markupsafe import Markup

from web.languages import language
from web.words import duration, gettext, ngettext

#: runs that are shown
MOST = 30
STEP, HEIGHT = 4, 20
WIDTH = MOST * STEP
#: pictures that are kept: lists show the same ones again and again
KEPT = 4096


@dataclass(frozen=True, slots=True)
class Bar:
    "`x` is the left edge; the bar stands on the lower edge."

    x: int
    y: float
    height: float
    failed: bool


@dataclass(frozen=True)
class Sparkline:
    "`band`: upper edge and height of the range from the 10th to the 90th percentile. `words` say the same."

    bars: tuple[Bar, ...]
    band: tuple[float, float]
    words: str
    median: float

    @cached_property
    def svg(self) -> Markup:
        "It is drawn when it is shown first."
        upper, height = self.band
        bars = Markup("").join(map(_rectangle, self.bars))
        return Markup(
            '<svg class="sparkline" viewBox="0 0 120 20" width="120" height="20" role="img" aria-label="{words}">'
            '<title>{words}</title><rect class="band" x="0" y="{upper}" width="120" height="{height}"></rect>'
            "{bars}</svg>"
        ).format(words=self.words, upper=upper, height=height, bars=bars)


def sparkline(runs: Iterable[tuple[float, bool]]) -> Sparkline | None:
    """Of (seconds, failed), the oldest first; the last `MOST` are shown, on the right. None without any.

    The same runs in the same language are the same object.
    """
    shown = tuple(runs)[-MOST:]
    return _of(shown, language()) if shown else None


@lru_cache(KEPT)
def _of(shown: tuple[tuple[float, bool], ...], language: str) -> Sparkline:
    "`language` is that of the reader, in which the words are."
    times = sorted(seconds for seconds, _ in shown)
    longest = sqrt(max(times[-1], 0.001))
    first = MOST - len(shown)
    bars = tuple(_bar(first + place, seconds, failed, longest) for place, (seconds, failed) in enumerate(shown))
    low, high = (_height(percentile(times, share), longest) for share in (0.1, 0.9))
    return Sparkline(bars, (HEIGHT - high, max(1.0, high - low)), _words(shown, times), percentile(times, 0.5))


def percentile(ordered: Sequence[float], share: float) -> float:
    "The value below which that share of the ordered values lies; the nearest one that occurs."
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def _height(seconds: float, longest: float) -> float:
    return round(max(2.0, HEIGHT * sqrt(max(seconds, 0.0)) / longest), 1)


def _bar(place: int, seconds: float, failed: bool, longest: float) -> Bar:
    height = _height(seconds, longest)
    return Bar(place * STEP, round(HEIGHT - height, 1), height, failed)


def _rectangle(bar: Bar) -> Markup:
    kind = "failed" if bar.failed else "run"
    mark = Markup('<path class="mark" d="M{} 0h4l-2 4z"></path>').format(bar.x - 0.5) if bar.failed else ""
    return Markup('<rect class="{}" x="{}" y="{}" width="3" height="{}"></rect>{}').format(
        kind, bar.x, bar.y, bar.height, mark
    )


def _words(shown: Sequence[tuple[float, bool]], times: Sequence[float]) -> str:
    failed = sum(1 for _, bad in shown if bad)
    middle, last = duration(percentile(times, 0.5)), duration(shown[-1][0])
    runs = ngettext("%(num)s run", "%(num)s runs", len(shown))
    times_ = gettext("median %(middle)s, last %(last)s", middle=middle, last=last)
    return f"{runs}, {times_}, {gettext('%(number)s failed', number=failed or gettext('none'))}"
