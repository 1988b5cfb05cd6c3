"""The log of a task: from the database when it has ended, from the engine while it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from models.batch import TaskLog
from scheduler.errors import Problem
from scheduler.records import TaskState
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_failed_task, a_member, a_task
from tests.support.web_site import Site, tree, words
from web import log_text


def lines(page: str) -> list[str]:
    return [line.text_content() for line in tree_of(page).xpath('//span[starts-with(@class, "l ") or @class="l"]')]


def tree_of(page: str) -> etree._Element:
    return html.fragment_fromstring(page, create_parent="div")


def test_an_ended_task_shows_its_stored_log_and_asks_nobody(site: Site, engine_port: CommandServer) -> None:
    page = site.get("/s/demo/tasks/11")
    assert "row 1: 17 sales of region north" in words(page)
    assert engine_port.sent("show_task") == []
    assert not tree(page).xpath('//*[@id="log-next"]')


def test_lines_have_numbers_to_link_to_and_errors_are_marked(site: Site) -> None:
    page = tree(site.get("/s/demo/tasks/11"))
    assert page.xpath('//*[@id="L2"]')[0].text_content() == "2row 1: 17 sales of region north"
    assert "error" in page.xpath('//*[@id="L31"]/@class')[0]


def test_the_stored_log_can_be_downloaded(site: Site) -> None:
    answer = site.get("/s/demo/tasks/11/-/log.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.data.startswith(b"2026-11-20 02:00:00.123+0000 [info]")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_task_without_stored_log_says_so(site: Site) -> None:
    assert "The log of this task is not kept." in words(site.get("/s/demo/tasks/14"))
    assert site.get("/s/demo/tasks/14/-/log.txt").status_code == 404


@pytest.mark.parametrize(
    ("code", "dead", "seconds", "there"),
    [
        ("STELLWERK-021", True, 30, True),
        ("STELLWERK-021", True, -30, False),
        ("STELLWERK-021", False, 30, False),
        ("SCHEDULER-280", True, 30, False),
    ],
)
def test_the_log_of_a_task_that_ended_with_its_member_lies_there_until_that_one_is_back(
    site: Site, code: str, dead: bool, seconds: int, there: bool
) -> None:
    "`seconds`: from its last sign of life to the end of the task; one that lived on has stored what it had."
    with Rows(site.url) as rows:
        task = a_task(60, "/sales/load", member_id="two", problem=Problem(code, "Over"), exit_code=None)
        rows.put(task)
        rows.beat(a_member(member_id="two", dead=dead, active=False, tcp_port=None), 7 + seconds)
    said = words(site.get("/s/demo/tasks/60"))
    assert ("The log lies with the dead member that ran the task" in said) is there
    assert ("The log of this task is not kept." in said) is not there


def test_the_page_of_a_log_says_when_its_task_has_ended(site: Site) -> None:
    running = {"state": TaskState.RUNNING, "ended_at": None}
    with Rows(site.url) as rows:
        rows.put(a_task(60, "/sales/load", **running))
    page = tree(site.get("/s/demo/tasks/60/-/log"))
    [head] = page.xpath('//*[@id="region-head"]')
    assert "running" in head.text_content()
    assert "object from:body" in head.get("hx-trigger")
    assert "of=task" in page.xpath('//*[@id="pulse"]/@hx-get')[0]
    with Rows(site.url) as rows:
        rows.put(a_failed_task(60, "/sales/load"))
    [head] = tree(site.fragment(head.get("hx-get"))).xpath('//*[@id="region-head"]')
    assert "failed" in head.text_content()
    assert "object" not in head.get("hx-trigger")


def test_a_running_task_is_followed_by_offset_without_losing_or_repeating_a_line(
    site: Site, engine_port: CommandServer
) -> None:
    whole = "".join(f"line {number} äöü\n" for number in range(1, 8)) + "half a li"
    available = 30

    def reply(command: etree._Element) -> str:
        start = int(command.get("log_offset", "0"))
        data = whole.encode()[start:available]
        data = data[: data.rfind(b"\n") + 1]
        return f'<task id="12" state="running"><log next_offset="{start + len(data)}">{data.decode()}</log></task>'

    engine_port.reply = reply
    seen: list[str] = []
    address = "/s/demo/tasks/12"
    page = site.get(address).text
    for _ in range(6):
        document = tree_of(page)
        seen += [line for line in lines(page) if line]
        [following] = document.xpath('//*[@id="log-next"]/@hx-get')
        available += 25
        page = site.fragment(following).text
    assert seen == [f"{number}line {number} äöü" for number in range(1, 8)]


def test_an_engine_that_knows_no_windows_is_asked_for_the_whole_log(site: Site, engine_port: CommandServer) -> None:
    def reply(command: etree._Element) -> str:
        if command.get("log_offset") is not None:
            return refusal("SCHEDULER-232", "Attribute 'log_offset' is unknown")
        return '<task id="12" state="running"><log>one\ntwo\nthr</log></task>'

    engine_port.reply = reply
    page = site.fragment("/s/demo/tasks/12/-/log?from=4&line=2").text
    assert lines(page) == ["2two"]
    assert tree_of(page).xpath('//*[@id="log-next"]/@hx-get') == ["/s/demo/tasks/12/-/log?from=8&line=3"]


def test_when_the_task_has_ended_the_rest_comes_and_no_further_question(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(12, "/sales/load"), logs=[TaskLog(12, b"one\ntwo\nthree")])
    page = site.fragment("/s/demo/tasks/12/-/log?from=4&line=2").text
    assert lines(page) == ["2two", "3three"]
    assert "log-next" not in page


def test_without_engine_the_page_of_a_running_task_is_there(site: Site, engine_port: CommandServer) -> None:
    engine_port.close()
    page = site.get("/s/demo/tasks/12")
    assert page.status_code == 200
    assert "The engine does not give the log" in words(page)


def test_a_long_log_opens_at_its_beginning_with_a_way_to_its_end_and_back(site: Site) -> None:
    content = b"".join(b"line %07d\n" % number for number in range(60_000))
    with Rows(site.url) as rows:
        rows.put(a_task(30), logs=[TaskLog(30, content)])
    page = tree(site.get("/s/demo/tasks/30"))
    assert "line 0000000" in page.xpath('//*[@id="log"]')[0].text_content()
    [end] = page.xpath('//a[normalize-space()="To the end"]/@href')
    page = tree(site.get(end))
    shown = page.xpath('//*[@id="log"]')[0].text_content()
    assert shown.endswith("60000line 0059999")
    assert sum(map(len, page.xpath('//*[@id="log"]//*[@class="l "]/text()'))) <= log_text.WINDOW
    [beginning] = page.xpath('//a[normalize-space()="From the beginning"]/@href')
    assert "line 0000000" in words(site.get(beginning))


def test_control_sequences_of_terminals_do_not_reach_the_page() -> None:
    window = log_text.window(b"\x1b[31mred\x1b[0m bell\x07 old\rnew\n", 0, 10, 1, True)
    assert window.lines[0].text == "new"
    assert log_text.window(b"\x1b[1mbold\x1b[0m \x07\n", 0, 10, 1, True).lines[0].text == "bold ␇"


@pytest.mark.parametrize("level", ["error", "warn", "info", "debug"])
def test_the_level_of_a_line_is_read_from_its_head(level: str) -> None:
    line = f"2024-01-31 10:20:30.123+0100 [{level}]   text\n".encode()
    assert log_text.window(line, 0, len(line), 1, True).lines[0].level == level


@given(st.binary(max_size=300), st.integers(1, 40))
def test_windows_of_any_size_give_the_lines_of_the_whole(data: bytes, step: int) -> None:
    data = data.replace(b"\r", b"") + b"\n"
    whole = log_text.window(data, 0, len(data), 1, True).lines
    pieces: list[log_text.Line] = []
    start, number, reach = 0, 1, 0
    while start < len(data):
        reach = min(len(data), reach + step)
        window = log_text.window(data[start:reach], start, len(data), number, reach == len(data))
        pieces += window.lines
        assert window.next_number is not None
        start, number = window.end, window.next_number
    assert pieces == whole
