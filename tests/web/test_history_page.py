"The history: what its rows tell, how it is chosen, and what can be done with a row."

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models import connect, operations, services
from models.operations import Operation, State
from scheduler.definitions import ProcessClassDefinition
from scheduler.errors import Problem
from scheduler.origin import of_directories, of_file, of_missed
from scheduler.records import Cause, FileState, ObjectKind, RunCause, SourceFile, TaskState
from tests.support.rows import SCHEDULER, Rows, a_failed_task, a_job, a_run, a_step, a_task, ago, an_order
from tests.support.web_site import Site, tree, words
from web.exit_codes import meaning
from web.pages import history

TASKS = "/s/demo/history?kind=tasks"


def listed(site: Site, query: str) -> set[int]:
    rows = tree(site.get(f"{TASKS}&q={query}")).xpath("//tr[@data-row]/@id")
    return {int(row.removeprefix("task-")) for row in rows}


def test_a_row_tells_end_member_meaning_of_the_exit_code_and_who_ordered_it_and_leads_to_the_log(site: Site) -> None:
    queued = ago(30)
    ordered = Operation(
        "key", 1, "m.weber", SCHEDULER, "job.start", "/other/job", "<start_job/>", State.DONE, queued,
        made='<ok><task id="70" job="/other/job"/></ok>',
    )  # fmt: skip
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        operations.begin(connection, ordered)
    engine.dispose()
    task = a_task(70, "/other/job", cause=Cause.QUEUE, enqueued_at=queued, exit_code=127, member_id="demo.two")
    with Rows(site.url) as rows:
        rows.put(task, replace(task, id=71, exit_code=0))
        much_later = queued + timedelta(days=30)
        rows.put(replace(task, id=7), replace(task, id=700, enqueued_at=much_later))
    page = tree(site.get(TASKS))
    row = " ".join(page.xpath('string(//*[@id="task-70"])').split())
    assert "by m.weber" in row
    assert "demo.two" in row
    assert page.xpath('//*[@id="task-70"]//td[@data-label="Ended"]//time')
    assert page.xpath('//*[@id="task-70"]//span[@title="there is no such program"]')
    assert page.xpath('//*[@id="task-70"]//a[@data-log]/@href') == ["/s/demo/tasks/70/-/log"]
    for other in (7, 71, 700):
        assert "m.weber" not in page.xpath(f'string(//*[@id="task-{other}"])')
    assert "there is no such program" in words(site.get("/s/demo/tasks/70"))
    assert "demo.two" in words(site.get("/s/demo/tasks/70"))


