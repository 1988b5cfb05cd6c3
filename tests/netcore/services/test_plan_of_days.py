"The plan as the service keeps it: worked out, followed, changed, and taken up again by another instance."

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from models import plan_sources as sources
from models import read, tables, web_settings
from models.connect import reading, writing
from models.read.plan import overrides_of_day
from models.read.plan_entries import PlanEntry, Wanted
from netcore.services.daily_plan import DailyPlan
from scheduler.changes import Change, Kind
from scheduler.plan.day import PlanDays
from scheduler.plan.override import Override, OverrideAction, OverrideState
from scheduler.plan.state import EntryState
from scheduler.records import Cause, OrderOrigin, TaskState
from scheduler.run_time.clock import zone_named
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER, a_task, an_order
from tests.support.run_times import run_time

P, F, S = EntryState.PLANNED, EntryState.FINISHED, EntryState.SKIPPED
HOURLY = '<period begin="00:30" absolute_repeat="3600"/>'
NOW = datetime(2031, 3, 5, 10, 0, tzinfo=UTC)
TODAY, TOMORROW = NOW.date(), NOW.date() + timedelta(days=1)


class Plan:
    "The service on a database, with a clock of its own."

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting
        hosting.now = NOW
        self.service = self.fresh()

    def fresh(self, ahead: int = 1) -> DailyPlan:
        return DailyPlan(self.hosting.around, PlanDays(zone_named("UTC")), {}, ahead)

    def job(self, name: str, periods: str = HOURLY) -> None:
        text = f'<job><script language="shell">exit 0</script><run_time>{periods}</run_time></job>'
        self.write(f"{name}.job.xml", text)

    def write(self, name: str, text: str) -> None:
        (self.hosting.config / "live" / name).write_text(text)

    def run(self, seconds: float = 61.0) -> str:
        "After some time, so that it looks at the files again."
        self.hosting.later(seconds)
        return self.service.run()

    def entries(self, name: str, day: Any = TODAY) -> list[PlanEntry]:
        with reading(self.hosting.right.engine) as connection:
            page = read.plan_entries(connection, SCHEDULER, day, Wanted(text=name), 0, 500)
        return [each for each in page.rows if each.path == name]

    def states(self, name: str, day: Any = TODAY) -> str:
        "The first letters of the states in order of time."
        return "".join(each.state.value[0] for each in self.entries(name, day))

    def override(self, number: int, action: OverrideAction, planned: datetime, **values: Any) -> None:
        made = Override(number, "job", "/a", action, planned, values.pop("start", None), self.hosting.now, **values)
        self.hosting.write(Change(Kind.PLAN_CHANGED, "/a", put=(made,)))


@pytest.fixture
def plan(database_url: str, tmp_path: Path) -> Iterator[Plan]:
    hosting = Hosting(database_url, tmp_path)
    yield Plan(hosting)
    hosting.close()


def test_days_are_short_rows_until_a_start_is_due(plan: Plan) -> None:
    plan.job("a")
    plan.job("b", '<period single_start="11:00"/>')
    assert plan.run(0).startswith("2 objects planned")
    assert (len(plan.entries("/a")), len(plan.entries("/a", TOMORROW)), len(plan.entries("/b"))) == (24, 24, 1)
    starts = plan.hosting.rows(tables.plan_starts)
    assert [(row.day, row.object) for row in starts] == [
        (str(day), name) for day in (TODAY, TOMORROW) for name in ("/a", "/b")
    ]
    assert {row.planned_at.hour for row in plan.hosting.rows(tables.plan_entries)} == set(range(10))
    assert plan.states("/a") == "m" * 9 + "l" + "p" * 14  # the files are older than the day
    plan.run(1800)
    assert plan.states("/a") == "m" * 10 + "s" + "p" * 13
    begun = NOW + timedelta(minutes=30, seconds=1)
    task = a_task(1, "/a", cause=Cause.PERIOD_SINGLE, state=TaskState.ENDED, started_at=begun, ended_at=begun)
    plan.hosting.write(Change(Kind.TASK_ENDED, "/a", put=(task,)))
    plan.run(1)
    assert plan.states("/a") == "m" * 10 + "f" + "p" * 13
    counted = read_summary(plan)
    assert counted == {"missed": 10, "finished": 1, "planned": 14}


def read_summary(plan: Plan) -> dict[str, int]:
    plan.run(120)
    with reading(plan.hosting.right.engine) as connection:
        found = read.planned_day(connection, SCHEDULER, TODAY)
    assert found is not None
    assert found.summary is not None
    sums: dict[str, int] = {}
    for _, state, _, count in found.summary:
        sums[state] = sums.get(state, 0) + count
    return sums


