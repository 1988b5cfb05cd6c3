"""On both days of the clock change the plan, its timeline and the start times tell what then really starts.

The starts come from an engine whose clock is moved over the day; the pages ask another one what is to come.
"""

from __future__ import annotations

import calendar
import csv
import io
import re
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import etree

from scheduler.commands.show_calendar import ShowCalendar
from tests.support.command_server import CommandServer
from tests.support.job_clock import JobClock, job_with
from tests.support.run_times import BERLIN
from tests.support.web_site import Site, tree, words

RUN_TIMES = {
    "/skipped_hour": '<period single_start="02:30"/>',
    "/around": '<period single_start="01:59"/><period single_start="03:00"/><period single_start="23:30"/>',
    "/grid": '<period begin="01:00" end="04:00" absolute_repeat="1800"/>',
}
#: such a day of a coming year: what is past would be told by the history
YEAR = datetime.now(UTC).year + 1


def last_sunday(month: int) -> date:
    last = date(YEAR, month, calendar.monthrange(YEAR, month)[1])
    return last - timedelta(days=(last.weekday() + 1) % 7)


def new_engine(day: date) -> JobClock:
    jobs = [job_with(f"<run_time>{inside}</run_time>", path) for path, inside in RUN_TIMES.items()]
    return JobClock(f"{day - timedelta(days=1)} 12:00", *jobs)


def really_started(day: date) -> list[tuple[datetime, str]]:
    engine = new_engine(day)
    engine.starts_until(f"{day + timedelta(days=1)} 12:00")
    found = [(task.started_at, task.job) for task in engine.tasks.values() if task.started_at]
    return sorted((at, path) for at, path in found if at.astimezone(BERLIN).date() == day)


class Asked:
    "Answers the calendar command of the pages by an engine that stands on the day before."

    def __init__(self, day: date) -> None:
        self.engine = new_engine(day)
        self.lock = threading.Lock()

    def __call__(self, command: etree._Element) -> str:
        if command.tag != "show_calendar":
            return "<ok/>"
        given = {name: command.get(name) for name in ("from", "before")}
        asked = ShowCalendar(begin=given["from"], before=given["before"], limit=5000, what=command.get("what", ""))
        with self.lock:
            reply = self.engine.command(asked).reply
        assert isinstance(reply, str)
        return reply


@pytest.mark.parametrize(("day", "hours"), [(last_sunday(3), 23), (last_sunday(10), 25)])
def test_the_pages_tell_what_really_starts(site: Site, engine_port: CommandServer, day: date, hours: int) -> None:
    site.client.set_cookie("zone", "Europe/Berlin")
    engine_port.reply = Asked(day)
    started = really_started(day)
    assert len(started) >= 8
    page = site.get(f"/s/demo/plan?day={day}")
    assert f"The clock is changed on this day: it has {hours} hours." in words(page)
    listed = [
        (datetime.fromisoformat(row.xpath('./td[@data-label="Start"]/time/@datetime')[0]), row.xpath(".//th//a/text()"))
        for row in tree(page).xpath("//tbody/tr[@data-row]")
    ]
    assert sorted((at, f"/{name}") for at, (name,) in listed) == started
    drawn = tree(site.get(f"/s/demo/plan?day={day}&view=timeline")).xpath('//*[name()="title"]/text()')
    clocks = sorted(f"{at.astimezone(BERLIN):%H:%M:%S} to come" for at, _ in started)
    assert sorted(text[:16] for text in drawn if re.match(r"\d\d:\d\d:\d\d to come", text)) == clocks
    query = f"from={day}T00:00&before={day + timedelta(days=1)}T00:00"
    table = csv.DictReader(io.StringIO(site.get(f"/s/demo/start-times?{query}&format=csv").text))
    assert sorted((datetime.fromisoformat(row["start"]), row["path"]) for row in table) == started
