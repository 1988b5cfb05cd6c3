"""The plan of a month: what began on the days that are over, what is to come on the others, and which days have names.

A search for jobs, chains or schedules narrows it down; `?inverted=yes` marks the days on which nothing of it starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import ColumnElement, func, or_, select, tuple_

from models import read, tables
from models.read import narrow, statistics
from models.read.page import contains
from models.sight import sight_of
from scheduler.records import ObjectKind
from web import database, day, first_numbers, paging, starts
from web.display import now, zone
from web.fragments import page_or_fragment
from web.pages import calendars
from web.permissions import may
from web.pictures.hours import NONE, Counts
from web.pictures.month import month
from web.planned import day_counts, of_schedule
from web.references import references

#: business calendars whose days are named; each is a question to the engine
MOST_CALENDARS = 5
#: definitions that are looked at for users of a schedule
MOST_USERS = 500


def page(scheduler_id: str, chosen: date, today: date) -> str:
    text = request.args.get("q", "").strip()
    days = [each.day for week in month({}, chosen, today).weeks for each in week]
    worked_out = {each.day for each in read.planned_days(database.read(), scheduler_id, days[0], days[-1])}
    users = _users(scheduler_id, text) if text else NOBODY
    made = {
        each: _ran_on(scheduler_id, each, today, text, NOBODY if each in worked_out else users)
        for each in days
        if each <= today
    }
    begin, end = day.bounds(days[0], zone())[0], day.bounds(days[-1], zone())[1]
    if text:
        made = _with_plan(scheduler_id, made, days, text)
    else:
        planned, _ = day_counts(database.read(), scheduler_id, today, days[-1], today)
        made = _held(scheduler_id, made | planned, days)
        last = max(planned, default=None)
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
        projected={each for each in days if each > today and each not in worked_out},
        coming=coming,
        names=names_of_days(scheduler_id, days[0], days[-1]),
        chosen=chosen,
        week=timedelta(days=7),
        text=text,
        inverted=request.args.get("inverted") == "yes",
        idle=sum(not made.get(each, NONE).total for each in days if each.month == chosen.month),
        today=today,
        view="month",
        link=paging.address,
    )


def _with_plan(
    scheduler_id: str, made: Mapping[date, Counts], days: Sequence[date], text: str
) -> dict[date, Counts]:
    "With what the plan knows besides of a search: schedules of starts, and which starts were held back."
    found = dict(made)
    for counted in of_schedule(database.read(), scheduler_id, days[0], days[-1], text):
        for each, counts in counted.items():
            found[each] = found.get(each, NONE).plus(counts)
    return found


def _held(scheduler_id: str, made: Mapping[date, Counts], days: Sequence[date]) -> dict[date, Counts]:
    "With the starts of each day that were held back."
    found = dict(made)
    for each, counts in of_schedule(database.read(), scheduler_id, days[0], days[-1], "")[1].items():
        found[each] = replace(found.get(each, NONE), held=counts.held)
    return found


@dataclass(frozen=True, slots=True)
class Users:
    "Keys of jobs, and of orders with their chains."

    jobs: frozenset[str] = frozenset()
    orders: frozenset[tuple[str, str]] = frozenset()


NOBODY = Users()


def _users(scheduler_id: str, text: str) -> Users:
    "Who names a schedule with this text today: of days that no service has planned nothing else is known."
    f = tables.files.c
    named = f.scheduler_id == scheduler_id, contains("schedule", f.source), contains(text.rpartition("/")[2], f.source)
    jobs, orders = set(), set()
    for row in database.read().execute(select(f.kind, f.path, f.source).where(*named).limit(MOST_USERS)):
        schedules = (each for each in references(row.path, row.source) if each.kind is ObjectKind.SCHEDULE)
        if not any(text.lower() in each.path.lower() for each in schedules):
            continue
        if row.kind == ObjectKind.JOB:
            jobs.add(row.path.lower())
        elif row.kind == ObjectKind.ORDER:
            chain, _, order_id = row.path.partition(",")
            orders.add((chain.lower(), order_id))
    return Users(frozenset(jobs), frozenset(orders))


def names_of_days(scheduler_id: str, first: date, last: date) -> dict[date, list[str]]:
    "Days that a business calendar names, or on which it has a black-out. Nothing is asked where there is no calendar."
    found: dict[date, list[str]] = {}
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.CALENDAR,))
    for file in [each for each in files if may("schedules.view", each.path)][:MOST_CALENDARS]:
        for day_, name in calendars.named_days(scheduler_id, file.path, first, last):
            if name not in found.setdefault(day_, []):
                found[day_].append(name)
    return found


def _ran_on(scheduler_id: str, chosen: date, today: date, text: str, users: Users) -> Counts:
    "What began on a day. Of days that are over for long the answer is remembered."
    if text or chosen >= today - timedelta(days=2):
        return _counted(scheduler_id, chosen, text, users)
    sight = sight_of(database.read())
    seen = (sight.places("jobs.view"), sight.places("orders.view")) if sight else None
    return _remembered(str(database.engine().url), scheduler_id, seen, chosen, zone())


@lru_cache(maxsize=2000)
def _remembered(url: str, scheduler_id: str, seen: object, chosen: date, where: ZoneInfo) -> Counts:
    return _counted(scheduler_id, chosen, "", NOBODY)


def _counted(scheduler_id: str, chosen: date, text: str, users: Users) -> Counts:
    begin, end = day.bounds(chosen, zone())
    runs, tasks = tables.order_runs.c, tables.tasks.c
    of_orders, of_tasks = (narrow.words([text], *columns) for columns in ((runs.chain, runs.order_id), (tasks.job,)))
    if users.orders:
        of_orders.append(tuple_(func.lower(runs.chain), runs.order_id).in_(sorted(users.orders)))
    if users.jobs:
        of_tasks.append(tasks.job_key.in_(sorted(users.jobs)))
    total = NONE
    wanted: tuple[tuple[statistics.Counted, list[ColumnElement[bool]]], ...] = (
        ("orders", [or_(*of_orders)] if text else []),
        ("tasks", [tasks.chain == "", *([or_(*of_tasks)] if text else [])]),
    )
    for counted, where in wanted:
        first = first_numbers.of_span(scheduler_id, counted, begin)
        for row in statistics.began(database.read(), scheduler_id, counted, begin, end, where=where, first=first):
            total = total.plus(Counts(row.good, row.failed, row.running))
    return total
