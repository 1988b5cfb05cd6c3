"What a typed start means, what stays of an object that is gone, what takes an action back, and a month."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from models import connect, file_versions
from models import plan as store
from models.operations import Operation, State
from models.plan import EntryRow
from scheduler.changes import Change, Kind
from scheduler.plan.expected import Expected
from scheduler.plan.state import EntryState
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.calendar import StartKind
from tests.support.command_server import CommandServer
from tests.support.rows import SCHEDULER, Rows, a_faulty_file, a_job, a_saved_file, a_task, ago
from tests.support.web_site import Site, tree, words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("now+90", "in 1 min 30 s"),
        ("2030-01-02T03:04Z", "= Wed 2030-01-02 03:04:00 UTC"),
        ("2001-01-02T03:04Z", "ago: at once"),
        ("never", "never: it waits until somebody starts it"),
        ("tomorrow", "This is no start time yet."),
        ("", ""),
        # nobody here knows the engine's zone, as no plan is kept
        ("2030-01-02 03:04", ""),
    ],
)
def test_what_a_typed_start_means_is_told(site: Site, typed: str, said: str) -> None:
    answer = site.fragment(f"/s/demo/when?at={typed.replace('+', '%2B')}")
    assert answer.status_code == 200
    assert said in answer.text if said else not answer.text.strip()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("now+90", "in 1 min 30 s"),
        ("2030-01-02T03:04Z", "= Wed 2030-01-02 03:04:00 UTC"),
        ("2001-01-02T03:04Z", "This is no start time yet."),
        ("never", "This is no start time yet."),
    ],
)
def test_what_a_typed_end_means_is_told(site: Site, typed: str, said: str) -> None:
    assert said in site.fragment(f"/s/demo/when?until={typed.replace('+', '%2B')}").text


def test_a_start_beside_the_planned_one_is_told_as_the_time_that_it_is(site: Site) -> None:
    answer = site.fragment("/s/demo/when?start=-0:30&planned=2030-01-02+03:04:00Z")
    assert "= Wed 2030-01-02 02:34:00 UTC" in answer.text
    [field] = tree(site.get("/s/demo/jobs/sales/load/-/move-start")).xpath('//input[@id="start"]')
    assert field.get("hx-include") == "#planned"


def test_a_time_of_day_alone_is_the_next_one_in_the_zone_of_the_engine(
    site: Site, engine_port: CommandServer
) -> None:
    start = "/s/demo/jobs/sales/load/-/start"
    refused = site.post(start, form_page=start, at="14:00")
    assert refused.status_code == 422
    assert "a day has to stand before the time" in words(refused)
    engine = connect.create(site.url, "web")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with connect.writing(engine) as connection:
        for begin in (midnight, midnight + timedelta(days=1)):
            store.put_day(connection, "demo", begin.date(), (begin, begin + timedelta(days=1)), "Asia/Tokyo", begin)
    engine.dispose()
    at = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    told = words(site.fragment(f"/s/demo/when?at={at + timedelta(hours=9):%H:%M:%S}"))
    assert f"= {at:%a %Y-%m-%d %H:%M:%S} UTC" in told
    assert site.post(start, form_page=start, at=f"{at + timedelta(hours=9):%H:%M:%S}").status_code == 303
    [sent] = engine_port.sent("start_job")
    assert sent.get("at") == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    # beside a planned start it is that day
    move = "/s/demo/jobs/sales/load/-/move-start"
    asked = site.fragment("/s/demo/when?start=06:00&planned=2030-01-02+03:04")
    assert "= Tue 2030-01-01 21:00:00 UTC" in words(asked)
    moved = site.post(move, form_page=move, planned="2030-01-02 03:04", start="06:00", reason="late")
    assert moved.status_code == 303, words(moved)
    assert engine_port.commands[-1].get("start") == "2030-01-01T21:00:00Z"


def test_fields_of_times_ask_for_it(site: Site) -> None:
    [field] = tree(site.get("/s/demo/jobs/sales/load/-/start")).xpath('//input[@id="at"]')
    assert field.get("hx-get") == "/s/demo/when"
    assert field.xpath("following-sibling::*[1]/@id") == [field.get("hx-target").removeprefix("#")]


@pytest.mark.parametrize(("page", "word"), [("jobs", "job"), ("chains", "job chain")])
def test_of_an_object_that_is_gone_its_page_says_since_when(site: Site, page: str, word: str) -> None:
    assert site.get(f"/s/demo/{page}/old").status_code == 404
    kind = Kind.JOB_REMOVED if page == "jobs" else Kind.CHAIN_REMOVED
    with Rows(site.url) as rows:
        rows.writer.write([Change(kind, "/old")], (), now=ago(3600))
    text = words(site.get(f"/s/demo/{page}/old"))
    assert f"The {word} is not in the configuration any more" in text
    assert "Removed " in text
    assert "by configuration version" not in text


def test_who_deleted_the_file_stands_there_with_the_version_and_the_difference(site: Site) -> None:
    a_saved_file(site.url, "/old", "one")
    engine = connect.create(site.url, "web")
    command = '<file.remove kind="job" path="/old"/>'
    operation = Operation(
        "k", 1, "m.weber", SCHEDULER, "file.delete", "/old", command, State.DONE, ago(9), reason="Not needed"
    )
    with connect.writing(engine) as connection:
        file_versions.keep_after(connection, operation, ago(9))
    engine.dispose()
    answer = site.get("/s/demo/jobs/old")
    assert "by configuration version 2 (m.weber: Not needed)" in words(answer)
    links = {link.text: link.get("href") for link in tree(answer).xpath('//div[contains(@class, "banner")]//a')}
    assert links["The difference"] == "/s/demo/config/-/job/old/-/versions?one=2"
    assert links["History"] == "/s/demo/history?kind=tasks&q=job:/old"
    assert site.get(links["The difference"]).status_code == 200


