"""What would start otherwise if a schedule, a calendar, or the run time of an object were another one."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.calendar_show import CalendarShow
from scheduler.commands.plan_preview import PlanPreview
from scheduler.configuration import read_object
from scheduler.definitions import Definition
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from tests.support.job_clock import JobClock, job_with
from tests.support.run_times import run_time, schedule
from tests.support.worlds import a_chain, a_job, an_order

DAILY = '<schedule calendar="/bank"><period single_start="10:00"/></schedule>'
BANK = '<calendar title="Bank"><closed date="2024-03-06" description="Holiday"/></calendar>'


def calendar(text: str = BANK) -> Definition:
    return read_object(ObjectKind.CALENDAR, "/bank", text.encode(), {})


def engine(**identity: Any) -> JobClock:
    by_schedule = '<run_time schedule="/daily"/>'
    return JobClock(
        "2024-03-04 00:00", calendar(), schedule("/daily", DAILY),
        schedule("/late", '<schedule single_start="23:00"/>'),
        job_with(by_schedule, "/one"), job_with(by_schedule, "/two"),
        job_with('<run_time schedule="/daily" time_zone="UTC"/>', "/utc"),
        job_with('<run_time calendar="/bank" single_start="08:00"/>', "/own"),
        job_with('<run_time schedule="/late"/>', "/other"), a_job(), a_chain(),
        an_order(run_time=run_time(by_schedule), run_time_source=by_schedule, has_run_time=True), **identity,
    )  # fmt: skip


def groups(kind: str, path: str, source: str, world: JobClock | None = None, **span: str) -> list[Element]:
    asked = PlanPreview(kind=kind, path=path, source=source, before=span.pop("before", "2024-03-11 00:00"), **span)
    reply = (world or engine()).command(asked).reply
    assert isinstance(reply, str)
    return parse(reply.encode()).children


def users(group: Element) -> list[str]:
    found = group.each("plan_preview.user")
    return [each.get("job") or f"{each.get('job_chain')},{each.get('order')}" for each in found]


def counts(group: Element) -> tuple[str, str, str]:
    return group.get("gone"), group.get("new"), group.get("same")


def test_a_changed_schedule_is_compared_once_for_all_that_start_alike() -> None:
    found = groups("schedule", "/daily", DAILY.replace("10:00", "11:00"))
    assert {tuple(users(group)): counts(group) for group in found} == {
        ("/one", "/two"): ("4", "4", "0"), ("/utc",): ("4", "4", "0"), ("/chain,1",): ("4", "4", "0"),
    }  # fmt: skip
    starts = [(each.get("at"), each.get("change")) for each in found[0].each("plan_preview.start")]
    assert starts[:2] == [("2024-03-04T09:00:00Z", "gone"), ("2024-03-04T10:00:00Z", "new")]


def test_a_changed_calendar_is_compared_for_run_times_and_schedules() -> None:
    found = groups("calendar", "/bank", '<calendar><closed date="2024-03-07"/></calendar>')
    assert {tuple(users(group)): counts(group) for group in found} == {
        ("/one", "/two"): ("1", "1", "3"), ("/utc",): ("1", "1", "3"), ("/own",): ("1", "1", "3"),
        ("/chain,1",): ("1", "1", "3"),
    }  # fmt: skip


def test_black_outs_are_named_with_the_starts_that_they_take_away_before_and_after() -> None:
    dark = '<calendar><black_out begin="2024-03-05 09:00" end="2024-03-05 12:00" description="{}"/>{}</calendar>'
    late = '<black_out begin="2024-03-07 10:00" end="2024-03-09 00:00"/>'
    kept, gone = dark.format("Move", ""), dark.format("Stock", "")
    world = JobClock(
        "2024-03-04 00:00", calendar(kept), schedule("/daily", DAILY),
        job_with('<run_time schedule="/daily"/>', "/one"),
    )  # fmt: skip
    for source, told in (
        (dark.format("Move", late), [("Move", "", ["05T09:00"]), ("", "new", ["07T09:00", "08T09:00"])]),
        (gone, [("Move", "gone", ["05T09:00"]), ("Stock", "new", ["05T09:00"])]),
    ):
        (group,) = groups("calendar", "/bank", source, world)
        found = list(group.each("plan_preview.black_out"))
        assert [
            (each.get("name"), each.get("change"), [one.get("at")[8:16] for one in each.each("plan_preview.held_back")])
            for each in found
        ] == told
    assert [found[0].get(name) for name in ("calendar", "begin", "end", "starts")] == [
        "/bank", "2024-03-05T08:00:00Z", "2024-03-05T11:00:00Z", "1"
    ]  # fmt: skip


def test_a_substitute_that_does_not_exist_yet_is_compared_with_what_it_takes_the_place_of() -> None:
    valid = 'valid_from="2024-03-06 00:00" valid_to="2024-03-08 00:00"'
    source = f'<schedule substitute="/late" {valid} single_start="01:00"/>'
    (group,) = groups("schedule", "/new", source)
    assert users(group) == ["/other"]
    assert counts(group) == ("2", "2", "5")


JOB = '<job><script language="shell">exit</script><run_time single_start="23:00"/></job>'


@pytest.mark.parametrize(
    ("kind", "path", "source", "expected"),
    [
        ("job", "/other", JOB, ("0", "0", "7")),
        ("job", "/unknown", JOB, ("0", "7", "0")),
        ("order", "/chain,1", "<order/>", ("4", "0", "0")),
    ],
)
def test_a_changed_object_is_compared_with_itself(
    kind: str, path: str, source: str, expected: tuple[str, str, str]
) -> None:
    (group,) = groups(kind, path, source)
    assert counts(group) == expected


def test_nothing_is_changed_by_asking() -> None:
    world = engine()
    before = world.world.jobs["/one"].next_start_at
    decision = world.command(PlanPreview(kind="schedule", path="/daily", source=DAILY.replace("10:00", "11:00")))
    assert not decision.changes
    assert world.world.jobs["/one"].next_start_at == before


def test_a_change_that_would_let_nothing_start_says_why() -> None:
    found = groups("schedule", "/daily", '<schedule calendar="/gone" single_start="10:00"/>')
    assert all("SCHEDULER-161" in group.get("problem") and group.get("new") == "0" for group in found)


@pytest.mark.parametrize(
    ("kind", "source", "code"),
    [
        ("schedule", "<schedule><period single_start='25:00'/></schedule>", Code.PERIOD_BOUNDS),
        ("schedule", '<schedule substitute="/bad"/>', Code.SUBSTITUTES_ITSELF),
        ("calendar", '<calendar><public_holidays country="XX"/></calendar>', Code.BAD_VALUE),
    ],
)
def test_a_wrong_text_is_refused(kind: str, source: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as refused:
        groups(kind, "/bad", source)
    assert refused.value.code is code


def test_more_than_two_years_are_refused() -> None:
    with pytest.raises(WorkloadError) as refused:
        groups("schedule", "/daily", DAILY, before="2027-03-04 00:00")
    assert refused.value.code is Code.OUT_OF_RANGE


def test_calendars_are_shown_with_their_users_and_days() -> None:
    world = engine()
    shown = world.command(CalendarShow()).reply
    assert isinstance(shown, str)
    (found,) = parse(shown.encode()).children
    of = found.each("business_calendar.user")
    named = [each.get("schedule") or each.get("job") or each.get("order") for each in of]
    assert named == ["/daily", "/one", "/two", "/utc", "/own", "1"]
    one = world.command(CalendarShow(calendar="bank", first="2024-03-06", last="2024-03-09")).reply
    assert isinstance(one, str)
    days = [(each.get("date"), each.get("kind"), each.get("name")) for each in
            parse(one.encode()).each("business_calendar.day")]  # fmt: skip
    assert days == [
        ("2024-03-06", "holiday", "Holiday"), ("2024-03-07", "working", ""), ("2024-03-08", "working", ""),
        ("2024-03-09", "weekend", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"calendar": "/gone"}, Code.UNKNOWN_OBJECT),
        ({"calendar": "/bank", "first": "2024-02-30"}, Code.BAD_DATE),
        ({"calendar": "/bank", "first": "1999-01-01"}, Code.OUT_OF_RANGE),
    ],
)
def test_a_question_that_has_no_answer_is_refused(asked: dict[str, str], code: Code) -> None:
    with pytest.raises(WorkloadError) as refused:
        engine().command(CalendarShow(**asked))
    assert refused.value.code is code
