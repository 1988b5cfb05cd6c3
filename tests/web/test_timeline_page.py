"A timeline of a planned day: folders open and close, bars lead to their objects, and rows say who waits for them."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from models import connect
from models import plan as store
from models.plan import EntryRow
from scheduler.plan.conflicts import Peak
from scheduler.plan.expected import Expected
from scheduler.plan.override import OverrideAction
from scheduler.plan.state import EntryState
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.calendar import StartKind
from tests.support.rows import SCHEDULER, Rows, a_job, ago
from tests.support.web_site import Site, tree

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 5, tzinfo=UTC)
DAY = BEGIN.date()
ADDRESS = f"/s/demo/plan?view=timeline&day={DAY}"
SOURCES = {
    "/ops/first": '<job><commands on_exit_code="0"><start_job job="second"/></commands></job>',
    "/ops/second": '<job><lock.use lock="/database"/></job>',
    "/ops/third": '<job><lock.use lock="/other"/></job>',
}


def an_entry(path: str, hour: int, state: EntryState, **values: object) -> EntryRow:
    at = BEGIN + hour * HOUR
    expected = Expected("job", path, path, at, at, StartKind.SINGLE)
    if values.get("every"):
        expected = Expected("job", path, path, at, at, StartKind.REPEAT, every=30.0, until=at + HOUR, count=120)
        return EntryRow(DAY, expected, "", None, state, runs=97, failed_runs=1)
    if state is EntryState.SKIPPED:
        expected = Expected("job", path, path, at, None, StartKind.SINGLE, override=1, action=OverrideAction.HOLD)
        return EntryRow(DAY, expected, "", None, state)
    return EntryRow(DAY, expected, "", None, state, started_at=at, ended_at=at + HOUR, runs=1)


@pytest.fixture
def drawn(site: Site) -> Site:
    entries = [an_entry(path, hour, EntryState.FINISHED) for hour, path in enumerate(SOURCES, 1)]
    entries += [
        an_entry("/sales/load", 6, EntryState.FAILED), an_entry("/sales/load", 8, EntryState.SKIPPED),
        an_entry("/poll", 3, EntryState.FINISHED, every=True),
    ]  # fmt: skip
    with Rows(site.url) as rows:
        for path, source in SOURCES.items():
            definition = replace(a_job(path).definition, source=source)
            rows.put(SourceFile(ObjectKind.JOB, path, "x.xml", ago(500), FileState.ACTIVE, definition))
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        store.put_day(connection, SCHEDULER, DAY, (BEGIN, BEGIN + 24 * HOUR), "UTC", BEGIN)
        store.replace_entries(connection, SCHEDULER, DAY, [], entries)
        summary = store.summary_of(connection, SCHEDULER, DAY, BEGIN)
        clash = Peak(BEGIN + 2 * HOUR, BEGIN + 3 * HOUR, 2, 1)
        store.put_summary(connection, SCHEDULER, DAY, summary, (), [("/Database", clash)])
    engine.dispose()
    return site


def row(page: etree._Element, name: str) -> etree._Element:
    return page.xpath(f'//tr[@data-row][.//a[text()="{name}"]]')[0]


def test_rows_stand_under_their_folders_and_a_closed_one_is_one_row(drawn: Site) -> None:
    page = tree(drawn.get(ADDRESS))
    assert [" ".join(each.text_content().split()) for each in page.xpath('//tr[@class="group"]')] == [
        "/", "/ops", "/sales",
    ]  # fmt: skip
    close = page.xpath('//tr[@class="group"]//a[contains(., "/ops")]/@href')[0]
    closed = tree(drawn.get(close))
    assert not closed.xpath('//a[text()="second"]')
    said = closed.xpath('string(//tr[@class="group"][contains(., "/ops")])')
    assert "3 rows" in said
    assert "3 done" in said
    assert closed.xpath('//a[text()="load"]')
    [again] = closed.xpath('//a[@aria-expanded="false"]/@href')
    assert tree(drawn.get(again)).xpath('//a[text()="second"]')


def test_bars_are_links_with_words_and_a_menu_is_in_each_row(drawn: Site) -> None:
    page = tree(drawn.get(ADDRESS))
    load = row(page, "load")
    bars = load.xpath('.//*[@role="listitem"]')
    assert [bar.xpath("string(.//title)").partition(" ")[2] for bar in bars] == ["failed, took 1 h 00 min", "skipped"]
    assert {str(each) for bar in bars for each in bar.xpath(".//a/@href")} == {"/s/demo/jobs/sales/load"}
    assert load.xpath('.//*[@class="octagon"]')
    assert load.xpath('.//*[contains(@class, "held")]')
    assert load.xpath(".//a[@data-menu]/@href") == ["/s/demo/menu/job?name=/sales/load"]
    assert "every 30 s, 96 ok, 1 failed, 120 planned" in row(page, "poll").xpath("string(.//title)")


def test_whoever_others_wait_for_has_a_lower_edge_and_says_so(drawn: Site) -> None:
    page = tree(drawn.get(ADDRESS))
    for name, told in (("first", "starts /ops/second"), ("second", "others want the lock /database"), ("third", "")):
        found = row(page, name)
        assert bool(found.xpath('.//*[@class="lower-edge"]')) == bool(told), name
        assert told in words_of(found), name


def words_of(element: etree._Element) -> str:
    return " ".join(element.text_content().split())
