"""Logs of very short lines: a window is bounded in lines, too, and nothing is lost or shown twice."""

from __future__ import annotations

import pytest
from lxml import etree

from models.batch import TaskLog
from scheduler.records import TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_task
from tests.support.web_site import Site, tree
from web import log_text

COUNT = 10_000
LOG = b"".join(b"%d\n" % number for number in range(1, COUNT + 1))


def shown(page: etree._Element) -> list[int]:
    "Numbers of the lines; each of these lines says its own."
    found = [line.get("id")[1:] for line in page.xpath('//span[starts-with(@id, "L")]')]
    texts = [line.text_content() for line in page.xpath('//span[starts-with(@id, "L")]')]
    assert texts == [number * 2 for number in found]
    return [int(number) for number in found]


def put(site: Site, state: TaskState = TaskState.ENDED) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(77, "/sales/load", state=state), logs=[TaskLog(77, LOG)] if state is TaskState.ENDED else [])


def engine(command: etree._Element) -> str:
    "Whole lines from an offset on, or from the end, as an engine gives them."
    asked, limit = command.get("offset"), int(command.get("limit", "0"))
    begin = max(0, len(LOG) - limit) if asked is None else int(asked)
    if begin and LOG[begin - 1 : begin] != b"\n":
        begin = LOG.index(b"\n", begin) + 1
    end = LOG.rfind(b"\n", begin, begin + limit) + 1
    line = 1 + LOG.count(b"\n", 0, begin)
    text = LOG[begin:end].decode()
    return f'<log offset="{begin}" next_offset="{end}" size="{len(LOG)}" line="{line}">{text}</log>'


@pytest.mark.parametrize("state", [TaskState.ENDED, TaskState.RUNNING])
def test_a_log_of_short_lines_is_shown_from_its_last_ones_and_goes_back_line_by_line(
    site: Site, engine_port: CommandServer, state: TaskState
) -> None:
    engine_port.reply = engine
    put(site, state)
    page = tree(site.get("/s/demo/tasks/77/-/log?at=end"))
    found = shown(page)
    assert (found[0], found[-1], len(found)) == (COUNT - log_text.MOST_LINES + 1, COUNT, log_text.MOST_LINES)
    while found[0] > 1:
        before = page.xpath("//@data-before")[0]
        page = tree(site.fragment(before))
        earlier = shown(page)
        assert earlier[-1] == found[0] - 1
        assert 0 < len(earlier) <= log_text.MOST_LINES
        found = earlier


def test_from_the_beginning_on_every_line_comes_once(site: Site) -> None:
    put(site)
    address, found = "/s/demo/tasks/77/-/log?from=0&line=1", list[int]()
    while address:
        page = tree(site.get(address))
        part = shown(page)
        assert len(part) <= log_text.MOST_LINES
        found += part
        address = "".join(page.xpath('//main//a[normalize-space()="More"]/@href'))
    assert found == list(range(1, COUNT + 1))


@pytest.mark.parametrize("data", [b"", b"a", b"a\n", b"a\nb", b"a\n" * 3999, b"a\n" * 4000, b"a\n" * 4000 + b"b"])
def test_what_fits_is_not_cut_and_what_does_not_keeps_whole_lines(data: bytes) -> None:
    lines = data.splitlines(keepends=True)
    assert log_text.first_lines(data) == b"".join(lines[: log_text.MOST_LINES])
    assert log_text.last_lines(data) == b"".join(lines[-log_text.MOST_LINES :])
