"""The log of a run of an order: of its ended steps from the database, of the running one from the engine."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from lxml import etree, html

from models.batch import TaskLog
from scheduler.errors import Problem
from scheduler.records import Step, Task, TaskState
from tests.support.command_server import CommandServer, refusal
from tests.support.order_logs import MANY, a_step_with_task, put_run
from tests.support.rows import Rows, a_run, ago
from tests.support.web_site import Site, tree, words
from web import log_text

ORDER = "/s/demo/orders/sales/daily/-/2026-11-20"
OPEN = f"{ORDER}/-/runs/3/log"


def lines(page: str) -> list[str]:
    "The lines as they are shown, without headings, closing lines, and places of what is fetched later."
    found = html.fragment_fromstring(page, create_parent="div").xpath('//span[contains(concat(@class, " "), "l ")]')
    apart = {"heading", "closing", "more"}
    return [line.text_content() for line in found if not apart & set(line.get("class").split())]


def following(page: str) -> str:
    "The next question of a page that follows; empty when it does not."
    return "".join(html.fragment_fromstring(page, create_parent="div").xpath('//*[@id="log-next"]/@hx-get'))


def test_an_ended_run_shows_the_logs_of_its_steps_in_order_and_asks_nobody(
    site: Site, engine_port: CommandServer
) -> None:
    put_run(site.url, {1: b"one\ntwo\n", 2: b"three\n"})
    page = site.get(MANY)
    assert lines(page.text) == ["1one", "2two", "1three"]
    headings = [found.text_content() for found in tree(page).xpath('//*[contains(@class, "heading")]')]
    assert [heading.partition(",")[0] for heading in headings] == ["node1 step 1", "node2 step 2"]
    assert "node1 finished after" in words(page)
    assert following(page.text) == ""
    assert engine_port.commands == []


def test_lines_of_different_steps_have_different_anchors_and_headings_lead_to_the_tasks(site: Site) -> None:
    put_run(site.url, {1: b"one\n", 2: b"two\n"})
    page = tree(site.get(MANY))
    assert page.xpath('//*[@id="S1L1"]')[0].text_content() == "1one"
    assert page.xpath('//*[@id="S2L1"]/a/@href') == ["#S2L1"]
    assert page.xpath('//*[@id="S2"]//a/@href') == ["/s/demo/tasks/502"]


def test_the_order_page_links_the_log_of_each_run(site: Site) -> None:
    links = tree(site.get(ORDER)).xpath("//a/@href")
    assert links.count(OPEN) == 2
    assert site.get(OPEN).status_code == 200


def test_a_failed_step_ends_with_its_error(site: Site) -> None:
    problem = Problem("SCHEDULER-280", "The process ended with exit code 3")
    pair = a_step_with_task(1, exit_code=3, problem=problem)
    with Rows(site.url) as rows:
        rows.put(a_run(50, failed=True), pair, logs=[TaskLog(501, b"bad\n")])
    page = tree(site.get(MANY))
    assert "SCHEDULER-280" in page.xpath('//*[contains(@class, "closing error")]')[0].text_content()
    assert page.xpath('//*[@id="log"]/@data-open') == ["error"]


def test_what_a_job_writes_is_never_markup(site: Site) -> None:
    put_run(site.url, {1: b"<script>alert(1)</script> &amp;\n"})
    assert lines(site.get(MANY).text) == ["1<script>alert(1)</script> &amp;"]
    assert "<script>alert" not in site.get(MANY).text


def test_a_run_is_followed_over_its_steps_without_losing_or_repeating_a_line(
    site: Site, engine_port: CommandServer
) -> None:
    first, second = b"one\ntwo\nthree\n", "älter\nlast".encode()
    written = {501: 0, 502: 0}
    texts = {501: first, 502: second}

    def reply(command: etree._Element) -> str:
        if command.tag != "show_task":
            return "<ok/>"
        task = int(command.get("id", "0"))
        if task not in texts:
            return "<ok/>"
        start = int(command.get("log_offset", "0"))
        data = texts[task][start : written[task]]
        data = data[: data.rfind(b"\n") + 1]
        return f'<task id="{task}"><log next_offset="{start + len(data)}">{data.decode()}</log></task>'

    engine_port.reply = reply
    one, two = a_step_with_task(1), a_step_with_task(2)

    def running(pair: tuple[Step, Task]) -> tuple[Step, Task]:
        step, task = pair
        open_ = replace(task, state=TaskState.RUNNING, ended_at=None, exit_code=None)
        return replace(step, ended_at=None, exit_code=None), open_

    run = a_run(50, ended_at=None)
    seen: list[str] = []
    headings: list[str] = []
    with Rows(site.url) as rows:
        rows.put(run, running(one))

        def look(page: str) -> str:
            seen.extend(line for line in lines(page) if line)
            found = html.fragment_fromstring(page, create_parent="div").xpath('//*[contains(@class, "heading")]/@id')
            headings.extend(found)
            return following(page)

        address = look(site.get(MANY).text)
        address = look(site.fragment(address).text)
        written[501] = 6
        address = look(site.fragment(address).text)
        address = look(site.fragment(address).text)
        rows.put(one, logs=[TaskLog(501, first)])
        address = look(site.fragment(address).text)
        assert "step=2" in address
        address = look(site.fragment(address).text)
        rows.put(running(two))
        written[502] = len(second)
        address = look(site.fragment(address).text)
        rows.put(two, replace(run, ended_at=ago(0)), logs=[TaskLog(502, second)])
        address = look(site.fragment(address).text)
    assert address == ""
    assert seen == ["1one", "2two", "3three", "1älter", "2last"]
    assert headings == ["S1", "S2"]


def test_a_trouble_with_the_engine_is_told_in_the_place_of_what_comes_next(
    site: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-121", "not permitted")
    page = site.get(OPEN).text
    [place] = html.document_fromstring(page).xpath('//*[@id="log-next"]')
    assert "The engine does not give the log" in place.text_content()
    engine_port.reply = lambda command: '<task id="12"><log next_offset="4">now\n</log></task>'
    assert [line for line in lines(site.fragment(following(page)).text) if line] == ["1now"]


def test_a_long_run_is_shown_from_its_last_steps_with_a_way_to_the_beginning_and_on(site: Site) -> None:
    big = b"".join(b"line %07d\n" % number for number in range(log_text.WINDOW // 13))
    put_run(site.url, {1: b"very first\n", 2: big, 3: big, 4: b"very last\n"})
    page = site.get(f"{MANY}?at=end")
    assert "very last" in words(page)
    assert "very first" not in words(page)
    [beginning] = tree(page).xpath('//a[normalize-space()="From the beginning"]/@href')
    text, address = "", beginning
    while address:
        page = site.get(address)
        text += words(page)
        address = "".join(tree(page).xpath('//main//noscript//a[normalize-space()="More"]/@href'))
    assert text.count("very first") == text.count("very last") == 1
    assert text.count("line 0000000") == text.count("line 0020000") == 2


def test_one_long_step_is_shown_from_its_end_and_read_on_from_its_beginning(site: Site) -> None:
    big = b"".join(b"line %07d\n" % number for number in range(50_000))
    put_run(site.url, {1: big})
    page = site.get(f"{MANY}?at=end")
    assert "line 0049999" in words(page)
    assert "line 0000000" not in words(page)
    [address] = tree(page).xpath('//a[normalize-space()="From the beginning"]/@href')
    count = 0
    while address:
        page = site.get(address)
        count += sum(line.endswith(f"line {int(line[-7:]):07}") for line in lines(page.text))
        address = "".join(tree(page).xpath('//main//noscript//a[normalize-space()="More"]/@href'))
    assert count == 50_000
    assert lines(page.text)[-1] == "50000line 0049999"


def test_a_long_line_of_a_step_is_shown_in_full_in_its_place(site: Site) -> None:
    put_run(site.url, {1: b"one\n", 2: b"short\n" + b"x" * 5000 + b"\n"})
    [line] = tree(site.get(MANY)).xpath('//*[@id="S2L2"]')
    assert "000 characters more show all" in line.text_content()
    [address], [part] = line.xpath('.//a[text()="show all"]/@href'), line.xpath(".//@hx-get")
    for page in (site.get(address.partition("#")[0]), site.fragment(part)):
        assert tree(page).xpath('//*[@id="S2L2"]')[0].text_content() == "2" + "x" * 5000
    assert site.fragment(part.replace("step=2", "step=9")).status_code == 404


def test_a_step_whose_log_is_not_kept_says_so_and_the_others_are_shown(site: Site) -> None:
    run, one, two = a_run(50), a_step_with_task(1), a_step_with_task(2)
    with Rows(site.url) as rows:
        rows.put(run, one, two, logs=[TaskLog(502, b"here\n")])
    assert lines(site.get(MANY).text) == ["The log of this task is not kept.", "1here"]


def test_a_run_that_ends_after_its_last_step_was_read_adds_nothing(site: Site) -> None:
    put_run(site.url, {1: b"one\n"}, ended_at=None)
    address = following(site.get(MANY).text)
    with Rows(site.url) as rows:
        rows.put(a_run(50))
    assert site.fragment(address).text.strip() == ""


def test_a_run_without_steps_has_an_empty_log(site: Site) -> None:
    put_run(site.url, {})
    assert lines(site.get(MANY).text) == ["The log is empty."]


def test_the_log_is_downloaded_from_the_database_or_of_an_open_run_from_the_engine(
    site: Site, engine_port: CommandServer
) -> None:
    put_run(site.url, {1: b"one\n", 2: b"two\n"})
    answer = site.get(f"{MANY}.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert [line for line in answer.text.splitlines() if not line.startswith("---")] == ["one", "two"]
    assert engine_port.commands == []
    engine_port.reply = lambda command: "<order><log>all so far\n</log></order>"
    assert site.get(f"{OPEN}.txt").text == "all so far\n"
    [question] = engine_port.sent("show_order")
    assert (question.get("history_id"), question.get("what")) == ("3", "log")
    engine_port.close()
    assert "row 1: 17 sales" in site.get(f"{OPEN}.txt").text


@pytest.mark.parametrize(
    "address",
    [
        "/s/demo/orders/sales/daily/-/other/-/runs/3/log",
        "/s/demo/orders/sales/other/-/2026-11-20/-/runs/3/log",
        f"{ORDER}/-/runs/99/log",
        f"{ORDER}/-/runs/{2**63}/log.txt",
    ],
)
def test_a_run_of_another_order_or_none_is_not_found(site: Site, address: str) -> None:
    assert site.get(address).status_code == 404


def test_the_head_of_the_page_is_a_part_of_its_own(site: Site, engine_port: CommandServer) -> None:
    head = site.fragment(f"{OPEN}?part=head").text
    assert "Log of run 3" in head
    assert "log-next" not in head
    assert engine_port.sent("show_task") == []


def test_earlier_windows_of_a_run_join_without_a_gap_and_each_step_has_its_heading(site: Site) -> None:
    big = b"".join(b"line %07d\n" % number for number in range(45_000))
    put_run(site.url, {1: b"very first\n", 2: big, 3: b"three\n", 4: big, 5: b"very last\n"})
    page = site.get(f"{MANY}?at=end").text
    seen: list[str] = []
    while True:
        seen = [*(line for line in lines(page) if line), *seen]
        part = html.fragment_fromstring(page, create_parent="div")
        address = "".join(part.xpath('//*[@id="log-before"]/@hx-get'))
        if not address:
            break
        page = site.fragment(address).text
    whole = [f"{number + 1}line {number:07}" for number in range(45_000)]
    assert seen == ["1very first", *whole, "1three", *whole, "1very last"]


def test_a_heading_tells_state_and_duration_also_of_a_step_that_ends_while_it_is_followed(site: Site) -> None:
    put_run(site.url, {1: b"one\n"})
    [heading] = tree(site.get(MANY)).xpath('//*[@id="S1"]')
    assert " ".join(heading.text_content().split()).endswith("finished 20 s")
    page = tree(site.get(f"{MANY}?step=1&from=0&line=1"))
    assert page.xpath('//*[@data-ended="1"]/*[@hidden]//*[contains(@class, "state")]')


def test_the_log_of_a_failed_run_opens_at_its_first_error(site: Site) -> None:
    problem = Problem("SCHEDULER-280", "The process ended with exit code 3")
    levels = ["ERROR" if number == 20_000 else "info" for number in range(30_000)]
    log = "".join(f"2026-11-20 02:00:00.123Z [{level}]  row\n" for level in levels).encode()
    run, one, two = a_run(50, failed=True), a_step_with_task(1), a_step_with_task(2, exit_code=3, problem=problem)
    with Rows(site.url) as rows:
        rows.put(run, one, two, logs=[TaskLog(501, b"fine\n" * 30_000), TaskLog(502, log)])
    page = tree(site.get(MANY))
    assert page.xpath('//*[@id="log"]/@data-open') == ["error"]
    assert page.xpath('//*[@id="S2L20001"]/@class') == ["l error"]
    [heading] = page.xpath('//*[contains(@class, "heading")]')
    assert heading.text_content().startswith("node2 step 2")


def test_a_run_shows_one_node_or_task_of_a_level_and_its_map_leads_into_steps(site: Site) -> None:
    put_run(site.url, {1: b"one\n", 2: b"2026-11-20 02:00:00.123Z [ERROR]  two\nplain\n"})
    assert lines(site.get(f"{MANY}?source=node:node1").text) == ["1one"]
    assert lines(site.get(f"{MANY}?source=task:502&level=error").text) == ["12026-11-20 02:00:00.123Z [ERROR]  two"]
    assert lines(site.get(f"{MANY}?source=task:9").text) == ["No line is left."]
    offered = tree(site.get(MANY)).xpath('//select[@name="source"]/option/text()')
    assert offered == ["all", "node1", "node2", "/job:501", "/job:502"]
    [mark] = tree(site.fragment(f"{MANY}?part=map")).xpath("//a/@href")
    assert mark.endswith("#S2L1")
    assert site.get(f"{MANY}.txt?source=node:node1").text == "one\n"


def test_the_log_of_a_run_is_downloaded_packed(site: Site) -> None:
    put_run(site.url, {1: b"one\n"})
    assert gzip.decompress(site.get(f"{MANY}.txt.gz").data) == site.get(f"{MANY}.txt").data
