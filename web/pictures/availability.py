"""Whether a member was heard of, over the last 24 hours or 30 days: a bar for each hour or day, its height the share of
minutes in which it was.

    heard all the time   a full bar          no record   a gap: nobody watched, or the member was not running
    silent at times      a lower one, with a mark above
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.beats import Heard, Span
from web.words import N_, NN_, gettext, ngettext, percent, translated

#: parts of a strip
PARTS: dict[Span, int] = {"hour": 24, "day": 30}
STEP, WIDTH, HEIGHT = 10, 300, 24
_PERIODS: dict[Span, str] = {"hour": N_("24 hours"), "day": N_("30 days")}
_GAPS: dict[Span, tuple[str, str]] = {
    "hour": NN_("silent in %(num)s hour", "silent in %(num)s hours"),
    "day": NN_("silent in %(num)s day", "silent in %(num)s days"),
}
_LENGTH = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Bar:
    "`x` is the left edge; the bar stands on the lower edge. `gap`: minutes of it were silent."

    x: int
    height: int
    gap: bool


@dataclass(frozen=True, slots=True)
class Availability:
    "`words` say the same. `width` of the picture."

    bars: tuple[Bar, ...]
    words: str
    width: int


def begin_of(span: Span, now: datetime) -> datetime:
    "The first instant of a strip that ends with the hour or the day (of UTC) of `now`."
    whole = now.replace(minute=0, second=0, microsecond=0)
    return (whole if span == "hour" else whole.replace(hour=0)) - (PARTS[span] - 1) * _LENGTH[span]


def availability(heard: Iterable[Heard], span: Span, now: datetime) -> Availability:
    "Of one member, from `begin_of(span, now)` on."
    begin, length = begin_of(span, now), _LENGTH[span]
    known = {(each.begin - begin) // length: each for each in heard}
    shown = {place: each for place, each in sorted(known.items()) if 0 <= place < PARTS[span]}
    bars = tuple(_bar(place, each) for place, each in shown.items())
    return Availability(bars, _words(list(shown.values()), span), PARTS[span] * STEP)


def _bar(place: int, heard: Heard) -> Bar:
    share = (heard.minutes - heard.silent) / heard.minutes
    return Bar(place * STEP, max(1, round((HEIGHT - 4) * share)), heard.silent > 0)


def _words(heard: list[Heard], span: Span) -> str:
    minutes, silent = sum(each.minutes for each in heard), sum(each.silent for each in heard)
    period = translated(_PERIODS[span])
    if not minutes:
        return gettext("Nothing is recorded of the last %(period)s", period=period)
    counted = ngettext("%(num)s recorded minute", "%(num)s recorded minutes", minutes)
    share = percent((minutes - silent) / minutes)
    words = gettext(
        "Last %(period)s: heard of in %(share)s of %(minutes)s", period=period, share=share, minutes=counted
    )
    gaps = sum(1 for each in heard if each.silent)
    if not gaps:
        return words
    one, many = _GAPS[span]
    return f"{words}, {ngettext(one, many, gaps)}"
