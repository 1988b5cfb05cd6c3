"""Business calendars: which there are, a year of one of them, files in and out; and what would start otherwise if a
calendar, a schedule or the run time of a job were another one."""

from __future__ import annotations

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, abort, current_app, request
from lxml import etree

from models import read
from scheduler.calendars.ical import Days, as_ical, days_of, is_ical
from scheduler.calendars.model import YEARS, Calendar
from scheduler.calendars.xml import calendar_source
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from scheduler.run_time.black_outs import BlackOut
from web import commands, database, downloads, engines, news, paging, scope
from web.display import now, zone
from web.fragments import page_or_fragment
from web.news import News
from web.permissions import may, need
from web.what_if import Group, group_of
from web.words import gettext

blueprint = Blueprint("calendars", __name__, url_prefix="/s/<scheduler_id>/calendars")

#: bytes of an iCalendar file
MOST_BYTES = 1_000_000
KINDS = ("schedule", "calendar", "job", "order")


@dataclass(frozen=True, slots=True)
class User:
    "A schedule, a job, or an order (`path` is its chain)."

    kind: str
    path: str
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class CalendarView:
    path: str
    title: str
    users: tuple[User, ...]
    days: dict[date, tuple[str, str]]
    black_outs: tuple[BlackOut, ...] = ()

    def dark_on(self, day: date) -> list[str]:
        "What the black-outs of a day are called."
        begin = datetime.combine(day, time())
        touched = (each for each in self.black_outs if each.end > begin and each.begin < begin + timedelta(days=1))
        return [each.name or gettext("black-out") for each in touched]


