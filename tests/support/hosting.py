"What a background service needs, on a database of a test: settings, the right, a clock that the test moves."

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Connection, Table, select

from models.batch import Writer
from models.connect import reading, writing
from models.right import Right
from netcore.options import parse_options
from netcore.services.service import Surroundings
from netcore.settings import read_settings
from scheduler.changes import Change
from tests.support.rows import SCHEDULER


class Hosting:
    "`around` is what a service is given; `later` moves its clock and the one that never goes back."

    def __init__(self, url: str, directory: Path, scheduler_id: str = SCHEDULER) -> None:
        self.config = directory / "config"
        (self.config / "live").mkdir(parents=True, exist_ok=True)
        mistakes: list[str] = []
        words = [f"-id={scheduler_id}", f"-config={self.config}", f"-db={url}", f"-var-dir={directory / 'var'}"]
        settings = read_settings(parse_options(words, mistakes), {}, mistakes)
        assert not mistakes, mistakes
        self.url = url
        self.now = datetime.now(UTC)
        self.monotonic = 1000.0
        self.right = Right(url, scheduler_id, "one", "token one")
        self.right.take(None, self.now)
        self.around = Surroundings(settings, self.right, lambda: self.now, Event())

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds

    def rules(self, text: str) -> None:
        self.config.joinpath("monitor.xml").write_text(text)

    def write(self, *changes: Change, at: datetime | None = None) -> None:
        "As an engine does."
        writer = Writer(self.url, SCHEDULER, "demo")
        writer.open(at or self.now)
        writer.write(list(changes), now=at or self.now)
        writer.close()

    @contextmanager
    def connection(self) -> Any:
        with writing(self.right.engine) as connection:
            yield connection

    def rows(self, table: Table) -> Sequence[Any]:
        with reading(self.right.engine) as connection:
            return self._all(connection, table)

    @staticmethod
    def _all(connection: Connection, table: Table) -> Sequence[Any]:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

    def close(self) -> None:
        self.right.close()
