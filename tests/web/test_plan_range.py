"A timeline shows the day or a part of it; each part has its neighbours, and they stay within the day."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import Rows, a_task
from tests.support.web_site import Site, tree
from web.pictures.timeline import Row, Span, Timeline
from web.plan_range import MARKS, Range, drawn, range_of

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOON = BEGIN + 12 * HOUR


@given(
    hours=st.sampled_from(list(MARKS)),
    at=st.none() | st.integers(0, 10**15),
    now=st.integers(-3000, 3000),
    day=st.sampled_from([23, 24, 25]),
)
def test_every_part_lies_in_the_day_and_so_do_its_neighbours(hours: int, at: int | None, now: int, day: int) -> None:
    end = BEGIN + day * HOUR
    part = range_of(BEGIN, end, hours, at, BEGIN + now * MINUTE)
    assert part.begin >= BEGIN
    assert part.end <= end
    assert part.end - part.begin == (hours or day) * HOUR
    for neighbour in (part.earlier, part.later):
        if neighbour is not None:
            other = range_of(BEGIN, end, hours, neighbour, NOON)
            assert other.begin != part.begin
            assert part.begin <= other.end
            assert other.begin <= part.end, "nothing lies between the two"


@pytest.mark.parametrize(
    ("hours", "now", "begin"),
    [(4, NOON, "11:00"), (1, NOON + 7 * MINUTE, "11:50"), (12, NOON, "09:00"), (4, NOON + DAY, "00:00"),
     (4, BEGIN, "00:00"), (4, BEGIN + 23 * HOUR, "20:00")],
)  # fmt: skip
def test_without_a_place_it_is_around_now(hours: int, now: datetime, begin: str) -> None:
    assert f"{range_of(BEGIN, BEGIN + DAY, hours, None, now).begin:%H:%M}" == begin


def test_one_looks_closer_step_by_step_and_back() -> None:
    lengths = [range_of(BEGIN, BEGIN + DAY, hours, None, NOON) for hours in MARKS]
    assert [part.closer for part in lengths] == [12, 4, 1, None]
    assert [part.wider for part in lengths] == [None, 0, 12, 4]


def test_a_part_leaves_out_rows_without_anything_in_it() -> None:
    spans = {name: Span(BEGIN + at * HOUR, BEGIN + (at + 1) * HOUR, "done") for name, at in (("a", 2), ("b", 11))}
    rows = [Row(name, "", (span,)) for name, span in spans.items()]
    for hours, names in ((0, ["a", "b"]), (4, ["b"])):
        found = drawn_for_reader(rows, range_of(BEGIN, BEGIN + DAY, hours, None, NOON), NOON)
        assert [row.name for row in found.rows] == names
        assert len(found.marks) == (24 if not hours else 16)


def drawn_for_reader(rows: list[Row], part: Range, now: datetime) -> Timeline:
    "As somebody sees it who has closed no folder."
    app = Flask(__name__)
    with app.test_request_context("/"):
        g.zone = ZoneInfo("UTC")
        return drawn(rows, part, now)


def test_the_page_offers_the_parts_and_keeps_the_day(site: Site) -> None:
    now = datetime.now(UTC)
    with Rows(site.url) as rows:
        rows.put(a_task(60, "/sales/load", started_at=now, ended_at=now))
    address = f"/s/demo/plan?view=timeline&day={now:%Y-%m-%d}"
    page = site.get(address)
    assert tree(page).xpath("//a[@data-key='+']/text()") == ["Closer: 12 h"]
    close = site.get(f"{address}&hours=1&at=0")
    assert tree(close).xpath("//a[@data-key='+' or @data-key='-']/text()") == ["Wider: 4 h"]
    later = tree(close).xpath("//a[text()='Later']/@href")[0]
    assert "at=30" in later
    assert f"day={now:%Y-%m-%d}" in later
    part = tree(site.get(f"{address}&hours=4&at={max(0, now.hour - 1) * 60}"))
    assert part.xpath("//tr[@data-row]//a[@href][1]/text()") .count("load") == 1
    assert tree(site.get(f"{address}&hours=5")).xpath("//a[@data-key='+']/text()") == ["Closer: 12 h"]
