"Lines of one channel of a log: the engine's own, standard output, standard error; of tasks and of orders."

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.batch import TaskLog
from scheduler.records import Cause, TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_run, a_step, a_task
from tests.support.web_site import Site, tree, words
from web.log_channels import Channel, Unmarked, is_in, unmarked
from web.log_sieve import Sieve, Stamps, pieces
from web.log_text import window

JOB = "/housekeeping/check_disk"
ENGINE = "2024-01-31 10:20:30.123+0100 [info]   (Task a/b:17) "
ERROR = "2024-01-31 10:20:31.123+0100 [WARN]   (Task a/b:17) [stderr] "
END = f"{ENGINE}Process 4711 ended with exit code 0"
ALL, SEQUENCE = "; all of its output is stderr", "; stdout and stderr stand in their sequence"


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (END, Unmarked.STDOUT),
        (END + ALL, Unmarked.STDERR),
        (END + SEQUENCE, Unmarked.BOTH),
        (f"{ENGINE}Process 4711 was ended by SIGKILL", Unmarked.STDOUT),
        (f"{ENGINE}Process 4711 was ended by signal 40{SEQUENCE}", Unmarked.BOTH),
        (f"{END}\n{ENGINE}SCHEDULER-711  it was short", Unmarked.STDOUT),
        (f"{END}\n{END}{ALL}", Unmarked.BOTH),
        ("Process 1 ended with exit code 0", Unmarked.BOTH),
        ("", Unmarked.BOTH),
    ],
)
def test_the_last_line_says_what_unmarked_lines_are(last: str, expected: Unmarked) -> None:
    assert unmarked(f"out\n{last}\n".encode()) is expected


@pytest.mark.parametrize(
    ("text", "of_unmarked", "expected"),
    [
        (f"{ENGINE}Task 17 of job /a/b starts", Unmarked.BOTH, {Channel.MAIN}),
        (f"{ERROR}bad", Unmarked.STDOUT, {Channel.STDERR}),
        ("out", Unmarked.STDOUT, {Channel.STDOUT}),
        ("out", Unmarked.STDERR, {Channel.STDERR}),
        ("out", Unmarked.BOTH, {Channel.STDOUT, Channel.STDERR}),
        ("2024-01-31 10:20:30 [info] of the job itself", Unmarked.STDOUT, {Channel.STDOUT}),
    ],
)
def test_to_which_channel_a_line_belongs(text: str, of_unmarked: Unmarked, expected: set[Channel]) -> None:
    assert {channel for channel in Channel if is_in(text, channel, of_unmarked)} == expected


def test_lines_of_a_channel_keep_their_numbers_and_the_window_its_place() -> None:
    data = f"{ENGINE}x\none\n{ERROR}y\ntwo\n".encode()
    found = Sieve(Channel.STDOUT).chosen(window(data, 0, len(data), 5, True), Unmarked.STDOUT, Stamps())
    assert [(line.number, line.text) for line in found.lines] == [(6, "one"), (8, "two")]
    assert (found.first_number, found.end, found.next_number) == (5, len(data), 9)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_a_download_of_a_channel_is_the_same_however_it_is_cut(size: int) -> None:
    data = f"{ENGINE}x\none\n{ERROR}y\ntwo".encode()
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    keeps = {channel: Sieve(channel).keeper(Unmarked.STDOUT, Stamps()) for channel in Channel}
    assert b"".join(pieces(cut, keeps[Channel.STDOUT])) == b"one\ntwo"
    assert b"".join(pieces(cut, keeps[Channel.STDERR])) == f"{ERROR}y\n".encode()


def stored(site: Site, end: str) -> None:
    log = f"{ENGINE}Task 90 of job {JOB} starts\nrows: 17\n{ERROR}slow disk\n{end}\n"
    with Rows(site.url) as rows:
        rows.put(a_task(90, JOB, cause=Cause.QUEUE), logs=[TaskLog(90, log.encode())])


def test_the_page_of_a_log_shows_one_channel_and_offers_the_others_and_the_download(site: Site) -> None:
    stored(site, END)
    page = tree(site.get("/s/demo/tasks/90/-/log?channel=stderr"))
    text = page.xpath('string(//pre[@id="log"])')
    assert "slow disk" in text
    assert "rows: 17" not in text
    assert page.xpath('//nav/a[@aria-current]/text()') == ["Standard error"]
    assert [link.get("href").partition("?")[2] for link in page.xpath('//nav[contains(@aria-label, "Lines")]/a')] == [
        "", "channel=main", "channel=stdout", "channel=stderr",
    ]  # fmt: skip
    [download] = page.xpath('//a[@download and text()="Download"]/@href')
    answer = site.get(download)
    assert answer.text == f"{ERROR}slow disk\n"
    assert "task-90-stderr.log" in answer.headers["Content-Disposition"]
    assert site.get("/s/demo/tasks/90/-/log.txt?channel=stdout").text == "rows: 17\n"
    assert "channel" in page.xpath('//form[@role="search"]//input[@type="hidden"]/@name')
    assert "rows: 17" in words(site.get("/s/demo/tasks/90/-/log?channel=nonsense")), "all lines"


def test_where_both_streams_stand_in_their_sequence_it_is_said(site: Site) -> None:
    stored(site, END + SEQUENCE)
    for channel, said in (("stdout", True), ("stderr", True), ("main", False)):
        text = words(site.get(f"/s/demo/tasks/90/-/log?channel={channel}"))
        assert ("go into one file" in text) is said
        assert ("rows: 17" in text) is said


def test_a_log_that_is_followed_stays_with_its_channel(site: Site, engine_port: CommandServer) -> None:
    part = f"{ENGINE}starts\nout\n"
    engine_port.reply = lambda command: (
        f'<log offset="0" next_offset="{len(part)}" size="{len(part)}" line="1">{part}</log>'
    )
    with Rows(site.url) as rows:
        rows.put(a_task(91, JOB, state=TaskState.RUNNING))
    page = tree(site.get("/s/demo/tasks/91/-/log?channel=main"))
    assert "starts" in page.xpath('string(//pre[@id="log"])')
    assert "out\n" not in page.xpath('string(//pre[@id="log"])')
    [following] = page.xpath('//*[@id="log-next"]/@hx-get')
    assert "channel=main" in following


def test_the_log_of_an_order_shows_one_channel_of_all_its_steps(site: Site) -> None:
    now = datetime.now(UTC)
    log = f"{ENGINE}starts\nrows: 17\n{ERROR}slow disk\n{END}\n"
    with Rows(site.url) as rows:
        steps = [a_step(92, number, task_id=90 + number, ended_at=now) for number in (1, 2)]
        tasks = [a_task(90 + number, JOB) for number in (1, 2)]
        run = a_run(92, "/sales/daily", "o1", ended_at=now)
        logs = [TaskLog(91, log.encode()), TaskLog(92, (log + "more\n").encode())]
        rows.put(run, *tasks, *steps, logs=logs)
    address = "/s/demo/orders/sales/daily/-/o1/-/runs/92/log"
    shown = tree(site.get(f"{address}?channel=stderr")).xpath('string(//pre[@id="log"])')
    assert shown.count("slow disk") == 2
    assert "rows: 17" not in shown
    assert site.get(f"{address}.txt?channel=stdout").text == "rows: 17\nrows: 17\nmore\n"
