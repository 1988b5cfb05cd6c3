"Business calendars in a running engine, and starts that were missed while none ran: made up for as their policy says."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from models import plan_sources as sources
from models import tables
from models.connect import create, reading
from models.read import plan as read_plan
from models.read.plan_entries import PlanEntry, Wanted, plan_entries
from scheduler.plan.catch_up import AUTHOR
from scheduler.plan.state import EntryState
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until

POLICIES = ("", "none", "once", "all")


def soon(seconds: float) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def job(engine: EngineProcess, path: str, run_time: str) -> None:
    engine.job(path, f'<job stop_on_error="no"><script language="shell">exit 0</script>{run_time}</job>')


def incomplete(engine: EngineProcess, path: str) -> bool:
    found = engine.command(f'<show_job job="{path}"/>').find("file_based")
    return found is not None and found.get("state") == "incomplete"


def days_of(engine: EngineProcess, last: str = "2027-01-02") -> list[tuple[str | None, str | None]]:
    shown = engine.command(f'<calendar.show calendar="/bank" from="2027-01-01" to="{last}"/>')
    return [(each.get("kind"), each.get("name")) for each in shown.iter("business_calendar.day")]


def test_calendars_are_followed_and_missed_starts_are_made_up_for(tmp_path: Path) -> None:
    with EngineProcess(tmp_path, arguments=("-time-zone=UTC",)) as engine:
        job(engine, "/working", '<run_time calendar="/bank" single_start="23:59:59"/>')
        engine.write("days.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
                     "DTSTART;VALUE=DATE:20270104\r\nSUMMARY:Fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")  # fmt: skip
        engine.start()
        assert incomplete(engine, "/working")
        holidays = '<public_holidays country="DE" language="en_US"/>'
        engine.write("bank.calendar.xml", f'<calendar>{holidays}<include live_file="days.ics"/></calendar>')
        engine.command("<check_folders/>")
        engine.wait_until(lambda: not incomplete(engine, "/working"), 30, "the calendar")
        assert days_of(engine, "2027-01-04") == [
            ("holiday", "New Year's Day"), ("weekend", None), ("weekend", None), ("holiday", "Fair"),
        ]  # fmt: skip
        changed = "&lt;calendar weekdays=&quot;none&quot;/&gt;"
        preview = engine.command(f'<plan.preview kind="calendar" path="/bank" source="{changed}"/>')
        assert [group.get("new") for group in preview.iter("plan_preview.group")] == ["0"]
        engine.kill9()
        first, second = soon(2), soon(3)
        ats = "".join(f'<at at="{at:%Y-%m-%d %H:%M:%S}"/>' for at in (first, second))
        for policy in POLICIES:
            attribute = f'catch_up="{policy}"' if policy else ""
            job(engine, f"/{policy or 'classic'}", f"<run_time {attribute}>{ats}</run_time>")
        wait_until(lambda: datetime.now(UTC) > second + timedelta(seconds=1), 30, "the missed starts")
        engine.start()
        database = create(engine.database_url, "reader")

        def tasks() -> dict[str, int]:
            found: dict[str, int] = {}
            with reading(database) as connection:
                t = tables.tasks.c
                for row in connection.execute(select(t.job).where(t.ended_at.is_not(None))):
                    found[row.job] = found.get(row.job, 0) + 1
            return found

        engine.wait_until(lambda: tasks() == {"/once": 1, "/all": 2}, 30, "the starts that are made up for")
        with ServicesProcess(engine):

            def entries(path: str) -> list[PlanEntry]:
                with reading(database) as connection:
                    day = read_plan.day_at(connection, engine.scheduler_id, first)
                    found = (
                        plan_entries(connection, engine.scheduler_id, day.day, Wanted(text=path)).rows if day else ()
                    )
                    return [each for each in found if each.action is None]

            def missed() -> bool:
                found = [each for path in ("/classic", "/none", "/once", "/all") for each in entries(path)]
                return len(found) == 8 and all(each.state is EntryState.MISSED for each in found)

            wait_until(missed, 60, "the missed starts in the plan")
            assert entries("/classic")[0].reason.startswith("No engine was active from ")
            assert entries("/all")[0].reason.endswith("a further start makes up for it")
            with reading(database) as connection:
                made = sources.overrides(connection, engine.scheduler_id, first - timedelta(days=1))
                wait_until(lambda: bool(read_plan.outlook(connection, engine.scheduler_id, first.date(), first.date())),
                           30, "the projection")  # fmt: skip
            assert sorted((each.object, each.author) for each in made) == [
                ("/all", AUTHOR), ("/all", AUTHOR), ("/once", AUTHOR),
            ]  # fmt: skip
        database.dispose()