def test_another_instance_writes_nothing_that_is_there_already(plan: Plan) -> None:
    for name in "abc":
        plan.job(name)
    plan.run(0)
    written = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT INTO plan_", "UPDATE plan_", "DELETE FROM plan_")):
            written.append(statement.split("(")[0].split("WHERE")[0].split()[:3])

    plan.service = plan.fresh()
    event.listen(plan.hosting.right.engine, "before_cursor_execute", note)
    assert plan.run(0).startswith("3 objects planned")
    event.remove(plan.hosting.right.engine, "before_cursor_execute", note)
    assert {tuple(each) for each in written} <= {
        ("INSERT", "INTO", "plan_days"), ("UPDATE", "plan_days", "SET"), ("INSERT", "INTO", "plan_outlook"),
        ("DELETE", "FROM", "plan_outlook"),
    }  # fmt: skip
    # what has changed while nobody was there is written
    (plan.hosting.config / "live" / "b.job.xml").unlink()
    plan.job("c", '<period single_start="23:00"/>')
    plan.service = plan.fresh()
    plan.run(0)
    assert (len(plan.entries("/a", TOMORROW)), plan.entries("/b", TOMORROW)) == (24, [])
    assert [each.planned_at.hour for each in plan.entries("/c", TOMORROW)] == [23]


def test_only_objects_whose_rule_changed_are_written(plan: Plan) -> None:
    plan.job("a")
    plan.job("b")
    plan.run(0)
    plan.job("b", '<period begin="00:10" absolute_repeat="3600"/>')
    assert plan.run().startswith("1 objects planned")
    assert {each.planned_at.minute for each in plan.entries("/b", TOMORROW)} == {10}
    assert {each.planned_at.minute for each in plan.entries("/a", TOMORROW)} == {30}
    (plan.hosting.config / "live" / "b.job.xml").unlink()
    plan.run()
    assert plan.entries("/b", TOMORROW) == []


@pytest.mark.parametrize("what", ["schedule", "calendar"])
def test_a_change_of_what_many_refer_to_is_planned_for_all_of_them_and_for_nobody_else(plan: Plan, what: str) -> None:
    texts = {
        "schedule": ("<schedule>{}</schedule>", HOURLY, '<period single_start="12:00"/>'),
        "calendar": ("<calendar>{}</calendar>", "", f'<closed date="{TOMORROW}"/>'),
    }
    text, before, after = texts[what]
    plan.write(f"x.{what}.xml", text.format(before))
    own = "" if what == "schedule" else HOURLY
    for name in "abc":
        run_time = f'<run_time {what}="/x">{own}</run_time>' if name < "c" else f"<run_time>{HOURLY}</run_time>"
        plan.write(f"{name}.job.xml", f'<job><script language="shell">exit 0</script>{run_time}</job>')
    assert plan.run(0).startswith("3 objects planned")
    assert [len(plan.entries(f"/{name}", TOMORROW)) for name in "abc"] == [24, 24, 24]
    plan.write(f"x.{what}.xml", text.format(after))
    assert plan.run().startswith("2 objects planned")
    expected = 1 if what == "schedule" else 0
    assert [len(plan.entries(f"/{name}", TOMORROW)) for name in "abc"] == [expected, expected, 24]


def test_objects_with_one_rule_have_the_starts_since_their_own_time(plan: Plan) -> None:
    for hour, name in enumerate("ab", 5):
        plan.job(name)
        written = NOW.replace(hour=hour).timestamp()
        os.utime(plan.hosting.config / "live" / f"{name}.job.xml", (written, written))
    plan.run(0)
    assert [len(plan.entries(f"/{name}")) for name in "ab"] == [19, 18]
    assert [len(plan.entries(f"/{name}", TOMORROW)) for name in "ab"] == [24, 24]


def test_changed_starts_have_entries_and_withdrawn_changes_none(plan: Plan) -> None:
    plan.job("a", '<period single_start="12:00"/><period single_start="13:00"/>')
    plan.run(0)
    noon = NOW.replace(hour=12)
    plan.override(1, OverrideAction.SKIP, noon)
    plan.run()
    assert plan.states("/a") == "sp"
    assert [each.state for each in plan.entries("/a")] == [S, P]
    assert plan.states("/a", TOMORROW) == "pp"
    plan.override(1, OverrideAction.SKIP, noon, state=OverrideState.WITHDRAWN)
    plan.run()
    assert [(each.state, each.override) for each in plan.entries("/a")] == [(P, 0), (P, 0)]
    plan.override(2, OverrideAction.MOVE, noon, start=noon + timedelta(minutes=5))
    plan.service = plan.fresh()  # it has been changed, and is withdrawn, while nobody looks
    plan.run(0)
    assert [each.override for each in plan.entries("/a")] == [2, 0]
    plan.override(2, OverrideAction.MOVE, noon, start=noon, state=OverrideState.WITHDRAWN)
    plan.service = plan.fresh()
    plan.run(0)
    assert [each.override for each in plan.entries("/a")] == [0, 0]


