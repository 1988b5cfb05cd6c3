"""What other members have told this one, and what it writes about itself: acknowledgements, the story of a take-over.

A command is given to the reactor's thread once. It is acknowledged when it was obeyed, or when it was meant for an
earlier run of this member.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Lock

from models.connect import Engine, writing
from models.member_commands import acknowledge
from models.takeovers import TakeOver, put_takeover
from netcore.cluster.look import Look
from scheduler.cluster.member_command import MemberCommand, MemberCommandKey


class Letters:
    "`done` and `tell` in any thread, everything else in the watcher's."

    def __init__(self, engine: Engine, scheduler_id: str, run_started_at: datetime) -> None:
        self._engine = engine
        self._scheduler_id = scheduler_id
        self._run_started_at = run_started_at
        self._given: set[MemberCommandKey] = set()
        self._lock = Lock()
        self._done: list[tuple[MemberCommand, str]] = []
        self._story: TakeOver | None = None

    def done(self, command: MemberCommand, result: str) -> None:
        "The command was obeyed, or refused."
        with self._lock:
            self._done.append((command, result))

    def tell(self, story: TakeOver) -> None:
        with self._lock:
            self._story = story

    def new(self, look: Look) -> Iterator[MemberCommand]:
        "What is to be obeyed now."
        for command in look.commands:
            if command.key in self._given:
                continue
            self._given.add(command.key)
            if self._is_for_this_run(command):
                yield command
            else:
                self.done(command, "it was meant for an earlier run of this member")

    def are_open(self, look: Look) -> bool:
        "Whether a command for this run is not acknowledged yet."
        return any(self._is_for_this_run(command) for command in look.commands)

    def _is_for_this_run(self, command: MemberCommand) -> bool:
        return command.run_started_at == self._run_started_at

    def write(self) -> None:
        "Raises the errors of the store; then everything is written the next time."
        with self._lock:
            done, story = list(self._done), self._story
        if done or story is not None:
            with writing(self._engine) as connection:
                for command, result in done:
                    acknowledge(connection, self._scheduler_id, command, result, datetime.now(UTC))
                if story is not None:
                    put_takeover(connection, self._scheduler_id, story)
            with self._lock:
                del self._done[: len(done)]
                self._story = None if self._story is story else self._story
