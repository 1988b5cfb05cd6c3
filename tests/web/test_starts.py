"""What is to come, as the engine tells it: single starts, rhythms, and pages that show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from tests.support.command_server import CommandServer, refusal
from tests.support.web_site import Site, tree, words
from web.calendar_file import LINE, calendar_file
from web.day import PLANNED, Entry, bounds
from web.preview import composed, preview
from web.starts import Rhythm, coming

BEGIN = datetime(2026, 3, 28, 23, tzinfo=UTC)
END = BEGIN + timedelta(hours=23)
ANSWER = etree.fromstring("""<calendar>
<at at="2026-03-29T02:00:00Z" job="a/job"/>
<at at="2026-03-29T03:00:00.000Z" job_chain="/c" order="1" setback="true"/>
<at at="2026-03-29T03:30:00Z" job_chain="/c" order="3"/>
<at at="2026-03-29T04:00:00Z" job="/q" task="7"/>
<period single_start="2026-03-29T05:00:00Z" job="/a/job" schedule="/nightly"/>
<period begin="2026-03-29T06:00:00Z" end="2026-03-29T07:00:00Z" absolute_repeat="1200" job_chain="c" order="2"/>
<period begin="2026-03-29T08:00:00Z" end="2026-03-29T08:01:00Z" repeat="30" job="/r"/>
<period begin="2026-03-29T08:00:00Z" end="2026-03-29T18:00:00Z" job="/only/allowed"/>
</calendar>""")


def test_the_calendar_is_read_whatever_its_spelling() -> None:
    found = coming(ANSWER, BEGIN, END)
    assert [(f"{start.at:%H:%M:%S}", start.name, start.why) for start in found.starts()] == [
        ("02:00:00", "/a/job", ""),
        ("03:00:00", "/c,1", "setback"),
        ("03:30:00", "/c,3", "given"),
        ("04:00:00", "/q", "queued"),
        ("05:00:00", "/a/job", ""),
        ("06:00:00", "/c,2", "repeat"),
        ("06:20:00", "/c,2", "repeat"),
        ("06:40:00", "/c,2", "repeat"),
        ("08:00:00", "/r", "repeat"),
        ("08:00:30", "/r", "repeat"),
    ]
    assert [start.schedule for start in found.only("/a/job").starts()] == ["", "/nightly"]
    assert len(found.only("/c", "2").starts()) == 3
    assert not found.cut


def test_a_rhythm_begins_in_step_wherever_one_looks() -> None:
    rhythm = Rhythm(BEGIN, END, 600, True, "job", "/a")
    later = list(rhythm.starts(BEGIN + timedelta(seconds=601), BEGIN + timedelta(seconds=1900)))
    assert [(start.at - BEGIN).total_seconds() for start in later] == [1200, 1800]


def test_an_engine_that_does_not_tell_is_named_on_the_page(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-105", "unknown")
    assert "The engine does not tell what is to come: SCHEDULER-105" in words(site.get("/s/demo/plan"))
    engine_port.close()
    assert "The engine does not tell what is to come" in words(site.get("/s/demo/start-times"))


@pytest.fixture
def planned(site: Site, engine_port: CommandServer) -> Site:
    at = datetime.now(UTC) + timedelta(days=1)
    engine_port.reply = lambda command: (
        f'<calendar><at at="{at:%Y-%m-%d}T02:30:00Z" job="/sales/load" task="7"/>'
        f'<period begin="{at:%Y-%m-%d}T00:00:00Z" end="{at:%Y-%m-%d}T12:00:00Z" absolute_repeat="3600" job="/broken"/>'
        "</calendar>"
        if command.tag == "show_calendar"
        else "<ok/>"
    )
    return site


def tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def test_start_times_that_a_search_leaves_out_are_not_said_to_be_none(planned: Site) -> None:
    page = words(planned.get("/s/demo/start-times?q=nowhere"))
    assert "No start matches nowhere. Clear the filter" in page
    assert "No run time gives a start" not in page


def test_a_day_to_come_is_listed_drawn_and_taken_away(planned: Site) -> None:
    address = f"/s/demo/plan?day={tomorrow()}"
    assert "13 entries" in words(planned.get(address))
    of_load = planned.get(f"{address}&q=load")
    assert "1 entry" in words(of_load)
    # no run time gives it, and its menu knows that
    [menu] = tree(of_load).xpath("//td//a[@data-menu]/@href")
    assert f"brought={tomorrow()}T02:30:00" in menu
    assert "planned=" not in menu
    for view, number in (("list", 13), ("timeline", 2)):
        none = words(planned.get(f"{address}&view={view}&q=nowhere"))
        assert f"No start matches nowhere. Clear the filter {number} without it." in none
    drawing = tree(planned.get(f"{address}&view=timeline"))
    assert len(drawing.xpath('//*[contains(@class, "span planned")]')) == 14  # one of them in the legend
    rows = planned.get(f"/s/demo/plan/export.csv?day={tomorrow()}").text.splitlines()
    assert len(rows) == 14
    events = planned.get(f"/s/demo/plan/export.ics?day={tomorrow()}")
    assert events.text.count("BEGIN:VEVENT") == 13
    assert "/s/demo/jobs/broken" in planned.get(f"{address}&view=timeline").text


def test_start_times_come_as_page_table_and_document(planned: Site) -> None:
    assert "13 starts" in words(planned.get("/s/demo/start-times"))
    assert "The first 5 are shown" in words(planned.get("/s/demo/start-times?limit=5"))
    assert len(planned.get("/s/demo/start-times?format=csv").text.splitlines()) == 14
    document = etree.fromstring(planned.get("/s/demo/start-times?format=xml&q=load").data)
    assert [start.get("job") for start in document] == ["/sales/load"]


def test_the_question_names_its_instants_with_their_zone(planned: Site, engine_port: CommandServer) -> None:
    planned.get("/s/demo/start-times?from=2026-03-29T02:00&before=2026-03-29T05:00&orders=no")
    [command] = engine_port.sent("show_calendar")[-1:]
    assert (command.get("from"), command.get("before")) == ("2026-03-29T02:00:00Z", "2026-03-29T05:00:00Z")
    assert command.get("what") is None


def test_a_day_of_a_clock_change_has_its_own_length() -> None:
    begin, end = bounds(BEGIN.date() + timedelta(days=1), ZoneInfo("Europe/Berlin"))
    assert (end - begin) == timedelta(hours=23)


def test_a_calendar_file_folds_long_lines_and_escapes_what_it_must() -> None:
    entry = Entry(BEGIN, "order", "/ä" * 60, "a;b,c", PLANNED, None, "", "planned", expected=90)
    text = calendar_file("demo", [entry], BEGIN)
    assert all(len(line.encode()) <= LINE for line in text.split("\r\n"))
    assert "a\\;b\\,c" in text.replace("\r\n ", "")
    assert "DTEND:20260328T230130Z" in text


def test_a_run_time_is_tried_with_its_clock_changes() -> None:
    source = composed(["0"], "02:30", "", "", "")
    tried = preview(source, "Europe/Berlin", BEGIN - timedelta(days=1))
    assert [f"{start.at:%d %H:%M}" for start in tried.starts[:2]] == ["29 01:00", "05 00:30"]
    assert tried.notes[0].startswith("2026-03-29: the clock goes forward")
    assert "2026-10-25" not in " ".join(tried.notes) or len(tried.starts) == 20


@pytest.mark.parametrize(
    ("source", "zone", "fault"),
    [
        ("<run_time><period single_start='25:99'/></run_time>", "", "25:99"),
        ("no xml", "", "line 1"),
        ("<run_time schedule='/x'/>", "", "refers to the schedule /x"),
        ("<run_time/>", "Nowhere/Land", "There is no time zone"),
    ],
)
def test_what_is_wrong_with_a_run_time_is_told(source: str, zone: str, fault: str) -> None:
    assert fault in preview(source, zone, BEGIN).fault


def test_without_a_period_that_starts_there_is_no_start() -> None:
    assert preview("<run_time/>", "", BEGIN).starts == ()
