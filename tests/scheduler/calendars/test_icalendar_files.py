"iCalendar files as programs write them: zones, moved and left out events, folded lines; and what is refused, by name."

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduler.calendars.ical import as_ical, days_of
from scheduler.calendars.model import Calendar
from scheduler.errors import Code, WorkloadError

NEW = datetime(2026, 1, 1, tzinfo=UTC)
#: as a program of an office writes it: a zone by a name of its own, with its rules
ZONE = """BEGIN:VTIMEZONE
TZID:Middle of Europe (own rules)
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
BERLIN = "TZID=Europe/Berlin"


def file_of(*events: str, head: str = "", end: str = "\r\n") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head.splitlines()]
    for event in events:
        lines += ["BEGIN:VEVENT", "UID:one@example.org", *event.splitlines(), "END:VEVENT"]
    return end.join([*lines, "END:VCALENDAR", ""]).encode()


def closed(data: bytes) -> list[str]:
    return sorted(map(str, days_of(data, "days.ics").closed))


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=3",
         ["2026-05-25", "2027-05-31", "2028-05-29"]),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20320301",
         ["2024-02-29", "2028-02-29", "2032-02-29"]),
        # an instant in UTC is another day where the event is
        (f"DTSTART;{BERLIN}:20260105T000000\nRRULE:FREQ=DAILY;UNTIL=20260106T230000Z",
         ["2026-01-05", "2026-01-06", "2026-01-07"]),
        (f"DTSTART;{BERLIN}:20260105T000000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260105T230000Z",
         ["2026-01-05", "2026-01-07"]),
        # the last one would begin after the end
        (f"DTSTART;{BERLIN}:20260105T080000\nRRULE:FREQ=DAILY;UNTIL=20260107T060000Z", ["2026-01-05", "2026-01-06"]),
        ("DTSTART;VALUE=DATE:20370430\nRRULE:FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=30,-31", ["2037-04-30", "2038-04-30"]),
        ("DTSTART:20260105\nDTEND:20260107", ["2026-01-05", "2026-01-06"]),
        ("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105", ["2026-01-05"]),
        ("DTSTART;VALUE=DATE:20260105\nX-OWN;A=B:anything\nGEO:nowhere", ["2026-01-05"]),
        ("dtstart;value=date:20260105\nBEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nDESCRIPTION:x\nEND:VALARM",
         ["2026-01-05"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_days_are_those_of_the_zone_of_the_event(event: str, days: list[str], end: str) -> None:
    assert closed(file_of(event, end=end)) == days


def test_a_zone_that_only_the_file_knows_is_followed() -> None:
    zone = 'TZID="Middle of Europe (own rules)"'
    event = f"DTSTART;{zone}:20260330T000000\nDTEND;{zone}:20260331T000000\nRRULE:FREQ=DAILY;UNTIL=20260330T220000Z"
    assert closed(file_of(event, head=ZONE)) == ["2026-03-30", "2026-03-31"]


@pytest.mark.parametrize(
    ("single", "days"),
    [
        ("RECURRENCE-ID;VALUE=DATE:20260112\nDTSTART;VALUE=DATE:20260114", ["2026-01-05", "2026-01-14", "2026-01-19"]),
        ("RECURRENCE-ID;VALUE=DATE:20260112\nDTSTART;VALUE=DATE:20260112\nSTATUS:CANCELLED",
         ["2026-01-05", "2026-01-19"]),
        ("RECURRENCE-ID;VALUE=DATE:20260105\nDTSTART;VALUE=DATE:20260105\nSUMMARY:renamed",
         ["2026-01-05", "2026-01-12", "2026-01-19"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_a_single_event_of_a_series_is_moved_or_called_off(single: str, days: list[str], first: bool) -> None:
    series = "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert closed(file_of(*((series, single) if first else (single, series)))) == days


def test_a_single_event_that_is_named_in_utc_is_found_in_its_series() -> None:
    series = f"DTSTART;{BERLIN}:20260105T000000\nRRULE:FREQ=WEEKLY;COUNT=2"
    single = f"RECURRENCE-ID:20260111T230000Z\nDTSTART;{BERLIN}:20260113T000000"
    assert closed(file_of(series, single)) == ["2026-01-05", "2026-01-13"]


@pytest.mark.parametrize("fold", [b"\r\n ", b"\r\n\t", b"\n "])
def test_names_are_whole_wherever_their_lines_are_folded(fold: bytes) -> None:
    name = "Tag der Deutschen Einheit, auch in München; 祝日"
    escaped = name.replace(",", "\\,").replace(";", "\\;")
    data = b"\xef\xbb\xbf" + file_of(f"SUMMARY:{escaped}\nDTSTART;VALUE=DATE:20261003")
    at = data.index("ü".encode()) + 1  # within the letter
    found = days_of(data[:at] + fold + data[at:], "days.ics")
    assert found.closed == {date(2026, 10, 3): name}


def test_a_written_file_has_short_lines_and_whole_names() -> None:
    name = "Ein sehr langer Name, der über mehrere Zeilen geht; mit „Zeichen“, die länger als ein Oktett sind \\ 祝日"
    data = as_ical(Calendar("/a", closed=((date(2026, 10, 3), name),)), date(2026, 1, 1), date(2026, 12, 31), NEW)
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert days_of(data, "a.ics").closed == {date(2026, 10, 3): name}


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:2026-01-05", "DTSTART"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nDTSTART;VALUE=DATE:20260106", "more than one DTSTART"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260104", "it ends before it begins"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nDURATION:PXD", "DURATION"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nEXDATE:nonsense", "EXDATE"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=SOMETIMES", "RRULE"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nRRULE FREQ=DAILY", "RRULE"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no such day"),
        ("SUMMARY:Bad\nDTSTART:20260105T000000Z\nRRULE:FREQ=HOURLY", "more than once a day"),
        ("SUMMARY:Bad\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260105T000000Z\nDTSTART:20260106T000000Z", "later events"),
        ("SUMMARY:Bad\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20460105", "it lasts"),
    ],
)  # fmt: skip
def test_a_broken_event_is_refused_by_number_name_and_property(event: str, problem: str) -> None:
    data = file_of("SUMMARY:Fine\nDTSTART;VALUE=DATE:20260105", event)
    with pytest.raises(WorkloadError) as refused:
        days_of(data, "days.ics")
    assert refused.value.code is Code.BAD_ICAL
    assert "event 2 (Bad)" in refused.value.text
    assert problem in refused.value.text


def test_another_encoding_is_refused_with_the_event_that_shows_it() -> None:
    data = file_of("SUMMARY:Fine\nDTSTART;VALUE=DATE:20260105", "SUMMARY:Größe\nDTSTART;VALUE=DATE:20260106")
    with pytest.raises(WorkloadError) as refused:
        days_of(data.decode().encode("latin-1"), "days.ics")
    assert refused.value.code is Code.BAD_ICAL
    assert "event 2" in refused.value.text
    assert "UTF-8" in refused.value.text