def test_runs_tell_their_end_and_what_is_usual_in_their_chain(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(*(a_run(60 + number, "/sales/daily", f"u{number}") for number in range(6)))
    page = tree(site.get("/s/demo/history"))
    assert "usual, 1 min 00 s to 1 min 00 s" in str(page.xpath('//*[@id="run-65"]//svg/@aria-label'))
    [log] = page.xpath('//*[@id="run-65"]//a[@data-log]/@href')
    assert log == "/s/demo/orders/sales/daily/-/u5/-/runs/65/log"


def test_runs_tell_how_their_last_step_ended_where_it_ran_and_what_went_wrong(site_on_each: Site) -> None:
    site, problem = site_on_each, Problem("SCHEDULER-280", "The disk /data_1 is full")
    with Rows(site.url) as rows:
        rows.put(*(a_run(60 + number, "/sales/daily", f"u{number}") for number in range(3)), a_run(63, node="failed"))
        rows.put(*(a_task(600 + number, "/sales/load", member_id=f"demo.m{number}") for number in range(4)))
        rows.put(a_step(60, 1, 600, exit_code=3, problem=problem), a_step(60, 2, 601, exit_code=7))
        rows.put(a_step(61, 1, 602, exit_code=13), a_step(63, 1, 603, ended_at=None, exit_code=None))
    page = tree(site.get("/s/demo/history"))
    cells = [page.xpath(f'string(//*[@id="run-60"]//td[@data-label="{each}"])') for each in ("Exit code", "Member")]
    assert cells == ["7", "demo.m1"]
    assert "The disk /data_1 is full" in page.xpath('string(//*[@id="run-60"]//th)')
    assert not page.xpath('string(//*[@id="run-63"]//td[@data-label="Exit code"])')
    for query, shown in {
        "exit:7": {60}, "exit:3": {2}, "exit:13": {61}, "exit:>6": {60, 61}, "member:m0": {60}, "member:m3": {63},
        "error:data_1": {60}, "error:DISK*full": {60}, "error:data-1": set(), "not error:disk exit:>6": {61},
    }.items():  # fmt: skip
        found = tree(site.get("/s/demo/history", query_string={"q": query})).xpath("//tr[@data-row]/@id")
        assert {int(row.removeprefix("run-")) for row in found} == shown, query
    assert "is not possible here" in words(site.get("/s/demo/history?q=exit:many"))
    exported = [json.loads(line) for line in site.get("/s/demo/history/export.json").text.splitlines()]
    [of_run] = [each for each in exported if each["run"] == 60]
    assert (of_run["exit_code"], of_run["member"], of_run["error_code"]) == (7, "demo.m1", "SCHEDULER-280")


def test_runs_tell_who_added_or_started_their_order_and_no_other_round_does(site_on_each: Site) -> None:
    site, chain = site_on_each, "/sales/daily"
    added = '<ok><order job_chain="/sales/daily" order="a&amp;b" state="first"/></ok>'
    asked = [
        ("add", "chain.add-order", chain, added, 5000), ("start", "order.start", f"{chain},daily", "", 3000),
        ("other", "order.start", f"{chain},nightly", "", 3000),
    ]  # fmt: skip
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        for key, action, name, made, seconds in asked:
            moment = ago(seconds)
            operations.begin(
                connection,
                Operation(key, 1, f"by-{key}", SCHEDULER, action, name, "<x/>", State.DONE, moment, made=made),
            )
    engine.dispose()
    rounds = [
        (60, "a&b", 4999, 4900), (61, "a&b", 4800, 4700), (62, "daily", 3500, 3400), (63, "daily", 2990, 2900),
        (64, "daily", 2000, 1900), (65, "nightly", 3500, 2950), (66, "nightly", 2000, 1900),
    ]  # fmt: skip
    with Rows(site.url) as rows:
        rows.put(*(a_run(n, chain, name, started_at=ago(begin), ended_at=ago(end)) for n, name, begin, end in rounds))
    page = tree(site.get("/s/demo/history"))
    cells = {n: page.xpath(f'string(//*[@id="run-{n}"]//td[@data-label="Cause"])') for n, *_ in rounds}
    assert {n: text for n, text in cells.items() if text} == {
        60: "added on the pages by by-add", 63: "ordered on the pages by by-start",
    }  # fmt: skip


def test_the_cause_and_who_ordered_it_are_shown_exported_and_narrow_the_list_down(site_on_each: Site) -> None:
    site = site_on_each
    with Rows(site.url) as rows:
        rows.put(
            a_run(60, "/sales/daily", "a", cause=RunCause.WEB, actor="Ann_1"),
            a_run(61, "/sales/daily", "b", cause=RunCause.RUN_TIME), a_run(62, "/sales/daily", "c"),
            a_run(63, "/sales/daily", "d", cause=RunCause.COMMAND, client="10.1.2.3 (token deploy)"),
            a_run(64, "/sales/daily", "e", cause=RunCause.COMMAND),
            a_task(600, "/sales/load", actor="Ann_1", client="127.0.0.1", enqueued_at=ago(9)),
            a_task(601, "/sales/load", actor="ann1x", enqueued_at=ago(9)),
            a_task(602, "/sales/load", client="10.1.2.3", enqueued_at=ago(9)),
            a_task(603, "/sales/load", cause=Cause.QUEUE_AT, client="task 7", enqueued_at=ago(9)),
            a_task(604, "/sales/load", cause=Cause.ORDER),
        )  # fmt: skip
    page = tree(site.get("/s/demo/history"))
    cells = [page.xpath(f'string(//*[@id="run-{n}"]//td[@data-label="Cause"])') for n in (60, 61, 62, 63, 64)]
    assert cells == [
        "ordered on the pages by Ann_1", "run time", "", "by command from 10.1.2.3 (token deploy)",
        "by command of another client",
    ]  # fmt: skip
    page = tree(site.get("/s/demo/history?kind=tasks"))
    cells = [page.xpath(f'string(//*[@id="task-{n}"]//td[@data-label="Cause"])') for n in (600, 602, 603, 604)]
    assert cells == [
        "ordered on the pages by Ann_1", "by command from 10.1.2.3", "by command for a time from task 7", "order",
    ]  # fmt: skip
    assert "by command from 10.1.2.3" in words(site.get("/s/demo/tasks/602"))
    assert "by command from 10.1.2.3 (token deploy)" in words(site.get("/s/demo/orders/sales/daily/-/d"))
    for query, shown in {
        "cause:web": {60}, "cause:run_time": {61}, "by:ann_1": {60}, "by:?*": {60}, "by:ann": set(),
        "cause:command": {63, 64}, "client:10.1.2.*": {63}, "client:?*": {63},
    }.items():  # fmt: skip
        found = tree(site.get("/s/demo/history", query_string={"q": query})).xpath("//tr[@data-row]/@id")
        assert {int(row.removeprefix("run-")) for row in found} == shown, query
    for query, shown in {
        "by:ann_1": {600}, "cause:web job:load": {600, 601}, "cause:command job:load": {602, 603},
        "client:10.1.2.3": {602}, "not cause:web not cause:command cause:queue_at": set(),
    }.items():  # fmt: skip
        assert listed(site, query) == shown, query
    for kind, cause in (("orders", "web"), ("tasks", "queue")):
        [row] = site.get(f"/s/demo/history/export.json?kind={kind}&q=by:ann_1").text.splitlines()
        assert (json.loads(row)["cause"], json.loads(row)["by"]) == (cause, "Ann_1")
    [row] = site.get("/s/demo/history/export.json?q=client:10.*").text.splitlines()
    assert json.loads(row)["client"] == "10.1.2.3 (token deploy)"


def test_what_nobody_has_ordered_tells_where_it_comes_from(site: Site) -> None:
    planned = datetime(2030, 3, 9, 6, tzinfo=UTC)
    with Rows(site.url) as rows:
        rows.put(
            a_task(600, "/sales/load", cause=Cause.DIRECTORY, client=of_directories(["/in", "/out", "/in"])),
            a_task(601, "/sales/load", client=of_missed(planned), enqueued_at=ago(9)),
            a_task(602, "/sales/load", client=of_file("/live/a.job.xml"), enqueued_at=ago(9)),
            a_task(603, "/sales/load", cause=Cause.DIRECTORY),
            a_run(60, "/sales/daily", cause=RunCause.PLAN, client=of_missed(planned)),
        )
    page = tree(site.get("/s/demo/history?kind=tasks"))
    cells = [page.xpath(f'string(//*[@id="task-{n}"]//td[@data-label="Cause"])') for n in (600, 601, 602, 603)]
    assert cells == [
        "directory changed /in, /out", "made up for the start of 2030-03-09 06:00:00",
        "a file of the live folder came, changed or went /live/a.job.xml", "directory changed",
    ]  # fmt: skip
    page = tree(site.get("/s/demo/history"))
    told = page.xpath('string(//*[@id="run-60"]//td[@data-label="Cause"])')
    assert told == "made up for the start of 2030-03-09 06:00:00"
    assert "directory changed: /in, /out" in words(site.get("/s/demo/tasks/600"))
    assert listed(site, "cause:command job:load") == set(), "nobody gave a command"


def test_where_something_ran_stays_told_whatever_its_process_class_names_later(site_on_each: Site) -> None:
    site = site_on_each
    source = '<process_class remote_scheduler="http://far:4445"/>'
    definition = ProcessClassDefinition("/eu", source=source)
    with Rows(site.url) as rows:
        rows.put(SourceFile(ObjectKind.PROCESS_CLASS, "/eu", "x.xml", ago(500), FileState.ACTIVE, definition))
        rows.put(a_job("/sales/far", process_class="/eu"), a_task(600, "/sales/far", host="Near"))
        rows.put(a_task(601, "/sales/far", host="near", member_id="demo/near:4444"))
        rows.put(a_task(602, "/sales/far", started_at=None, ended_at=None, state=TaskState.QUEUED))
        rows.put(a_run(60, "/sales/daily"), a_step(60, 1, 600))
    for address, row, told in (
        ("", "run-60", "host Near"), ("?kind=tasks", "task-600", "host Near"),
        ("?kind=tasks", "task-601", "demo/near:4444"), ("?kind=tasks", "task-602", "agent far:4445"),
    ):  # fmt: skip
        page = tree(site.get(f"/s/demo/history{address}"))
        assert page.xpath(f'string(//*[@id="{row}"]//td[@data-label="Member"])') == told
    for query, shown in {"agent:far": {602}, "agent:near": {600, 601}, "host:near": {600, 601}}.items():
        assert listed(site, query) == shown, query
    for query, runs in (("agent:far", []), ("agent:near", ["run-60"]), ("host:n*", ["run-60"])):
        found = tree(site.get("/s/demo/history", query_string={"q": query}))
        assert found.xpath("//tr[@data-row]/@id") == runs, query
    assert '"host": "Near"' in site.get("/s/demo/history/export.json").text
    assert "Near" in words(site.get("/s/demo/tasks/600"))


def test_the_error_line_narrows_tasks_down_and_a_queued_one_says_that_it_has_no_log(site: Site) -> None:
    problem = Problem("SCHEDULER-280", "The disk is full")
    with Rows(site.url) as rows:
        rows.put(a_task(80, problem=problem), a_task(81, state=TaskState.QUEUED))
    assert listed(site, "error:disk") == {80}
    log = tree(site.get(TASKS)).xpath('//*[@id="task-81"]//td[@data-label="Log"]')[0]
    assert (log.text_content(), log.xpath(".//a")) == ("not begun", [])


def test_the_menu_of_a_run_leads_to_its_log_and_streams_and_to_the_form_that_adds_it_again(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_run(60, "/sales/daily", "u0"), an_order("here", "/sales/daily"), a_run(61, "/sales/daily", "here"))
    [menu] = tree(site.get("/s/demo/history")).xpath('//*[@id="run-60"]//a[@data-menu]/@href')
    page = tree(site.get(menu))
    links = page.xpath('//*[contains(@class, "menu-list")]//a/@href')
    log = "/s/demo/orders/sales/daily/-/u0/-/runs/60/log"
    assert {log, f"{log}?channel=stdout", f"{log}?channel=stderr"} <= set(links)
    assert "/s/demo/chains/sales/daily/-/add-order?like=60" in links
    assert page.xpath("//*[@data-copy-link]/@data-copy-link") == ["/s/demo/orders/sales/daily/-/u0?run=60"]
    assert site.get(f"{menu}&to=log").location.endswith(log)
    standing = tree(site.get("/s/demo/menu/run?name=61")).xpath('//*[contains(@class, "menu-list")]//a/@href')
    assert "/s/demo/orders/sales/daily/-/here/-/start-at" in standing
    assert not [link for link in standing if "like=" in link]
    for unknown in ("999", "x", "-1", "9" * 30):
        assert site.get(f"/s/demo/menu/run?name={unknown}").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=tasks&q=job:/none&state=failed&last=1h", "No task matches job:/none state:failed. Clear the filter"),
        ("q=chain:/none", "No run matches chain:/none. Clear the filter"),
        ("since=2001-01-01T00:00&until=2001-01-02T00:00", "Nothing matches. Clear the filter"),
    ],
)
def test_a_filter_that_leaves_nothing_is_named_and_cleared_as_a_whole(site: Site, query: str, said: str) -> None:
    [told] = tree(site.get(f"/s/demo/history?{query}")).xpath('//p[@class="empty"]')
    assert " ".join(told.text_content().split()) == said
    [clear] = told.xpath("a/@href")
    assert clear == ("/s/demo/history?kind=tasks" if "tasks" in query else "/s/demo/history")


