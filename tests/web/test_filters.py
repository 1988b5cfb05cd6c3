"""The search field: words, tokens, and readable faults; never a list that is empty by accident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.read import listings
from models.roles import Assignment
from scheduler.job_wait import JobWait
from scheduler.list_filter import Filter, Token, parse, span
from scheduler.records import ChainState, TaskState
from tests.support.rows import Rows, a_chain, a_job, a_task, ago, an_order
from tests.support.web_site import Site, an_account, tree, words

KNOWN = {"state": ("stopped", "running"), "folder": (), "since": ()}


@pytest.mark.parametrize(
    ("text", "expected_words", "tokens"),
    [
        ("", (), ()),
        ("load sales", ("load", "sales"), ()),
        ('"load sales"', ("load sales",), ()),
        ("state:stopped load", ("load",), (Token("state", "stopped"),)),
        ("not folder:/test/", (), (Token("folder", "/test/", True),)),
        ("-folder:/test", (), (Token("folder", "/test", True),)),
        ('folder:"/a b"', (), (Token("folder", "/a b"),)),
        ("not found", ("not", "found"), ()),
        ("/sales/load", ("/sales/load",), ()),
        ("2026-11-20", ("2026-11-20",), ()),
        ("since:2h", (), (Token("since", "2h"),)),
    ],
)
def test_what_is_typed_is_understood(text: str, expected_words: tuple[str, ...], tokens: tuple[Token, ...]) -> None:
    found = parse(text, KNOWN)
    assert (found.words, found.tokens, found.fault) == (expected_words, tokens, "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("colour:blue", "“colour:” is not known here. There is folder:, since:, state:."),
        ("state:asleep", "“state:asleep” is not possible: stopped, running."),
        ("state:stopped,asleep", "“state:stopped,asleep” is not possible: stopped, running."),
        ("state:running,", "“state:running,” is not possible: stopped, running."),
        ("state:", "“state:” needs a value: stopped, running."),
        ("since:soon", "“since:soon” is no span of time. Examples: 90s, 15m, 2h, 7d."),
        (" ".join("abcdefghijklmnopqrstuvwxyz"), "At most 20 words are possible."),
    ],
)
def test_what_cannot_be_understood_is_told(text: str, fault: str) -> None:
    assert parse(text, KNOWN).fault == fault


def test_a_token_can_be_taken_away() -> None:
    found = parse('load state:stopped not folder:"/a b"', KNOWN)
    assert found.without(found.tokens[0]) == 'load not folder:"/a b"'
    assert found.value("state") == "stopped"
    assert found.value("folder") == ""


@given(st.text(max_size=80))
def test_nothing_that_is_typed_breaks_the_field(text: str) -> None:
    found = parse(text, KNOWN)
    assert isinstance(found, Filter)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604800), ("x", None)])
def test_spans_of_time(text: str, seconds: int | None) -> None:
    assert span(text) == (None if seconds is None else timedelta(seconds=seconds))


SALES = ["/housekeeping/check_disk", "/sales/load", "/sales/archive", "/sales/check"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jobs?q=folder:/sales", {"load", "archive", "check"}),
        ("jobs?q=not folder:/sales", {"check_disk"}),
        ("jobs?q=type:standalone", {"check_disk"}),
        ("jobs?q=held:yes", {"archive"}),
        ("jobs?q=state:running", {"load"}),
        ("jobs?q=state:running,stopped", {"load", "archive"}),
        ("jobs?q=not state:running,stopped", {"check_disk", "check"}),
        ("jobs?q=class:default folder:/sales", {"load", "archive", "check"}),
        ("jobs?q=not class:default", set()),
        ("orders?q=type:file,permanent", {"2026-11-20"}),
        ("jobs?q=ran:no", {"archive"}),
        ("jobs?q=s*load", {"load"}),
        ("jobs?q=100%25", set()),
        ("jobs?q=check_disk state:faulty", {"check_disk"}),
        ("orders?q=state:suspended", {"late"}),
        ("orders?q=late:yes", set()),
        ("orders?q=type:permanent", {"2026-11-20"}),
        ("orders?q=node:second", {"2026-11-20"}),
        ("chains?q=job:load", {"daily"}),
        ("chains?q=orders:no", set()),
        ("history?kind=tasks&q=exit:3", {"load:11"}),
        ("history?kind=tasks&q=exit:<0", {"check_disk:14"}),
        ("history?kind=tasks&q=result:failed since:2h job:load", {"load:11"}),
        ("history?kind=tasks&q=cause:order result:good", {"check:10"}),
        ("history?q=result:failed", {"2026-11-17"}),
        ("history?q=not result:open not result:failed", {"2026-11-18"}),
        ("config?q=kind:job state:faulty", {"check_disk", "broken"}),
    ],
)
def test_lists_are_narrowed_down_by_tokens(site_on_each: Site, address: str, shown: set[str]) -> None:
    page = tree(site_on_each.get(f"/s/demo/{address}"))
    rows = page.xpath('//tr[@data-row]//th[@scope="row"]//a[1]')
    assert {" ".join(link.text_content().split()) for link in rows} == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jobs?q=state:needs-process", {"load", "check_disk"}),
        ("jobs?state=needs-process&q=not state:running", {"check_disk"}),
        ("chains?q=jobstate:needs-process", {"daily"}),
        ("history?kind=tasks&q=state:needs-process", {"check_disk:13"}),
        ("history?kind=tasks&q=not state:needs-process state:open", {"load:12", "check_disk:15"}),
    ],
)
def test_who_waits_for_a_process_is_found(site_on_each: Site, address: str, shown: set[str]) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put(JobWait("/sales/load", "/narrow", ago(9)), JobWait("/housekeeping/check_disk", "", ago(8)))
        rows.put(a_task(13, "/housekeeping/check_disk", state=TaskState.QUEUED, start_at=ago(8)))
        rows.put(a_task(15, "/housekeeping/check_disk", state=TaskState.QUEUED, start_at=ago(-900)))
    page = tree(site_on_each.get(f"/s/demo/{address}"))
    rows_shown = page.xpath('//tr[@data-row]')
    names = [row.xpath('.//th[@scope="row"]//a[1]')[0].text_content() for row in rows_shown]
    assert {" ".join(name.split()) for name in names} == shown
    for name, row in zip(names, rows_shown, strict=True):  # one that runs already, and needs another one, shows both
        waits = "waiting for process" in row.text_content()
        assert waits == ("daily" not in shown and not name.strip().endswith((":12", ":15")))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jobs?q=state:needs-lock", {"check_disk"}),
        ("jobs?q=state:needs-process", {"load"}),
        ("chains?q=jobstate:needs-lock", set()),
        ("history?kind=tasks&q=state:needs-lock", {"check_disk:13"}),
    ],
)
def test_who_waits_for_a_lock_is_found(site_on_each: Site, address: str, shown: set[str]) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put(JobWait("/sales/load", "/narrow", ago(9)), JobWait("/housekeeping/check_disk", "", ago(8), ("/db",)))
        rows.put(a_task(13, "/housekeeping/check_disk", state=TaskState.QUEUED, start_at=ago(8)))
    page = tree(site_on_each.get(f"/s/demo/{address}"))
    rows_shown = {
        " ".join(row.xpath('.//th[@scope="row"]//a[1]')[0].text_content().split()): row.text_content()
        for row in page.xpath("//tr[@data-row]")
    }
    assert set(rows_shown) == shown
    assert all(("waiting for lock" in text) == ("check_disk" in name) for name, text in rows_shown.items())
    assert page.xpath('//*[@id="strip"]//li[contains(., "need a lock")]//a/@href') == ["/s/demo/jobs?state=needs-lock"]


def test_a_fault_is_shown_below_the_field_and_nothing_is_left_out(site: Site) -> None:
    page = site.get("/s/demo/jobs?q=colour:blue")
    assert "“colour:” is not known here." in words(page)
    assert "4 jobs" in words(page)


def test_jobs_are_sorted_by_trouble_first_or_as_one_wants(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_job("/aaa"), a_job("/zzz"), JobWait("/zzz", "", ago(60), ("/db",)))
    page = tree(site.get("/s/demo/jobs?group=state"))
    assert page.xpath('//th[@scope="row"]//a/text()') == ["check_disk", "zzz", "load", "archive", "aaa", "check"]
    assert page.xpath('//tr[@class="group"]/th/text()')[1] == "Waiting for a process or a lock"
    by_trouble = tree(site.get("/s/demo/jobs")).xpath('//th[@scope="row"]//a/text()')
    assert by_trouble == ["check_disk", "zzz", "load", "archive", "aaa", "check"]
    by_path = tree(site.get("/s/demo/jobs?sort=-path"))
    assert by_path.xpath('//th[@scope="row"]//a/text()') == ["zzz", "load", "check", "archive", "check_disk", "aaa"]
    assert by_path.xpath('//th[@aria-sort="descending"]//a/text()') == ["Job"]


def test_chains_are_sorted_by_trouble_first_or_as_one_wants(site_on_each: Site) -> None:
    site = site_on_each
    with Rows(site.url) as rows:
        held, nodes = a_chain("/a/held")
        rows.put(replace(held, state=ChainState.STOPPED), nodes, *a_chain("/a/busy"), *a_chain("/a/calm"))
        rows.put(an_order("1", "/a/busy"), an_order("2", "/a/busy"), an_order("3", "/a/calm"))

    def names(address: str) -> list[str]:
        return tree(site.get(f"/s/demo/chains{address}")).xpath('//th[@scope="row"]//*[@class="name"]/a/text()')

    assert names("") == ["daily", "held", "busy", "calm"], "an order of the first one is set back"
    assert names("?sort=-path") == ["daily", "held", "calm", "busy"]
    assert names("?sort=orders") == ["held", "calm", "busy", "daily"]
    assert names("?sort=-orders&size=50") == ["daily", "busy", "calm", "held"]
    heads = tree(site.get("/s/demo/chains?sort=-orders")).xpath("//th[@aria-sort]")
    told = {each.text_content().strip(): each.get("aria-sort") for each in heads}
    assert told == {"State": "none", "Chain": "none", "Orders": "descending"}
    assert tree(site.get("/s/demo/chains?sort=-orders")).xpath('//input[@name="sort"]/@value') == ["-orders"]


def test_orders_begin_with_what_is_in_trouble_those_of_one_chain_as_they_stand_in_its_queue(site: Site) -> None:
    def ids(address: str) -> list[str]:
        found = tree(site.get(f"/s/demo/orders{address}")).xpath('//th[@scope="row"]//*[@class="name"]/a/text()')
        return list(found)

    assert ids("") == ["2026-11-19", "2026-11-20", "late", "next"]
    in_queue = ids("?chain=/sales/daily")
    assert in_queue == ids("?sort=queue")
    assert in_queue[0] == "2026-11-20"
    assert ids("?chain=/sales/daily&sort=trouble") == ids("")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jobs?q=/^.sales.l/", {"load"}),
        ("jobs?q=/LOAD|disk$/", {"load", "check_disk"}),
        ("jobs?q=/check/ folder:/sales", {"check"}),
        ("jobs?q=/sales/", {"load", "archive", "check"}),
        ('jobs?q="/no such thing/"', set()),
        ("jobs?q=l?ad", {"load"}),
        ("jobs?q=l?d", set()),
        ("jobs?q=class:*", {"load", "archive", "check", "check_disk"}),
        ("orders?q=/^[0-9-]%2B$/", {"2026-11-19", "2026-11-20"}),
        ("chains?q=/^.sales.d/", {"daily"}),
        ("history?kind=tasks&q=/check_d.sk/ exit:<0", {"check_disk:14"}),
        ("config?q=/_disk$/ kind:job", {"check_disk"}),
    ],
)
def test_words_may_be_patterns(site_on_each: Site, address: str, shown: set[str]) -> None:
    page = tree(site_on_each.get(f"/s/demo/{address}"))
    rows = page.xpath('//tr[@data-row]//th[@scope="row"]//a[1]')
    assert {" ".join(link.text_content().split()) for link in rows} == shown


@pytest.mark.parametrize("pattern", ["/(/", "/a**/", "/(?=a)/", "/(a{100}){100}/"])
def test_a_pattern_that_cannot_be_used_is_told_below_the_field(site: Site, pattern: str) -> None:
    page = site.get("/s/demo/jobs", query_string={"q": pattern})
    assert f"“{pattern}” cannot be used." in words(page)
    assert "4 jobs" in words(page)


def test_a_pattern_gives_up_when_there_is_too_much(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "SECONDS", -1.0)
    assert "There is too much to compare with this pattern" in words(site.get("/s/demo/jobs?q=/load/"))


@pytest.mark.parametrize("folder", ["/old", "/old (two)", "/a+b", "/(open"])
def test_the_way_to_a_job_leads_to_the_jobs_of_its_folder_only(site: Site, folder: str) -> None:
    with Rows(site.url) as rows:
        rows.put(a_job(f"{folder}/mine"), a_job(f"{folder}/below/too"), a_job(f"/away{folder}/other"))
    [way] = tree(site.get(f"/s/demo/jobs{folder}/mine")).xpath('//*[@class="crumbs"]//li[2]/a/@href')
    rows_shown = tree(site.get(way)).xpath('//tr[@data-row]//th[@scope="row"]//a[1]/text()')
    assert {name.strip() for name in rows_shown} == {"mine", "too"}


def test_a_pattern_finds_only_what_one_may_see(site: Site) -> None:
    an_account(site.url, "sales", Assignment("viewer", "", "/sales/"))
    site.enter("sales")
    assert "check_disk" not in words(site.get("/s/demo/jobs?q=/.*/"))


def test_however_many_match_they_are_one_value_for_the_database(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put(*(a_job(f"/many/j{number}") for number in range(1200)))
    page = words(site_on_each.get("/s/demo/jobs?q=/^.many.j[0-9]*$/"))
    assert "1 200 jobs" in page.replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("group", "headings"),
    [
        ("chain", ["/a/first", "/sales/daily"]),
        ("state", ["set back", "running", "suspended", "waiting"]),
        ("", []),
        ("colour", []),
    ],
)
def test_orders_stand_in_groups(site: Site, group: str, headings: list[str]) -> None:
    with Rows(site.url) as rows:
        rows.put(*a_chain("/a/first"))
        rows.put([an_order(str(number), "/a/first", ordering=number) for number in range(3)])
    page = tree(site.get(f"/s/demo/orders?group={group}&sort=-start"))
    found = page.xpath('//tr[@class="group"]/th')
    assert [" ".join(each.text_content().split()) for each in found] == headings
    rows_of_groups = page.xpath("count(//tbody/tr[@data-row])")
    assert rows_of_groups == 7
    assert page.xpath('//*[contains(@class, "sizes")]/a[@aria-current]/text()')[0] == (group if headings else "nothing")
    assert bool(page.xpath("//th[@aria-sort]")) is not bool(headings), "groups have their own order"
