"The monitor and the history over a real database, with the journal as an engine writes it."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models import members, notices, plan, tables
from models.errors import FenceError
from models.plan import EntryRow
from models.right import Right
from netcore.services.history import History
from netcore.services.messages import Messages
from netcore.services.monitor import Monitor
from scheduler.changes import Change, Kind
from scheduler.errors import Code, WorkloadError
from scheduler.monitor.delivery import Delivery
from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.plan.day import PlanDays
from scheduler.plan.expected import Expected
from scheduler.plan.state import EntryState
from scheduler.records import Task
from scheduler.run_time.calendar import StartKind
from tests.support.hosting import Hosting
from tests.support.mail_server import MailServer
from tests.support.rows import SCHEDULER, a_failed_task, a_member, a_run, a_task

RULES = """<monitor><rule name="r" on="job_failed order_failed job_late job_missed heartbeat_missed job_stopped"
object="*" silent_after="10"><tell><command line="true"/></tell></rule></monitor>"""


@pytest.fixture
def hosting(database_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(database_url, tmp_path)
    found.rules(RULES)
    yield found
    found.close()


def ended(task: Task) -> Change:
    detail: dict[str, object] = {"task": task.id, "job": task.job, "exit_code": task.exit_code}
    if task.problem is not None:
        detail |= {"error": task.problem.code, "text": task.problem.text}
    return Change(Kind.TASK_ENDED, task.job, put=(task,), detail=detail)


def monitor(hosting: Hosting) -> Monitor:
    return Monitor(hosting.around, {}, lambda: hosting.monotonic)


def all_notices(hosting: Hosting) -> list[Notice]:
    with hosting.connection() as connection:
        return notices.notices(connection, SCHEDULER)[::-1]


def told(hosting: Hosting) -> list[str]:
    return [row.subject for row in hosting.rows(tables.deliveries)]


def test_what_the_journal_says_becomes_notices_once_whoever_looks(hosting: Hosting) -> None:
    hosting.write(ended(a_failed_task(1, "/before")), at=hosting.now - timedelta(minutes=2))
    first = monitor(hosting)
    first.run()
    assert not all_notices(hosting)
    hosting.write(ended(a_failed_task(2, "/a")), ended(a_failed_task(3, "/a")), ended(a_task(4, "/b")))
    assert first.run() == "1 messages made"
    assert first.run() == ""
    other = monitor(hosting)
    assert other.run() == ""
    [notice] = all_notices(hosting)
    assert (notice.object, notice.count) == ("/a", 2)
    assert "Task 3" in notice.text
    hosting.write(ended(a_task(5, "/A")))
    other.run()
    assert told(hosting) == ["[demo] normal: /a has failed", "[demo] well again: /a has failed"]
    run = a_run(9, "/chain", "7", failed=True)
    hosting.write(Change(Kind.ORDER_ENDED, "/chain,7", put=(run,), detail={"node": "x", "history": 9, "text": "why"}))
    hosting.write(Change(Kind.JOB_STOPPED, "/a", detail={"reason": "error"}))
    other.run()
    assert [each.object for each in all_notices(hosting)] == ["/a", "/chain,7", "/a"]


def test_messages_are_made_in_words_of_the_file(hosting: Hosting) -> None:
    hosting.rules(RULES.replace("<rule", '<message on="job_failed" subject="{object} broke">{text}</message><rule'))
    hosting.write(ended(a_failed_task(2, "/a")))
    monitor(hosting).run()
    [made] = hosting.rows(tables.deliveries)
    assert (made.subject, "Task 2" in made.body) == ("/a broke", True)


def test_a_trial_from_the_pages_goes_out_as_the_engine_sends_mails(hosting: Hosting) -> None:
    with MailServer() as server:
        trial = Delivery(
            0, notices.TRIAL, "mail", "a@b.c", {"to": ["a@b.c"], "cc": [], "smtp": server.address, "sender": ""},
            "Trial", "words", hosting.now, hosting.now,
        )  # fmt: skip
        with hosting.around.right.writing() as connection:
            numbers = [notices.add_trial(connection, SCHEDULER, trial) for _ in range(2)]
        assert Messages(hosting.around, {}).run() == "2 sent"
        assert [each["Subject"] for each in server.messages] == ["Trial"] * 2
        assert {sender for sender, _ in server.envelopes} == {f"scheduler-demo@{hosting.around.settings.host}"}
    with hosting.connection() as connection:
        assert [each.number for each in notices.trials_of(connection, SCHEDULER)] == sorted(numbers)
        assert notices.last_delivery(connection, SCHEDULER) <= 0, "real messages are numbered as if there were none"
    with hosting.around.right.writing() as connection:
        notices.add_trial(connection, SCHEDULER, replace(trial, made_at=hosting.now + timedelta(days=2)))
        assert len(notices.trials_of(connection, SCHEDULER)) == 1


def test_wrong_rules_are_told_with_their_place_and_the_ones_before_go_on(hosting: Hosting) -> None:
    looking = monitor(hosting)
    looking.run()
    hosting.rules(RULES.replace("order_failed", "order_fails"))
    hosting.write(ended(a_failed_task(1, "/a")))
    with pytest.raises(WorkloadError) as refusal:
        looking.run()
    assert refusal.value.code is Code.BAD_CHOICE
    assert refusal.value.place is not None
    assert refusal.value.place.source.endswith("monitor.xml")
    assert len(all_notices(hosting)) == 1
    assert looking.run() == ""
    again = monitor(hosting)
    with pytest.raises(WorkloadError):
        again.run()
    hosting.write(ended(a_failed_task(2, "/b")))
    again.run()
    assert len(all_notices(hosting)) == 2
    [row] = hosting.rows(tables.monitor_rules)
    assert "order_fails" in row.problem
    assert row.source == RULES
    hosting.rules(RULES.replace("job_failed ", ""))
    again.run()
    hosting.write(ended(a_failed_task(3, "/c")))
    again.run()
    assert len(all_notices(hosting)) == 2
    assert hosting.rows(tables.monitor_rules)[0].problem == ""
    (hosting.config / "monitor.xml").unlink()
    again.run()
    assert hosting.rows(tables.monitor_rules)[0].source == ""


def test_a_silent_member_is_noticed_by_our_own_clock_and_is_well_again(hosting: Hosting) -> None:
    member = a_member()
    wrong_clock = hosting.now - timedelta(days=3)

    def beat(at: datetime) -> None:
        with hosting.connection() as connection:
            members.put_member(connection, SCHEDULER, member, at)

    looking = monitor(hosting)
    for second in range(0, 20, 2):
        beat(wrong_clock + timedelta(seconds=second))
        looking.run()
        hosting.later(2)
    assert not all_notices(hosting)
    for _ in range(8):
        looking.run()
        hosting.later(2)
    [notice] = all_notices(hosting)
    assert notice.object == "demo"
    monitor(hosting).run()
    beat(wrong_clock + timedelta(seconds=99))
    looking.run()
    sentence = "demo gives no sign of life"
    assert told(hosting) == [f"[demo] normal: {sentence}", f"[demo] well again: {sentence}"]
    with hosting.connection() as connection:
        members.put_member(connection, SCHEDULER, replace(member, state="stopped"), hosting.now)
    for _ in range(20):
        looking.run()
        hosting.later(2)
    assert len(all_notices(hosting)) == 1
    with hosting.connection() as connection:
        members.put_member(connection, SCHEDULER, replace(member, member_id="other"), hosting.now)
    for _ in range(10):
        looking.run()
        hosting.later(2)
    assert all_notices(hosting)[-1].state is NoticeState.OPEN
    with hosting.connection() as connection:
        members.forget_members(connection, SCHEDULER, ["other"])
    looking.run()
    assert all_notices(hosting)[-1].state is NoticeState.RECOVERED


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_member_is_lost_when_another_one_has_its_place_or_it_is_silent_for_long(
    hosting: Hosting, succeeded: bool
) -> None:
    hosting.rules(RULES.replace("heartbeat_missed", "member_lost"))
    looking = monitor(hosting)
    with hosting.connection() as connection:
        members.put_member(connection, SCHEDULER, a_member(member_id="one"), hosting.now)
    looking.run()
    hosting.later(20)
    looking.run()
    assert not all_notices(hosting)
    with hosting.connection() as connection:
        if succeeded:
            members.bury_member(connection, SCHEDULER, "one", by="other")
    hosting.later(10 if succeeded else 50)
    looking.run()
    assert [(notice.event, notice.object) for notice in all_notices(hosting)] == [(Event.MEMBER_LOST, "one")]
    assert told(hosting) == ["[demo] normal: one is lost"]


def entry(hosting: Hosting, minutes: int, state: EntryState, name: str = "/a") -> EntryRow:
    at = hosting.now.replace(microsecond=0) - timedelta(minutes=minutes)
    expected = Expected("job", name, name, at, at, StartKind.SINGLE)
    return EntryRow(at.date(), expected, state=state, late=state is EntryState.LATE)


def test_late_and_missed_starts_of_the_plan_are_noticed_and_their_recovery(hosting: Hosting) -> None:
    late, missed = entry(hosting, 5, EntryState.LATE), entry(hosting, 30, EntryState.MISSED, "/b")
    with hosting.connection() as connection:
        for row in (late, missed):
            plan.replace_entries(connection, SCHEDULER, row.day, [], [row])
    looking = monitor(hosting)
    looking.run()
    hosting.later(10)
    looking.run()
    assert sorted(told(hosting)) == [
        "[demo] normal: /a did not start in time", "[demo] normal: /b did not start at all",
    ]  # fmt: skip
    with hosting.connection() as connection:
        plan.update_states(connection, SCHEDULER, [replace(late, state=EntryState.STARTED)])
    hosting.later(10)
    looking.run()
    assert told(hosting)[2:] == ["[demo] well again: /a did not start in time"]
    monitor(hosting).run()
    assert len(told(hosting)) == 3


def figures(hosting: Hosting) -> list[tuple[str, str, int, int, float]]:
    return [(row.kind, row.object, row.runs, row.failed, row.longest) for row in hosting.rows(tables.report_days)]


def test_every_run_is_added_up_once_also_after_a_takeover(hosting: Hosting) -> None:
    at = hosting.now
    tasks = [a_task(number, "/a", started_at=at, ended_at=at + timedelta(seconds=number)) for number in (1, 2, 3)]
    in_chain = a_task(4, "/a", chain="/c", order_id="1", started_at=at, ended_at=at)
    run = a_run(1, "/c", "1", started_at=at, ended_at=at + timedelta(seconds=60), failed=True)
    hosting.write(
        *(ended(task) for task in (*tasks, in_chain)),
        Change(Kind.ORDER_ENDED, "/c,1", put=(run,), detail={"history": 1, "job": "/a", "task": 4}),
    )
    counting = History(hosting.around, PlanDays(ZoneInfo("UTC")))
    assert counting.run() == "4 runs added up"
    wanted = [("job", "/a", 3, 0, 3.0), ("order", "/c,1", 1, 1, 60.0)]
    assert figures(hosting) == wanted
    assert counting.run() == ""
    hosting.write(ended(a_failed_task(5, "/a", started_at=at, ended_at=at + timedelta(seconds=9))))
    other = Right(hosting.url, SCHEDULER, "two", "token two")
    with hosting.right.reading() as connection:
        seen = other.look(connection)
    other.take(seen, hosting.now)
    with pytest.raises(FenceError):
        counting.run()
    assert figures(hosting) == wanted
    around = replace(hosting.around, right=other)
    assert History(around, PlanDays(ZoneInfo("UTC"))).run() == "1 runs added up"
    assert figures(hosting)[0] == ("job", "/a", 4, 1, 9.0)
    other.close()


def test_how_the_plan_was_kept_stands_in_the_figures_of_the_day(hosting: Hosting) -> None:
    states = (EntryState.FINISHED, EntryState.MISSED, EntryState.LATE)
    rows = [entry(hosting, minutes, state) for minutes, state in enumerate(states, 7)]
    with hosting.connection() as connection:
        for row in rows:
            plan.replace_entries(connection, SCHEDULER, row.day, [], [row])
    History(hosting.around, PlanDays(ZoneInfo("UTC"))).run()
    found = hosting.rows(tables.report_days)
    assert sum(row.planned for row in found) == 3
    assert [sum(getattr(row, name) for row in found) for name in ("on_time", "late", "missed")] == [1, 1, 1]
