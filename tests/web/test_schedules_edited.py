"Schedules on their pages: the next starts, fields beside the text, a substitute that ends before its time."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from models.connect import create, reading
from scheduler.configuration import read_object
from scheduler.configuration.modify_hot_folder import files_to_write
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.xml.document import parse
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, ago
from tests.support.web_site import Site, tree, words
from web.named_schedules import next_starts, schedule_of, schedules

NIGHT = '<schedule title="Night"><period single_start="02:30"/></schedule>'
INSTEAD = '<schedule substitute="/night" valid_from="2026-03-28 00:00:00" valid_to="2026-03-30 00:00:00">{}</schedule>'
FIVE = '<period single_start="05:00"/>'
BERLIN = ZoneInfo("Europe/Berlin")
STATE = """<state><schedules><schedule path="/night" active="no" now_covered_by_schedule="/instead"/>
<schedule path="/instead" substitute="/night" valid_from="2000-01-01 00:00:00" active="yes"/>
</schedules></state>"""
EDIT = "/s/demo/config/-/schedule/night/-/edit-schedule"
EDITOR = "/s/demo/resources/run-time/-/editor?name=source&from="


def put(site: Site, **sources: str) -> None:
    with Rows(site.url) as rows:
        for name, source in sources.items():
            definition = schedule_of(source, f"/{name}")
            rows.put(SourceFile(ObjectKind.SCHEDULE, f"/{name}", f"/srv/{name}", ago(9), FileState.ACTIVE, definition))


@pytest.fixture
def filled(site: Site, engine_port: CommandServer) -> Site:
    engine_port.reply = lambda command: STATE if command.tag == "show_state" else "<ok/>"
    put(site, night=NIGHT, instead=INSTEAD.format(FIVE))
    return site


def test_a_schedule_and_its_substitute_share_the_time(filled: Site) -> None:
    engine = create(filled.url, "web")
    with reading(engine) as connection:
        known = schedules(connection, "demo")
    engine.dispose()
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    found = next_starts(known, ["/night", "/instead", "/unknown"], BERLIN, now, 3)
    told = {path: [f"{at.astimezone(BERLIN):%d %H:%M}" for at in starts] for path, starts in found.items()}
    assert told == {"/night": ["30 02:30", "31 02:30", "01 02:30"], "/instead": ["28 05:00", "29 05:00"]}


def test_the_list_tells_the_next_five_starts_and_lets_a_substitute_end(filled: Site) -> None:
    page = tree(filled.get("/s/demo/resources"))
    rows = page.xpath('//section[@aria-labelledby="h-schedules"]//tr[@data-row]')
    numbers = {row.xpath("string(./th//a)"): len(row.xpath('./td[@data-label="Next starts"]//time')) for row in rows}
    assert numbers["/instead"] == 0, "its time is over"
    assert page.xpath("//a/@href[contains(., 'end-schedule')]") == ["/s/demo/config/-/schedule/instead/-/end-schedule"]


def written(engine: CommandServer) -> str:
    [command] = engine.sent("modify_hot_folder")
    [file] = files_to_write(parse(etree.tostring(command, encoding="utf-8")).children, command.get("folder", ""), {})
    return file.data.decode("iso-8859-1")


def test_a_substitute_ends_now_and_its_file_stays_otherwise_as_it_is(filled: Site, engine_port: CommandServer) -> None:
    address = "/s/demo/config/-/schedule/instead/-/end-schedule"
    put(filled, instead=INSTEAD.format(FIVE).replace("2026-03-30", "2999-01-01"))
    told = STATE.replace("<state>", '<state time_zone="Asia/Tokyo">')
    engine_port.reply = lambda command: told if command.tag == "show_state" else "<ok/>"
    assert filled.post(address, address, reason="over").status_code == 303
    element = etree.fromstring(written(engine_port).encode("iso-8859-1"))
    end = datetime.fromisoformat(element.get("valid_to")).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    assert timedelta(minutes=-5) < end - datetime.now(UTC) < timedelta(minutes=5)
    assert (element.get("substitute"), element.get("valid_from")) == ("/night", "2026-03-28 00:00:00")
    assert element.find("period").get("single_start") == "05:00"


