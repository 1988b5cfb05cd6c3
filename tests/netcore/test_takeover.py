"A member that waits makes what a take-over needs while there is time."

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from models.batch import Writer
from models.connect import create, reading
from models.load import load
from netcore.cluster.takeover import rehearse
from netcore.preparation import make_world
from scheduler.hold import Hold, HoldKind
from scheduler.identity import Identity
from scheduler.messages import Activated
from scheduler.params import NONE
from scheduler.records import Pause
from scheduler.step import step
from tests.support.records import NOW, later, putting


def test_what_loading_asks_was_asked_before(database_url: str) -> None:
    store = create(database_url, "watcher")
    store.update_execution_options(compiled_cache={})  # nothing that other tests have asked
    new: list[str] = []

    @event.listens_for(store, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context.cache_hit is not CacheStats.CACHE_HIT and statement != "BEGIN":
            new.append(statement)

    rehearse(store)
    assert new, "they are made once"
    new.clear()
    with reading(store) as connection:
        load(connection, "any")
    store.dispose()
    assert new == []


@pytest.mark.parametrize("seconds", [30, 90])
def test_the_next_member_ends_a_pause_at_its_time_or_at_once_if_that_has_passed(
    database_url: str, seconds: float
) -> None:
    writer = Writer(database_url, "s", "first")
    writer.open(NOW)
    writer.write([putting(Pause(True), Hold(HoldKind.SCHEDULER, "/", later(60), "ann"))], now=NOW)
    writer.close()
    store = create(database_url, "watcher")
    with reading(store) as connection:
        loaded = load(connection, "s")
    store.dispose()
    settings: Any = SimpleNamespace(params=NONE, distributed=False)
    began = NOW + timedelta(seconds=seconds)
    world = make_world(Identity(), loaded, settings, began)
    assert world.paused
    assert world.next_wake == later(60)
    step(world, Activated(), began)
    assert world.paused is (seconds < 60)
    assert len(world.holds) == world.paused
