"""Members of a cluster as real processes: one configuration and one database, a directory of its own for each member.

    with Cluster(tmp_path, database_url) as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        cluster.start(primary, backup)      # the first one works, the others wait
        primary.kill9()
        cluster.wait_for_active(backup)
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine

from models.connect import create, reading
from models.lease import read_lease
from models.read import members
from models.takeovers import takeovers
from stellwerk.client import Client, ClientError
from tests.support.engine import CONFIG, EngineProcess
from tests.support.waiting import PATIENCE, wait_until


class Member(EngineProcess):
    """One member. `module` is the program that runs instead of the engine's own, for tests that break something; of one
    member only, when it is set before that starts."""

    def __init__(
        self, directory: Path, url: str, scheduler_id: str, config: Path, arguments: Sequence[str], module: str = ""
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory, url, scheduler_id=scheduler_id, config=config, arguments=arguments)
        self.module = module or "netcore"

    def command_line(self, *arguments: str) -> list[str]:
        line = super().command_line(*arguments)
        return [sys.executable, "-m", self.module, *line[3:]]

    @property
    def name(self) -> str:
        return self.directory.name

    def last_event(self, *events: str) -> dict[str, Any] | None:
        "What this start has said last of these events."
        said = [event for event in self.events() if event["event"] in events]
        return said[-1] if said else None

    @property
    def port(self) -> int:
        event = self.last_event("waiting", "ready")
        assert event is not None, f"{self.name} has not said where it listens"
        return int(event["tcp_port"])

    @property
    def member_id(self) -> str:
        event = self.last_event("waiting", "ready")
        assert event is not None
        return str(event["member_id"])

    @property
    def active(self) -> bool:
        "Whether it works, as it says itself."
        return self.alive and self.leads and self.answers()

    @property
    def leads(self) -> bool:
        "Whether it has said so last."
        event = self.last_event("waiting", "ready")
        return event is not None and event["event"] == "ready"

    def answers(self) -> bool:
        try:
            with Client("127.0.0.1", self.port, timeout=5.0) as client:
                state = client.execute('<show_state what="none"/>').element.get("state")
        except ClientError:
            return False
        return state in ("running", "paused")

    @property
    def waits(self) -> bool:
        event = self.last_event("waiting", "ready")
        return self.alive and event is not None and event["event"] == "waiting"

    @property
    def run(self) -> str:
        "What names this run in the mark of its jobs' processes: the last part of STELLWERK_TASK."
        store = create(self.database_url, "reader")
        try:
            with reading(store) as connection:
                known = members(connection, self.scheduler_id)
        finally:
            store.dispose()
        return next((each.run_token for each in known if each.member_id == self.member_id), "")

    @property
    def shares(self) -> bool:
        "Whether it takes steps in an active cluster, as the one that leads says, whoever is asked."
        shown = self.command('<show_state what="cluster"/>')
        members = shown.findall(f"cluster/cluster_member[@cluster_member_id='{self.member_id}']")
        return shown.get("state") == "running" and [member.get("active") for member in members] == ["yes"]

    def signal(self, number: signal.Signals) -> None:
        "Nothing happens when it has ended."
        assert self.process is not None
        self.process.send_signal(number)


class Cluster:
    "`url_of` gives a member its own way to the database, such as through a proxy."

    def __init__(
        self, directory: Path, database_url: str, module: str = "", url_of: Callable[[str], str] | None = None
    ) -> None:
        #: no other test has it, so that processes of jobs are known by it
        self.id = f"cluster-{uuid4().hex[:8]}"
        self.directory = directory
        self.database_url = database_url
        self.module = module
        self.url_of = url_of or (lambda name: database_url)
        self.members: list[Member] = []
        self.config = directory / "config" / "scheduler.xml"
        (self.config.parent / "live").mkdir(parents=True, exist_ok=True)
        if not self.config.exists():
            self.config.write_text(CONFIG)
        self._store: Engine = create(database_url, "reader")

    def member(self, name: str, *arguments: str) -> Member:
        url = self.url_of(name)
        words = ("-exclusive", *arguments)
        member = Member(self.directory / name, url, self.id, self.config, words, self.module)
        self.members.append(member)
        return member

    def primary(self, name: str = "primary", *arguments: str) -> Member:
        return self.member(name, *arguments)

    def backup(self, name: str = "backup", precedence: int = 1, *arguments: str) -> Member:
        return self.member(name, "-backup", f"-backup-precedence={precedence}", *arguments)

    def sharing(self, name: str, *arguments: str) -> Member:
        "A member of an active cluster."
        return self.member(name, "-distributed-orders", *arguments)

    def start(self, *members: Member) -> None:
        "The first becomes active and has told how, then the others wait."
        members[0].start()
        wait_until(lambda: self.ask(lambda connection: takeovers(connection, self.id)), what="the story of its start")
        for member in members[1:]:
            self.launch(member)

    def launch(self, member: Member) -> None:
        "Start, and wait until it waits, or works."
        member.launch()
        wait_until(lambda: member.last_event("waiting", "ready") or _dead(member), 120, f"{member.name} waits")

    def wait_for_active(self, *candidates: Member, deadline: float = PATIENCE) -> Member:
        "The one of them that works."
        chosen = candidates or tuple(self.members)
        return wait_until(
            lambda: next((member for member in chosen if member.active), None), deadline, "a member at work"
        )

    def ask(self, question: Callable[[Connection], Any]) -> Any:
        with self._store.connect() as connection:
            return question(connection)

    @property
    def lease(self) -> Any:
        return self.ask(lambda connection: read_lease(connection, self.id))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        "All end by force, and the processes of their jobs too."
        for member in self.members:
            if member.alive:
                member.signal(signal.SIGKILL)
                assert member.process is not None
                member.process.wait()
        _end_processes_of_jobs(self.id)
        self._store.dispose()


def _end_processes_of_jobs(scheduler_id: str) -> None:
    "What killed members have left behind carries the mark of this cluster's id."
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                environment = (entry / "environ").read_bytes().split(b"\0")
                if any(line.startswith(f"STELLWERK_TASK={scheduler_id}/".encode()) for line in environment):
                    os.kill(int(entry.name), signal.SIGKILL)


def _dead(member: Member) -> bool:
    "False; raises RuntimeError when it has ended."
    if not member.alive:
        raise RuntimeError(f"{member.name} has ended\n{member.stdout[-3000:]}\n{member.stderr[-3000:]}")
    return False