@pytest.mark.parametrize(("name", "fault"), [("night", "takes the place of another"), ("later", "has not begun yet")])
def test_what_has_no_time_to_end_is_refused(filled: Site, engine_port: CommandServer, name: str, fault: str) -> None:
    late = INSTEAD.format(FIVE).replace("2026-03-28", "2998-01-01").replace("2026-03-30", "2999-01-01")
    put(filled, later=late)
    answer = filled.post(f"/s/demo/config/-/schedule/{name}/-/end-schedule", reason="x")
    assert (answer.status_code, fault in words(answer)) == (422, True)
    assert not engine_port.sent("modify_hot_folder")


def test_the_form_of_a_schedule_has_fields_beside_its_text_and_the_starts_below(filled: Site) -> None:
    page = tree(filled.get(EDIT))
    assert [each.get("value") for each in page.xpath('//input[@name="line_at"]')] == ["02:30", ""]
    assert page.xpath('string(//textarea[@name="source"])').strip() == NIGHT
    assert len(page.xpath('//section[@aria-labelledby="h-preview"]//li')) == 20


def edited(site: Site, made: str, source: str, **fields: object) -> tuple[str, list[str], str]:
    "The text, the times of the fields, and everything in words."
    answer = site.post(EDITOR + made, EDIT, source=source, **fields)
    page = tree(answer)
    times = [each.get("value") for each in page.xpath('//input[@name="line_at"]')]
    return page.xpath('string(//textarea[@name="source"])').strip(), times, words(answer)


def test_fields_make_the_text_and_the_text_the_fields(filled: Site) -> None:
    one = {f"line_{name}": [value, ""] for name, value in (
        ("which", "Mon-Fri"), ("at", "03:00"), ("begin", ""), ("end", ""), ("seconds", ""))}  # fmt: skip
    one |= {"line_days": ["weekdays", "every"], "line_how": ["at", "at"]}
    text, times, said = edited(filled, "fields", NIGHT, **one)
    assert '<day day="1 2 3 4 5">' in text
    assert 'title="Night"' in text
    assert (times, "Next starts" in said) == (["03:00", ""], True)
    # what is not whole yet waits in the fields
    begun = one | {"line_days": ["ultimos", "every"], "line_which": ["0", ""], "line_at": ["", ""]}
    text, times, said = edited(filled, "fields", NIGHT, **begun)
    assert (times, "<ultimos" in text) == (["", ""], False)
    assert 'value="0"' in filled.post(EDITOR + "fields", EDIT, source=NIGHT, **begun).text
    text, times, said = edited(filled, "text", NIGHT.replace("02:30", "04:45"))
    assert (times, NIGHT.replace("02:30", "04:45") == text) == (["04:45", ""], True)


def test_what_fields_cannot_say_stays_in_the_text(filled: Site) -> None:
    source = '<schedule><month month="1"><period single_start="02:00"/></month></schedule>'
    text, _, said = edited(filled, "text", source)
    assert (text, "The text holds what fields cannot say (<month>)" in said) == (source, True)
    for wrong in ("<schedule", "<job/>"):
        assert edited(filled, "fields", wrong)[0] == wrong
    assert filled.post(EDITOR.replace("source", "other"), EDIT).status_code == 404