def test_what_nobody_followed_for_days_holds_nothing_up_and_gets_its_end(plan: Plan) -> None:
    plan.job("a")
    plan.job("b", '<period single_start="10:30"/>')
    plan.run(0)
    half_past = NOW.replace(minute=30)
    long = a_task(1, "/b", cause=Cause.PERIOD_SINGLE, state=TaskState.RUNNING, started_at=half_past, ended_at=None)
    plan.hosting.write(Change(Kind.TASK_STARTED, "/b", put=(long,)))
    plan.run(1860)
    assert (plan.states("/a")[:12], plan.states("/b")) == ("m" * 10 + "sp", "s")
    later = half_past + timedelta(days=4)
    ended = a_task(2, "/a", cause=Cause.PERIOD_SINGLE, started_at=later, ended_at=later + timedelta(seconds=9))
    done = replace(long, state=TaskState.ENDED, ended_at=later)
    plan.hosting.write(Change(Kind.TASK_ENDED, "/a", put=(ended,)), Change(Kind.TASK_ENDED, "/b", put=(done,)))
    plan.hosting.now = later
    plan.run(60)
    assert plan.states("/a", later.date())[:12] == "m" * 10 + "fp", "today is followed"
    assert plan.states("/a")[10] == "m"
    [run] = plan.entries("/b")
    assert (run.state, run.ended_at) == (F, later)


def test_changes_of_the_past_are_a_record_that_costs_nothing(plan: Plan) -> None:
    plan.job("a", '<period single_start="12:00"/>')
    plan.run(0)
    noon = NOW.replace(hour=12)
    plan.override(1, OverrideAction.SKIP, noon)
    later = noon + timedelta(days=6, minutes=30)
    plan.override(2, OverrideAction.MOVE, noon + timedelta(days=1), start=later)
    plan.run()
    for _ in range(5):
        plan.run(24 * 3600)
    begin = plan.hosting.now - timedelta(days=4)
    with reading(plan.hosting.right.engine) as connection:
        assert [each.number for each in sources.overrides(connection, SCHEDULER, begin)] == [2]
        assert [row.number for row in overrides_of_day(connection, SCHEDULER, NOW, NOW + timedelta(days=1))] == [1]
    [left_out] = plan.entries("/a")
    assert (left_out.state, left_out.override) == (S, 1)
    plan.run(27 * 3600)
    [moved] = plan.entries("/a", TOMORROW)
    assert (moved.state, moved.start_at) == (EntryState.LATE, later)
    with writing(plan.hosting.right.engine) as connection:
        web_settings.change(connection, {web_settings.LATE_SECONDS: "86400"})
    plan.run()
    [moved] = plan.entries("/a", TOMORROW)
    assert (moved.state, moved.late) == (EntryState.SUBMITTED, False), "an administrator says from when on it is late"


@pytest.mark.parametrize(("planned", "start"), [(1, 5), (6, 1), (1, 2), (1, 1)])
def test_a_start_is_followed_however_far_it_was_moved(plan: Plan, planned: int, start: int) -> None:
    "Days after today at which it was planned, and to which it was moved; the job has no other starts."
    plan.service = plan.fresh(7)
    noon = NOW.replace(hour=12)
    of, to = noon + timedelta(days=planned), noon + timedelta(days=start, hours=1)
    plan.job("a", f'<at at="{of:%Y-%m-%d %H:%M}"/>')
    plan.run(0)
    plan.override(1, OverrideAction.MOVE, of, start=to)
    plan.run()
    seen = []

    def look(seconds: float) -> None:
        plan.hosting.now = to
        plan.run(seconds)
        [entry] = plan.entries("/a", of.date())
        seen.append(entry.state)

    look(-3600)
    look(1)
    begun = to + timedelta(seconds=2)
    task = a_task(1, "/a", cause=Cause.PERIOD_SINGLE, state=TaskState.RUNNING, started_at=begun, ended_at=None)
    plan.hosting.write(Change(Kind.TASK_STARTED, "/a", put=(task,)))
    look(3)
    ended = replace(task, state=TaskState.ENDED, ended_at=to + timedelta(seconds=4))
    plan.hosting.write(Change(Kind.TASK_ENDED, "/a", put=(ended,)))
    look(5)
    assert seen == [P, EntryState.SUBMITTED, EntryState.STARTED, F]


