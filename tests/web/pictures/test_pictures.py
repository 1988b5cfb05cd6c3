"""Pictures are geometry: they stay inside their frame, lose nothing, and say in words what they show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pictures import sparkline as lines
from web.pictures.chain_graph import MOST, Graph, Link, graph
from web.pictures.hours import HEIGHT, Counts, bucket, columns
from web.pictures.month import month
from web.pictures.sparkline import sparkline
from web.pictures.timeline import MOST_IN_ROW, NARROWEST, WIDTH, Row, Span, by_folder, clash, jumps, timeline
from web.pictures.usual import FEWEST, usual
from web.pictures.usual import WIDTH as USUAL_WIDTH

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
MIDNIGHT = NOON.replace(hour=0)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


# ---- sparkline ----


@given(st.lists(st.tuples(st.floats(0, 1e7), st.booleans()), min_size=1, max_size=80))
def test_every_bar_of_a_sparkline_stands_inside_on_the_lower_edge(runs: list[tuple[float, bool]]) -> None:
    picture = sparkline(runs)
    assert picture is not None
    assert len(picture.bars) == min(len(runs), lines.MOST)
    for bar in picture.bars:
        assert 0 <= bar.x < lines.WIDTH
        assert abs(bar.y + bar.height - lines.HEIGHT) < 0.2
        assert bar.height >= 2
    assert [bar.failed for bar in picture.bars] == [failed for _, failed in runs[-lines.MOST :]]


def test_a_sparkline_says_what_it_shows() -> None:
    picture = sparkline([(250.0, False)] * 28 + [(250.0, True), (362.0, True)])
    assert picture is not None
    assert picture.words == "30 runs, median 4 min 10 s, last 6 min 02 s, 2 failed"


def test_nothing_ran_is_no_picture() -> None:
    assert sparkline([]) is None


# ---- columns ----


def test_the_parts_of_a_column_are_stacked_and_the_highest_one_is_full() -> None:
    counts = {MIDNIGHT: Counts(good=2, failed=1), MIDNIGHT + HOUR: Counts(good=10, running=1, planned=1)}
    picture = columns(counts, MIDNIGHT, MIDNIGHT + DAY, HOUR, NOON)
    assert len(picture.columns) == 24
    assert picture.most == 12
    assert picture.cursor == picture.width / 2
    full = picture.columns[1]
    assert [part.kind for part in full.parts] == ["good", "running", "planned"]
    assert abs(sum(part.height for part in full.parts) - HEIGHT) < 0.5
    assert picture.total.words == "12 done, 1 failed, 1 running, 1 to come"


def test_outside_of_the_range_there_is_no_cursor() -> None:
    assert columns({}, MIDNIGHT, NOON, HOUR, NOON + DAY).cursor is None


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_lies_in_its_bucket(moment: datetime) -> None:
    begin = bucket(moment, MIDNIGHT, HOUR)
    assert begin <= moment < begin + HOUR


# ---- durations against what is usual ----


@given(st.floats(0, 1e6), st.lists(st.floats(0, 1e6), min_size=FEWEST, max_size=40).map(sorted))
def test_a_duration_and_the_usual_range_fit_into_the_picture(seconds: float, ordered: list[float]) -> None:
    found = usual(seconds, ordered)
    assert found is not None
    assert 0 <= found.low < found.high <= USUAL_WIDTH
    assert 1 <= found.length <= USUAL_WIDTH


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "shorter than usual, 2.0 s to 9.0 s"), (5, "as usual, 2.0 s to 9.0 s"),
     (60, "longer than usual, 2.0 s to 9.0 s")],
)  # fmt: skip
def test_the_words_say_the_same(seconds: float, words: str) -> None:
    found = usual(seconds, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    assert found is not None
    assert found.words == words


def test_after_few_runs_nothing_is_usual() -> None:
    assert usual(1, [1.0] * (FEWEST - 1)) is None


# ---- timeline ----

KINDS = st.sampled_from(["planned", "running", "done", "failed", "held"])


@given(st.lists(st.tuples(st.integers(-2000, 4000), st.one_of(st.none(), st.integers(0, 2000)), KINDS), max_size=90))
def test_bars_stay_inside_and_are_never_too_narrow_to_see(spans: list[tuple[int, int | None, str]]) -> None:
    made = tuple(
        Span(
            MIDNIGHT + timedelta(minutes=begin),
            None if length is None else MIDNIGHT + timedelta(minutes=begin + length),
            kind,  # type: ignore[arg-type]
        )
        for begin, length, kind in spans
    )
    [row] = timeline([Row("a", "", made)], MIDNIGHT, MIDNIGHT + DAY, NOON, clock).rows
    for bar in row.bars:
        assert bar.x >= 0
        assert bar.x + bar.width + bar.rest <= WIDTH + 0.2
        assert bar.width >= NARROWEST
    assert not (row.bars and row.cells)


def test_very_many_bars_become_a_band_that_still_shows_failures() -> None:
    spans = [Span(MIDNIGHT + timedelta(minutes=minute), None, "done") for minute in range(0, 1440, 5)]
    spans[100] = Span(spans[100].begin, None, "failed")
    [row] = timeline([Row("a", "", tuple(spans))], MIDNIGHT, MIDNIGHT + DAY, NOON, clock).rows
    assert len(spans) > MOST_IN_ROW
    assert not row.bars
    assert sum(cell.failed for cell in row.cells) == 1
    assert row.words == "1 failed, 287 done"


def test_what_repeats_says_how_its_runs_ended_instead_of_that_it_is_one_thing_that_runs() -> None:
    span = Span(MIDNIGHT, None, "running", words=lambda: "every 30 s, 96 ok, 1 failed", dense=True)
    [row] = timeline([Row("a", "", (span,))], MIDNIGHT, MIDNIGHT + DAY, NOON, clock).rows
    assert row.words == "every 30 s, 96 ok, 1 failed"


@pytest.mark.parametrize(("late", "drawn"), [(HOUR, 100 * 10 / 24), (20 * HOUR, 0.0), (timedelta(seconds=5), None)])
def test_a_late_start_has_a_hook_from_its_planned_one(late: timedelta, drawn: float | None) -> None:
    begin = NOON - HOUR
    span = Span(begin, NOON, "done", planned=begin - late)
    [row] = timeline([Row("a", "", (span,))], MIDNIGHT, MIDNIGHT + DAY, NOON, clock).rows
    assert row.bars[0].hook == (None if drawn is None else pytest.approx(drawn, abs=0.1))


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [(6, 12, (25, 25)), (-5, 6, (0, 25)), (18, 30, (75, 25)), (24, 25, None), (-2, 0, None), (6, 6.001, (25, 0.3))],
)
def test_a_clash_is_marked_where_it_lies_in_the_picture(
    begin: float, end: float, found: tuple[float, float] | None
) -> None:
    mark = clash(MIDNIGHT + begin * HOUR, MIDNIGHT + end * HOUR, 3, "words", (MIDNIGHT, MIDNIGHT + DAY))
    assert (mark and (mark.x, mark.width)) == found


def test_what_runs_longer_than_expected_is_marked() -> None:
    span = Span(NOON - 2 * HOUR, None, "running", expected=NOON - HOUR)
    [row] = timeline([Row("a", "", (span,))], MIDNIGHT, MIDNIGHT + DAY, NOON, clock).rows
    assert row.bars[0].beyond == pytest.approx(100 / 24, abs=0.1)


def test_a_closed_folder_is_one_row_of_all_that_is_in_it() -> None:
    rows = [
        Row(name, "", (Span(MIDNIGHT + at * HOUR, None, "done"),), folder=folder)
        for at, (folder, name) in enumerate([("/b", "x"), ("/a", "z"), ("/a/c", "y"), ("/a", "y")])
    ]
    assert [(row.folder, row.name) for row in by_folder(rows, ())] == [
        ("/a", "y"), ("/a", "z"), ("/a/c", "y"), ("/b", "x"),
    ]  # fmt: skip
    [closed, *others] = by_folder(rows, {"/a"})
    assert (closed.name, closed.number, len(closed.spans), len(others)) == ("", 2, 2, 2)


@pytest.mark.parametrize(
    ("day", "found"),
    [("2026-03-29", [(100 * 2 / 23, 0.3, "02:00 to 03:00 does not exist: the clock is put forward")]),
     ("2026-10-25", [(100 * 2 / 25, 100 * 2 / 25, "02:00 to 03:00 comes twice: the clock is put back")]),
     ("2026-10-26", [])],
)  # fmt: skip
def test_a_change_of_the_clock_is_a_gap_or_two_equal_hours(day: str, found: list[tuple[float, float, str]]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime.fromisoformat(day).replace(tzinfo=zone)
    end = begin + DAY  # by the clock on the wall
    assert [(each.x, each.width, each.words) for each in jumps(begin.astimezone(UTC), end.astimezone(UTC), zone)] == [
        (pytest.approx(x, abs=0.01), pytest.approx(width, abs=0.01), words) for x, width, words in found
    ]


def test_a_day_on_which_the_clock_changes_has_its_own_number_of_hours() -> None:
    assert len(timeline([], MIDNIGHT, MIDNIGHT + 23 * HOUR, NOON, clock).marks) == 23


# ---- chain graph ----


def inside(picture: Graph) -> bool:
    return all(
        box.x >= 0 and box.y >= 0 and box.x + box.width <= picture.width and box.y + box.height <= picture.height
        for box in picture.boxes
    )


def test_a_straight_chain_runs_from_left_to_right() -> None:
    picture = graph([Link("a", "b", "bad"), Link("b", "ok", "bad"), Link("ok", end=True), Link("bad", end=True)])
    place = {box.name: box for box in picture.boxes}
    assert place["a"].x < place["b"].x < place["ok"].x == place["bad"].x
    assert {(edge.source, edge.target, edge.error) for edge in picture.edges} == {
        ("a", "b", False), ("a", "bad", True), ("b", "ok", False), ("b", "bad", True)
    }  # fmt: skip


def test_an_edge_that_leads_back_is_drawn_below() -> None:
    picture = graph([Link("load", "done", "mend"), Link("mend", "load", ""), Link("done", end=True)])
    [back] = [edge for edge in picture.edges if (edge.source, edge.target) == ("mend", "load")]
    assert "V" in back.path
    assert inside(picture)


NAMES = [f"n{number}" for number in range(12)]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=12))
def test_any_chain_is_drawn_with_every_node_once_and_none_over_another(targets: list[tuple[str, str]]) -> None:
    links = [Link(f"n{number}", target, error) for number, (target, error) in enumerate(targets)]
    picture = graph(links)
    assert sorted(box.name for box in picture.boxes) == sorted(link.name for link in links)
    assert inside(picture)
    boxes = sorted(picture.boxes, key=lambda box: (box.x, box.y))
    for one, other in pairwise(boxes):
        assert one.x + one.width <= other.x or one.y + one.height <= other.y


def test_of_a_very_long_chain_the_part_around_the_chosen_node_is_drawn() -> None:
    links = [Link(str(number), str(number + 1), "bad") for number in range(200)]
    links += [Link("200", end=True), Link("bad", end=True)]
    picture = graph(links, "100")
    names = {box.name for box in picture.boxes}
    assert {"98", "99", "100", "101", "102"} <= names
    assert len(names) < MOST
    assert picture.left_out == len(links) - len(names)


# ---- month ----


def test_a_month_has_whole_weeks_and_knows_today() -> None:
    counts = {date(2026, 3, 29): Counts(good=40), date(2026, 3, 30): Counts(planned=1)}
    picture = month(counts, date(2026, 3, 5), date(2026, 3, 29))
    days = [each for week in picture.weeks for each in week]
    assert len(days) % 7 == 0
    assert days[0].day.weekday() == 0
    assert [each.day for each in days if each.today] == [date(2026, 3, 29)]
    density = {each.day: each.density for each in days}
    assert density[date(2026, 3, 29)] > density[date(2026, 3, 30)] > 0
    assert (picture.previous, picture.next) == (date(2026, 2, 1), date(2026, 4, 1))


# ---- heartbeats ----


def test_an_end_that_is_reached_after_errors_only_looks_otherwise() -> None:
    drawn = graph([Link("a", "b", "x"), Link("b", "done", "x"), Link("done", end=True), Link("x", end=True)])
    assert {box.name: box.bad for box in drawn.boxes} == {"a": False, "b": False, "done": False, "x": True}
    both = graph([Link("a", "x", "x"), Link("x", end=True)])
    assert not any(box.bad for box in both.boxes)
