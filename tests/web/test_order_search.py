"""Search through the log of a run of an order: over all its steps, each in its part of the log of its task."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from models.batch import TaskLog
from scheduler.records import Cause, TaskState
from tests.support.command_server import CommandServer
from tests.support.order_logs import MANY, put_run
from tests.support.rows import Rows, a_run, a_step, a_task
from tests.support.web_site import Site, tree, words
from web import log_view, order_search

ERROR = b"2026-11-20 02:00:00.123Z [error]  %s\n"


def hits(site: Site, address: str) -> list[str]:
    return [" ".join(hit.text_content().split()) for hit in tree(site.get(address)).xpath('//*[@class="hits"]/li')]


def test_a_word_is_found_in_every_step_and_each_hit_leads_to_its_line(site: Site) -> None:
    put_run(site.url, {1: b"one\nthe Needle\n", 2: b"nothing\n", 3: b"a needle\nanother NEEDLE\n"})
    page = site.get(f"{MANY}?find=needle")
    assert hits(site, f"{MANY}?find=needle") == ["node1 2 the Needle", "node3 1 a needle", "node3 2 another NEEDLE"]
    assert "3 lines with “needle” in 5 lines" in words(page)
    for hit in tree(page).xpath('//*[@class="hits"]//a'):
        address, _, anchor = hit.get("href").partition("#")
        [line] = tree(site.get(address)).xpath(f'//*[@id="{anchor}"]')
        assert "needle" in line.text_content().lower()


def test_errors_and_warnings_are_a_button_away_and_come_as_a_part(site: Site) -> None:
    put_run(site.url, {1: b"fine\n", 2: ERROR % b"disk full"})
    [button] = tree(site.get(MANY)).xpath('//a[normalize-space()="Errors and warnings"]')
    part = site.fragment(button.get("hx-get"))
    assert "<html" not in part.text
    assert "disk full" in part.text
    assert "1 line with an error or a warning" in words(part)


def test_capitals_count_when_one_says_so(site: Site) -> None:
    put_run(site.url, {1: b"needle\nNeedle\n"})
    assert len(hits(site, f"{MANY}?find=Needle&case=yes")) == 1


def test_further_hits_are_on_the_following_parts_without_gap_or_repetition(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_view, "MOST", 3)
    put_run(site.url, {step: b"".join(b"x%d.%d\n" % (step, line) for line in range(4)) for step in (1, 2, 3)})
    seen: list[str] = []
    address = f"{MANY}?find=x"
    for _ in range(9):
        seen += [hit.split()[-1] for hit in hits(site, address)]
        more = tree(site.get(address)).xpath('//*[@id="log-results"]//a[contains(@class, "button")]/@href')
        if not more:
            break
        address = more[0]
    assert seen == [f"x{step}.{line}" for step in (1, 2, 3) for line in range(4)]


def test_a_question_looks_through_a_limited_part_and_says_where_it_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_search, "MOST_BYTES", 10)
    put_run(site.url, {1: b"long enough for a question\n", 2: b"the needle\n"})
    first = site.get(f"{MANY}?find=needle")
    assert "Step 2 and those after it were not looked through yet." in words(first)
    [address] = tree(first).xpath('//a[normalize-space()="Look further"]/@href')
    assert hits(site, address) == ["node2 1 the needle"]


def test_of_a_task_that_served_several_orders_only_the_part_of_the_step_counts(site: Site) -> None:
    log = b"other needle\nmine\nmy needle\nother needle again\n"
    begin, end = log.index(b"mine"), log.index(b"other needle again")
    task = replace(a_task(500, cause=Cause.ORDER), chain="/chain", order_id="1", history_id=50, step=1)
    with Rows(site.url) as rows:
        step = a_step(50, 1, 500, node="node1", log_begin=begin, log_end=end)
        rows.put(a_run(50), step, task, logs=[TaskLog(500, log)])
    assert hits(site, f"{MANY}?find=needle") == ["node1 3 my needle"]
    page = site.get(MANY)
    shown = [line.text_content() for line in tree(page).xpath('//*[@id="log"]//*[starts-with(@id, "S1L")]')]
    assert shown == ["2mine", "3my needle"]
    assert "From the beginning" not in page.text
    [address] = tree(site.get(f"{MANY}?find=needle")).xpath('//*[@class="hits"]//a/@href')
    assert re.search(r"#S1L3$", address)
    assert "3my needle" in site.get(address).text.replace("</a>", "").replace('tabindex="-1">', "")


def test_a_step_whose_log_cannot_be_searched_is_told(site: Site, engine_port: CommandServer) -> None:
    put_run(site.url, {1: b"the needle\n"})
    with Rows(site.url) as rows:
        rows.put(
            a_step(50, 2, 502, node="node2"),
            a_task(502, cause=Cause.ORDER, chain="/chain", order_id="1", history_id=50, step=2),
            a_step(50, 3, 503, node="node3", ended_at=None),
            a_task(503, state=TaskState.RUNNING, ended_at=None),
        )
    page = site.get(f"{MANY}?find=needle")
    assert "The logs of 2 of 3 steps cannot be searched now, or are not kept." in words(page)
    assert hits(site, f"{MANY}?find=needle") == ["node1 1 the needle"]


def test_a_running_step_is_searched_by_the_engine(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.put(a_run(50, ended_at=None), a_step(50, 1, 503, node="node1", ended_at=None))
        rows.put(a_task(503, state=TaskState.RUNNING, ended_at=None))
    found = '<log.found count="1" size="20" lines="2"><hit offset="5" line="2">a needle</hit></log.found>'
    engine_port.reply = lambda command: found if command.tag == "log.search" else "<ok/>"
    assert hits(site, f"{MANY}?find=needle") == ["node1 2 a needle"]
