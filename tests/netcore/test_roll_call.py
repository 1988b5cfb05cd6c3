"Who works beside the leading member: told when somebody came, left or died; what died is declared dead first."

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.connect import reading, writing
from models.read import members
from models.sharing import renew_member
from netcore.cluster.look import LEAVES, STOPPED, Look, take_look
from netcore.cluster.roll_call import RollCall
from netcore.run_mark import VARIABLE, RunMark
from scheduler.cluster.assignment import Mate
from scheduler.cluster.sight import DEAD_AFTER, Sight
from tests.support.sharing import LEADER, ME, NOW, Shared

OTHER = replace(ME, member_id="id/other:3", run_token="r2")
#: nothing is ever assigned to the leading member's own run, so it is there, but closed
OWN = Mate(LEADER.member_id, "r0", open=False)


class Caller(Shared):
    def __init__(self, directory: Path, url: str) -> None:
        super().__init__(directory, url)
        self.put(LEADER)
        self.opened.member, self.opened.mark = LEADER, RunMark("id", LEADER.run_token)
        self.told: list[tuple[Mate, ...]] = []
        self.sight = Sight()
        self.roll_call = RollCall(
            self.engine, "id", self.opened, self.writer.token, self.sight, self.told.append, frozenset([ME.run_token])
        )

    def look(self) -> Look:
        with reading(self.engine) as connection:
            return take_look(connection, "id", LEADER.member_id)

    def call(self, look: Look | None = None) -> list[tuple[Mate, ...]]:
        "What was told with this look."
        self.told.clear()
        self.roll_call.call(look or self.look())
        return list(self.told)

    def miss(self, name: str) -> None:
        "The beat of that member stands still, those of all others do not."
        names = {each.member_id for each in self.look().members}
        for at in (0.0, DEAD_AFTER + 1):
            self.sight.look({each: 0 if each == name else at for each in names}, at, at)

    def is_dead(self, name: str) -> bool:
        with reading(self.engine) as connection:
            return next(each.dead for each in members(connection, "id") if each.member_id == name)


@pytest.fixture
def caller(tmp_path: Path, database_url: str) -> Iterator[Caller]:
    made = Caller(tmp_path, database_url)
    yield made
    made.close()


def test_who_comes_and_leaves_is_told_and_nothing_twice(caller: Caller) -> None:
    assert caller.call() == [(Mate(ME.member_id, ME.run_token), OWN)]
    assert caller.call() == []
    caller.put(OTHER, replace(ME, member_id="id/alone:4", distributed=False))
    assert caller.call() == [(Mate(ME.member_id, ME.run_token), Mate(OTHER.member_id, "r2"), OWN)]
    caller.put(replace(ME, state=LEAVES), replace(OTHER, state=STOPPED))
    assert caller.call() == [(Mate(ME.member_id, ME.run_token, open=False), OWN)]


def test_whose_beat_stands_still_is_declared_dead_before_that_is_told(caller: Caller) -> None:
    caller.put(OTHER)
    caller.call()
    caller.miss(ME.member_id)
    assert caller.call() == [(Mate(OTHER.member_id, "r2"), OWN)]
    assert caller.is_dead(ME.member_id)
    assert not caller.is_dead(OTHER.member_id)


@pytest.mark.parametrize("before", [False, True], ids=["since the take-over", "later"])
def test_what_a_dead_member_ran_has_ended_when_that_is_told(caller: Caller, before: bool) -> None:
    mark = {VARIABLE: RunMark("id", ME.run_token).of_task(7), "SCHEDULER_RETURN_VALUES": "/tmp/returns/7"}
    with subprocess.Popen(["sleep", "600"], env=os.environ | mark, start_new_session=True) as step:
        try:
            if before:
                caller.call()
                assert step.poll() is None
            caller.miss(ME.member_id)
            assert caller.call() == [(OWN,)]
            assert step.wait(30) == -signal.SIGTERM
        finally:
            step.kill()


def test_who_has_beaten_since_the_look_lives(caller: Caller) -> None:
    caller.call()
    look = caller.look()
    caller.miss(ME.member_id)
    with writing(caller.engine) as connection:
        renew_member(connection, "id", ME, NOW + timedelta(seconds=1))
    assert caller.call(look) == []
    assert not caller.is_dead(ME.member_id)


def test_who_does_not_lead_calls_nobody(caller: Caller) -> None:
    look = caller.look()
    assert look.lease is not None
    caller.miss(ME.member_id)
    assert caller.call(replace(look, lease=replace(look.lease, holder=OTHER.member_id))) == []
    assert caller.call(replace(look, lease=None)) == []
    assert not caller.is_dead(ME.member_id)
