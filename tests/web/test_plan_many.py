"Many starts at once, the changes of a day on another one, days compared, conflicts, and a calendar feed by address."

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models import accounts, connect, keys, plan_starts, tables
from models import plan as store
from models.plan import EntryRow
from models.plan_starts import StartsRow, values_of
from models.roles import Assignment
from scheduler.params import Params
from scheduler.plan.conflicts import Peak
from scheduler.plan.expected import Expected
from scheduler.plan.override import OverrideAction, PlanKey
from scheduler.plan.series import series_of
from scheduler.run_time.calendar import StartKind
from tests.support.command_server import CommandServer
from tests.support.rows import SCHEDULER, Rows, a_job, a_task
from tests.support.waiting import wait_until
from tests.support.web_site import Site, an_account, tree, words
from web.offsets import offset_of
from web.plan_many import Terms, name_of, of_names, shifted

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
#: a plan day far ahead, so that its starts are to come
DAY, BEGIN = date(2032, 3, 5), datetime(2032, 3, 5, tzinfo=UTC)
ADDRESS = f"/s/demo/plan?day={DAY}"


def hourly(
    name: str, day: date, begin: datetime, hours: range, seconds: float = 60.0, schedule: str = ""
) -> StartsRow:
    key = PlanKey("job", name)
    entries = [
        Expected("job", name, name, at, at, StartKind.GRID, schedule=schedule)
        for at in (begin + each * HOUR for each in hours)
    ]
    return StartsRow(day, key, name, series_of(entries, begin).text, entries[0].planned_at, seconds)


@pytest.fixture
def site_with_plan(site: Site) -> Site:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        for offset, hours in ((-1, range(24)), (0, range(12, 24))):
            day, begin = DAY + timedelta(days=offset), BEGIN + timedelta(days=offset)
            store.put_day(connection, SCHEDULER, day, (begin, begin + 24 * HOUR), "UTC", begin)
            rows = [hourly("/sales/load", day, begin, hours, 4000.0), hourly("/hidden/job", day, begin, range(3))]
            plan_starts.put_starts(connection, values_of(SCHEDULER, rows))
        an_order = Expected("order", "/sales/daily,7", "/sales/daily,7", BEGIN, BEGIN, StartKind.SINGLE)
        store.replace_entries(connection, SCHEDULER, DAY, [], [EntryRow(DAY, an_order, "/sales/daily")])
        changes = [
            (1, "skip", 13, None, ()), (2, "move", 14, 15, ()), (3, "params", 16, 16, (("a", "1"),)),
            (4, "add", None, 17, ()),
        ]  # fmt: skip
        for number, action, hour, start, params in changes:
            connection.execute(
                tables.plan_overrides.insert().values(
                    scheduler_id=SCHEDULER, number=number, kind="job", object_key="/sales/load", object="/sales/load",
                    action=OverrideAction(action), planned_at=None if hour is None else BEGIN + hour * HOUR,
                    start_at=None if start is None else BEGIN + start * HOUR, created_at=BEGIN, params=Params(params),
                    reason="", author="anna", state="withdrawn" if number == 1 else "open",
                )
            )  # fmt: skip
        peak = Peak(BEGIN + HOUR, BEGIN + 2 * HOUR, 12, 10)
        summary = store.summary_of(connection, SCHEDULER, DAY, BEGIN)
        clash = Peak(BEGIN + 13 * HOUR, BEGIN + 14 * HOUR, 2, 1)
        store.put_summary(connection, SCHEDULER, DAY, summary, [("/narrow", peak)], [("/database", clash)])
    engine.dispose()
    return site


def choices(site: Site) -> list[str]:
    return [str(each) for each in tree(site.get(ADDRESS)).xpath('//input[@name="object"]/@value')]


@pytest.mark.parametrize(
    ("text", "minutes"), [("+0:30", 30), ("0:30", 30), ("-1:00", -60), ("12:00:30", 720.5), ("x", None), ("+1", None)]
)
def test_an_offset_is_hours_and_minutes(text: str, minutes: float | None) -> None:
    assert offset_of(text) == (None if minutes is None else timedelta(minutes=minutes))


