"Lines of a log by level and by time, and where in a long log a time lies."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.read.orders import StepRow
from tests.support.rows import a_step
from web import log_times
from web.log_channels import Unmarked
from web.log_sieve import LEVELS, Sieve, Stamps, rank_of, stamps_of
from web.log_text import Window, window
from web.log_times import BLOCK, Block

BEGIN = datetime(2024, 1, 31, 9, tzinfo=UTC)


def line(minute: float, level: str = "info", text: str = "text") -> str:
    "As an engine in Berlin writes it, so many minutes after the beginning."
    local = BEGIN + timedelta(minutes=minute, hours=1)
    return f"{local:%Y-%m-%d %H:%M:%S.123}+0100 [{level}]   {text}"


def at(minute: float) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def shown(sieve: Sieve, *lines: str) -> list[str]:
    data = "".join(f"{each}\n" for each in lines).encode()
    found: Window = sieve.chosen(window(data, 0, len(data), 1, True), Unmarked.BOTH, stamps_of(line(0)))
    return [each.text for each in found.lines]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("", "FATAL ERROR WARN info debug debug1 debug3 debug9 own"),
        ("debug9", "FATAL ERROR WARN info debug debug1 debug3 debug9 own"),
        ("debug3", "FATAL ERROR WARN info debug debug1 debug3 own"),
        ("debug1", "FATAL ERROR WARN info debug debug1 own"),
        ("info", "FATAL ERROR WARN info own"),
        ("warn", "FATAL ERROR WARN"),
        ("error", "FATAL ERROR"),
    ],
)
def test_a_level_shows_what_is_as_important_or_more_and_what_jobs_print_is_information(
    level: str, expected: str
) -> None:
    levels = ["FATAL", "ERROR", "WARN", "info", "debug", "debug1", "debug3", "debug9"]
    lines = [line(0, each, each) for each in levels]
    assert [each.split()[-1] for each in shown(Sieve(level=level), *lines, "own")] == expected.split()


def test_levels_are_offered_in_the_sequence_of_their_importance() -> None:
    ranks = [rank_of(line(0, level)) for level in LEVELS]
    assert ranks == sorted(set(ranks))


def test_a_line_without_time_belongs_to_the_time_before_it() -> None:
    lines = [line(0), "of nine", line(10), "of ten past", line(20), "of twenty past"]
    since, until = BEGIN + timedelta(minutes=5), BEGIN + timedelta(minutes=15)
    assert shown(Sieve(since=since, until=until), *lines) == lines[2:4]
    assert shown(Sieve(since=since), *lines) == lines[2:]
    assert shown(Sieve(until=until), *lines) == lines[:4]


def test_times_that_a_job_prints_count_when_they_can_be_those_of_the_log() -> None:
    stamps = stamps_of(line(0))
    assert stamps.of("2024-01-31 10:07:00,5 INFO of the job, in the zone of the engine") == datetime(
        2024, 1, 31, 9, 7, 0, 500_000, UTC
    )
    assert stamps.of("2024-01-31T09:07:00Z text") == datetime(2024, 1, 31, 9, 7, tzinfo=UTC)
    assert stamps.of("2019-05-01 00:00:00 a row of a table") is None
    assert stamps.of("2024-13-41 00:00:00 no time") is None
    assert stamps.of("2024-01-31 10:07") is None


def test_steps_that_lie_outside_of_the_times_and_other_nodes_are_left_out() -> None:
    rows = [
        StepRow(a_step(1, number, 70 + number, node=node, started_at=at(begin), ended_at=end), "", 0)
        for number, node, begin, end in [(1, "first", 0, at(10)), (2, "second", 10, at(20)), (3, "first", 20, None)]
    ]

    def steps(sieve: Sieve) -> list[int]:
        return [row.step.step for row in sieve.steps(rows)]

    assert steps(Sieve()) == [1, 2, 3]
    assert steps(Sieve(source="node:first")) == [1, 3]
    assert steps(Sieve(source="task:72")) == [2]
    assert steps(Sieve(since=BEGIN + timedelta(minutes=15))) == [2, 3]
    assert steps(Sieve(until=BEGIN + timedelta(minutes=15))) == [1, 2]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 300)), min_size=1, max_size=40),
    st.integers(0, 90),
)
def test_what_is_found_for_a_time_loses_no_line_of_it(pieces: list[tuple[int, bool, int]], minute: int) -> None:
    "Each piece: minutes since the one before, whether it tells its time, and how many blocks of a hundred it fills."
    now, text = 0, ""
    places: list[tuple[datetime, int, int]] = []
    for step, told, size in pieces:
        now += step if told else 0
        piece = f"{line(now) if told else 'without time'}\n" + "x" * 99 + "\n" * (size > 0) + ("x" * 99 + "\n") * size
        places.append((BEGIN + timedelta(minutes=now), len(text), len(text) + len(piece)))
        text += piece
    wanted = BEGIN + timedelta(minutes=minute)
    stamps = Stamps()

    def look(offset: int) -> Block:
        begin = text.find("\n", offset - 1) + 1 if offset else 0
        end = min(len(text), begin + BLOCK // 64)
        times = (stamps.of(each) for each in text[begin:end].splitlines())
        return Block(begin, end, next((moment for moment in times if moment is not None), None))

    begin = log_times.begin_of(look, 0, len(text), wanted)
    end = log_times.end_of(look, 0, len(text), wanted)
    for moment, first, last in places:
        assert moment < wanted - timedelta(0) or first >= begin or last > begin
        if moment >= wanted:
            assert begin <= first
        if moment < wanted and end is not None:
            assert last <= end or first >= len(text)
    assert begin == 0 or text[begin - 1] == "\n"
