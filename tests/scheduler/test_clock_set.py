"The wall clock is set: what was due stays due, what is to last lasts as long, what has a time of day keeps it."

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.start_job import StartJob
from scheduler.definitions import ErrorDelay, SetbackDelay
from scheduler.messages import Activated, ClockSet
from scheduler.records import OrderState, TaskState
from tests.support.worlds import START, Engine, a_chain, a_job, two_steps

HOUR = timedelta(hours=1)
BOTH = pytest.mark.parametrize("by", [HOUR, -HOUR, timedelta(seconds=-1)])


def set_clock(engine: Engine, by: timedelta) -> None:
    engine.now += by
    engine.tell(ClockSet(by.total_seconds()))


@BOTH
def test_an_order_that_was_due_is_still_due(by: timedelta) -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    set_clock(engine, by)
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert engine.order().state is OrderState.RUNNING


@BOTH
def test_an_order_with_a_time_keeps_it(by: timedelta) -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", at=f"{START + 2 * HOUR:%Y-%m-%d %H:%M:%S}"))
    set_clock(engine, by)
    assert engine.order().start_at == START + 2 * HOUR


@BOTH
def test_a_setback_lasts_as_long(by: timedelta) -> None:
    delays = (SetbackDelay(2, 600.0, is_maximum=True), SetbackDelay(1, 600.0))
    engine = Engine(a_job(setback_delays=delays), a_chain("/chain", *two_steps(on_error="setback")))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end(exit_code=1)
    assert (engine.order().state, engine.order().start_at) == (OrderState.SETBACK, START + timedelta(seconds=600))
    set_clock(engine, by)
    assert engine.order().start_at == engine.now + timedelta(seconds=600)
    engine.later(599)
    assert engine.order().state is OrderState.SETBACK
    engine.later(1)
    assert engine.order().state is OrderState.RUNNING


@BOTH
def test_a_delay_after_an_error_lasts_as_long(by: timedelta) -> None:
    engine = Engine(a_job(delays_after_error=(ErrorDelay(1, 600.0),)), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(AddOrder(job_chain="/chain", id="2"))
    engine.end(exit_code=1)
    set_clock(engine, by)
    engine.later(599)
    assert not engine.launched
    engine.later(1)
    assert engine.launched


@BOTH
def test_a_task_that_was_due_is_still_due_and_one_with_a_time_keeps_it(by: timedelta) -> None:
    engine = Engine(a_job())
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.command(StartJob(job="/job", at=""))
    engine.command(StartJob(job="/job", at=f"{START + 2 * HOUR:%Y-%m-%d %H:%M:%S}"))
    set_clock(engine, by)
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert len(engine.launched) == 1
    engine.run()
    (queued,) = (task for task in engine.world.tasks.values() if task.state is TaskState.QUEUED)
    assert queued.start_at == START + 2 * HOUR


def test_a_member_with_a_slower_clock_goes_on_with_what_was_due() -> None:
    before = Engine(a_job(), a_chain())
    before.command(ModifyJob(job="/job", cmd="stop"))
    before.command(AddOrder(job_chain="/chain", id="1"))
    after = Engine(active=False)
    after.now = before.now - HOUR
    after.world.inactive_since = before.now
    after.world.put(before.order())
    after.files(a_job(), a_chain())
    after.tell(Activated())
    assert after.order().state is OrderState.RUNNING