def test_names_of_entries_are_read_back_and_others_left_out() -> None:
    good = [name_of("job", BEGIN, "/a b"), name_of("order", BEGIN, "/c", "1 2Z 3")]
    names = [*good, "job x /a", "task 2030-01-01Z /a", ""]
    found = of_names(names, "move", Terms(HOUR), BEGIN - HOUR)
    assert [(each.kind, each.object, each.planned_at, each.start_at) for each in found] == [
        ("job", "/a b", BEGIN, BEGIN + HOUR), ("order", "/c,1 2Z 3", BEGIN, BEGIN + HOUR),
    ]  # fmt: skip
    assert found[1].keys == {"chain": "/c", "order_id": "1 2Z 3"}
    assert of_names(names[:1], "skip", Terms(), BEGIN)[0].skipped == "its time has come already"


def test_the_same_local_time_is_kept_over_a_clock_change() -> None:
    assert shifted(datetime(2026, 3, 28, 1, 30, tzinfo=UTC), 1, BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert shifted(datetime(2026, 3, 28, 8, 0, tzinfo=UTC), 1, BERLIN) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert shifted(None, 1, BERLIN) is None


def test_many_starts_are_moved_by_the_same_time(site_with_plan: Site, engine_port: CommandServer) -> None:
    site, names = site_with_plan, choices(site_with_plan)
    assert len(names) == 1 + 12 + 3
    wanted = [names[0], names[-1]]
    asked = site.post("/s/demo/plan/-/many", ADDRESS, deed="move", by="", object=wanted)
    assert "By how much?" in asked.text
    asked = site.post("/s/demo/plan/-/many", ADDRESS, deed="move", by="+0:30", object=wanted)
    assert "Move the starts: 2 starts" in words(asked)
    given = {"deed": "move", "by": "+0:30", "object": wanted, "confirmed": "yes", "key": "k1"}
    assert site.post("/s/demo/plan/-/many", ADDRESS, **given).status_code == 422  # a reason is needed
    assert site.post("/s/demo/plan/-/many", ADDRESS, **given, reason="late data").status_code == 303
    wait_until(lambda: len(engine_port.sent("plan.change")) == 2, what="both")
    assert "/sales/load" in {each.get("job") for each in engine_port.sent("plan.change")}
    for each in engine_port.sent("plan.change"):
        planned, start = (datetime.fromisoformat(str(each.get(name))[:19]) for name in ("planned", "start"))
        assert (each.get("action"), start - planned, each.get("reason")) == ("move", HOUR / 2, "late data")


def test_starts_of_orders_and_jobs_are_skipped_together(site_with_plan: Site, engine_port: CommandServer) -> None:
    names = choices(site_with_plan)[:3]
    given = {"deed": "skip", "object": names, "confirmed": "yes", "key": "k2", "reason": "closed"}
    assert site_with_plan.post("/s/demo/plan/-/many", ADDRESS, **given).status_code == 303
    wait_until(lambda: len(engine_port.sent("plan.change")) == 3, what="all of them")
    assert {each.get("action") for each in engine_port.sent("plan.change")} == {"skip"}
    assert "7" in {each.get("order") for each in engine_port.sent("plan.change")}


def test_changes_of_a_day_are_made_on_another_one(site_with_plan: Site, engine_port: CommandServer) -> None:
    where = f"{ADDRESS}&view=changes"
    to = DAY + timedelta(days=3)
    asked = words(site_with_plan.post("/s/demo/plan/-/copy", where, day=str(DAY), to=str(to)))
    assert "Make the changes: 3 starts" in asked  # the withdrawn one is none
    given = {"day": str(DAY), "to": str(to), "confirmed": "yes", "key": "k3", "reason": "again"}
    assert site_with_plan.post("/s/demo/plan/-/copy", where, **given).status_code == 303
    wait_until(lambda: len(engine_port.sent("plan.change")) == 3, what="all of them")
    found = {each.get("action"): each for each in engine_port.sent("plan.change")}
    moved = found["move"].get("planned"), found["move"].get("start")
    assert moved == ("2032-03-08 14:00:00Z", "2032-03-08 15:00:00Z")
    assert [(each.get("name"), each.get("value")) for each in found["params"].iter("param")] == [("a", "1")]
    assert (found["add"].get("planned"), found["add"].get("start")) == (None, "2032-03-08 17:00:00Z")
    assert site_with_plan.post("/s/demo/plan/-/copy", where, day=str(DAY), to="").status_code == 200
    assert site_with_plan.post("/s/demo/plan/-/copy", where, day="2033-01-01", to=str(to)).status_code == 404


def test_starts_begin_now_get_parameters_or_come_on_another_day_too(
    site_with_plan: Site, engine_port: CommandServer
) -> None:
    name = choices(site_with_plan)[-1]
    to = DAY + timedelta(days=2)
    deeds: list[tuple[str, dict[str, str], tuple[str | None, ...]]] = [
        ("now", {}, ("move", "2032-03-05 23:00:00Z", "now")),
        ("params", {"param_name": "limit", "param_value": "3"}, ("params", "2032-03-05 23:00:00Z", None)),
        ("repeat", {"day": str(DAY), "to": str(to)}, ("add", None, "2032-03-07 23:00:00Z")),
    ]
    for number, (deed, more, sent) in enumerate(deeds, 1):
        asked = site_with_plan.post("/s/demo/plan/-/many", ADDRESS, deed=deed, object=[name], **more)
        assert ": 1 start" in words(asked), deed
        given = {"deed": deed, "object": [name], "confirmed": "yes", "key": f"d{number}", "reason": "asked for", **more}
        assert site_with_plan.post("/s/demo/plan/-/many", ADDRESS, **given).status_code == 303
        wait_until(lambda number=number: len(engine_port.sent("plan.change")) == number, what=deed)  # type: ignore[misc]
        found = engine_port.sent("plan.change")[-1]
        assert (found.get("action"), found.get("planned"), found.get("start")) == sent
    assert [each.get("value") for each in engine_port.sent("plan.change")[1].iter("param")] == ["3"]
    for deed, said in (("params", "Which parameters"), ("repeat", "To which other day?")):
        asked = site_with_plan.post("/s/demo/plan/-/many", ADDRESS, deed=deed, object=[name], day=str(DAY))
        assert said in words(asked)


def test_a_day_is_planned_by_the_rules_again(site_with_plan: Site, engine_port: CommandServer) -> None:
    where = f"{ADDRESS}&view=changes"
    asked = words(site_with_plan.post("/s/demo/plan/-/withdraw", where, day=str(DAY)))
    assert "Plan by the rules again: 3 starts" in asked
    assert "as its rule says" in asked
    given = {"day": str(DAY), "deed": "withdraw", "confirmed": "yes", "key": "w1", "reason": "by mistake"}
    assert site_with_plan.post("/s/demo/plan/-/withdraw", where, **given).status_code == 303
    wait_until(lambda: len(engine_port.sent("plan.withdraw")) == 3, what="all of them")
    assert {each.get("number") for each in engine_port.sent("plan.withdraw")} == {"2", "3", "4"}


def test_a_start_is_added_from_the_page_of_the_day(site_with_plan: Site) -> None:
    for object_, leads in (
        ("/sales/load", "/s/demo/jobs/sales/load/-/add-start"),
        ("/sales/daily,7", "/s/demo/orders/sales/daily/-/7/-/add-start"), ("load", "/s/demo/plan"),
    ):  # fmt: skip
        answer = site_with_plan.client.get("/s/demo/plan/-/add", query_string={"object": object_})
        assert (answer.status_code, answer.headers["Location"]) == (303, leads)


def test_conflicts_are_marked(site_with_plan: Site) -> None:
    said = words(site_with_plan.get(ADDRESS))
    assert said.count("overlaps the next start") == 11  # the last one of the day has nothing after it
    assert "/narrow permits 10 tasks at once" in said
    assert "2 tasks are expected to want the lock /database at once" in said
    drawing = tree(site_with_plan.get(f"{ADDRESS}&view=timeline"))
    marks = drawing.xpath('//*[@class="clashes"]//*[name()="title"]/text()')
    assert [each.partition(": ")[2] for each in marks] == [
        "12 tasks want the process class /narrow, 10 at once may have it",
        "2 tasks want the lock /database, 1 at once may have it",
    ]
    assert drawing.xpath('//*[@class="clashes"]//*[name()="text"]/text()') == ["12", "2"]
    part = tree(site_with_plan.get(f"{ADDRESS}&view=timeline&hours=1&at=780"))
    assert part.xpath('//*[@class="clashes"]//*[name()="text"]/text()') == ["2"]


def test_days_are_compared(site_with_plan: Site) -> None:
    said = words(site_with_plan.get(f"{ADDRESS}&view=compare"))
    assert "1 object with other starts" in said
    assert "12 starts" in said
    assert "00:00:00, 01:00:00" in said
    assert "/hidden/job" not in said
    assert "start at the same times" in words(site_with_plan.get(f"{ADDRESS}&view=compare&with={DAY}"))


def test_a_day_that_is_not_worked_out_is_compared_by_history_and_run_times(
    site_with_plan: Site, engine_port: CommandServer
) -> None:
    engine_port.reply = lambda command: "<calendar/>" if command.tag == "show_calendar" else "<ok/>"
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=number) for number in (1, 2)]
    engine = connect.create(site_with_plan.url, "web")
    with connect.writing(engine) as connection:
        begin = days[0].replace(hour=0)
        store.put_day(connection, SCHEDULER, days[0].date(), (begin, begin + 24 * HOUR), "UTC", begin)
    engine.dispose()
    with Rows(site_with_plan.url) as rows:
        rows.put(a_job("/once"), a_task(900, "/once", started_at=days[1], ended_at=days[1] + HOUR))
    said = words(site_with_plan.get(f"/s/demo/plan?view=compare&day={days[0]:%Y-%m-%d}"))
    assert f"{days[0]:%Y-%m-%d} and {days[1]:%Y-%m-%d}" in said
    assert "/once" in said
    assert "only on the other day" in said


