"Run times as fields and back: what fields can say comes back the same, and what they cannot say is never lost."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.web_site import Site
from web.comparison import plain_xml
from web.run_time_fields import Fields, Line, fields_of, parsed, source_of

ROOT = parsed("<run_time/>")
assert ROOT is not None

SAME = [
    "<run_time/>",
    '<run_time time_zone="Europe/Berlin"><period single_start="02:00"/><period single_start="14:30"/></run_time>',
    '<run_time><period begin="08:00" end="18:00" absolute_repeat="3600"/></run_time>',
    '<run_time><period begin="08:00" repeat="60"/><weekdays><day day="1 2"><period single_start="03:00"/></day>'
    '<day day="0"><period end="12:00"/></day></weekdays></run_time>',
    '<schedule title="x" substitute="/a" valid_from="2026-01-01 00:00:00"><date date="2026-12-24">'
    '<period single_start="10:00"/></date><monthdays><day day="1 15"><period single_start="01:00"/></day></monthdays>'
    '<ultimos><day day="0"><period single_start="23:00"/></day></ultimos></schedule>',
    '<run_time calendar="/bank"><period single_start="02:00"/><holidays><holiday date="2026-12-25"/></holidays>'
    "</run_time>",
]


@pytest.mark.parametrize("source", SAME)
def test_what_fields_can_say_comes_back_the_same(source: str, site: Site) -> None:
    root = parsed(source)
    assert root is not None
    with site.app.test_request_context():
        fields = fields_of(root)
        assert fields.more == ()
        assert plain_xml(source_of(fields, root)) == plain_xml(source)


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ('<run_time once="yes"/>', "once"),
        ('<run_time><period single_start="02:00" when_holiday="ignore_holiday"/></run_time>', "when_holiday="),
        ('<run_time><month month="1"/></run_time>', "<month>"),
        ('<run_time><monthdays><weekday day="1" which="2"/></monthdays></run_time>', "<weekday>"),
        ("<run_time><!-- why --></run_time>", "a comment"),
        ('<run_time><holidays><include live_file="x"/></holidays></run_time>', "<include>"),
        ('<run_time schedule="/x"/>', "schedule"),
        ('<run_time><at at="2026-01-01 10:00"/></run_time>', "<at>"),
    ],
)
def test_what_fields_cannot_say_is_named(source: str, more: str, site: Site) -> None:
    root = parsed(source)
    assert root is not None
    with site.app.test_request_context():
        assert fields_of(root).more == (more,)


@pytest.mark.parametrize(("typed", "numbers"), [
    ("Mon-Fri", "1 2 3 4 5"), ("Sat-Mon", "6 0 1"), ("mon, wed", "1 3"), ("monday 2", "1 2"), ("someday", "someday"),
])  # fmt: skip
def test_weekdays_are_typed_by_name(typed: str, numbers: str, site: Site) -> None:
    with site.app.test_request_context():
        source = source_of(Fields((Line("weekdays", typed, "at", "02:00"),)), ROOT)
    assert f'day="{numbers}"' in source


TIMES = st.integers(0, 23).map(lambda hour: f"{hour:02}:30")
LINES = st.one_of(
    st.builds(lambda at: Line("every", "", "at", " ".join(at)), st.lists(TIMES, min_size=1, max_size=3)),
    st.builds(lambda day, at: Line("monthdays", str(day), "at", at), st.integers(1, 31), TIMES),
    st.builds(lambda at, seconds: Line("ultimos", "0", "repeat", "", at, "24:00", str(seconds)), TIMES,
              st.integers(1, 9999)),
)  # fmt: skip


@given(st.lists(LINES, max_size=6))
def test_fields_lose_nothing_on_their_way_through_the_text(lines: list[Line]) -> None:
    once = source_of(Fields(tuple(lines)), ROOT)
    root = parsed(once)
    assert root is not None
    assert source_of(fields_of(root), root) == once


@pytest.mark.parametrize("source", ["", "<job/>", "<run_time", "<!DOCTYPE run_time><run_time/>"])
def test_other_texts_have_no_fields(source: str) -> None:
    assert parsed(source) is None
