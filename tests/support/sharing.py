"The parts of a member of an active cluster, with a real database and without an engine around them."

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from models.batch import Writer
from models.connect import create, writing
from models.members import Member, put_member
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.actions import Kill, Launch
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import Assignment, Wanted
from scheduler.cluster.wire import killed, launched
from scheduler.definitions import Script

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEADER = Member("id/lead:2", "lead", 2, "1", NOW, "running", run_token="r0", distributed=True)
#: no other process of the tests has it: what a dead run has left is ended on the whole machine
RUN = f"r1-{os.getpid()}"
ME = Member("id/one:1", "one", 1, "1", NOW, "running", run_token=RUN, distributed=True)


class Shared:
    "A database with a leading member, whose writer this is, and `ME` beside it."

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.settings: Any = SimpleNamespace(
            database_url=url, scheduler_id="id", time_zone="UTC", stored_log_max=None,
            log_dir=str(directory / "log"), run_dir=str(directory / "run"),
        )  # fmt: skip
        self.spool = Spool(directory / "log", directory / "run")
        self.mark = RunMark("id", ME.run_token)
        self.opened: Any = SimpleNamespace(member=ME, mark=self.mark, spool=self.spool)
        self.environ = {"PATH": os.environ["PATH"]}
        self.engine = create(url, "web")
        self.writer = Writer(url, "id", LEADER.member_id)
        self.writer.open(NOW)
        self.put(ME)

    def put(self, *members: Member) -> None:
        with writing(self.engine) as connection:
            for member in members:
                put_member(connection, "id", member, NOW)

    def record(self, *assignments: Assignment) -> None:
        self.writer.write([Change(Kind.ORDER_TAKEN, "/", put=assignments)], now=NOW)

    def drop(self, *keys: tuple[type, Any]) -> None:
        self.writer.write([Change(Kind.TASK_REPORTED, "/", drop=keys)], now=NOW)

    def close(self) -> None:
        self.writer.close()
        self.engine.dispose()


def a_start(task_id: int, text: str) -> Assignment:
    "For `ME`."
    launch = Launch(task_id, "/a", Script("shell", text), {}, f"task.a.{task_id}.log", f"a:{task_id}")
    ((assignment,), _) = launched(launch, ME.run_token)
    return assignment


def a_kill(task_id: int) -> Assignment:
    ((assignment,), _) = killed(Kill(task_id, 0, "enough"), ME.run_token)
    assert assignment.wanted is Wanted.KILL
    return assignment
