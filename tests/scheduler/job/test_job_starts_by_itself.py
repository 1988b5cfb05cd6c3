"""When jobs start by their run times: every trigger with its cause, and what is lost."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.commands.start_job import StartJob
from scheduler.definitions import ErrorDelay
from scheduler.messages import FileGone, FilesChanged
from scheduler.records import Cause, Job, JobState, ObjectKind
from scheduler.run_time.model import Holidays
from scheduler.why import why_job
from tests.support.job_clock import JobClock, job_with, times_of
from tests.support.run_times import schedule
from tests.support.worlds import a_chain, a_job, an_order

WORKED_EXAMPLE = """<run_time>
  <period begin="08:00" end="12:00" repeat="00:30"/>
  <period single_start="18:00"/>
  <weekdays><day day="mon tue wed thu fri"/></weekdays>
  <ultimos><day day="0"><period single_start="23:30"/></day></ultimos>
</run_time>"""


def test_repeat_starts_at_once_and_counts_from_the_end_of_each_task() -> None:
    engine = JobClock("2024-03-01 08:05", job_with(WORKED_EXAMPLE))
    friday = engine.starts_until("2024-03-01 23:59", seconds=240)
    assert friday[:3] == [("03-01 08:05", "period_repeat"), ("03-01 08:39", "period_repeat"),
                          ("03-01 09:13", "period_repeat")]  # fmt: skip
    assert friday[-2:] == [("03-01 11:29", "period_repeat"), ("03-01 18:00", "period_single")]
    assert times_of(engine.starts_until("2024-03-04 08:10", seconds=240)) == ["03-04 08:00"], "not at the weekend"
    last = engine.starts_until("2024-04-01 00:00", seconds=240)[-1]
    assert last == ("03-31 23:30", "period_single"), "the last day of the month, a Sunday"


@pytest.mark.parametrize(
    ("text", "loaded", "until", "expected"),
    [
        ('<run_time><period begin="08:00" end="09:00"/></run_time>', "07:00", "10:00", []),
        ('<run_time once="yes"/>', "10:00", "23:00", [("03-01 10:00", "period_once")]),
        ('<run_time once="yes"><period begin="20:00" end="21:00"/></run_time>', "10:00", "23:00",
         [("03-01 20:00", "period_once")]),
        ('<run_time><at at="2024-03-01 12:00"/></run_time>', "10:00", "23:00", [("03-01 12:00", "period_single")]),
        ('<run_time><at at="now"/></run_time>', "10:00", "23:00", [("03-01 10:00", "period_once")]),
        ('<run_time><period begin="10:00" end="11:00" absolute_repeat="1200"/></run_time>', "10:15", "23:00",
         [("03-01 10:20", "period_single"), ("03-01 10:40", "period_single")]),
        # a passed single start hides nothing
        ("""<run_time><period single_start="08:00"/>
            <period begin="10:00" end="11:00" absolute_repeat="1800"/></run_time>""", "09:00", "12:00",
         [("03-01 10:00", "period_single"), ("03-01 10:30", "period_single")]),
        # the same date twice is one day with the periods of both
        ("""<run_time><date date="2024-03-01"><period single_start="10:00"/></date>
            <date date="2024-03-01"><period single_start="11:00"/></date></run_time>""", "09:00", "23:00",
         [("03-01 10:00", "period_single"), ("03-01 11:00", "period_single")]),
    ],
)  # fmt: skip
def test_worked_examples_of_one_day(text: str, loaded: str, until: str, expected: list[Any]) -> None:
    engine = JobClock(f"2024-03-01 {loaded}", job_with(text))
    assert engine.starts_until(f"2024-03-01 {until}", seconds=5) == expected


def test_a_repeat_that_would_pass_midnight_starts_at_midnight() -> None:
    engine = JobClock("2024-03-01 23:52", job_with('<run_time repeat="600"/>'))
    found = engine.starts_until("2024-03-02 00:14", seconds=180)
    assert times_of(found) == ["03-01 23:52", "03-02 00:00", "03-02 00:13"]


def test_a_grid_does_not_depend_on_durations_and_skips_what_passes_while_the_task_runs() -> None:
    text = '<run_time><period begin="08:00" end="12:00" absolute_repeat="00:30"/></run_time>'
    engine = JobClock("2024-03-01 08:05", job_with(text))
    assert times_of(engine.starts_until("2024-03-01 09:29", seconds=1560)) == ["03-01 08:30", "03-01 09:00"]
    engine = JobClock("2024-03-01 08:05", job_with(text))
    assert times_of(engine.starts_until("2024-03-01 23:00", seconds=2400)) == [
        "03-01 08:30", "03-01 09:30", "03-01 10:30", "03-01 11:30"]  # fmt: skip
    engine = JobClock("2024-03-01 08:05", job_with(text))
    found = times_of(engine.starts_until("2024-03-01 09:05", seconds=1800))
    assert found == ["03-01 08:30", "03-01 09:00"], "a point at which the task ends counts"


def test_a_grid_of_two_seconds_yields_every_start() -> None:
    engine = JobClock("2024-03-01 10:00", job_with('<run_time><period absolute_repeat="2"/></run_time>'))
    assert len(engine.starts_until("2024-03-01 10:00:20", seconds=0.5)) == 11


def test_an_at_fires_once_and_does_not_loop_however_fast_the_task_is() -> None:
    for chain in ((), (a_chain(),)):
        engine = JobClock("2024-03-01 10:00", job_with('<run_time><at at="2024-03-01 12:00"/></run_time>'), *chain)
        assert engine.starts_until("2024-03-05 00:00") == [("03-01 12:00", "period_single")]


def test_a_single_start_that_passes_while_the_job_runs_or_is_stopped_or_the_engine_is_down_is_lost() -> None:
    job = job_with('<run_time><period single_start="12:00"/></run_time>')
    engine = JobClock("2024-03-01 11:59", job)
    engine.command(StartJob(job="/job"))
    assert times_of(engine.starts_until("2024-03-01 13:00", seconds=120)) == ["03-01 11:59"]
    engine.command(ModifyJob(job="/job", cmd="stop"))
    assert not engine.starts_until("2024-03-02 12:30")
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert not engine.starts_until("2024-03-03 11:59")
    assert engine.starts_until("2024-03-03 12:00") == [("03-03 12:00", "period_single")]
    assert not JobClock("2024-03-04 12:01", job).starts_until("2024-03-04 23:00")


def test_a_pause_puts_starts_off_and_loses_none() -> None:
    engine = JobClock("2024-03-01 11:00", job_with('<run_time><period single_start="12:00"/></run_time>'))
    engine.command(ModifySpooler(cmd="pause"))
    assert not engine.starts_until("2024-03-01 13:00")
    engine.command(ModifySpooler(cmd="continue"))
    assert engine.starts_until("2024-03-01 13:00") == [("03-01 13:00", "period_single")]


def test_several_tasks_at_once_do_not_multiply_the_starts() -> None:
    engine = JobClock("2024-03-01 10:00", job_with('<run_time once="yes" repeat="60"/>', tasks=5))
    assert len(engine.launched) == 1


def test_a_single_start_needs_a_job_without_running_task_however_many_it_may_have() -> None:
    engine = JobClock("2024-03-01 11:59", job_with('<run_time><period single_start="12:00"/></run_time>', tasks=5))
    engine.command(StartJob(job="/job"))
    assert times_of(engine.starts_until("2024-03-01 13:00", seconds=120)) == ["03-01 11:59"]


def test_a_job_is_started_once_after_each_start_of_the_engine_and_each_new_version_of_its_file() -> None:
    job = job_with('<run_time once="yes"/>')
    engine = JobClock("2024-03-01 10:00", job)
    assert engine.starts_until("2024-03-01 11:00") == [("03-01 10:00", "period_once")]
    engine.files(job_with('<run_time once="yes"/>', title="new"))
    assert engine.starts_until("2024-03-01 12:00") == [("03-01 11:00", "period_once")]


def test_a_job_that_ran_already_is_not_started_once_any_more() -> None:
    engine = JobClock("2024-03-01 10:00", job_with('<run_time once="yes"><period begin="20:00"/></run_time>'))
    engine.command(StartJob(job="/job"))
    assert times_of(engine.starts_until("2024-03-02 00:00")) == ["03-01 10:00"]


def test_a_job_that_was_started_once_is_not_when_it_is_unstopped() -> None:
    engine = JobClock("2024-03-01 10:00", job_with('<run_time once="yes"/>'))
    engine.run()
    for cmd in ("stop", "unstop", "disable", "enable", "unstop"):
        engine.command(ModifyJob(job="/job", cmd=cmd))
    assert times_of(engine.starts_until("2024-03-01 11:00")) == ["03-01 10:00"]


def test_orders_are_taken_only_in_the_periods_of_the_job() -> None:
    job = job_with('<run_time><period begin="08:00" end="09:00"/></run_time>')
    engine = JobClock("2024-03-01 07:00", job, a_chain(), an_order())
    assert not engine.launched
    assert engine.starts_until("2024-03-01 09:30", seconds=1800) == [("03-01 08:00", "order"), ("03-01 08:30", "order")]
    engine = JobClock("2024-03-01 07:00", job, a_chain(), an_order())
    assert times_of(engine.starts_until("2024-03-02 08:00", seconds=3600)) == ["03-01 08:00", "03-02 08:00"]


def test_a_shell_task_runs_on_after_the_end_of_its_period() -> None:
    text = '<run_time><period begin="08:00" end="09:00" repeat="60"/></run_time>'
    engine = JobClock("2024-03-01 08:59", job_with(text))
    decision = engine.later(120)
    assert not decision.actions
    assert engine.world.jobs["/job"].state is JobState.RUNNING
    engine.end()
    assert engine.world.jobs["/job"].state is JobState.PENDING
    assert not engine.launched


def test_a_clock_change_moves_a_single_start_to_the_instant_of_the_change() -> None:
    engine = JobClock("2024-03-30 12:00", job_with('<run_time><period single_start="02:30"/></run_time>'))
    assert times_of(engine.starts_until("2024-03-31 12:00")) == ["03-31 03:00"]
    engine = JobClock("2024-10-26 12:00", job_with('<run_time><period single_start="02:30"/></run_time>'))
    assert len(engine.starts_until("2024-10-27 12:00")) == 1


def test_the_zone_of_the_run_time_counts_before_that_of_the_configuration() -> None:
    text = '<run_time time_zone="Asia/Tokyo"><period single_start="12:00"/></run_time>'
    assert times_of(JobClock("2024-03-01 00:00", job_with(text)).starts_until("2024-03-01 12:00")) == ["03-01 04:00"]


def test_holidays_of_the_configuration_hold_for_jobs() -> None:
    job = job_with('<run_time><period single_start="12:00"/></run_time>')
    engine = JobClock("2024-03-01 13:00", job, holidays=Holidays(weekdays=frozenset({6, 0})))
    assert times_of(engine.starts_until("2024-03-05 00:00")) == ["03-04 12:00"]


def test_a_wish_to_start_in_the_period_is_forgotten_outside_and_adds_starts_inside() -> None:
    text = '<run_time><period begin="08:00" end="09:00" repeat="600"/></run_time>'
    engine = JobClock("2024-03-01 07:00", job_with(text))
    engine.command(ModifyJob(job="/job", cmd="wake_when_in_period"))
    assert engine.starts_until("2024-03-01 08:05", seconds=1) == [("03-01 08:00", "period_repeat")]
    for minute in (5, 6, 7):
        engine.command(ModifyJob(job="/job", cmd="wake_when_in_period"))
        assert engine.starts_until(f"2024-03-01 08:0{minute + 1}", seconds=1) == [(f"03-01 08:0{minute}", "wake")]


@pytest.mark.parametrize(("text", "expected"), [
    ('<run_time><period begin="08:00" end="09:00"/></run_time>', []),
    ('<run_time><period begin="08:00" end="09:00"/><period begin="09:00" end="10:00"/></run_time>',
     [("03-01 09:01", "wake")]),
])  # fmt: skip
def test_a_wish_that_waits_outlives_its_period_only_when_another_one_takes_over(text: str, expected: list[Any]) -> None:
    engine = JobClock("2024-03-01 08:58", job_with(text))
    engine.command(StartJob(job="/job"))
    engine.command(ModifyJob(job="/job", cmd="wake_when_in_period"))
    assert engine.starts_until("2024-03-02 12:00", seconds=180)[1:] == expected


def _paused(engine: JobClock, begin: str, end: str) -> None:
    engine.starts_until(begin)
    engine.command(ModifySpooler(cmd="pause"))
    engine.starts_until(end)
    engine.command(ModifySpooler(cmd="continue"))


def test_a_repeat_that_could_not_start_in_its_period_is_lost_with_it() -> None:
    text = '<run_time><period begin="08:00" end="09:00" repeat="600"/><period begin="10:00" end="11:00"/></run_time>'
    engine = JobClock("2024-03-01 08:00", job_with(text))
    _paused(engine, "2024-03-01 08:45", "2024-03-01 10:30")
    assert times_of(engine.starts_until("2024-03-02 08:00")) == ["03-02 08:00"]


def test_a_task_of_another_kind_moves_the_next_repeat_too() -> None:
    engine = JobClock("2024-03-01 08:00", job_with('<run_time repeat="600"/>'))
    assert len(engine.starts_until("2024-03-01 08:05")) == 1
    engine.command(StartJob(job="/job"))
    found = engine.starts_until("2024-03-01 08:16", seconds=30)
    assert found == [("03-01 08:05", "queue"), ("03-01 08:15:30", "period_repeat")]


# -- delays after errors

DELAYS = '<run_time><period begin="08:00" end="09:00" repeat="1800"/></run_time>'


def _delayed(**values: Any) -> Any:
    return job_with(DELAYS, stop_on_error=True, delays_after_error=(ErrorDelay(1, 60), ErrorDelay(3, None)), **values)


def test_after_an_error_the_job_starts_again_after_the_delay_and_goes_on_with_its_rhythm() -> None:
    engine = JobClock("2024-03-01 08:00", _delayed())
    assert engine.starts_until("2024-03-01 09:00", codes={1: 1, 2: 1}) == [
        ("03-01 08:00", "period_repeat"), ("03-01 08:01", "delay_after_error"), ("03-01 08:02", "delay_after_error"),
        ("03-01 08:32", "period_repeat")]  # fmt: skip
    job = engine.world.jobs["/job"]
    assert (job.errors_in_a_row, job.delay_until) == (0, None)


def test_too_many_errors_in_a_row_stop_the_job() -> None:
    engine = JobClock("2024-03-01 08:00", _delayed())
    assert len(engine.starts_until("2024-03-01 12:00", codes={1: 1, 2: 1, 3: 1})) == 3
    assert engine.world.jobs["/job"].state is JobState.STOPPED


def test_a_delayed_start_waits_for_the_next_period() -> None:
    engine = JobClock("2024-03-01 08:59:30", _delayed())
    assert engine.starts_until("2024-03-02 08:00", codes={1: 1})[1:] == [("03-02 08:00", "delay_after_error")]


def test_a_delayed_start_that_could_not_take_place_in_its_period_takes_place_in_the_next_one() -> None:
    text = '<run_time once="yes"><period begin="08:00" end="09:00"/><period begin="10:00" end="11:00"/></run_time>'
    engine = JobClock("2024-03-01 08:57", job_with(text, delays_after_error=(ErrorDelay(1, 60),)))
    engine.end(exit_code=1)
    _paused(engine, "2024-03-01 08:57:30", "2024-03-01 09:30")
    assert engine.starts_until("2024-03-02 08:00") == [("03-01 10:00", "delay_after_error")]


def test_a_delayed_start_survives_the_end_of_the_engine() -> None:
    engine = JobClock("2024-03-01 08:00", _delayed())
    engine.starts_until("2024-03-01 08:00:30", codes={1: 1})
    stored: Job = engine.world.jobs["/job"]
    again = JobClock("2024-03-01 08:00:40")
    again.world.remembered.jobs["/job"] = stored
    again.files(_delayed())
    assert again.starts_until("2024-03-01 08:02") == [("03-01 08:01", "delay_after_error")]


def test_orders_wait_for_the_delay_and_the_job_does_not_start_without_them() -> None:
    job = a_job(stop_on_error=True, delays_after_error=(ErrorDelay(1, 60),))
    engine = JobClock("2024-03-01 10:00", job, a_chain(), an_order())
    assert engine.starts_until("2024-03-01 11:00", codes={1: 1}) == [
        ("03-01 10:00", "order"), ("03-01 10:01", "order"), ("03-01 10:01", "order")]  # fmt: skip
    assert [step.node for _, step in sorted(engine.steps.items())] == ["first", "first", "second"]


def test_a_forced_start_and_a_single_start_do_not_wait_for_the_delay() -> None:
    job = job_with('<run_time><period single_start="10:01"/></run_time>', delays_after_error=(ErrorDelay(1, 600),))
    engine = JobClock("2024-03-01 10:00", job)
    engine.command(StartJob(job="/job"))
    assert times_of(engine.starts_until("2024-03-01 10:00:30", codes={1: 1})) == ["03-01 10:00"]
    engine.command(StartJob(job="/job"))
    found = engine.starts_until("2024-03-01 10:02", codes=dict.fromkeys(range(9), 1))
    assert [cause for _, cause in found] == ["queue", "period_single"]


def test_a_task_of_the_queue_that_failed_goes_there_again_and_waits_for_a_period() -> None:
    engine = JobClock("2024-03-01 10:00", _delayed())
    engine.command(StartJob(job="/job"))
    assert engine.starts_until("2024-03-02 08:20", codes={1: 1})[1:] == [
        ("03-02 08:00", "delay_after_error")], "the repeat counts from its end"  # fmt: skip


# -- schedules


def plan(text: str, path: str = "/plan") -> Any:
    return schedule(path, text)


def test_a_job_becomes_active_when_its_schedule_appears_and_rests_when_it_goes() -> None:
    job = job_with('<run_time schedule="/plan"/>')
    engine = JobClock("2024-03-01 08:00", job)
    engine.command(StartJob(job="/job"))
    assert not engine.launched, "even a forced start waits"
    assert why_job(engine.world, engine.world.jobs["/job"])[0].kind == "schedule_missing"
    engine.files(plan('<schedule once="yes"><period single_start="12:00"/></schedule>'))
    assert [(task.cause) for task in engine.tasks.values()][-1:] == [Cause.QUEUE]
    assert engine.starts_until("2024-03-01 13:00")[-1:] == [("03-01 12:00", "period_single")]
    engine.tell(FilesChanged((FileGone(ObjectKind.SCHEDULE, "/plan"),)))
    assert not engine.starts_until("2024-03-02 13:00")
    engine.files(plan('<schedule><period single_start="14:00"/></schedule>'))
    assert engine.starts_until("2024-03-02 15:00") == [("03-02 14:00", "period_single")]


def test_a_changed_schedule_moves_the_starts_of_its_jobs_and_of_no_others() -> None:
    own = job_with('<run_time><period begin="08:00" end="09:00" repeat="1800"/></run_time>', "/own")
    engine = JobClock("2024-03-01 08:00", plan('<schedule><period single_start="12:00"/></schedule>'),
                       plan("<schedule/>", "/other"), job_with('<run_time schedule="/plan"/>'), own,
                       job_with('<run_time schedule="/other"/>', "/user"))  # fmt: skip
    engine.starts_until("2024-03-01 08:10")
    unmoved = {key: engine.world.jobs[key].times for key in ("/own", "/user")}
    engine.files(plan('<schedule><period single_start="11:00"/></schedule>'))
    assert all(engine.world.jobs[key].times is times for key, times in unmoved.items())
    assert times_of(engine.starts_until("2024-03-01 23:00")) == ["03-01 08:30", "03-01 11:00"]


def test_a_substitute_takes_over_in_its_time() -> None:
    job = job_with('<run_time schedule="/plan"/>')
    engine = JobClock("2024-12-23 12:00", job, plan('<schedule><period single_start="07:00"/></schedule>'))
    engine.files(schedule("/feast", '<schedule substitute="/plan" valid_from="2024-12-24 12:00" '
                          'valid_to="2024-12-26 24:00"><period single_start="09:00"/></schedule>'))  # fmt: skip
    assert times_of(engine.starts_until("2024-12-27 12:00")) == [
        "12-24 07:00", "12-25 09:00", "12-26 09:00", "12-27 07:00"]  # fmt: skip


def test_a_substitute_cannot_be_used_by_itself() -> None:
    job = job_with('<run_time schedule="/feast"/>')
    engine = JobClock("2024-12-23 12:00", job, plan("<schedule/>"))
    engine.files(schedule("/feast", '<schedule substitute="/plan"><period single_start="13:00"/></schedule>'))
    assert not engine.starts_until("2024-12-27 12:00")


# -- temporary jobs


def test_a_temporary_job_runs_once_and_disappears() -> None:
    engine = JobClock("2024-03-01 10:00", job_with('<run_time once="yes"/>', temporary=True))
    assert engine.starts_until("2024-03-01 10:01") == [("03-01 10:00", "period_once")]
    assert not engine.world.jobs
