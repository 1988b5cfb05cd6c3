"""When the rounds of orders start by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.definitions import OrderDefinition
from scheduler.messages import Activated, FileGone, FilesChanged
from scheduler.records import ObjectKind, OrderState
from scheduler.run_time.model import Holidays, Schedule
from scheduler.why import why_order
from tests.support.run_times import run_time
from tests.support.worlds import START, Engine, a_chain, a_job, an_order, read

#: START is 2024-01-31 10:20:30 UTC
SINGLE = '<run_time><period single_start="11:00"/></run_time>'
REPEAT = '<run_time><period begin="10:00" end="12:00" repeat="60"/></run_time>'
GRID = '<run_time><period begin="10:00" end="12:00" absolute_repeat="600"/></run_time>'
ONCE = '<run_time let_run="no"><at at="2024-01-31 11:00"/></run_time>'
USING = '<run_time schedule="/s"/>'


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2024-01-31 {clock}").replace(tzinfo=UTC)


def with_run_time(text: str, order_id: str = "1", **values: Any) -> OrderDefinition:
    return replace(an_order(order_id, **values), run_time=run_time(text), has_run_time=True, run_time_source=text)


def schedule(clock: str, path: str = "/s", **values: Any) -> Schedule:
    inside = run_time(f'<run_time><period single_start="{clock}"/></run_time>')
    return Schedule(path, inside, **values)


def engine_with(*definitions: Any, **identity: Any) -> Engine:
    return Engine(a_job(), a_chain(), *definitions, **identity)


def until(engine: Engine, clock: str) -> None:
    engine.later((at(clock) - engine.now).total_seconds())


def change(engine: Engine, **values: Any) -> None:
    engine.command(ModifyOrder(job_chain="/chain", order="1", **values))


def kinds(engine: Engine) -> list[str]:
    return [obstacle.kind for obstacle in why_order(engine.world, engine.order())]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (SINGLE, at("11:00"), at("11:00") + timedelta(days=1)),
        (REPEAT, START, START + timedelta(seconds=60)),
        (GRID, at("10:30"), at("10:40")),
        (ONCE, at("11:00"), None),
        ("<run_time/>", None, None),
    ],
)
def test_a_permanent_order_starts_when_its_run_time_says_and_then_again(
    text: str, first: datetime | None, second: datetime | None
) -> None:
    engine = engine_with(with_run_time(text))
    assert engine.order().start_at == first
    if first is None:
        assert kinds(engine) == ["run_time"]
        return
    if first > START:
        assert not engine.launched
        assert engine.world.next_wake == first
    engine.now = first
    engine.later(0)
    engine.run()
    order = engine.order()
    assert (order.start_at, order.node, order.touched) == (second, "first", False)
    assert engine.nodes() == ["first", "second"]


def test_an_order_file_without_run_time_starts_at_once_and_then_rests() -> None:
    engine = engine_with(an_order())
    engine.run()
    assert engine.nodes() == ["first", "second"]
    assert (engine.order().start_at, kinds(engine)) == (None, ["never"])


@pytest.mark.parametrize("state", ["", "second"])
def test_an_order_file_with_a_future_at_does_not_start_at_once(state: str) -> None:
    engine = engine_with(an_order(at="now+60", state=state))
    assert not engine.launched
    engine.later(60)
    engine.run()
    assert engine.nodes()[0] == (state or "first")


def test_at_decides_the_first_start_and_the_run_time_all_others() -> None:
    engine = engine_with(with_run_time(SINGLE, at="now"))
    engine.run()
    assert engine.order().start_at == at("11:00")


def test_an_ad_hoc_order_with_a_run_time_stays_as_long_as_that_has_further_starts() -> None:
    engine = engine_with()
    two = '<run_time let_run="no"><at at="2024-01-31 11:00"/><at at="2024-01-31 12:00"/></run_time>'
    engine.command(AddOrder(job_chain="/chain", id="1", run_time=(run_time(two), two)))
    assert engine.order().run_time_source == two
    for clock in ("11:00", "12:00"):
        assert engine.order().start_at == at(clock)
        until(engine, clock)
        engine.run()
    assert engine.world.order("/chain", "1") is None
    assert engine.nodes() == ["first", "second"] * 2


def test_an_ad_hoc_order_with_an_empty_run_time_waits_for_a_command() -> None:
    engine = engine_with()
    engine.command(AddOrder(job_chain="/chain", id="1", run_time=(run_time("<run_time/>"), "<run_time/>")))
    assert not engine.launched
    change(engine, at="now")
    engine.run()
    assert engine.world.order("/chain", "1") is None


def test_a_grid_of_seconds_is_kept_however_long_a_round_takes() -> None:
    engine = engine_with(with_run_time('<run_time><period absolute_repeat="10"/></run_time>'))
    engine.run()
    assert engine.order().start_at == at("10:20:40")
    engine.later(10)
    engine.later(3)
    engine.run()
    assert engine.order().start_at == at("10:20:50")


def test_holidays_of_the_configuration_count_only_for_named_schedules() -> None:
    holidays = Holidays(frozenset({3}))
    own = engine_with(with_run_time(SINGLE), holidays=holidays)
    named = engine_with(schedule("11:00"), with_run_time(USING), holidays=holidays)
    assert own.order().start_at == at("11:00")
    assert named.order().start_at == at("11:00") + timedelta(days=1)


# -- commands


def test_at_now_on_an_order_in_the_middle_of_its_round_starts_no_second_round() -> None:
    engine = engine_with(with_run_time(SINGLE))
    change(engine, at="now")
    change_state = {"suspended": True}
    change(engine, **change_state)
    engine.end()
    assert (engine.order().node, engine.order().state) == ("second", OrderState.SUSPENDED)
    change(engine, at="now")
    change(engine, suspended=False)
    engine.run()
    assert engine.nodes() == ["first", "second"]
    assert engine.order().start_at == at("11:00")


def test_another_run_time_counts_at_once_for_an_order_that_rests() -> None:
    engine = engine_with(with_run_time(SINGLE))
    change(engine, run_time=(run_time(GRID), GRID))
    assert (engine.order().start_at, engine.order().run_time_source) == (at("10:30"), GRID)


def test_another_run_time_counts_from_the_next_round_for_an_order_under_way() -> None:
    engine = engine_with(an_order())
    change(engine, run_time=(run_time(GRID), GRID))
    engine.run()
    assert engine.order().start_at == at("10:30")


@pytest.mark.parametrize(
    ("definition", "start"),
    [
        (with_run_time(SINGLE), at("11:00")),
        (with_run_time(REPEAT), START),
        (an_order(), None),
        (an_order(at="never"), None),
    ],
)
def test_a_reset_permanent_order_waits_for_its_time_or_repeats_at_once(
    definition: OrderDefinition, start: datetime | None
) -> None:
    engine = Engine(a_job(tasks=0), a_chain(), definition)
    change(engine, state="second", suspended=True)
    change(engine, action="reset")
    order = engine.order()
    assert (order.node, order.start_at, order.state) == ("first", start, OrderState.WAITING)


def test_a_reset_ad_hoc_order_without_run_time_starts_again_and_one_with_it_waits() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", at="now+60"))
    change(engine, action="reset")
    assert engine.order().start_at == START
    engine.command(AddOrder(job_chain="/chain", id="1", run_time=(run_time(SINGLE), SINGLE), at="now"))
    change(engine, action="reset")
    assert engine.order().start_at == at("11:00")


# -- schedules


def test_a_missing_schedule_keeps_the_order_from_starting_and_it_says_so() -> None:
    engine = engine_with(with_run_time(USING))
    assert (engine.order().start_at, kinds(engine)) == (None, ["schedule_missing"])
    engine.files(schedule("11:00"))
    assert engine.order().start_at == at("11:00")
    until(engine, "11:00")
    assert engine.launched


def test_a_start_that_was_asked_for_while_the_schedule_was_missing_is_made_when_it_comes() -> None:
    engine = engine_with(with_run_time(USING))
    change(engine, at="now")
    assert not engine.launched
    engine.files(schedule("11:00"))
    assert engine.launched


def test_a_changed_schedule_moves_the_start_of_orders_whose_round_has_not_begun() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    engine.files(schedule("11:30"))
    assert engine.order().start_at == at("11:30")
    until(engine, "11:00")
    assert not engine.launched
    until(engine, "11:30")
    assert engine.launched


def test_a_changed_schedule_does_not_touch_an_order_under_way() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    change(engine, at="now")
    engine.end()
    before = engine.order()
    engine.files(schedule("11:30"))
    assert engine.order() == before
    engine.run()
    assert engine.order().start_at == at("11:30")


def test_a_schedule_that_goes_stops_the_order_until_it_is_back() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/s"),)))
    assert (engine.order().start_at, kinds(engine)) == (None, ["schedule_missing"])
    until(engine, "11:00")
    assert not engine.launched
    engine.files(schedule("12:00"))
    until(engine, "12:00")
    assert engine.launched


def test_an_order_under_way_waits_for_its_schedule_that_went_and_goes_on_when_it_is_back() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    change(engine, at="now")
    engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/s"),)))
    engine.end()
    assert not engine.launched
    engine.files(schedule("12:00"))
    engine.run()
    assert engine.nodes() == ["first", "second"]


def test_a_substitute_takes_the_place_of_the_schedule_as_soon_as_its_file_is_there() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    engine.files(schedule("10:40", "/other", substitute="/s"))
    assert engine.order().start_at == at("10:40")
    engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/other"),)))
    assert engine.order().start_at == at("11:00")


def test_a_round_that_ends_while_the_schedule_is_missing_is_not_the_last() -> None:
    engine = engine_with(schedule("11:00"))
    text = USING
    engine.command(AddOrder(job_chain="/chain", id="1", run_time=(run_time(text), text), at="now"))
    engine.end()
    engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/s"),)))
    engine.end()
    assert engine.order().touched is False
    engine.files(schedule("12:00"))
    assert engine.order().start_at == at("12:00")


# -- restarts


def restarted(engine: Engine, *definitions: Any, seconds: float = 0) -> Engine:
    "A new engine with the orders as the store has them."
    after = Engine(active=False)
    after.now = engine.now + timedelta(seconds=seconds)
    after.world.counters.update(engine.world.counters)
    for order in engine.world.orders.values():
        after.world.put(order)
    after.files(*definitions)
    after.tell(Activated())
    return after


def test_after_a_restart_a_repeating_order_goes_on_repeating() -> None:
    definition = with_run_time(REPEAT, at="now+600")
    after = restarted(engine_with(definition), a_job(), a_chain(), definition, seconds=600)
    after.run()
    assert after.order().start_at == after.now + timedelta(seconds=60)
    assert after.order().run_time_source == REPEAT


def test_after_a_restart_an_ad_hoc_order_has_the_run_time_of_its_command() -> None:
    engine = engine_with()
    engine.command(AddOrder(job_chain="/chain", id="1", run_time=(run_time(GRID), GRID)))
    after = restarted(engine, a_job(), a_chain())
    until(after, "10:30")
    after.run()
    assert after.order().start_at == at("10:40")


@pytest.mark.parametrize("text", [SINGLE, USING])
def test_a_start_that_fell_into_the_time_without_engine_is_made_up_for(text: str) -> None:
    definition = with_run_time(text)
    after = restarted(engine_with(schedule("11:00"), definition), schedule("11:00"), a_job(), a_chain(), definition,
                      seconds=3600)  # fmt: skip
    assert after.launched


def test_an_order_whose_schedule_changed_while_no_engine_ran_starts_as_it_says_now() -> None:
    definition = with_run_time(USING)
    engine = engine_with(schedule("11:00"), definition)
    engine.command(AddOrder(job_chain="/chain", id="2", run_time=(run_time(USING), USING)))
    after = restarted(engine, schedule("11:45"), a_job(), a_chain(), definition, seconds=3600)
    assert not after.launched
    assert after.order().start_at == after.order("2").start_at == at("11:45")


def test_a_start_that_a_command_gave_outlives_schedules_and_restarts_for_this_round() -> None:
    definition = with_run_time(USING)
    engine = engine_with(schedule("11:00"), definition)
    change(engine, at="2024-01-31 10:50:00")
    engine.files(schedule("11:30"))
    assert engine.order().start_at == at("10:50")
    after = restarted(engine, schedule("11:45"), a_job(), a_chain(), definition)
    assert after.order().start_at == at("10:50")
    until(after, "10:50")
    after.run()
    assert after.order().start_at == at("11:45")


def test_an_unchanged_file_keeps_the_run_time_that_a_command_gave() -> None:
    definition = with_run_time(SINGLE)
    engine = engine_with(definition)
    change(engine, run_time=(run_time(GRID), GRID), title="changed")
    after = restarted(engine, a_job(), a_chain(), definition)
    assert (after.order().start_at, after.order().title) == (at("10:30"), "changed")
    changed = restarted(engine, a_job(), a_chain())
    changed.tell(FilesChanged((read(definition, START + timedelta(seconds=1)),)))
    assert (changed.order().start_at, changed.order().title) == (at("11:00"), "")


def test_a_removed_order_leaves_nothing_behind_in_the_index_of_its_schedule() -> None:
    engine = engine_with(schedule("11:00"), with_run_time(USING))
    engine.command(RemoveOrder(job_chain="/chain", order="1"))
    engine.files(schedule("11:30"))
    assert not engine.world.orders