def test_numbers_of_the_overview_and_the_strip_lead_to_lists_of_just_as_many(site: Site) -> None:
    old = {"started_at": ago(90_000), "ended_at": ago(89_990)}
    with Rows(site.url) as rows:
        rows.put(a_failed_task(90, **old), a_run(90, "/sales/daily", "old", failed=True, **old))
        rows.put(*[a_task(91 + number, state=TaskState.QUEUED) for number in range(2)])
    page = tree(site.get("/s/demo/"))
    links = page.xpath('(//*[@id="strip"] | //ul[@class="numbers"])//a[contains(@href, "/history")]')
    told = {link.get("href"): int(link.xpath("string(.//b)")) for link in links}
    listed = {address: len(tree(site.get(address)).xpath("//tbody/tr[@data-row]")) for address in told}
    assert told == listed
    assert {1, 2, 3} <= set(told.values()), "what runs, what failed lately, what is queued"


def test_what_took_long_and_the_member_narrow_the_list_down(site_on_each: Site) -> None:
    site = site_on_each
    with Rows(site.url) as rows:
        rows.put(
            a_task(80, started_at=ago(400), ended_at=ago(100)),
            a_task(81, started_at=ago(400), ended_at=ago(399.5), member_id="demo.two"),
            a_task(82, started_at=ago(400), state=TaskState.RUNNING),
        )
        rows.put(a_run(90, started_at=ago(400), ended_at=ago(100)), a_run(91, started_at=ago(400), ended_at=ago(399)))
    assert {80, 82} <= listed(site, "longer:4m")
    assert not listed(site, "longer:4m") & {81}
    assert listed(site, "longer:4m job:/job") == {80, 82}
    assert listed(site, "not longer:4m job:/job") == {81}
    assert listed(site, "member:two") == {81}
    assert 'id="run-90"' in site.get("/s/demo/history?q=longer:4m").text
    assert 'id="run-91"' not in site.get("/s/demo/history?q=longer:4m").text
    assert "is no span of time" in words(site.get("/s/demo/history?q=longer:much"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("last=1h", {80}),
        ("last=24h", {80, 81}),
        ("last=nonsense", {80, 81, 82}),
        ("since={week}", {80, 81, 82}),
        ("since={day}", {80, 81}),
        ("since={day}&until={hour}", {81}),
        ("until=nonsense&since=0001-01-01T00:00", {80, 81, 82}),
    ],
)
def test_times_choose_what_began_between_them(site: Site, query: str, shown: set[int]) -> None:
    with Rows(site.url) as rows:
        for number, hours in ((80, 0.2), (81, 20), (82, 100)):
            rows.put(a_task(number, "/timed", started_at=ago(hours * 3600)))
    at = {name: f"{ago(hours * 3600):%Y-%m-%dT%H:%M:%S}" for name, hours in (("week", 168), ("day", 24), ("hour", 1))}
    page = tree(site.get(f"{TASKS}&q=job:/timed&{query.format(**at)}"))
    assert {int(row.removeprefix("task-")) for row in page.xpath("//tr[@data-row]/@id")} == shown