def test_without_a_schedule_those_who_say_themselves_when_they_start_are_named(
    site: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: "<state/>" if command.tag == "show_state" else "<ok/>"
    page = tree(site.get("/s/demo/resources"))
    assert "No named schedule" in page.xpath('string(//section[@aria-labelledby="h-schedules"])')


CALENDAR = """<calendar title="Bank days">
  <!-- the bank's own -->
  <closed date="2026-12-24"/>
  <black_out begin="2026-12-12 22:00" end="2026-12-13 06:00" description="move"/>
</calendar>"""


def a_calendar(site: Site, source: str = CALENDAR, written_at: datetime | None = None) -> None:
    with Rows(site.url) as rows:
        definition = read_object(ObjectKind.CALENDAR, "/bank", source.encode(), {})
        at = written_at or ago(9)
        rows.put(SourceFile(ObjectKind.CALENDAR, "/bank", "/srv/bank", at, FileState.ACTIVE, definition))


def test_a_black_out_is_put_into_the_file_of_its_calendar_and_taken_out(
    filled: Site, engine_port: CommandServer
) -> None:
    a_calendar(filled)
    add, remove = (f"/s/demo/config/-/calendar/bank/-/{verb}-black-out" for verb in ("add", "remove"))
    given = {"begin": "2026-12-31 20:00", "end": "2027-01-01 08:00:00", "description": "turn of the year"}
    assert filled.post(add, add, reason="asked for", **given).status_code == 303
    text = written(engine_port)
    assert "<!-- the bank's own -->" in text
    made = etree.fromstring(text.encode("iso-8859-1"))
    assert [each.get("description") for each in made.iter("black_out")] == ["move", "turn of the year"]
    assert dict(made[-1].attrib) == given
    assert text.splitlines()[-2].strip().startswith("<black_out"), "on a line of its own"
    gone = {"begin": "2026-12-12 22:00:00", "end": "2026-12-13 06:00:00"}
    engine_port.commands.clear()
    assert filled.post(remove, remove, reason="called off", **gone).status_code == 303
    made = etree.fromstring(written(engine_port).encode("iso-8859-1"))
    assert [each.get("description") for each in made.iterchildren("*")] == [None, "turn of the year"]


def test_a_second_black_out_is_put_beside_one_that_the_engine_has_not_read_yet(
    filled: Site, engine_port: CommandServer
) -> None:
    a_calendar(filled)
    add = "/s/demo/config/-/calendar/bank/-/add-black-out"
    for name in ("one", "two"):
        given = {"begin": "2026-12-31 20:00", "end": "2027-01-01 08:00", "description": name}
        engine_port.commands.clear()
        assert filled.post(add, add, reason="asked for", **given).status_code == 303
    made = etree.fromstring(written(engine_port).encode("iso-8859-1"))
    assert [each.get("description") for each in made.iter("black_out")] == ["move", "one", "two"]
    form = tree(filled.get("/s/demo/config/-/calendar/bank/-/edit-schedule"))
    assert 'description="two"' in form.xpath('string(//textarea[@name="source"])')
    # what somebody has written in the folder since then counts
    a_calendar(filled, CALENDAR, written_at=ago(-1))
    form = tree(filled.get("/s/demo/config/-/calendar/bank/-/edit-schedule"))
    assert 'description="two"' not in form.xpath('string(//textarea[@name="source"])')


def test_what_is_no_black_out_is_told_at_its_field(filled: Site, engine_port: CommandServer) -> None:
    a_calendar(filled)
    add, remove = (f"/s/demo/config/-/calendar/bank/-/{verb}-black-out" for verb in ("add", "remove"))
    for address, given, field in (
        (add, {"begin": "tonight", "end": "2026-12-31 20:00"}, "begin"),
        (add, {"begin": "2026-12-31 20:00", "end": "2026-12-31 20:00"}, "end"),
        (add, {"begin": "2026-12-31 20:00"}, "end"),
        (remove, {"begin": "2026-12-12 22:00", "end": "2026-12-13 07:00"}, "begin"),
    ):
        answer = filled.post(address, address, reason="asked for", **given)
        assert answer.status_code == 422
        assert tree(answer).xpath('//*[@aria-invalid="true"]/@name') == [field]
    assert engine_port.sent("modify_hot_folder") == []
    assert filled.get("/s/demo/config/-/schedule/night/-/add-black-out").status_code == 404


def test_the_next_starts_of_a_run_time_tell_which_black_outs_take_some_away(filled: Site) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    dark = f'<black_out begin="{day}" end="{day} 06:00" description="move"/>'
    a_calendar(filled, f'<calendar weekdays="0 1 2 3 4 5 6">{dark}</calendar>')
    source = '<run_time calendar="/bank" single_start="02:00"/>'
    page = tree(filled.get(f"/s/demo/resources/run-time?zone=UTC&source={quote(source)}"))
    [note] = page.xpath('//section[@aria-labelledby="h-preview"]//p[contains(@class, "log-note")]')
    assert "The black-out move, until" in note.text_content()
    starts = page.xpath('//section[@aria-labelledby="h-preview"]//li')
    assert len(starts) == 20
    assert not [each for each in starts if f"{day}" in each.text_content()]
