"""Plan days as the services keep them: lists, counts, drawings, files, and changes of single starts."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote_plus

import icalendar
import pytest
from lxml import etree
from sqlalchemy import update

from models import connect, roles, tables
from models import plan as store
from models.permissions import Role
from models.plan import EntryRow
from models.read.plan_entries import ALL, plan_entries
from models.roles import Assignment
from scheduler.changes import Change, Kind
from scheduler.definitions import ProcessClassDefinition
from scheduler.plan.expected import Expected
from scheduler.plan.override import OverrideAction
from scheduler.plan.state import EntryState
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.calendar import StartKind
from tests.support.command_server import CommandServer
from tests.support.rows import SCHEDULER, Rows, a_faulty_file, a_job, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.pictures.hours import Counts
from web.planned import day_counts

DAY = date(2030, 3, 5)
BEGIN = datetime(2030, 3, 5, 5, tzinfo=UTC)
CALENDAR = (
    '<business_calendar path="/bank" name="bank" title="Bank days">'
    '<file_based state="active"><requisites/></file_based>'
    '<business_calendar.user job="/sales/load"/>{}</business_calendar>'
)


def entry(path: str, hour: float, state: EntryState = EntryState.PLANNED, **values: object) -> EntryRow:
    at = BEGIN + timedelta(hours=hour)
    kind = "order" if "," in path else "job"
    given = {"start_at": at, "override": 0, "action": None, "schedule": "", "every": 0.0, "until": None, "count": 1}
    given |= {name: values.pop(name) for name in list(values) if name in given}
    about = Expected(kind, path.lower(), path, at, given.pop("start_at"), StartKind.SINGLE, **given)  # type: ignore[arg-type]
    return EntryRow(DAY, about, path.partition(",")[0] if kind == "order" else "", 60.0, state, **values)  # type: ignore[arg-type]


ENTRIES = [
    entry("/sales/load", 1, EntryState.FINISHED, started_at=BEGIN, ended_at=BEGIN + timedelta(minutes=2), runs=1),
    entry("/sales/load", 2, EntryState.MISSED, late=True, reason="No engine was active"),
    entry("/sales/load", 3, EntryState.SKIPPED, start_at=None, override=7, action=OverrideAction.SKIP, reason="no"),
    entry("/sales/load", 4, schedule="/nightly"),
    entry("/sales/check_disk", 5, every=60.0, until=BEGIN + timedelta(hours=6), count=60, runs=3, failed_runs=1),
    entry("/sales/daily,2026-11-18", 8),
    entry("/hidden/job", 9),
]


def plan_of_the_day(site: Site) -> Site:
    with Rows(site.url) as rows:
        rows.put(a_job("/hidden/job", process_class="/batch"))
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        span = BEGIN, BEGIN + timedelta(days=1)
        store.put_day(connection, SCHEDULER, DAY, span, "Europe/Berlin", BEGIN)
        store.replace_entries(connection, SCHEDULER, DAY, [], ENTRIES)
        store.put_outlook(connection, SCHEDULER, {DAY: 9, DAY + timedelta(days=1): 240_000}, BEGIN)
        connection.execute(
            tables.plan_overrides.insert().values(
                scheduler_id=SCHEDULER, number=7, kind="job", object_key="/sales/load", object="/sales/load",
                action=OverrideAction.SKIP, planned_at=BEGIN + timedelta(hours=3), created_at=BEGIN, params=None,
                reason="not now", author="anna", state="open",
            )
        )  # fmt: skip
    with connect.writing(engine) as connection:
        store.put_summary(connection, SCHEDULER, DAY, store.summary_of(connection, SCHEDULER, DAY, BEGIN))
    engine.dispose()
    return site


@pytest.fixture
def planned(site: Site) -> Site:
    return plan_of_the_day(site)


@pytest.fixture
def planned_on_each(site_on_each: Site) -> Site:
    return plan_of_the_day(site_on_each)


ADDRESS = f"/s/demo/plan?day={DAY}"


def test_a_day_names_its_bounds_and_lists_its_entries(planned_on_each: Site) -> None:
    said = words(planned_on_each.get(ADDRESS))
    assert "7 entries" in said
    assert "days of Europe/Berlin" in said
    texts = "all 7", "to come 4", "missed 1", "skipped 1", "No engine was active", "every 1 min", "3 of 60, 1 failed"
    for text in texts:
        assert text in said, text


@pytest.mark.parametrize(
    ("query", "count"),
    [("state=missed", "1 entry"), ("state=late", "1 entry"), ("q=DAILY", "1 entry"), ("state=planned", "4 entries"),
     ("schedule=/nightly", "1 entry"), ("state=failed", "0 entries"), ("q=load&state=done", "1 entry"),
     ("state=waiting", "0 entries"), ("q=folder:/sales", "6 entries"), ("q=-folder:/sales", "1 entry"),
     ("q=schedule:/nightly", "1 entry"), ("q=chain:daily", "1 entry"), ("q=type:order", "1 entry"),
     ("q=agent:nowhere", "0 entries"), ("q=class:batch", "1 entry"), ("q=owner:me", "7 entries")],
)  # fmt: skip
def test_a_filter_leaves_what_it_says(planned: Site, query: str, count: str) -> None:
    assert count in words(planned.get(f"{ADDRESS}&{query}"))


def test_a_filter_that_leaves_nothing_is_named_with_what_there_is_without_it(planned: Site) -> None:
    address = f"{ADDRESS}&q=folder:/none&state=missed&schedule=/nightly"
    [told] = tree(planned.get(address)).xpath('//*[@class="empty"]/p')
    said = " ".join(told.text_content().split())
    assert said == "No start matches folder:/none schedule:/nightly state:missed. Clear the filter 7 without it."
    [clear] = told.xpath("a/@href")
    assert "7 entries" in words(planned.get(clear))


def test_a_filter_finds_what_runs_at_an_agent_by_its_name(planned_on_each: Site) -> None:
    source = '<process_class remote_scheduler="eu-one:4445"/>'
    known = ProcessClassDefinition("/batch", 5, source=source)
    with Rows(planned_on_each.url) as rows:
        rows.put(SourceFile(ObjectKind.PROCESS_CLASS, "/batch", "/srv/batch", BEGIN, FileState.ACTIVE, known))
    for query, count in (
        ("agent:eu-*", "1 entry"), ("not agent:eu-*", "6 entries"), ("agent:us-*", "0 entries"),
        ("agent:batch", "0 entries"), ("not agent:us-*", "7 entries"),
    ):  # fmt: skip
        assert count in words(planned_on_each.get(f"{ADDRESS}&q={query}")), query


def test_the_counts_are_the_same_whether_kept_or_counted_now(planned: Site) -> None:
    kept = numbers(planned)
    engine = connect.create(planned.url, "web")
    with connect.writing(engine) as connection:
        connection.execute(tables.plan_days.update().values(summary=None))
    engine.dispose()
    assert numbers(planned) == kept
    assert "all 7" in kept


def numbers(site: Site) -> str:
    page = tree(site.get(ADDRESS))
    chips = page.xpath("string(//form[contains(@class, 'filters')])")
    return " ".join(chips.split()) + page.xpath("string(//figcaption)")


def test_each_entry_offers_what_can_still_be_done(planned: Site) -> None:
    links = [str(each) for each in tree(planned.get(ADDRESS)).xpath("//table//a/@href")]
    actions = sorted({link.partition("/-/")[2].partition("?")[0] for link in links if "/-/" in link} - {""})
    assert [each for each in actions if "start" in each or "change" in each] == [
        "2026-11-18/-/change-start", "2026-11-18/-/hold-start", "2026-11-18/-/move-start", "2026-11-18/-/skip-start",
        "change-start", "hold-start", "move-start", "skip-start", "withdraw-change",
    ]  # fmt: skip
    withdraw = next(link for link in links if "withdraw-change" in link)
    assert withdraw.endswith("number=7")
    form = planned.get(next(link for link in links if "/sales/load/-/move-start" in link))
    assert tree(form).xpath('//input[@name="planned"]/@value') == ["2030-03-05 09:00:00Z"]


def test_the_menu_of_a_row_is_about_its_start_and_that_of_the_job_about_any(planned: Site) -> None:
    engine, j = connect.create(planned.url, "writer"), tables.jobs.c
    of_load = "/s/demo/jobs/sales/load/-/"

    def offered(address: str) -> list[str]:
        links = [unquote_plus(str(each)) for each in tree(planned.fragment(address)).xpath("//a/@href")]
        ours = [link.removeprefix(of_load) for link in links if link.startswith(of_load)]
        return [each for each in ours if "-start" in each or "change" in each]

    general = "/s/demo/menu/job?name=/sales/load"
    for has_run_time in (True, False):
        with connect.writing(engine) as connection:
            connection.execute(update(tables.jobs).where(j.path_key == "/sales/load").values(has_run_time=has_run_time))
        ruled = ["skip-start", "move-start", "hold-start", "change-start"] if has_run_time else []
        assert offered(general) == [*ruled, "add-start", "withdraw-change"]
        if has_run_time:
            rows = tree(planned.get(ADDRESS)).xpath("//a[@data-menu]/@href")
            done, missed, skipped, ahead, dense, *_ = [str(each) for each in rows]
            assert done == missed == general
            assert offered(skipped) == ["add-start", "withdraw-change?number=7"]
            at = "planned=2030-03-05 09:00:00Z"
            assert offered(ahead) == [f"{each}?{at}" for each in ruled] + ["add-start"]
            assert dense == "/s/demo/menu/job?name=/sales/check_disk"
            # what the queue has in its place goes back; it is no start of the run time
            assert offered(f"{general}&brought=2030-03-05T09:00:00Z") == ["add-start"]
    engine.dispose()
    # the form knows the changes that can be taken back, and the list of them leads there
    options = tree(planned.get(f"{of_load}withdraw-change")).xpath('//select[@name="number"]/option')
    assert [(each.get("value"), each.text.partition(",")[0]) for each in options] == [("7", "7: skip")]
    assert f"{of_load}withdraw-change?number=7" in tree(planned.get(f"{ADDRESS}&view=changes")).xpath("//td//a/@href")


OF_LOAD, RULED = "/s/demo/jobs/sales/load/-/", ("skip-start", "move-start", "hold-start", "change-start")


def a_change(site: Site, number: int, action: OverrideAction, **values: object) -> None:
    "An open one of a start of the job /sales/load, unless `values` say otherwise."
    load = {"kind": "job", "object_key": "/sales/load", "object": "/sales/load"}
    common = {"scheduler_id": SCHEDULER, "number": number, "action": action, "created_at": BEGIN, "params": None}
    engine = connect.create(site.url, "writer")
    with connect.writing(engine) as connection:
        more = {"reason": "", "author": "", "state": "open"}
        connection.execute(tables.plan_overrides.insert().values(**common, **more, **(load | values)))
        job = tables.jobs.c.path_key == "/sales/load"
        connection.execute(update(tables.jobs).where(job).values(has_run_time=True))
    engine.dispose()


def offered(site: Site, address: str) -> list[str]:
    "What the menu at this address says of starts of the job or order that it is about."
    links = [unquote_plus(str(each)).rpartition("/-/")[2] for each in tree(site.fragment(address)).xpath("//a/@href")]
    return [each for each in links if "-start" in each or "change" in each]


def test_a_row_finds_the_change_of_its_own_start_and_no_other(planned: Site) -> None:
    general, nine = "/s/demo/menu/job?name=/sales/load", BEGIN + timedelta(hours=4)
    at_nine = [f"{each}?planned=2030-03-05 09:00:00Z" for each in RULED]
    a_change(planned, 8, OverrideAction.MOVE, planned_at=BEGIN + timedelta(hours=9),
             start_at=nine + timedelta(milliseconds=250))  # fmt: skip
    # another start was moved to its time: it is not changed itself; which one stands there is told to the second only
    assert offered(planned, f"{general}&planned={nine:%FT%TZ}") == [*at_nine, "add-start"]
    assert offered(planned, f"{general}&brought={nine:%FT%TZ}") == ["add-start", "withdraw-change?number=8"]
    # rows that know the number of their change tell it
    a_change(planned, 9, OverrideAction.ADD, start_at=nine)
    added = f"{general}&planned={nine:%FT%TZ}&change=9"
    assert offered(planned, added) == ["add-start", "withdraw-change?number=9"]
    rows = tree(planned.get(ADDRESS)).xpath("//a[@data-menu]/@href")
    assert [str(each).rpartition("&change=")[2] for each in rows if "&change=" in each] == ["7"]
    # one that is held until later is still that start of the run time
    a_change(planned, 10, OverrideAction.HOLD, planned_at=nine, start_at=nine + timedelta(hours=2))
    held = offered(planned, f"{general}&brought=2030-03-05T11:00:00Z")
    assert held == [*at_nine, "add-start", "withdraw-change?number=10"]
    # however many there are, and whatever is asked
    for number in range(20, 75):
        a_change(planned, number, OverrideAction.SKIP, planned_at=nine + timedelta(minutes=number))
    last = nine + timedelta(minutes=74)
    assert offered(planned, f"{general}&planned={last:%FT%TZ}") == ["add-start", "withdraw-change?number=74"]
    assert offered(planned, f"{general}&planned=0001-01-01T00:00:00%2B14:00") == offered(planned, general)
    # where several could be meant none is chosen, unless the address says which
    form = f"{OF_LOAD}withdraw-change"
    assert tree(planned.get(form)).xpath('//select[@name="number"]/option[1]/@value') == [""]
    numbered = tree(planned.get(f"{form}?number=10"))
    assert numbered.xpath('//select[@name="number"]/option[@selected]/@value') == ["10"]
    assert not numbered.xpath('//select[@name="number"]/option[@value=""]')


def test_a_change_is_withdrawn_by_who_may_not_see_the_plan_and_of_an_order_that_has_gone_on(planned: Site) -> None:
    noon = BEGIN + timedelta(hours=7)
    a_change(planned, 8, OverrideAction.SKIP, kind="order", object_key="/sales/daily,n", object="/sales/daily,n",
             planned_at=noon)  # fmt: skip
    with Rows(planned.url) as rows:
        rows.put(an_order("n", "/sales/inner", outer_chain="/sales/daily", has_run_time=True))
    of_order = "/s/demo/menu/order?name=/sales/inner,n"
    assert "withdraw-change" in offered(planned, of_order)
    assert "withdraw-change?number=8" in offered(planned, f"{of_order}&planned={noon:%FT%TZ}")
    engine = connect.create(planned.url, "writer")
    with connect.writing(engine) as connection:
        roles.save_role(connection, Role("changer", "Changer", "", ("jobs.view", "plan.change")), BEGIN)
    engine.dispose()
    an_account(planned.url, "changer", Assignment("changer", "demo", ""))
    planned.enter("changer")
    general = "/s/demo/menu/job?name=/sales/load"
    assert "withdraw-change" in offered(planned, general)
    assert "withdraw-change" in offered(planned, f"{general}&planned={noon:%FT%TZ}")


def test_nothing_is_offered_of_a_change_that_comes_too_late(planned: Site) -> None:
    passed = (datetime.now(UTC) - timedelta(hours=1) - BEGIN) / timedelta(hours=1)
    held = entry("/sales/load", passed, EntryState.SKIPPED, start_at=None, override=8, action=OverrideAction.HOLD)
    late = entry("/sales/load", passed - 1, EntryState.LATE)
    engine = connect.create(planned.url, "web")
    with connect.writing(engine) as connection:
        store.replace_entries(connection, SCHEDULER, DAY, [], [held, late])
    engine.dispose()
    page = tree(planned.get(ADDRESS))
    first, second, third = page.xpath("//tr[@data-row]")[:3]
    for row in first, second:
        links = [str(each) for each in row.xpath(".//a/@href")]
        assert not [link for link in links if "-start" in link or "change" in link], links
    assert "09:00" not in first.text_content()
    assert third.xpath(".//a")


def test_only_days_that_are_not_over_wait_for_what_was_changed(planned: Site) -> None:
    now, whole = datetime.now(UTC), timedelta(days=1)
    over, today = DAY - timedelta(days=9), DAY - timedelta(days=8)
    engine = connect.create(planned.url, "web")
    with connect.writing(engine) as connection:
        for day, begin in ((over, now - 2 * whole), (today, now - whole / 2)):
            store.put_day(connection, SCHEDULER, day, (begin, begin + whole), "UTC", now - timedelta(hours=1))
    engine.dispose()
    with Rows(planned.url) as rows:
        rows.writer.write([Change(Kind.FILE_CHANGED, "/sales/load")], now=now + timedelta(hours=1))
    for day, awaited in ((over, False), (today, True)):
        page = planned.get(f"/s/demo/plan?day={day}")
        assert ("A change is being worked out" in words(page)) is awaited
        assert bool(tree(page).xpath("//*[@data-live]//*[@data-settles]")) is awaited


@pytest.mark.parametrize(
    ("verb", "given", "expected"),
    [
        ("skip-start", {"planned": "2030-03-05 09:00Z"}, {"action": "skip", "planned": "2030-03-05 09:00Z"}),
        ("move-start", {"planned": "2030-03-05 09:00Z", "start": "now+90"}, {"action": "move", "start": "now+90"}),
        ("move-start", {"planned": "2030-03-05 09:00Z", "start": "+1:30"},
         {"planned": "2030-03-05 09:00Z", "start": "2030-03-05 10:30:00Z"}),
        ("move-start", {"planned": "2030-03-05 09:00:00", "start": "-0:15"}, {"start": "2030-03-05 08:45:00"}),
        ("hold-start", {"planned": "2030-03-05 09:00Z"}, {"action": "hold"}),
        ("add-start", {"start": "2030-03-05 10:00Z"}, {"action": "add", "start": "2030-03-05 10:00Z"}),
    ],
)
def test_a_change_goes_to_the_engine_with_reason_and_author(
    planned: Site, engine_port: CommandServer, verb: str, given: dict[str, str], expected: dict[str, str]
) -> None:
    answer = planned.post(f"/s/demo/jobs/sales/load/-/{verb}", reason="bank is closed", **given)
    assert answer.status_code == 303
    (sent,) = engine_port.sent("plan.change")
    wanted = expected | {"job": "/sales/load", "reason": "bank is closed", "author": "admin"}
    assert wanted.items() <= dict(sent.attrib).items()


def test_parameters_and_withdrawal_go_to_the_engine(planned: Site, engine_port: CommandServer) -> None:
    where = "/s/demo/orders/sales/daily/-/2026-11-18/-"
    fields = {"planned": "2030-03-05 13:00Z", "param_name": "a", "param_value": "1", "reason": "why"}
    assert planned.post(f"{where}/change-start", **fields).status_code == 303
    (sent,) = engine_port.sent("plan.change")
    assert (sent.get("action"), sent.get("order"), sent.get("job_chain")) == ("params", "2026-11-18", "/sales/daily")
    assert [(each.get("name"), each.get("value")) for each in sent.iter("param")] == [("a", "1")]
    assert planned.post(f"{where}/withdraw-change", number="7", reason="why").status_code == 303
    (taken_back,) = engine_port.sent("plan.withdraw")
    assert dict(taken_back.attrib) == {"number": "7", "author": "admin", "reason": "why"}


@pytest.mark.parametrize(
    ("verb", "given"),
    [("skip-start", {}), ("move-start", {"planned": "2030-03-05 09:00Z"}), ("move-start", {"start": "+0:30"}),
     ("move-start", {"planned": "now+5", "start": "+0:30"}), ("withdraw-change", {}), ("add-start", {})],
)
def test_what_is_missing_in_a_form_is_asked_for(
    planned: Site, engine_port: CommandServer, verb: str, given: dict[str, str]
) -> None:
    assert planned.post(f"/s/demo/jobs/sales/load/-/{verb}", reason="why", **given).status_code == 422
    assert not engine_port.commands or engine_port.commands[-1].tag.startswith("show")


def test_a_start_that_came_late_hangs_on_its_planned_one(planned: Site) -> None:
    began = BEGIN + timedelta(hours=6.5)
    late = entry("/late", 6, EntryState.FINISHED, late=True, started_at=began, ended_at=began, runs=1)
    engine = connect.create(planned.url, "web")
    with connect.writing(engine) as connection:
        store.replace_entries(connection, SCHEDULER, DAY, [], [late])
    engine.dispose()
    [hooked] = tree(planned.get(f"{ADDRESS}&view=timeline")).xpath('//*[@class="lane"]//*[@class="hook"]/..')
    assert re.search(r":30:00 finished, .*, planned for \d\d:00:00$", hooked.xpath('*[name()="title"]/text()')[0])


def test_other_views_of_the_day(planned_on_each: Site) -> None:
    drawing = words(planned_on_each.get(f"{ADDRESS}&view=timeline"))
    assert "4 rows" in drawing
    assert "daily, 2026-11-18" in drawing
    changes = words(planned_on_each.get(f"{ADDRESS}&view=changes"))
    assert "1 change of this day" in changes
    assert "anna" in changes
    assert "Jobs with a run time that do not start" in words(planned_on_each.get(f"{ADDRESS}&view=idle"))
    month = words(planned_on_each.get(f"/s/demo/plan?view=month&day={DAY}"))
    assert "March 2030" in month
    assert "Tuesday 5 March 2030: 9 to come1 held" in month
    assert planned_on_each.fragment(f"{ADDRESS}&part=plan").text.lstrip().startswith("<div")


def test_a_day_counts_all_starts_of_a_rhythm_whether_it_is_today_or_to_come(planned_on_each: Site) -> None:
    engine = connect.create(planned_on_each.url, "web")
    with connect.writing(engine) as connection:
        of_today, _ = day_counts(connection, SCHEDULER, DAY, DAY, DAY)
        before, _ = day_counts(connection, SCHEDULER, DAY, DAY, DAY - timedelta(days=1))
    engine.dispose()
    # 60 starts of the rhythm, of which 3 have come; and what is told of the others one by one
    assert of_today[DAY] == Counts(good=1 + 2, failed=1, planned=3 + 57, held=1, missed=1)
    assert before[DAY] == Counts(planned=9)


def test_what_was_missed_has_its_own_word_and_colour(planned: Site) -> None:
    page = planned.get(f"{ADDRESS}&view=list")
    assert "1 missed" in words(page)
    assert tree(page).xpath('//*[@class="part-missed"]')
    assert not tree(page).xpath('//*[@class="part-failed"]')


def test_an_entry_shows_its_end_its_log_and_on_demand_the_run_before(planned_on_each: Site) -> None:
    before = replace(ENTRIES[0], day=DAY - timedelta(days=1), expected=replace(
        ENTRIES[0].expected, planned_at=BEGIN - timedelta(days=1)
    ), started_at=BEGIN - timedelta(days=1), ended_at=BEGIN - timedelta(hours=23))  # fmt: skip
    engine = connect.create(planned_on_each.url, "web")
    with connect.writing(engine) as connection:
        store.replace_entries(connection, SCHEDULER, before.day, [], [before])
    engine.dispose()
    page = tree(planned_on_each.get(f"{ADDRESS}&last=yes"))
    [first, *_, order, _] = page.xpath("//tr[@data-row]")
    assert "05:00:00 to 2030-03-05 05:02:00" in " ".join(first.text_content().split())
    [log] = first.xpath(".//a[@data-log]/@href")
    # there is no such task here
    assert planned_on_each.client.get(log).headers["Location"] == "/s/demo/jobs/sales/load"
    assert first.xpath(".//a[@data-menu]/@href") == ["/s/demo/menu/job?name=/sales/load"]
    assert "2030-03-04 05:00:00finished 1 h 00 min" in " ".join(words_of(first, "Run before").split())
    assert not words_of(order, "Run before")


def words_of(row: etree._Element, label: str) -> str:
    return str(row.xpath(f'string(./td[@data-label="{label}"])'))


def test_schedules_without_a_start_on_the_day_are_named(planned: Site) -> None:
    with Rows(planned.url) as rows:
        rows.put(*(a_faulty_file(ObjectKind.SCHEDULE, path) for path in ("/nightly", "/weekly")))
    page = tree(planned.get(f"{ADDRESS}&view=idle"))
    section = page.xpath('//section[@aria-labelledby="h-idle-schedules"]')[0]
    assert [each.text_content() for each in section.xpath(".//li/a")] == ["/weekly"]


def test_a_day_without_starts_says_what_may_have_kept_it_free(planned: Site, engine_port: CommandServer) -> None:
    free = DAY + timedelta(days=1)
    begin = BEGIN + timedelta(days=1)
    address = f"/s/demo/plan?day={free}"
    engine, j = connect.create(planned.url, "web"), tables.jobs.c
    with connect.writing(engine) as connection:
        store.put_day(connection, SCHEDULER, free, (begin, begin + timedelta(days=1)), "Europe/Berlin", BEGIN)
    assert "No job and no order has a run time." in words(planned.get(address))
    with Rows(planned.url) as rows:
        rows.put(a_faulty_file(ObjectKind.SCHEDULE, "/weekly"), a_faulty_file(ObjectKind.CALENDAR, "/bank"))
    with connect.writing(engine) as connection:
        of_load = tables.jobs.update().where(j.path_key == "/sales/load")
        connection.execute(of_load.values(has_run_time=True, next_start_at=BEGIN + timedelta(days=3)))
    holiday = f'<business_calendar.day date="{free}" kind="holiday" name="Founders"/>'
    engine_port.reply = lambda command: CALENDAR.format(holiday) if command.tag == "calendar.show" else "<ok/>"
    for page in (planned.get(address), planned.get(f"{address}&view=timeline")):
        said = words(page)
        assert "1 job and 0 orders have a run time. The first start after this day is at 2030-03-08 05:00:00" in said
        assert "Calendars call the day: Founders." in said
        assert "/s/demo/resources/schedules/weekly" in tree(page).xpath('//*[@class="empty"]//a/@href')
    assert "have a run time" not in words(planned.get(f"{address}&q=load")), "then the search is the reason"
    with connect.writing(engine) as connection:
        of_other = tables.jobs.update().where(j.path_key == "/sales/check")
        connection.execute(of_other.values(has_run_time=True, next_start_at=BEGIN + timedelta(hours=3)))
    engine.dispose()
    said = words(planned.get(address))
    assert "2 jobs and 0 orders have a run time." in said
    assert "The first start after this day" not in said, "who starts before it may start first after it"
    assert "have a run time" not in words(planned.get(ADDRESS))


def test_a_day_that_no_service_has_planned_says_the_same(site: Site) -> None:
    assert "No job and no order has a run time." in words(site.get("/s/demo/plan?day=2031-03-05"))
    assert "has a run time" not in words(site.get("/s/demo/plan?day=2001-03-05")), "it is over"


def test_the_day_can_be_taken_away(planned: Site) -> None:
    rows = planned.get(f"/s/demo/plan/export.csv?day={DAY}").text.splitlines()
    assert len(rows) == 1 + len(ENTRIES)
    assert rows[0].startswith("planned,start,started")
    read = icalendar.Calendar.from_ical(planned.get(f"/s/demo/plan/export.ics?day={DAY}").text)
    assert not [part.errors for part in read.walk() if part.errors]
    events = sorted((event.start.astimezone(UTC).isoformat(), str(event["summary"])) for event in read.events)
    coming = [row for row in csv.DictReader(rows) if row["state"] == "planned"]
    named = [(row["start"], ", ".join(filter(None, (row["path"], row["order"].lstrip("'"))))) for row in coming]
    assert events == sorted(named), "a calendar program reads what the plan says"


def test_a_year_shows_planned_and_projected_days(planned_on_each: Site) -> None:
    page = tree(planned_on_each.get("/s/demo/plan?view=year&day=2030-06-01"))
    cells = {str(each.get("title")): each.getparent().get("class") for each in page.xpath("//td/a[@title]")}
    assert "projected" in cells["2030-03-06: 240000 to come (projection)"]
    assert "2030-03-05: 9 to come" in cells  # as the run times say, for days to come


def test_folder_limits_hold_in_lists_counts_and_exports(planned_on_each: Site) -> None:
    an_account(planned_on_each.url, "clerk", Assignment("operator", "demo", "/sales"))
    planned_on_each.enter("clerk")
    said = words(planned_on_each.get(ADDRESS))
    assert "6 entries" in said
    assert "all 6" in said
    for form in ("csv", "ics"):
        taken = planned_on_each.get(f"/s/demo/plan/export.{form}?day={DAY}").text
        assert "/sales/load" in taken
        assert "/hidden" not in taken
        assert "/nightly" not in taken, "the schedule is in no folder of theirs"


def test_a_page_of_many_entries_asks_only_for_its_own(planned: Site) -> None:
    many = [entry(f"/many/job{number}", 12 + number / 1000) for number in range(300)]
    engine = connect.create(planned.url, "web")
    with connect.writing(engine) as connection:
        store.replace_entries(connection, SCHEDULER, DAY, [], many)
        page = plan_entries(connection, SCHEDULER, DAY, ALL, 250, 50)
        assert (page.total, len(page.rows)) == (307, 50)
    engine.dispose()


def test_calendars_are_listed_shown_by_year_and_exported(planned: Site, engine_port: CommandServer) -> None:
    def reply(command: object) -> str:
        first = command.get("from")  # type: ignore[attr-defined]
        if command.tag != "calendar.show":  # type: ignore[attr-defined]
            return "<ok/>"
        if first is None:
            return f"<business_calendars>{CALENDAR.format('')}</business_calendars>"
        day, last = date.fromisoformat(first), date.fromisoformat(command.get("to"))  # type: ignore[attr-defined]
        days = []
        while day <= last:
            holiday = (day.month, day.day) == (12, 25)
            kind = 'holiday" name="Christmas' if holiday else "weekend" if day.weekday() > 4 else "working"
            days.append(f'<business_calendar.day date="{day}" kind="{kind}"/>')
            day += timedelta(days=1)
        days.append('<business_calendar.black_out begin="2029-03-09 22:00:00" end="2029-03-11 06:00:00" name="Move"/>')
        return CALENDAR.format("".join(days))

    engine_port.reply = reply  # type: ignore[assignment]
    assert "Bank days" in words(planned.get("/s/demo/calendars"))
    none = words(planned.get("/s/demo/calendars?q=shop"))
    assert "No calendar matches shop. Clear the filter 1 without it." in none
    said = words(planned.get("/s/demo/calendars/bank?year=2029"))
    assert "260 working days in 2029" in said
    assert "Christmas" in said
    assert "1 black-out" in said
    page = tree(planned.get("/s/demo/calendars/bank?year=2029"))
    dark = page.xpath('//td[contains(@class, "dark")]')
    assert [each.get("title") for each in dark] == [
        "2029-03-09: Move", "2029-03-10: weekend, Move", "2029-03-11: weekend, Move"
    ]
    [remove] = page.xpath('//a[contains(@href, "remove-black-out")]/@href')
    form = tree(planned.get(remove))
    assert form.xpath('//input[@name="begin"]/@value') == ["2029-03-09 22:00:00"]
    assert form.xpath('//input[@name="end"]/@value') == ["2029-03-11 06:00:00"]
    assert planned.get("/s/demo/calendars/bank.ics").text.count("Christmas") == 4


def test_a_file_is_saved_under_its_name_in_whatever_letters(planned: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: CALENDAR.format("").replace("/bank", "/eu/Tage “Ö”")
    answer = planned.get("/s/demo/calendars/eu/Tage “Ö”.ics")
    said = answer.headers["Content-Disposition"]
    assert said == "attachment; filename=\"Tage ___.ics\"; filename*=UTF-8''Tage%20%E2%80%9C%C3%96%E2%80%9D.ics"


def test_an_icalendar_file_becomes_the_text_of_a_calendar(planned: Site) -> None:
    from io import BytesIO

    data = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260105\r\n" \
           b"DTEND;VALUE=DATE:20260108\r\nSUMMARY:Fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"  # fmt: skip
    page = "/s/demo/calendars/-/import"
    made = planned.post(page, page, file=(BytesIO(data), "fair.ics"), title="Fairs")
    assert '&lt;closed date=&#34;2026-01-05&#34; to=&#34;2026-01-07&#34; description=&#34;Fair&#34;/&gt;' in made.text
    wrong = planned.post(page, page, file=(BytesIO(b"hello"), "x.txt"))
    assert wrong.status_code == 422


def test_what_would_change_is_shown(planned: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: (
        '<plan_preview><plan_preview.group users="2" same="3" gone="1" new="1"><plan_preview.user job="/sales/load"/>'
        '<plan_preview.start at="2030-03-05T09:00:00Z" change="gone"/><plan_preview.start at="2030-03-05T10:00:00Z"'
        ' change="new"/><plan_preview.black_out calendar="/bank" name="Move" begin="2030-03-05T08:00:00Z"'
        ' end="2030-03-05T09:30:00Z" starts="2" change="new"><plan_preview.held_back at="2030-03-05T09:00:00Z"/>'
        '<plan_preview.held_back at="2030-03-05T09:15:00Z"/></plan_preview.black_out>'
        '</plan_preview.group></plan_preview>'
    )
    page = planned.get("/s/demo/calendars/-/try?kind=schedule&path=/nightly&source=<schedule/>&from=2030-03-01&days=7")
    said = words(page)
    assert "2 objects: 1 new, 1 gone, 3 as before" in said
    [dark] = tree(page).xpath('//li[contains(., "Move")]')
    span = "new Move of /bank, from 2030-03-05 08:00:00 to 2030-03-05 09:30:00: 2 starts"
    assert " ".join(dark.text_content().split()) == f"{span} 2030-03-05 09:00:00, 2030-03-05 09:15:00"
    [gone, new] = tree(page).xpath("//tr[@data-row]")
    assert [" ".join(words_of(row, "Change").split()) for row in (gone, new)] == ["gone black-out Move", "new"]
    (sent,) = engine_port.sent("plan.preview")
    assert sent.get("source") == "<schedule/>"
