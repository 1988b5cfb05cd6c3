"The first looks of a member: what comes before its own row is written."

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import read
from models.connect import reading
from netcore.cluster import watcher
from netcore.cluster.watcher import Watcher
from tests.support.sharing import ME, Shared


@pytest.mark.parametrize("distributed", [False, True], ids=["passive", "active"])
def test_the_row_of_an_earlier_life_stands_until_what_that_has_left_is_gone(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, distributed: bool
) -> None:
    shared = Shared(tmp_path, sqlite_url)
    shared.opened.member = replace(ME, run_token="r9", clustered=True, distributed=distributed)
    shared.opened.bell = None
    told: list[str] = []

    def run() -> str:
        with reading(shared.engine) as connection:
            return next(m.run_token for m in read.members(connection, "id") if m.member_id == ME.member_id)

    found: list[str] = []
    monkeypatch.setattr(watcher, "end_leftover_processes", lambda *_: found.append(run()))
    reactor: Any = SimpleNamespace(callFromThread=lambda call, *_: told.append(call.__name__))
    host: Any = SimpleNamespace(seen=_named("seen"), database=_named("database"), crew=_named("crew"))
    looking = Watcher(reactor, shared.settings, shared.opened, host, lambda: True)
    try:
        looking._turn()
        assert set(found) == {ME.run_token}
        assert (run(), told) == ("r9", [])
        looking._turn()
        assert told == ["seen"], "what it sees holds its own row from the beginning"
    finally:
        looking._hints.forget()
        looking.stop()
        shared.close()


def _named(name: str) -> Any:
    def call(*_: object) -> None: ...

    call.__name__ = name
    return call
