"""The plan of a month: what began on the days that are over, what is to come on the others, and which days have names.

A search for jobs, chains or schedules narrows it down; `?inverted=yes` marks the days on which nothing of it starts.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import request

from models import read, tables
from models.read import narrow, statistics
from models.sight import sight_of
from scheduler.records import ObjectKind
from web import database, day, first_numbers, paging, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pages import calendars
from web.permissions import may
from web.pictures.hours import NONE, Counts
from web.pictures.month import month
from web.planned import day_counts

#: business calendars whose days are named; each is a question to the engine
MOST_CALENDARS = 5


def page(scheduler_id: str, chosen: date, today: date) -> str:
    text = request.args.get("q", "").strip()
    grid = month({}, chosen, today)
    days = [each.day for week in grid.weeks for each in week]
    made = {each: _ran_on(scheduler_id, each, today, text) for each in days if each <= today}
    begin, end = day.bounds(days[0], zone())[0], day.bounds(days[-1], zone())[1]
    if not text:
        worked_out, _ = day_counts(database.read(), scheduler_id, today, days[-1], today)
        made |= worked_out
        last = max(worked_out, default=None)
        if last is not None and end > now():
            begin = max(begin, day.bounds(last, zone())[1])
    coming = starts.Coming(begin, end)
    if end > max(begin, now()):
        coming = starts.between(scheduler_id, max(begin, now()), end)
        for start in coming.starts():
            if text.lower() in start.name.lower() or text.lower() in start.schedule.lower():
                local = start.at.astimezone(zone()).date()
                made[local] = made.get(local, NONE).plus(Counts(planned=1))
    return page_or_fragment(
        "plan/month.html",
        {},
        month=month(made, chosen, today),
        coming=coming,
        names=_names(scheduler_id, days[0], days[-1]),
        chosen=chosen,
        week=timedelta(days=7),
        text=text,
        inverted=request.args.get("inverted") == "yes",
        idle=sum(not made.get(each, NONE).total for each in days if each.month == chosen.month),
        today=today,
        view="month",
        link=paging.address,
    )


def _names(scheduler_id: str, first: date, last: date) -> dict[date, list[str]]:
    "Days that a business calendar closes or opens by name. Nothing is asked where there is none."
    found: dict[date, list[str]] = {}
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.CALENDAR,))
    for file in [each for each in files if may("schedules.view", each.path)][:MOST_CALENDARS]:
        for day_, name in calendars.named_days(scheduler_id, file.path, first, last):
            if name not in found.setdefault(day_, []):
                found[day_].append(name)
    return found


def _ran_on(scheduler_id: str, chosen: date, today: date, text: str) -> Counts:
    "What began on a day. Of days that are over for long the answer is remembered."
    if text or chosen >= today - timedelta(days=2):
        return _counted(scheduler_id, chosen, text)
    sight = sight_of(database.read())
    seen = (sight.places("jobs.view"), sight.places("orders.view")) if sight else None
    return _remembered(str(database.engine().url), scheduler_id, seen, chosen, zone())


@lru_cache(maxsize=2000)
def _remembered(url: str, scheduler_id: str, seen: object, chosen: date, where: ZoneInfo) -> Counts:
    return _counted(scheduler_id, chosen, "")


def _counted(scheduler_id: str, chosen: date, text: str) -> Counts:
    begin, end = day.bounds(chosen, zone())
    runs, tasks = tables.order_runs.c, tables.tasks.c
    wanted = [text] if text else []
    total = NONE
    first = first_numbers.of_span(scheduler_id, "orders", begin)
    where = narrow.words(wanted, runs.chain, runs.order_id)
    for row in statistics.began(database.read(), scheduler_id, "orders", begin, end, where=where, first=first):
        total = total.plus(Counts(row.good, row.failed, row.running))
    first = first_numbers.of_span(scheduler_id, "tasks", begin)
    alone = [tasks.chain == "", *narrow.words(wanted, tasks.job)]
    for row in statistics.began(database.read(), scheduler_id, "tasks", begin, end, where=alone, first=first):
        total = total.plus(Counts(row.good, row.failed, row.running))
    return total
