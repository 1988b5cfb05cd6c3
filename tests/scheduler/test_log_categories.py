"Parts of the engine whose debug lines are written, by their dotted names."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.actions import ResetLogCategories, SetLogCategory
from scheduler.errors import Code
from scheduler.log_categories import LogCategories
from tests.support.asked import asked, decided
from tests.support.refusals import refused
from tests.support.worlds import START, Engine

NOW = datetime(2024, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "name", "shown"),
    [
        ({}, "netcore.scribe", False),
        ({"all": True}, "netcore.scribe", True),
        ({"netcore": True}, "netcore.scribe.Scribe", True),
        ({"netcore": True}, "netcores.scribe", False),
        ({"netcore.scribe": True}, "netcore", False),
        ({"netcore": True, "netcore.scribe": False}, "netcore.scribe.Scribe", False),
        ({"all": True, "twisted": False}, "twisted.web", False),
        ({"all": True}, "", True),
    ],
)
def test_the_innermost_category_that_is_set_decides(given: dict[str, bool], name: str, shown: bool) -> None:
    categories = LogCategories()
    for category, on in given.items():
        categories.set(category, on)
    assert categories.shows(name, NOW) is shown


def test_a_reset_counts_from_its_instant_on() -> None:
    categories = LogCategories()
    categories.set("all", True)
    categories.reset(NOW + timedelta(seconds=3))
    assert categories.shows("x", NOW + timedelta(seconds=2))
    assert [each.used for each in categories.all(NOW)] == [1]
    assert not categories.shows("x", NOW + timedelta(seconds=3))
    assert categories.all(NOW) == [("all", False, 0)]
    assert categories.reset_at is None


def test_commands_set_show_and_reset_them() -> None:
    engine = Engine()
    [action] = decided(engine, '<scheduler_log.log_categories.set category="netcore.scribe"/>').actions
    assert action == SetLogCategory("netcore.scribe", True)
    text = '<scheduler_log.log_categories.set category="netcore.scribe" value="no" delay="60"/>'
    actions = decided(engine, text).actions
    assert actions == [SetLogCategory("netcore.scribe", False), ResetLogCategories(START + timedelta(seconds=60))]
    engine.world.log_categories.set("netcore.scribe", True)
    shown = asked(engine, "<scheduler_log.log_categories.show/>")
    assert (shown.get("categories"), shown.get("reset_at")) == ("netcore.scribe", None)
    assert [dict(each.attrib) for each in shown] == [
        {"path": "all", "value": "0", "mode": "implicit", "children_too": "yes"},
        {"path": "netcore.scribe", "value": "1", "mode": "explicit", "children_too": "yes"},
    ]
    [action] = decided(engine, '<scheduler_log.log_categories.reset delay="60"/>').actions
    assert action == ResetLogCategories(START + timedelta(seconds=60))
    engine.world.log_categories.reset(START + timedelta(seconds=60))
    assert asked(engine, "<scheduler_log.log_categories.show/>").get("reset_at") == "2024-01-31T10:21:30.000Z"


def test_whoever_may_only_ask_cannot_fill_the_memory_with_them() -> None:
    engine = Engine()
    with refused(Code.BAD_NAME):
        decided(engine, f'<scheduler_log.log_categories.set category="{"x" * 101}"/>')
    for number in range(100):
        engine.world.log_categories.set(f"c{number}", True)
    with refused(Code.NOT_ALLOWED):
        decided(engine, '<scheduler_log.log_categories.set category="one.more"/>')
    decided(engine, '<scheduler_log.log_categories.set category="c1" value="no"/>')
