"Single starts of the plan, of a job and of a permanent order."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from models import read
from models.connect import create, reading
from models.read.plan import open_changes
from models.read.plan_entries import Wanted
from scheduler.plan.override import plan_key
from tests.browser.deeds.deed import Deed, World
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until

VERBS = ("skip-start", "move-start", "change-start", "hold-start", "add-start", "withdraw-change")
ACTIONS = tuple(f"{kind}.{verb}" for kind in ("job", "order") for verb in VERBS)
CHAIN = """<job_chain><job_chain_node state="first" job="step" next_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
#: both start at these hours of one day, hours ahead even if tomorrow becomes today before the first deed is done
HOURS = (3, 5, 7, 9)


@contextmanager
def world(directory: Path) -> Iterator[World]:
    "A job and an order with the same run time, and the services that plan their day."
    engine = EngineProcess(directory, arguments=["-time-zone=UTC"])
    day = (datetime.now(UTC) + timedelta(days=1)).date()
    periods = "".join(f'<period single_start="{hour:02}:00"/>' for hour in HOURS)
    run_time = f'<run_time><date date="{day}">{periods}</date></run_time>'
    engine.job("/load", f'<job><script language="shell">true</script>{run_time}</job>')
    engine.shell_job("/step", "true", 'order="yes"')
    engine.chain("/daily", CHAIN)
    engine.write("daily,report.order.xml", f"<order>{run_time}</order>")
    with engine, ServicesProcess(engine, "one", "-time-zone=UTC"):
        engine.start()
        database = create(engine.database_url, "reader")
        world = World(engine, directory, {"day": day, "database": database})
        wait_until(lambda: _planned(world) == 2 * len(HOURS), what="the plan of tomorrow")
        yield world
        database.dispose()


def _planned(world: World) -> int:
    "How many starts the plan of the day has."
    with reading(world.more["database"]) as connection:
        return read.plan_entries(connection, world.engine.scheduler_id, world.more["day"], Wanted()).total


class Starts:
    "Of one object on that day: how the engine will make them, and how they are changed. Hours and minutes of UTC."

    def __init__(self, world: World, kind: str, name: str) -> None:
        self._world, self._kind, self._name = world, kind, name
        self._day: date = world.more["day"]

    def coming(self) -> list[str]:
        span = f'from="{self._day} 00:00:00Z" before="{self._day + timedelta(days=1)} 00:00:00Z"'
        of_object = "job_chain" if self._kind == "order" else "job"
        shown = self._world.engine.command(f'<show_calendar what="orders" {span}/>')
        times = [each.get("at") or each.get("single_start") or "" for each in shown if each.get(of_object)]
        return sorted(each[11:16] for each in times)

    def are(self, *times: str) -> bool:
        "AssertionError with what there is instead."
        coming = self.coming()
        assert coming == list(times), coming
        return True

    def next(self) -> str:
        chain, _, order_id = self._name.partition(",")
        of_order = f'<show_order job_chain="{chain}" order="{order_id}"/>'
        command = of_order if self._kind == "order" else f'<show_job job="{self._name}"/>'
        return str(self._world.engine.command(command).get("next_start_time", ""))[11:16]

    def change(self, planned: str) -> tuple[str, dict[str, str]] | None:
        "What was done with that planned start, and its parameters then."
        for each in self._changes():
            if each.planned_at is not None and f"{each.planned_at:%H:%M}" == planned:
                return each.action.value, dict(each.params.pairs())
        return None

    def numbers(self) -> list[int]:
        "Of the changes that can be withdrawn, in the order of the starts."
        return [each.number for each in self._changes()]

    def _changes(self) -> list[Row[Any]]:
        key = plan_key(self._kind, self._name)
        with reading(self._world.more["database"]) as connection:
            return open_changes(connection, self._world.engine.scheduler_id, key, datetime.now(UTC))


def deeds(world: World) -> Iterator[Deed]:
    job, order = f"{world.home}/jobs/load", f"{world.home}/orders/daily/-/report"
    plan = f"{world.home}/plan?day={world.more['day']}"
    starts = Starts(world, "job", "/load")
    yield from _changed("job", job, plan, starts, f"{job}?tab=starts", "job /load")
    # of a row in the list of jobs, where it is about no start in particular
    yield Deed("job.add-start", f"{world.home}/jobs?q=load", at=job, menu="job /load",
               fields={"start": f"{world.more['day']} 12:00"}, done=lambda: starts.are("05:30", "07:00", "12:00"),
               shows="Because of job.add-start", sees=plan)  # fmt: skip
    # the row of the plan is about the start that is left out
    yield Deed("job.withdraw-change", plan, at=job, menu="/load", done=lambda: starts.next() == "03:00",
               shows="Because of job.withdraw-change", sees=f"{plan}&view=changes")  # fmt: skip
    assert starts.are("03:00", "05:30", "07:00", "12:00")

    starts = Starts(world, "order", "/daily,report")
    yield from _changed("order", order, plan, starts, order, "order report")
    yield Deed("order.add-start", order, fields={"start": f"{world.more['day']} 12:00"},
               done=lambda: starts.are("05:30", "07:00", "12:00"),
               shows="Because of order.add-start", sees=plan)  # fmt: skip
    # all of its changes stand in the form
    skipped, *_ = starts.numbers()
    yield Deed("order.withdraw-change", order, fields={"number": str(skipped)},
               done=lambda: starts.next() == "03:00",
               shows="Because of order.withdraw-change", sees=f"{plan}&view=changes")  # fmt: skip
    assert starts.are("03:00", "05:30", "07:00", "12:00")


def _changed(kind: str, page: str, plan: str, starts: Starts, ahead: str, row: str) -> Iterator[Deed]:
    """One start after the other is changed, each in a way of its own. `ahead`: the page that lists what is to come, in
    rows that are called `row`."""
    yield Deed(f"{kind}.skip-start", plan, at=page, done=lambda: starts.next() == "05:00",
               shows=f"Because of {kind}.skip-start", sees=plan)  # fmt: skip
    # its first row is the start of 05:00 now, and the form knows it
    yield Deed(f"{kind}.move-start", ahead, at=page, menu=row, fields={"start": "+0:30"},
               done=lambda: starts.are("05:30", "07:00", "09:00"),
               shows=f"Because of {kind}.move-start", sees=plan)  # fmt: skip
    yield Deed(f"{kind}.change-start", plan, at=page, fields={"param_name": "level", "param_value": "full"},
               done=lambda: starts.change("07:00") == ("params", {"level": "full"}),
               shows=f"Because of {kind}.change-start", sees=plan)  # fmt: skip
    yield Deed(f"{kind}.hold-start", plan, at=page, done=lambda: starts.are("05:30", "07:00"),
               shows=f"Because of {kind}.hold-start", sees=plan)  # fmt: skip