@blueprint.get("")
def index(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    if (after := news.asked()) is not None:
        return news.line(news.of_files(scheduler_id, after, ObjectKind.CALENDAR))
    answer, problem = _ask(scheduler_id, commands.calendar_show())
    text = request.args.get("q", "").strip()
    seen = [] if answer is None else _seen(answer)
    files = _stored(scheduler_id) if answer is None else []
    found = paging.part_of(_holding(seen, text.lower()))
    stored = paging.part_of([file for file in files if text.lower() in f"{file.path} {file.title}".lower()])
    return page_or_fragment(
        "calendars/index.html",
        {},
        calendars=[_view(each) for each in found.rows],
        total=found.total,
        whole=len(files if answer is None else seen),
        stored=stored,
        news=News(scope.revision(), "config", files=True),
        pager=paging.numbered(stored if answer is None else found),
        text=text,
        link=paging.address,
        faulty=read.files_with_problems(database.read(), scheduler_id, kinds=(ObjectKind.CALENDAR,)),
        problem=problem,
    )


def _seen(answer: etree._Element) -> list[etree._Element]:
    "The calendars that the reader may see."
    return [each for each in answer.iter("business_calendar") if may("schedules.view", each.get("path", ""))]


def _stored(scheduler_id: str) -> list[read.FileRow]:
    "The files of those that the reader may see: what is known while the engine does not answer."
    files = read.files_of(database.read(), scheduler_id, (ObjectKind.CALENDAR,))
    return [file for file in files if may("schedules.view", file.path)]


def _holding(calendars: list[etree._Element], text: str) -> list[etree._Element]:
    "Those with the text, which is in lower case, in path or title."
    return [each for each in calendars if text in f"{each.get('path', '')} {each.get('title', '')}".lower()]


@blueprint.get("/-/try")
def what_if(scheduler_id: str) -> str:
    "What would start otherwise. Nothing is changed."
    scope.enter(scheduler_id)
    given = request.args
    kind, path = given.get("kind", KINDS[0]), given.get("path", "").strip()
    kind = kind if kind in KINDS else KINDS[0]
    source = given.get("source", "").strip()
    if path and not source:
        file = read.file(database.read(), scheduler_id, ObjectKind(kind), path)
        source = file.source if file is not None else ""
    begin = _day(given.get("from", "")) or now().astimezone(zone()).date()
    days = min(max(int(given["days"]), 1), 731) if given.get("days", "").isdecimal() else 31
    answer, problem = None, ""
    if path and given.get("source", "").strip():
        need("schedules.view", path.partition(",")[0])
        since = datetime.combine(begin, datetime.min.time(), zone())
        command = commands.plan_preview(kind, path, source, since, since + timedelta(days=days))
        answer, problem = _ask(scheduler_id, command)
    return page_or_fragment(
        "calendars/try.html",
        {"differences": "calendars/_differences.html"},
        kinds=KINDS,
        kind=kind,
        path=path,
        source=source,
        begin=begin,
        days=days,
        groups=None if answer is None else [_group(each) for each in answer.iter("plan_preview.group")],
        problem=problem,
    )


@blueprint.route("/-/import", methods=["GET", "POST"])
def take_in(scheduler_id: str) -> str | tuple[str, int]:
    "An iCalendar file becomes the text of a calendar file. Nothing is stored."
    scope.enter(scheduler_id)
    source = fault = ""
    if request.method == "POST":
        file = request.files.get("file")
        data = file.stream.read(MOST_BYTES + 1) if file is not None else b""
        try:
            source = _imported(data, (file.filename if file is not None else "") or gettext("the file"))
        except (WorkloadError, ValueError) as refusal:
            fault = str(refusal)
    page = page_or_fragment("calendars/import.html", {}, source=source, fault=fault)
    return (page, 422) if fault else page


def _imported(data: bytes, name: str) -> str:
    if not data or len(data) > MOST_BYTES:
        raise ValueError(gettext("A file of 1 to %(most)s bytes was expected.", most=f"{MOST_BYTES:,}"))
    if not is_ical(data):
        raise ValueError(gettext("This is no iCalendar file: it does not begin with BEGIN:VCALENDAR."))
    days = days_of(data, name)
    weekdays = "none" if request.form.get("only") == "yes" else ""
    if weekdays:  # the file lists the days that are worked on
        days = Days({}, days.closed | days.opened)
    return calendar_source(days, request.form.get("title", "").strip()[:250], weekdays)


@blueprint.get("/<object:path>.ics")
def export(scheduler_id: str, path: str) -> Response:
    "The days of a calendar for other programs: from last year to the second one ahead."
    need("schedules.view", path)
    scope.enter(scheduler_id)
    year = now().astimezone(zone()).year
    first, last = date(max(year - 1, YEARS[0]), 1, 1), date(min(year + 2, YEARS[-1]), 12, 31)
    found = _asked(scheduler_id, path, first, last)
    closed = tuple((day, name) for day, (kind, name) in found.days.items() if kind == "holiday")
    opened = tuple((day, name) for day, (kind, name) in found.days.items() if kind == "opened")
    content = as_ical(Calendar(found.path, closed=closed, opened=opened, title=found.title), first, last, now())
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    return downloads.attached(answer, f"{found.path.rpartition('/')[2]}.ics")


@blueprint.get("/<object:path>")
def page(scheduler_id: str, path: str) -> str:
    "A year of a calendar."
    need("schedules.view", path)
    scope.enter(scheduler_id)
    today = now().astimezone(zone()).date()
    asked = request.args.get("year", "")
    year = min(max(int(asked), YEARS[0]), YEARS[-1]) if asked.isascii() and asked.isdecimal() else today.year
    found = _asked(scheduler_id, path, date(year, 1, 1), date(year, 12, 31))
    names = sorted((day, kind, name) for day, (kind, name) in found.days.items() if kind in ("holiday", "opened"))
    return page_or_fragment(
        "calendars/page.html",
        {"calendar": "calendars/_calendar.html"},
        found=found,
        file=read.file(database.read(), scheduler_id, ObjectKind.CALENDAR, path),
        months=[(date(year, month, 1), Weeks().monthdatescalendar(year, month)) for month in range(1, 13)],
        names=names,
        working=sum(kind in ("working", "opened") for kind, _ in found.days.values()),
        year=year,
        years=YEARS,
        today=today,
    )


def _asked(scheduler_id: str, path: str, first: date, last: date) -> CalendarView:
    "Ends with 404 when there is no such calendar, and with 503 when nobody tells."
    answer, problem = _ask(scheduler_id, commands.calendar_show(path, str(first), str(last)))
    if answer is None:
        abort(404 if problem.startswith("SCHEDULER-161") else 503)
    return _view(next(answer.iter("business_calendar")))


def named_days(scheduler_id: str, path: str, first: date, last: date) -> list[tuple[date, str]]:
    "Days that the calendar closes or opens by name, or on which it has a black-out; none when nobody tells."
    answer, _ = _ask(scheduler_id, commands.calendar_show(path, str(first), str(last)))
    if answer is None:
        return []
    found = _view(next(answer.iter("business_calendar")))
    named = {(day, name) for day, (kind, name) in found.days.items() if name and kind in ("holiday", "opened")}
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sorted(named | {(day, name) for day in days for name in found.dark_on(day)})


def _ask(scheduler_id: str, command: etree._Element) -> tuple[etree._Element | None, str]:
    "The answer, or why there is none."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None, gettext("The engine is not reachable.")
    outcome = engines.send(address, command, current_app.extensions["stellwerk_settings"].command_timeout)
    if outcome.answer is None:
        return None, f"{outcome.code}  {outcome.text}".strip() or str(outcome.result)
    return outcome.answer, ""


def _view(element: etree._Element) -> CalendarView:
    users = tuple(user for user in map(_user, element.iter("business_calendar.user")) if _is_seen(user))
    days = {
        date.fromisoformat(each.get("date", "")): (each.get("kind", ""), each.get("name", ""))
        for each in element.iter("business_calendar.day")
    }
    black_outs = tuple(map(_black_out, element.iter("business_calendar.black_out")))
    return CalendarView(element.get("path", ""), element.get("title", ""), users, days, black_outs)


def _black_out(element: etree._Element) -> BlackOut:
    begin, end = (datetime.fromisoformat(element.get(name, "")) for name in ("begin", "end"))
    return BlackOut(begin, end, element.get("name", ""))


def _user(element: etree._Element) -> User:
    for kind in ("schedule", "job"):
        if element.get(kind):
            return User(kind, element.get(kind, ""))
    return User("order", element.get("job_chain", ""), element.get("order", ""))


def _is_seen(user: User) -> bool:
    return may({"schedule": "schedules.view", "job": "jobs.view", "order": "orders.view"}[user.kind], user.path)


def _group(element: etree._Element) -> Group:
    return group_of(element, [user for user in map(_user, element.iter("plan_preview.user")) if _is_seen(user)])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
