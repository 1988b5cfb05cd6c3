"What answers and `why` tell of a job's times, and what it costs to have them."

from __future__ import annotations

from typing import Any

from lxml import etree

from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.show_job import ShowJob
from scheduler.commands.show_jobs import ShowJobs
from scheduler.commands.start_job import StartJob
from scheduler.definitions import ErrorDelay, MonitorDefinition, MonitorUse, Script
from scheduler.messages import TimeReached
from scheduler.timers import FEWEST
from scheduler.why import why_job, why_order
from tests.support.job_clock import JobClock, job_with
from tests.support.run_times import schedule
from tests.support.worlds import a_chain, a_job, an_order

MORNING = '<run_time><period begin="08:00" end="09:00"/></run_time>'
NOON = '<run_time><period single_start="12:00"/></run_time>'


def shown(engine: JobClock, what: str = "", job: str = "/job") -> Any:
    return etree.fromstring(engine.command(ShowJob(job=job, what=what)).reply or "")


def why(engine: JobClock, job: str = "/job") -> list[str]:
    return [obstacle.kind for obstacle in why_job(engine.world, engine.world.jobs[job])]


def test_the_period_is_shown_as_it_is_now() -> None:
    engine = JobClock("2024-03-01 07:00", job_with(MORNING))
    seen = []
    for when in ("07:30", "08:00", "08:30", "09:00", "23:00"):
        engine.starts_until(f"2024-03-01 {when}")
        seen.append(shown(engine).get("in_period"))
    assert seen == ["no", "yes", "yes", "no", "no"]


def test_the_next_start_is_shown_unless_there_is_none() -> None:
    engine = JobClock("2024-03-01 07:00", job_with(NOON), job_with(MORNING, "/never"))
    assert shown(engine).get("next_start_time") == "2024-03-01T11:00:00.000Z"
    assert shown(engine, job="/never").get("next_start_time") is None
    engine.command(StartJob(job="/never", at="2024-03-01 10:00"))
    assert shown(engine, job="/never").get("next_start_time") == "2024-03-01T09:00:00.000Z"
    engine.command(ModifyJob(job="/job", cmd="stop"))
    assert shown(engine).get("next_start_time") is None
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    engine.starts_until("2024-03-01 12:00", seconds=3600)
    assert shown(engine).get("next_start_time") is None, "while it runs nobody knows more than what is to come"
    engine.starts_until("2024-03-01 14:00", seconds=0)
    assert shown(engine).get("next_start_time") == "2024-03-02T11:00:00.000Z"


def test_a_delay_is_shown_while_it_lasts() -> None:
    engine = JobClock("2024-03-01 08:00", a_job(delays_after_error=(ErrorDelay(1, 60),)))
    engine.command(StartJob(job="/job"))
    engine.starts_until("2024-03-01 08:00:30", codes={1: 1})
    assert shown(engine).get("delay_until") == "2024-03-01T07:01:00.000Z"
    assert shown(engine).get("in_period") == "no"
    assert why(engine) == ["delay_after_error"]


def test_a_job_without_its_schedule_and_monitor_is_loaded_and_incomplete() -> None:
    job = job_with('<run_time schedule="/Plan"/>', monitors=(MonitorUse(monitor="/watch"),))
    engine = JobClock("2024-03-01 08:00", job)
    element = shown(engine)
    assert (element.get("state"), element.find("file_based").get("state")) == ("loaded", "incomplete")
    requisites = [dict(each.attrib) for each in element.iterfind("file_based/requisites/requisite")]
    assert requisites == [{"type": "Monitor", "path": "/watch", "is_missing": "yes"},
                          {"type": "Schedule", "path": "/Plan", "is_missing": "yes"}]  # fmt: skip
    assert why(engine) == ["schedule_missing", "monitor_missing"]
    engine.files(schedule("/Plan", "<schedule/>"), MonitorDefinition("/watch", Script("python", "pass")))
    element = shown(engine)
    assert (element.get("state"), element.find("file_based").get("state")) == ("pending", "active")
    assert [each.get("is_missing") for each in element.iter("requisite")] == [None, None]
    assert element.get("active_schedule") == "/Plan"


def test_why_tells_the_period_and_the_next_start() -> None:
    engine = JobClock("2024-03-01 07:00", job_with(MORNING), job_with(NOON, "/noon"),
                      job_with('<run_time><at at="2024-02-01 12:00"/></run_time>', "/past"), a_job("/any"),
                      a_chain(), an_order())  # fmt: skip
    obstacle = next(each for each in why_order(engine.world, engine.order()))
    assert (obstacle.kind, str(obstacle.until)) == ("not_in_period", "2024-03-01 07:00:00+00:00")
    assert why(engine) == ["not_in_period", "no_order"]
    assert why(engine, "/noon") == ["next_start"]
    assert why(engine, "/past") == ["no_period", "no_further_start"]
    assert why(engine, "/any") == ["no_start"]


def test_a_hidden_job_shows_itself_when_somebody_wants_something_of_it() -> None:
    engine = JobClock("2024-03-01 07:00", a_job("/a", visible="no"), a_job("/b", visible="never"), a_job("/c"),
                      a_job("/d", visible="no"), a_chain())  # fmt: skip

    def listed() -> list[str]:
        reply = etree.fromstring(engine.command(ShowJobs()).reply or "")
        return [each.get("path") for each in reply.iter("job")]

    assert listed() == ["/c"]
    engine.command(StartJob(job="/a", at="never"))
    engine.command(StartJob(job="/b"))
    assert listed() == ["/a", "/c"]


def test_only_jobs_whose_instant_has_come_are_looked_at() -> None:
    texts = [f'<run_time><period single_start="{hour:02}:00"/></run_time>' for hour in range(24)]
    jobs = [job_with(text, f"/job{hour}") for hour, text in enumerate(texts)]
    engine = JobClock("2024-03-01 00:30", *jobs, a_job("/any"))
    before = {key: job.times for key, job in engine.world.jobs.items()}
    engine.now = engine.world.next_wake or engine.now
    engine.tell(TimeReached())
    assert [launch.job for launch in engine.launched.values()] == ["/job1"]
    assert [key for key, job in engine.world.jobs.items() if job.times is not before[key]] == []
    engine.run()
    assert [key for key, job in engine.world.jobs.items() if job.times is not before[key]] == ["/job1"]


def test_a_job_that_may_start_at_any_time_is_never_looked_at_for_that() -> None:
    engine = JobClock("2024-03-01 07:00", a_job())
    assert engine.world.next_wake is None


def test_timers_of_a_busy_job_do_not_pile_up() -> None:
    engine = JobClock("2024-03-01 07:00", job_with('<run_time repeat="3600"/>'))
    for _ in range(3 * FEWEST):
        engine.command(StartJob(job="/job"))
        engine.run()
        engine.now = engine.now.replace(microsecond=(engine.now.microsecond + 1000) % 1000000)
    assert len(engine.world._timers) <= 2 * FEWEST
