"""The log viewer: earlier windows, searches, errors, downloads; from the database and from the engine."""

from __future__ import annotations

import gzip

import pytest
from lxml import etree

from models.batch import TaskLog
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_member, a_task
from tests.support.web_site import Site, tree, words

WHOLE = b"".join(b"line %06d of a long log\n" % number for number in range(30_000))


@pytest.fixture
def long(site: Site) -> Site:
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, WHOLE)])
    return site


def test_earlier_windows_join_without_a_gap_down_to_the_beginning(long: Site) -> None:
    page = tree(long.get("/s/demo/tasks/30/-/log"))
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
    page = tree(long.get("/s/demo/tasks/30/-/log?from=0&line=1"))
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


def engine_with(content: str, engine_port: CommandServer) -> None:
    "An engine that gives parts of a log as the real one does."

    def reply(command: etree._Element) -> str:
        if command.tag == "log.search":
            return '<log.found count="1" size="900" lines="9"><hit offset="10" line="2">needle</hit></log.found>'
        if command.tag != "log.read":
            return "<ok/>"
        data = content.encode()
        offset = int(command.get("offset") or max(0, len(data) - int(command.get("limit", "0"))))
        part = data[offset : offset + int(command.get("limit", "0"))].decode()
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
