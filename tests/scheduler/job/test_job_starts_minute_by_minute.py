"""The starts of a job against a model that knows only minutes and looks at every one of them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.job_clock import JobClock, job_with, times_of

DAY = 1440
DAYS = 3


@dataclass(frozen=True)
class Span:
    "Minutes of the day; at most one of the two steps is not 0. `end` None: a single start."

    begin: int
    end: int | None
    repeat: int = 0
    grid: int = 0

    def xml(self) -> str:
        if self.end is None:
            return f'<period single_start="{clock(self.begin)}"/>'
        step = f' repeat="{self.repeat * 60}"' if self.repeat else ""
        step += f' absolute_repeat="{self.grid * 60}"' if self.grid else ""
        return f'<period begin="{clock(self.begin)}" end="{clock(self.end)}"{step}/>'


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class Model:
    def __init__(self, spans: list[Span]) -> None:
        each_day = [(span, day * DAY) for day in range(DAYS + 1) for span in sorted(spans, key=lambda s: s.begin)]
        self.intervals = [(day + s.begin, day + s.end, s.repeat) for s, day in each_day if s.end is not None]
        self.fixed = {day + s.begin for s, day in each_day if s.end is None}
        for span, day in each_day:
            if span.end is not None and span.grid:
                self.fixed |= set(range(day + span.begin, day + span.end, span.grid))

    def interval(self, minute: int) -> tuple[int, int, int] | None:
        return next((each for each in self.intervals if each[0] <= minute < each[1]), None)

    def repeat_from(self, minute: int) -> int | None:
        "The intervals hold one after the other, each until its end."
        while minute < (DAYS + 1) * DAY:
            holds = self.interval(minute)
            if holds is not None and holds[2]:
                return minute
            minute = holds[1] if holds is not None else minute + 1
        return None

    def after(self, minute: int) -> int | None:
        holds = self.interval(minute)
        if holds is None or not holds[2]:
            return self.repeat_from(minute)
        return minute + holds[2] if minute + holds[2] < holds[1] else self.repeat_from(holds[1])

    def starts(self, loaded: int, duration: int) -> list[int]:
        found: list[int] = []
        ends, repeat = None, self.repeat_from(loaded)
        for minute in range(loaded, DAYS * DAY):
            if ends is not None and minute >= ends:
                ends, repeat = None, self.after(minute)
            is_due = minute in self.fixed or (repeat is not None and repeat <= minute and self.interval(minute))
            if ends is None and is_due:
                found.append(minute)
                ends = minute + duration
        return found


minutes = st.integers(0, DAY // 10 - 1).map(lambda ten: ten * 10)
steps = st.integers(1, 40).map(lambda ten: ten * 10)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    begin = draw(minutes)
    if draw(st.booleans()):
        return Span(begin, None)
    end = draw(st.integers(begin // 10 + 1, DAY // 10)) * 10
    kind = draw(st.sampled_from(["", "repeat", "repeat", "grid"]))
    return Span(begin, end, **({kind: draw(steps)} if kind else {}))


@settings(max_examples=60, deadline=None)
@given(st.lists(spans(), min_size=1, max_size=4, unique=True), minutes, st.integers(1, 300))
def test_a_job_starts_at_the_minutes_at_which_the_model_starts_it(
    given_spans: list[Span], loaded: int, lasts: int
) -> None:
    text = f"<run_time>{''.join(span.xml() for span in given_spans)}</run_time>"
    engine = JobClock(f"2024-03-01 {clock(loaded)}", job_with(text), zone=ZoneInfo("UTC"))
    found = times_of(engine.starts_until(f"2024-03-0{DAYS} 23:59", seconds=60 * lasts))
    expected = [f"03-0{1 + m // DAY} {clock(m % DAY)}" for m in Model(given_spans).starts(loaded, lasts)]
    assert found == expected