def test_a_column_of_the_picture_leads_to_what_began_in_its_hour(site: Site) -> None:
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    with Rows(site.url) as rows:
        rows.put(*(a_task(80 + number, started_at=begin + timedelta(minutes=12 * number)) for number in range(6)))
    page = tree(site.get(TASKS))
    [column] = [link for link in page.xpath("//figure//svg//a") if "5 done" in link.xpath("string(title)")]
    chosen = tree(site.get(column.get("href")))
    assert chosen.xpath("//tr[@data-row]/@id") == [f"task-{number}" for number in (84, 83, 82, 81, 80)]
    assert chosen.xpath('//figure//rect[contains(@class, "chosen")]')


def test_only_what_shows_the_picture_counts_for_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    drawn = history.picture
    monkeypatch.setattr(history, "picture", lambda *given: counted.append("") or drawn(*given))
    for address, times in ((TASKS, 1), (f"{TASKS}&part=picture", 2), (f"{TASKS}&part=table", 2)):
        assert site.get(address, headers={"HX-Request": "true"} if "part" in address else {}).status_code == 200
        assert len(counted) == times, address


def test_the_menu_of_a_task_leads_to_its_streams_and_starts_its_job_again(site: Site) -> None:
    page = tree(site.get("/s/demo/menu/task?name=14"))
    links = page.xpath('//*[contains(@class, "menu-list")]//a/@href')
    for channel in ("stdout", "stderr"):
        assert f"/s/demo/tasks/14/-/log?channel={channel}" in links
    assert any(link.endswith("/-/start?like=14") for link in links)
    assert page.xpath("//*[@data-copy-link]/@data-copy-link") == ["/s/demo/tasks/14"]


def test_it_says_how_long_things_are_kept_as_the_services_tell_it(site: Site) -> None:
    assert "is removed" not in words(site.get(TASKS))
    told = {"days": {"tasks": 90, "orders": 0}, "window": ""}
    host = services.Instance("host", "box", 7, "1", ago(60), 1, ago(1), active=True, retention=told)
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        services.put_instance(connection, SCHEDULER, host)
    engine.dispose()
    assert "What is older than 90 days is removed." in words(site.get(TASKS))
    assert "Nothing is removed" in words(site.get("/s/demo/history"))


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, "success"), (-9, "SIGKILL (9)"), (126, "may not be executed"), (127, "no such program"), (143, "SIGTERM (15)"),
     (1, "an error of the program"), (2, ""), (42, ""), (255, ""), (-99, "signal 99")],
)  # fmt: skip
def test_what_exit_codes_say(site: Site, code: int, said: str) -> None:
    with site.app.test_request_context():
        assert said in meaning(code) if said else meaning(code) == ""
