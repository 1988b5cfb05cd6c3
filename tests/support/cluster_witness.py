"""Who writes, and with what right: seen by the database itself, and by a reader who looks all the time.

The numbers of the journal rise without gaps, and the row of the right holds the last one. So whoever writes past the
fence writes a number above that one, or says something else of a number that was written; a trigger in front of each
row notes both. Of what members report that do not lead, it notes whether their run was dead by then.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from sqlalchemy import Connection, text

from models.connect import create, reading, writing
from models.errors import StoreError
from models.lease import Lease, read_lease
from models.members import Member
from models.read import members

#: seconds between the look that finds a new holder and the last beat of the old one that was on its way before
TOLERANCE = 0.5

_RIGHTS = {
    "journal": (
        "NEW.id", "NEW.kind || ' ' || NEW.object || ' ' || coalesce(NEW.detail, 'null')",
        "EXISTS (SELECT 1 FROM leases WHERE scheduler_id = NEW.scheduler_id AND journal_id >= NEW.id)",
    ),
    "step_reports": (
        "NEW.task_id", "NEW.heard || ' ' || NEW.member_run",
        "EXISTS (SELECT 1 FROM members WHERE scheduler_id = NEW.scheduler_id AND run_token = NEW.member_run AND NOT dead)",  # noqa: E501
    ),
}  # fmt: skip
_ON_SQLITE = (
    "CREATE TABLE witness (number INTEGER PRIMARY KEY, what TEXT, id INTEGER, permitted BOOLEAN, said TEXT)",
    "CREATE TRIGGER witness_{what} BEFORE INSERT ON {what} BEGIN {insert}; END",
)
_ON_POSTGRES = (
    "CREATE TABLE witness (number BIGSERIAL PRIMARY KEY, what TEXT, id BIGINT, permitted BOOLEAN, said TEXT)",
    """CREATE FUNCTION witness_{what}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {insert}; RETURN NEW; END $$;
CREATE TRIGGER witness_{what} BEFORE INSERT ON {what} FOR EACH ROW EXECUTE FUNCTION witness_{what}()""",
)
_OFF_SQLITE = "DROP TRIGGER IF EXISTS witness_{what}"
_OFF_POSTGRES = "DROP FUNCTION IF EXISTS witness_{what}() CASCADE"


@dataclass(frozen=True, slots=True)
class Written:
    "A row that was to be written into the table `what`: `permitted` tells whether by somebody who had the right."

    what: str
    id: int
    permitted: bool
    said: str


def trespasses(rows: Iterable[Written]) -> Iterator[str]:
    said: dict[int, str] = {}
    for row in rows:
        if not row.permitted:
            yield f"{row.what} row {row.id} was written without the right to: {row.said}"
        elif row.what == "journal" and said.setdefault(row.id, row.said) != row.said:
            yield f"journal row {row.id} was written by two: {said[row.id]}; {row.said}"


class Witness:
    "Notes what is written, from here to the end of the block."

    def __init__(self, url: str) -> None:
        self._engine = create(url, "web")
        self._on_postgres = url.startswith("postgres")

    def __enter__(self) -> Witness:
        table, trigger = _ON_POSTGRES if self._on_postgres else _ON_SQLITE
        inserts = {
            what: f"INSERT INTO witness (what, id, permitted, said) SELECT '{what}', {number}, {right}, {said}"
            for what, (number, said, right) in _RIGHTS.items()
        }
        triggers = (trigger.format(what=what, insert=insert) for what, insert in inserts.items())
        self._write(*self._end(), table, *triggers)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(StoreError):  # a server that a failed campaign left dead
            self._write(*self._end())
        self._engine.dispose()

    def _end(self) -> list[str]:
        drop = _OFF_POSTGRES if self._on_postgres else _OFF_SQLITE
        return [*(drop.format(what=what) for what in _RIGHTS), "DROP TABLE IF EXISTS witness"]

    def _write(self, *statements: str) -> None:
        with writing(self._engine) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self) -> list[Written]:
        with reading(self._engine) as connection:
            found = connection.execute(text("SELECT what, id, permitted, said FROM witness ORDER BY number"))
            return [Written(row.what, row.id, bool(row.permitted), row.said) for row in found]


class Sampler:
    "Looks all the time who has the right, and who says that it leads."

    def __init__(self, url: str, scheduler_id: str) -> None:
        self._engine = create(url, "reader")
        self._id = scheduler_id
        self._ended = Event()
        self._epoch = 0
        self._holder = ""
        self._since = 0.0
        #: the last beats of members that had the right before, whatever their clocks say
        self._last_beats: dict[str, datetime] = {}
        self.complaints: set[str] = set()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            try:
                with reading(self._engine) as connection:
                    self._sample(connection)
            except StoreError:
                continue

    def _sample(self, connection: Connection) -> None:
        # in this sequence: who was at work before the look at the right had got it by then
        known = members(connection, self._id)
        lease = read_lease(connection, self._id)
        if lease is not None:
            self.judge(known, lease, time.monotonic())

    def judge(self, known: Iterable[Member], lease: Lease, at: float) -> None:
        "`at`: seconds of a clock that only counts."
        if lease.epoch < self._epoch:
            self.complaints.add(f"epoch {lease.epoch} came after {self._epoch}")
        if lease.holder != self._holder:
            self._holder, self._since = lease.holder, at
            self._last_beats.clear()
        self._epoch = lease.epoch
        if at < self._since + TOLERANCE:
            return
        for member in known:
            leads = member.active and member.exclusive and member.member_id != lease.holder
            if leads and self._last_beats.setdefault(member.member_id, member.beat_at) != member.beat_at:
                self.complaints.add(f"{member.member_id} wrote as active while {lease.holder} had the right")