def test_a_start_that_waits_for_something_is_not_missed_because_its_day_is_over(plan: Plan) -> None:
    noon = NOW.replace(hour=12)
    source = f'<run_time><at at="{noon:%Y-%m-%d %H:%M}"/></run_time>'
    for name in ("waits", "begun"):
        order = an_order(
            name, run_time=run_time(source), run_time_source=source, start_at=noon, origin=OrderOrigin.PERMANENT,
            touched=name == "begun",
        )  # fmt: skip
        plan.hosting.write(Change(Kind.ORDER_CHANGED, f"/chain,{name}", put=(order,)))
    plan.run(0)
    found = []
    for hours in (2.1, 14.1, 26.1):
        plan.hosting.now = NOW
        plan.run(3600 * hours)
        rows = plan.hosting.rows(tables.plan_entries)
        found.append({row.object.partition(",")[2]: row.state.value for row in rows})
    assert [each["waits"] for each in found] == ["late", "late", "missed"]
    assert [each["begun"] for each in found] == ["late", "missed", "missed"]


def test_starts_that_nobody_told_of_are_told_by_the_next_instance(plan: Plan) -> None:
    plan.job("a")
    plan.run(0)
    plan.service = plan.fresh()
    plan.run(4 * 3600)
    assert plan.states("/a") == "m" * 13 + "l" + "p" * 10


def test_process_classes_and_locks_that_are_too_narrow_are_told(plan: Plan) -> None:
    plan.write("narrow.process_class.xml", '<process_class max_processes="1"/>')
    plan.write("database.lock.xml", "<lock/>")
    plan.write("unused.lock.xml", "<lock/>")
    for number, name in enumerate("ab", 1):
        script = '<script language="shell">exit 0</script>'
        use = f'<lock.use lock="/database" exclusive="{"yes" if name == "a" else "no"}"/>'
        text = f'<job process_class="/narrow">{use}{script}<run_time>{HOURLY}</run_time></job>'
        plan.write(f"{name}.job.xml", text)
        begun = NOW - timedelta(days=1)
        task = a_task(
            number, f"/{name}", cause=Cause.QUEUE, state=TaskState.ENDED, started_at=begun,
            ended_at=begun + timedelta(minutes=10),
        )  # fmt: skip
        plan.hosting.write(Change(Kind.TASK_ENDED, f"/{name}", put=(task,)))
    plan.run(0)
    with reading(plan.hosting.right.engine) as connection:
        found = read.planned_day(connection, SCHEDULER, TOMORROW)
    assert found is not None
    assert [each.of_lock for each in found.peaks] == [False] * 20 + [True] * 20  # not more are told
    first = found.peaks[0]
    assert (first.path, first.of_lock, first.most, first.allowed) == ("/narrow", False, 2, 1)
    assert (first.begin.minute, (first.end - first.begin).total_seconds()) == (30, 600)
    assert found.peaks[20] == replace(first, path="/database", of_lock=True)


def test_other_plan_days_are_worked_out_anew(plan: Plan) -> None:
    plan.job("a")
    plan.run(0)
    plan.service = DailyPlan(plan.hosting.around, PlanDays(zone_named("UTC"), 6 * 3600), {}, 1)
    plan.run(0)
    found = plan.entries("/a", TOMORROW)
    assert found[0].planned_at == datetime(2031, 3, 6, 6, 30, tzinfo=UTC)
    assert len(found) == 24


def projected(plan: Plan) -> dict[str, int]:
    return {row.day: row.starts for row in plan.hosting.rows(tables.plan_outlook)}


def test_the_projection_reaches_two_years_and_follows_rules_and_days(plan: Plan) -> None:
    plan.job("a")
    plan.job("b", '<monthdays><day day="29"><period single_start="12:00"/></day></monthdays>')
    plan.run(0)
    found = projected(plan)
    assert (min(found), max(found), len(found)) == ("2031-03-05", "2033-03-05", 732)
    assert [found[day] for day in ("2031-03-05", "2032-02-29", "2033-01-29", "2033-03-05")] == [24, 25, 25, 24]
    plan.job("a", '<period single_start="11:00"/>')
    plan.run()
    found = projected(plan)
    assert [found[day] for day in ("2032-02-28", "2032-02-29", "2033-03-05")] == [1, 2, 1]
    plan.run(24 * 3600)
    found = projected(plan)
    assert (min(found), max(found), len(found)) == ("2031-03-06", "2033-03-06", 732)


def test_a_clock_that_goes_back_does_not_keep_the_plan_waiting(plan: Plan) -> None:
    plan.job("a")
    plan.run(3600)
    assert plan.states("/a").startswith("m" * 10 + "l")
    begun = NOW + timedelta(minutes=30)
    task = a_task(1, "/a", cause=Cause.PERIOD_SINGLE, state=TaskState.ENDED, started_at=begun, ended_at=begun)
    plan.hosting.write(Change(Kind.TASK_ENDED, "/a", put=(task,)))
    plan.run(-1200)
    assert plan.states("/a").startswith("m" * 10 + "f")