def test_a_feed_shows_what_its_maker_may_see_until_it_is_revoked(site_with_plan: Site) -> None:
    site = site_with_plan
    engine = connect.create(site.url, "web")
    today = datetime.now(UTC).date()
    begin = datetime(today.year, today.month, today.day, tzinfo=UTC)
    with connect.writing(engine) as connection:
        for day in (today, today + timedelta(days=1)):
            store.put_day(connection, SCHEDULER, day, (begin, begin + 24 * HOUR), "UTC", begin)
            schedule = "/nightly" if day == today else "/sales/nights"
            rows = [hourly(name, day, begin, range(24), 60.0, schedule) for name in ("/sales/load", "/hidden/job")]
            plan_starts.put_starts(connection, values_of(SCHEDULER, rows))
            begin += 24 * HOUR
    an_account(site.url, "clerk", Assignment("operator", "demo", "/sales"))
    site.enter("clerk")
    made = site.post("/s/demo/plan/-/feed", "/s/demo/plan")
    address = str(tree(made).xpath('string(//code[@id="address"])'))
    path = "/feeds/" + address.partition("/feeds/")[2]
    fresh = Site(site.url)  # nobody is signed in
    answer = fresh.get(path)
    assert (answer.status_code, answer.text.count("BEGIN:VEVENT")) == (200, 48)
    assert "/hidden" not in answer.text
    assert (answer.text.count("/nightly"), answer.text.count("schedule /sales/nights")) == (0, 24)
    assert fresh.get(f"{path}?q=nothing").text.count("BEGIN:VEVENT") == 0
    assert fresh.get(path.replace("demo.ics", "other.ics")).status_code == 404
    assert fresh.get(f"{path[:12]}wrong/demo.ics").status_code == 404
    with connect.writing(engine) as connection:
        account = accounts.find(connection, "clerk")
        assert account is not None
        now = datetime.now(UTC)
        _, broad = keys.make_token(connection, account.id, "all", now)
        [token] = [each for each in keys.tokens_of(connection, account.id) if each.name != "all"]
        assert token.used_at is not None
    # a token that may do more has no business in an address, and one for it none elsewhere
    assert fresh.get(f"/feeds/plan/{broad}/demo.ics").status_code == 404
    with connect.writing(engine) as connection:
        assert keys.revoke_token(connection, token.id)
    assert fresh.get(path).status_code == 404
    engine.dispose()
    fresh.close()
