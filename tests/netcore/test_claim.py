"What an engine finds when it takes the right to work."

from __future__ import annotations

from dataclasses import replace
from itertools import count
from threading import Event, Thread
from typing import cast

import pytest

from models.batch import Writer
from models.errors import FenceError
from models.lease import Lease
from models.members import Member
from netcore.claim import Claim, InUse, claim, claim_from
from netcore.cluster.look import Look
from scheduler.cluster.standing import Standing
from tests.support.records import NOW, later

MEMBER = Member("s/a:1", "a", 1, "1", NOW, "running", run_token="x", machine="another")
LEASE = Lease("s", "s/a:1", "t", 1, NOW, 0)


@pytest.mark.parametrize(
    ("standing", "state", "failure"),
    [
        (Standing.HELD, "running", True),
        (Standing.HELD, "stopped", False),  # it could say goodbye, but not how it leaves the right
        (Standing.ENDED, "stopped", False),
        (Standing.FREE, "stopped", False),
    ],
)
def test_who_has_not_ended_in_order_has_failed(standing: Standing, state: str, failure: bool) -> None:
    look = Look(replace(LEASE, standing=standing), (replace(MEMBER, state=state),))
    assert found(look).after_failure is failure


def test_a_first_start_comes_after_no_failure_and_all_runs_are_known_by_their_tokens() -> None:
    assert not found(Look(None, ())).after_failure
    look = Look(LEASE, (MEMBER, replace(MEMBER, member_id="s/b:2", run_token="y"), replace(MEMBER, run_token="")))
    assert found(look).run_tokens == {"x", "y"}


def test_an_engine_that_beats_keeps_its_right_and_one_that_has_ended_gives_way(database_url: str) -> None:
    first = claim(database_url, "s", MEMBER)
    other = replace(MEMBER, member_id="s/b:2")
    first.writer.write((), now=NOW, member=MEMBER)
    first.writer.leave_as = Standing.ENDED
    first.writer.close()
    second = claim(database_url, "s", other)
    assert second.lease.epoch == 2
    second.writer.close()


def test_an_engine_at_work_is_not_disturbed(database_url: str) -> None:
    first = claim(database_url, "s", MEMBER)
    over = Event()

    def beat() -> None:
        seconds = count(1)
        while not over.wait(0.05):
            first.writer.write((), now=later(next(seconds)), member=MEMBER)

    beating = Thread(target=beat)
    beating.start()
    try:
        with pytest.raises(InUse):
            claim(database_url, "s", replace(MEMBER, member_id="s/b:2"))
    finally:
        over.set()
        beating.join()
        first.writer.close()


def test_of_two_that_start_at_once_on_an_empty_database_one_is_refused(database_url: str) -> None:
    nothing = Look(None, ())  # both have looked before either has taken it
    first = claim_from(database_url, "s", MEMBER, nothing)
    with pytest.raises(FenceError):
        claim_from(database_url, "s", replace(MEMBER, member_id="s/b:2"), nothing)
    first.writer.write((), now=NOW, member=MEMBER)
    first.writer.close()


def found(look: Look) -> Claim:
    return Claim(cast(Writer, None), LEASE, look)
