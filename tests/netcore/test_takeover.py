"A member that waits makes what a take-over needs while there is time."

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from models.connect import create, reading
from models.load import load
from netcore.cluster.takeover import rehearse


def test_what_loading_asks_was_asked_before(database_url: str) -> None:
    store = create(database_url, "watcher")
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
