"""Two days of the plan beside each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import Problem
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_job, a_task
from tests.support.web_site import Site, tree, words
from web.day_comparison import Row, Side

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAYS = [NOON - timedelta(days=number) for number in (2, 3)]
PAGE = f"/s/demo/plan?view=compare&day={DAYS[0]:%Y-%m-%d}&with={DAYS[1]:%Y-%m-%d}"


@pytest.fixture(autouse=True)
def ran(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: "<calendar/>" if command.tag == "show_calendar" else "<ok/>"
    starts = [
        ("/same", 0, 0), ("/same", 1, 0), ("/moved", 0, 45), ("/moved", 1, 0), ("/new", 0, 0), ("/gone", 1, 0),
        ("/often", 0, 0), ("/often", 0, 5), ("/often", 1, 0), ("/broken", 0, 0), ("/broken", 1, 0),
    ]  # fmt: skip
    with Rows(site.url) as rows:
        for number, (path, day, minutes) in sorted(enumerate(starts, 300), key=lambda each: -each[1][1]):
            at = DAYS[day] + timedelta(minutes=minutes)
            failed = {"problem": Problem("X-1", "broken"), "exit_code": 1} if (path, day) == ("/broken", 0) else {}
            rows.put(a_task(number, path, started_at=at, ended_at=at + timedelta(seconds=10), **failed))
        rows.put(*(a_job(path) for path in {path for path, _, _ in starts}))


def differences(site: Site, address: str) -> dict[str, str]:
    rows = tree(site.get(address)).xpath("//tbody/tr[@data-row]")
    return {row.xpath("./th")[0].text: row.xpath('./td[@data-label="Difference"]')[0].text or "" for row in rows}


def test_what_is_different_is_told_in_words(site: Site) -> None:
    assert differences(site, PAGE) == {
        "/broken": "1 failed, 0 on the other day",
        "/gone": "only on the other day",
        "/moved": "at another time",
        "/new": "only on this day",
        "/often": "1 more",
    }
    page = words(site.get(PAGE))
    assert "5 differences" in page
    assert "of 6" in page
    assert "2 starts 12:00 to 12:05" in page


def test_what_is_the_same_is_shown_when_one_asks_and_names_narrow_it_down(site: Site) -> None:
    assert differences(site, f"{PAGE}&all=yes")["/same"] == ""
    assert list(differences(site, f"{PAGE}&q=mov")) == ["/moved"]


def test_a_day_is_compared_with_the_one_before_unless_one_says_another(site: Site) -> None:
    page = site.get(f"/s/demo/plan?view=compare&day={DAYS[0]:%Y-%m-%d}&with=nonsense")
    assert f"{DAYS[0]:%Y-%m-%d} and {DAYS[1]:%Y-%m-%d}" in words(page)
    links = tree(site.get("/s/demo/plan")).xpath('//nav[@aria-label="Views"]//a[text()="Compare"]')
    assert len(links) == 1


def test_a_clock_that_was_changed_is_no_difference() -> None:
    side = Side(1, 1, 0, 0, (datetime(2026, 1, 1, 2, 30).time(),), 1.0, "")  # noqa: DTZ001
    assert Row("/a", "/a", "", side, side).same
