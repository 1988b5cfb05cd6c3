"""The log viewer: earlier windows, searches, errors, downloads; from the database and from the engine."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from models.batch import TaskLog
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_failed_task, a_member, a_task
from tests.support.web_site import Site, tree, words

WHOLE = b"".join(b"line %06d of a long log\n" % number for number in range(30_000))


@pytest.fixture
def long(site: Site) -> Site:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, WHOLE)])
    return site


def test_earlier_windows_join_without_a_gap_down_to_the_beginning(long: Site) -> None:
    page = tree(long.get("/s/demo/tasks/30/-/log?at=end"))
    first = page.xpath('//*[@id="log"]//*[@class="l "]/@id')[0]
    seen = int(first[1:])
    [address] = page.xpath('//*[@id="log-before"]/@hx-get')
    while address:
        part = tree(long.fragment(address))
        numbers = [int(each[1:]) for each in part.xpath('//*[@class="l "]/@id')]
        assert numbers == list(range(numbers[0], seen))
        seen = numbers[0]
        address = "".join(part.xpath('//*[@id="log-before"]/@hx-get'))
    assert seen == 1


def test_later_windows_are_asked_for_when_one_began_at_the_beginning(long: Site) -> None:
    page = tree(long.get("/s/demo/tasks/30/-/log"))
    [address] = page.xpath('//*[@id="log-after"]/@hx-get')
    last = page.xpath('//*[@id="log"]//*[@class="l "]/@id')[-1]
    following = tree(long.fragment(address)).xpath('//*[@class="l "]/@id')[0]
    assert int(following[1:]) == int(last[1:]) + 1


def test_a_word_in_the_middle_is_found_and_leads_there(long: Site) -> None:
    page = long.get("/s/demo/tasks/30/-/log?find=LINE 015000")
    assert "1 line with “LINE 015000” in 30" in words(page)
    [hit] = tree(page).xpath('//ol[@class="hits"]//a/@href')
    target = tree(long.get(hit.partition("#")[0]))
    assert target.xpath('//*[@id="L15001"]')[0].text_content() == "15001line 015000 of a long log"
    assert hit.endswith("#L15001")


def test_many_hits_come_in_parts(long: Site) -> None:
    page = tree(long.fragment("/s/demo/tasks/30/-/log?find=long&part=results"))
    assert len(page.xpath("//li")) == 100
    [following] = page.xpath('//a[contains(@href, "after=")]/@href')
    assert "101" in words(long.get(following))


def test_errors_and_warnings_are_found(site: Site) -> None:
    assert "1 line with an error or a warning" in words(site.get("/s/demo/tasks/11/-/log?problems=yes"))


def test_the_log_is_downloaded_packed(long: Site) -> None:
    assert gzip.decompress(long.get("/s/demo/tasks/30/-/log.txt.gz").data) == WHOLE


def test_the_page_of_the_task_leads_to_that_of_the_log_which_does_not_lead_to_itself(long: Site) -> None:
    for address, links in (("/s/demo/tasks/30", 1), ("/s/demo/tasks/30/-/log", 0)):
        found = tree(long.get(address)).xpath('//a[normalize-space()="Own page"]/@href')
        assert found == ["/s/demo/tasks/30/-/log"] * links


def engine_with(content: str, engine_port: CommandServer) -> None:
    "An engine that gives parts of a log as the real one does."

    def reply(command: etree._Element) -> str:
        if command.tag == "log.search":
            return '<log.found count="1" size="900" lines="9"><hit offset="10" line="2">needle</hit></log.found>'
        if command.tag != "log.read":
            return "<ok/>"
        data = content.encode()
        offset = int(command.get("offset") or max(0, len(data) - int(command.get("limit", "0"))))
        if offset and data[offset - 1 : offset] != b"\n":
            offset = data.find(b"\n", offset) + 1
        cut = data[offset : offset + int(command.get("limit", "0"))]
        part = cut[: cut.rfind(b"\n") + 1].decode()
        line = 1 + data[:offset].count(b"\n")
        numbers = f'offset="{offset}" next_offset="{offset + len(part)}" size="{len(data)}" line="{line}"'
        return f"<log {numbers}>{part}</log>"

    engine_port.reply = reply


def test_a_running_log_opens_at_its_end_and_is_searched_by_the_engine(site: Site, engine_port: CommandServer) -> None:
    engine_with("".join(f"row {number:04}\n" for number in range(60_000)), engine_port)
    page = tree(site.get("/s/demo/tasks/12/-/log"))
    text = page.xpath('//*[@id="log"]')[0].text_content()
    assert "row 59999" in text
    assert "row 0000" not in text
    assert page.xpath('//*[@id="log-next"]/@hx-get')
    assert page.xpath('//*[@id="log-before"]/@hx-get')
    found = site.get("/s/demo/tasks/12/-/log?find=needle")
    assert "1 line with “needle” in 9 lines" in words(found)
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port))
    assert site.get("/s/demo/tasks/12/-/log.txt").data.count(b"\n") == 60_000


def test_the_log_of_the_scheduler_is_shown_and_searched(site: Site, engine_port: CommandServer) -> None:
    engine_with("2026-11-20 02:00:00.1Z [error]  disk full\nplain\n", engine_port)
    page = site.get("/s/demo/log")
    assert "disk full" in words(page)
    assert "error" in tree(page).xpath('//*[@id="L1"]/@class')[0]
    assert "1 line with" in words(site.get("/s/demo/log?find=needle"))
    assert {command.get("task") for command in engine_port.sent("log.read")} == {None}


def test_without_engine_a_running_log_says_that_it_cannot_be_searched(site: Site, engine_port: CommandServer) -> None:
    engine_port.close()
    assert "The log cannot be searched now" in words(site.get("/s/demo/tasks/12/-/log?find=x"))


LONG = b"short\n" + b"x" * 4100 + b" <end>\n" + b"\x1b[31mred\x1b[0m\n"


def test_a_long_line_is_cut_and_shown_in_full_with_and_without_script(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, LONG)])
    page = tree(site.get("/s/demo/tasks/30/-/log"))
    [line] = page.xpath('//*[@id="L2"]')
    assert line.text_content() == "2" + "x" * 4000 + " … 106 characters more show all"
    [address], [part] = line.xpath('.//a[text()="show all"]/@href'), line.xpath(".//@hx-get")
    assert address.endswith("#L2")
    whole = tree(site.get(address.partition("#")[0]))
    assert whole.xpath('//*[@id="L2"]')[0].text_content() == "2" + "x" * 4100 + " <end>"
    assert whole.xpath('//*[@id="L3"]/span[@class="ink-red"]')[0].text_content() == "red"
    alone = tree(site.fragment(part))
    assert [each.text_content() for each in alone.xpath('//*[@id="L2"]')] == ["2" + "x" * 4100 + " <end>"]
    assert not alone.xpath('//*[@id="L1"]')


def test_a_line_that_fills_windows_does_not_end_the_log(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, b"y" * 300_000 + b"\nlast\n")])
    page = tree(site.get("/s/demo/tasks/30/-/log?from=0&line=1"))
    [following] = page.xpath('//*[@id="log-after"]/@hx-get')
    assert "last" in words(site.fragment(following))
    assert tree(site.fragment(following)).xpath('//*[@id="L2"]')[0].text_content() == "2last"


@pytest.mark.parametrize("whole", ["0", "9", "x"])
def test_a_line_that_is_not_there_is_not_found(site: Site, whole: str) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, LONG)])
    answer = site.client.get(f"/s/demo/tasks/30/-/log?whole={whole}&part=line", headers={"HX-Request": "true"})
    assert answer.status_code == 404


BEGIN = datetime(2026, 11, 20, 2, tzinfo=UTC)


def stamped(number: int, wrong: dict[int, str]) -> bytes:
    "A line each second, of which some are no information."
    times = (f"{BEGIN + timedelta(seconds=each):%Y-%m-%d %H:%M:%S}.123Z" for each in range(number))
    lines = (f"{time} [{wrong.get(each, 'info')}]  (Task a/b:30) row {each}\n" for each, time in enumerate(times))
    return "".join(lines).encode()


ROWS = stamped(20_000, {5_000: "WARN", 12_000: "ERROR", 12_001: "debug", 15_000: "ERROR"})


def rows_of(page: TestResponse) -> list[int]:
    lines = tree(page).xpath('//*[@id="log"]//*[@class and @id]/text()')
    return [int(line.rpartition(" ")[2]) for line in lines if "row" in line]


@pytest.mark.parametrize(
    ("failed", "query", "shown", "opened"),
    [
        (True, "", 12_000, "error"),
        (True, "?at=start", 0, "start"),
        (True, "?at=end", 19_999, "end"),
        (False, "", 0, "start"),
        (True, "?until=2026-11-20T03:00:00Z", 3_599, "error"),
        (True, "?since=2026-11-20T06:00:00Z", 15_000, "error"),
        (False, "?since=2026-11-20T06:00:00Z", 14_400, "start"),
    ],
)
def test_a_long_log_opens_at_its_first_error_or_else_at_its_beginning(
    site: Site, failed: bool, query: str, shown: int, opened: str
) -> None:
    with Rows(site.url) as rows:
        rows.put(a_failed_task(30) if failed else a_task(30), logs=[TaskLog(30, ROWS)])
    page = site.get(f"/s/demo/tasks/30/-/log{query}")
    assert shown in rows_of(page)
    assert tree(page).xpath('//*[@id="log"]/@data-open') == [opened]


def test_lines_of_a_level_and_of_a_time_are_shown_and_downloaded_and_windows_stay_with_them(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, ROWS)])
    query = "since=2026-11-20T05:00:00Z&until=2026-11-20T05:20:01Z"
    assert rows_of(site.get(f"/s/demo/tasks/30/-/log?{query}")) == list(range(10_800, 12_001))
    assert rows_of(site.get(f"/s/demo/tasks/30/-/log?{query}&level=warn")) == [12_000]
    [download] = tree(site.get(f"/s/demo/tasks/30/-/log?{query}&level=warn")).xpath("//a[text()='Download']/@href")
    assert site.get(download).text.split()[-1:] == ["12000"]
    page = tree(site.get("/s/demo/tasks/30/-/log?level=debug1"))
    assert page.xpath('//select[@name="level"]/option[@selected]/@value') == ["debug1"]
    [following] = page.xpath('//*[@id="log-after"]/@hx-get')
    assert "level=debug1" in following


def test_windows_without_a_wanted_line_are_passed_over(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, ROWS)])
    after = "/s/demo/tasks/30/-/log?level=error&from=0&line=1"
    page = site.fragment(after)
    assert "L12001" in page.text
    place = ROWS.rfind(b"\n", 0, ROWS.find(b"row 11000")) + 1
    page = site.fragment(f"/s/demo/tasks/30/-/log?level=error&before={place}")
    assert 'id="log-before"' not in page.text


def test_a_step_into_earlier_lines_ends_where_the_wanted_times_begin(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_failed_task(30), logs=[TaskLog(30, ROWS)])
    answer = site.get("/s/demo/tasks/30/-/log?since=2026-11-20T03:00:00Z")
    page, seen = tree(answer), rows_of(answer)
    assert seen[0] > 10_000
    while address := "".join(page.xpath('//*[@id="log-before"]/@hx-get')):
        answer = site.fragment(address)
        page = tree(answer)
        seen = [*(int(each.rpartition(" ")[2]) for each in page.xpath("//*[@id]/text()") if "row" in each), *seen]
    assert seen[:8_401] == list(range(3_600, 12_001))


@pytest.mark.parametrize("query", ["level=nonsense", "since=yesterday&until=", "since=0001-01-01T00:00"])
def test_a_filter_that_is_none_shows_everything(site: Site, query: str) -> None:
    assert "row 1: 17 sales" in words(site.get(f"/s/demo/tasks/11/-/log?{query}"))


def test_places_whose_lines_are_left_out_are_told_and_not_listed(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, ROWS)])
    page = site.get("/s/demo/tasks/30/-/log?find=row 1200&level=error")
    assert len(tree(page).xpath('//ol[@class="hits"]/li')) == 1
    assert "10 of the places are not listed" in words(page)


def test_the_map_marks_errors_and_warnings_of_the_whole_log(long: Site, engine_port: CommandServer) -> None:
    assert not tree(long.fragment("/s/demo/tasks/30/-/log?part=map")).xpath("//a")
    with Rows(long.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, ROWS)])
    marks = tree(long.fragment("/s/demo/tasks/30/-/log?part=map&since=2026-11-20T07:00:00Z")).xpath("//a")
    assert [mark.xpath("string(title)") for mark in marks] == [
        "1 warning from line 5,001 on", "1 error from line 12,001 on", "1 error from line 15,001 on",
    ]  # fmt: skip
    assert [int(mark.xpath("rect")[0].get("y")) for mark in marks] == pytest.approx([50, 120, 150], abs=2)
    assert "#L12001" in marks[1].get("href")
    engine_port.close()
    assert "cannot be searched now" in words(long.fragment("/s/demo/tasks/12/-/log?part=map"))


def test_the_log_is_given_as_text_to_look_at_which_no_browser_takes_for_a_page(long: Site) -> None:
    [address] = tree(long.get("/s/demo/tasks/30/-/log")).xpath('//a[text()="Raw"]/@href')
    answer = long.get(address)
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("text/plain; charset=utf-8", "nosniff")
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_log_of_more_than_fifty_megabytes_says_so_and_offers_its_ends(site: Site, engine_port: CommandServer) -> None:
    size = 60 << 20
    engine_port.reply = lambda command: (
        f'<log offset="{size - 4}" next_offset="{size}" size="{size}" line="900">end\n</log>'
    )
    page = site.get("/s/demo/tasks/12/-/log")
    assert "This log has 60.0 MiB" in words(page)
    offered = tree(page).xpath('//p[contains(@class, "log-note")]/a/@href')
    assert [each.rpartition("/")[2] for each in offered] == ["log?at=start", "log?at=end", "log.txt.gz"]


def test_the_log_of_the_scheduler_has_levels_times_a_map_and_downloads(site: Site, engine_port: CommandServer) -> None:
    engine_with(ROWS.decode(), engine_port)
    assert rows_of(site.get("/s/demo/log"))[-1] == 19_999
    assert rows_of(site.get("/s/demo/log?level=error&at=start")) == []
    since = "since=2026-11-20T05:20:00Z&until=2026-11-20T05:20:03Z"
    assert rows_of(site.get(f"/s/demo/log?{since}")) == [12_000, 12_001, 12_002]
    assert rows_of(site.get(f"/s/demo/log?{since}&level=info")) == [12_000, 12_002]
    assert site.get(f"/s/demo/log/log.txt?{since}").text.count("\n") == 3
    assert gzip.decompress(site.get("/s/demo/log/log.txt.gz").data) == ROWS
    [following] = tree(site.get("/s/demo/log")).xpath('//*[@id="log-next"]/@hx-get')
    engine_with("a new log\n", engine_port)
    assert "a new log" in words(site.fragment(following)), "it was rotated"
    engine_with(ROWS.decode(), engine_port)
    assert tree(site.fragment("/s/demo/log?part=map")).xpath("//a")
