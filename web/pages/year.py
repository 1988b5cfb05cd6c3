"The plan of a year: how many starts each day has, as twelve small months. Days to come are a projection."

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models import read
from web import database
from web.fragments import page_or_fragment
from web.pictures.month import Month, month
from web.planned import day_counts


@dataclass(frozen=True, slots=True)
class Year:
    "`projected`: days whose number follows from the run times alone."

    months: tuple[Month, ...]
    projected: frozenset[date]
    total: int
    idle: int


def page(scheduler_id: str, chosen: date, today: date) -> str:
    connection = database.read()
    first, last = chosen.replace(month=1, day=1), chosen.replace(month=12, day=31)
    made, computed_at = day_counts(connection, scheduler_id, first, last, today)
    worked_out = {each.day for each in read.planned_days(connection, scheduler_id, first, last)}
    months = tuple(month(made, date(first.year, number, 1), today) for number in range(1, 13))
    projected = frozenset(made.keys() - worked_out)
    known = [each for day, each in made.items() if first <= day <= last]
    return page_or_fragment(
        "plan/year.html",
        {},
        year=Year(months, projected, sum(each.total for each in known), sum(not each.total for each in known)),
        first=first,
        computed_at=computed_at,
        previous=first.replace(year=first.year - 1) if first.year > 2000 else None,
        following=first.replace(year=first.year + 1) if first.year < 2037 else None,
        today=today,
        view="year",
    )