@pytest.mark.parametrize(
    ("deed", "back"),
    [
        ("jobs/sales/load/-/stop", "/s/demo/jobs/sales/load/-/unstop"),
        ("orders/sales/daily/-/next/-/suspend", "/s/demo/orders/sales/daily/-/next/-/resume"),
        ("chains/sales/daily/-/node/second/-/skip", "/s/demo/chains/sales/daily/-/node/second/-/process"),
        ("jobs/sales/archive/-/unstop", ""),
    ],
)
def test_what_has_a_contrary_that_asks_nothing_can_be_taken_back_at_once(
    site: Site, engine_port: CommandServer, deed: str, back: str
) -> None:
    answer = site.post(f"/s/demo/{deed}", reason="Test")
    page = tree(site.get(answer.location))
    assert page.xpath('//*[@class="undo"]/form/@action') == ([back] if back else [])


def test_a_row_offers_deeds_that_ask_nothing_also_with_a_note(site: Site) -> None:
    menu = tree(site.fragment("/s/demo/menu/job?name=/sales/archive"))
    assert menu.xpath('//a[.="with a note"]/@href')[0].endswith("/-/start-now")


def test_where_one_chooses_another_scheduler_its_state_and_its_member_stand(site: Site) -> None:
    with Rows(site.url, "other"):
        pass
    [choice] = tree(site.get("/s/demo/jobs")).xpath('//*[@class="scope"]//*[@hx-get]')
    answer = site.fragment(choice.get("hx-get"))
    found = {link.get("href"): link.text_content().split() for link in tree(answer).xpath("//a")}
    assert "running" in found["/s/demo/"]
    assert "other" in found["/s/other/"]


def test_a_month_names_the_days_of_business_calendars_and_marks_those_without_a_start(
    site: Site, engine_port: CommandServer
) -> None:
    def reply(command: etree._Element) -> str:
        if command.tag == "calendar.show":
            day = '<business_calendar.day date="2030-12-25" kind="holiday" name="Christmas"/>'
            dark = '<business_calendar.black_out begin="2030-12-12 22:00:00" end="2030-12-14 00:00:00" name="Move"/>'
            return f'<business_calendar path="/bank">{day}{dark}</business_calendar>'
        starts = '<at at="2030-12-03T02:00:00Z" job="/sales/load"/><at at="2030-12-04T02:00:00Z" job="/other"/>'
        return f"<calendar>{starts}</calendar>" if command.tag == "show_calendar" else "<ok/>"

    engine_port.reply = reply
    with Rows(site.url) as rows:
        rows.put(a_faulty_file(ObjectKind.CALENDAR, "/bank"))
    page = tree(site.get("/s/demo/plan?view=month&day=2030-12-10&q=sales&inverted=yes"))
    days = {" ".join(cell.text_content().split()): cell.get("class") for cell in page.xpath("//table//td")}
    [christmas] = [text for text in days if "Christmas" in text]
    assert christmas.startswith("Wednesday 25 ")
    assert christmas.endswith("no start")
    assert [text.split()[1] for text in days if "Move" in text] == ["12", "13"], "it ends with its second day"
    begun = [text for text, look in days.items() if "no-start" not in look]
    assert [text.split()[:2] for text in begun] == [["Tuesday", "3"]]
    assert "days without any start 30" in page.text_content()
    # of which a phone shows the week
    [week] = page.xpath('//tr[@class="here"]')
    assert "Tuesday 10" in week.text_content()


def test_a_month_finds_the_past_starts_of_a_schedule_in_the_plan_and_before_it_in_the_history(site: Site) -> None:
    planned, before = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) - timedelta(days=2)
    day = planned.date()
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    expected = Expected("job", "/sales/load", "/sales/load", begin, begin, StartKind.SINGLE, "/nightly")
    skipped = replace(expected, planned_at=begin + timedelta(hours=1), start_at=None, override=1)
    with Rows(site.url) as rows:
        definition = replace(a_job("/sales/load").definition, source='<job><run_time schedule="/nightly"/></job>')
        rows.put(SourceFile(ObjectKind.JOB, "/sales/load", "x.xml", before, FileState.ACTIVE, definition))
        rows.put(a_task(70, "/sales/load", started_at=before, ended_at=before))
        rows.put(a_task(71, "/sales/check_disk", started_at=before, ended_at=before))
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        store.put_day(connection, "demo", day, (begin, begin + timedelta(days=1)), "UTC", begin)
        entries = [
            EntryRow(day, expected, state=EntryState.FAILED, started_at=begin, ended_at=begin),
            EntryRow(day, skipped, state=EntryState.SKIPPED),
        ]
        store.replace_entries(connection, "demo", day, [], entries)
    engine.dispose()
    for text in ("nightly", "/NIGHTLY"):
        days = words(site.get(f"/s/demo/plan?view=month&day={day}&q={text}"))
        assert f" {day.day} {day:%B %Y}: 1 failed1 held" in days
        if before.month == day.month:
            assert f" {before.day} {before:%B %Y}: 1 done" in days
