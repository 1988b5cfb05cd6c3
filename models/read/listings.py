"""The lists of the pages as data: what their search field knows, and what it means for the database.

So a saved view is asked in the same way by its page and by whoever watches it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import ColumnElement, Connection, Table, Text, and_, func, not_, or_, select

from models import tables, web_settings
from models.read import narrow
from models.read.agents import named_agents
from models.read.page import one_of
from scheduler.list_filter import Filter, Known, span
from scheduler.patterns import Machine, OutOfTime, Unusable
from scheduler.records import Cause, RunCause

Condition = ColumnElement[bool]
YES_NO = ("yes", "no")
#: how long values are compared with patterns
SECONDS = 2.0
#: values between two looks at the clock
_OFTEN = 200
_RESULTS = ("open", "failed", "good")


class Unfit(Exception):
    "A part of the filter cannot be used; the text is a sentence."


@dataclass(frozen=True, slots=True)
class Listing:
    """`tokens` are the names that the field knows. Words are looked for in `columns` of `table`. `condition` gives that
    of a token, None where its value is not possible. `permission` shows the rows. `of_jobs` makes of a condition on
    jobs the one on rows that belong to such jobs; with it the field knows `agent:`, too. `coming`: such rows that may
    still get there; all others were at an agent when their `host:` says so, whatever the class names by now."""

    table: Table
    permission: str
    tokens: Known
    columns: Sequence[ColumnElement[str]]
    condition: Callable[[str, str, datetime, timedelta | None], Condition | None]
    of_jobs: Callable[[Condition], Condition] | None = None
    coming: Condition | None = None


def _without_span(
    condition: Callable[[str, str, datetime], Condition | None],
) -> Callable[[str, str, datetime, timedelta | None], Condition | None]:
    return lambda name, value, now, _: condition(name, value, now)


_J, _O, _C, _T, _R = (
    table.c for table in (tables.jobs, tables.orders, tables.job_chains, tables.tasks, tables.order_runs)
)
JOBS = Listing(
    tables.jobs,
    "jobs.view",
    {
        "state": (
            "running", "queued", "needs-process", "needs-lock", "busy", "stopped", "error", "failed", "delayed",
            "disabled", "faulty", "never",
        ),
        "type": ("standalone", "order"),
        "held": YES_NO, "ran": YES_NO, "next": YES_NO, "folder": (), "class": (), "agent": (),
    },
    (_J.path, _J.title),
    _without_span(narrow.job),
    lambda of_job: of_job,
)  # fmt: skip
ORDERS = Listing(
    tables.orders,
    "orders.view",
    {
        "state": ("running", "waiting", "active", "setback", "suspended", "held", "blacklisted", "ended"),
        "type": ("permanent", "temporary", "file"),
        "held": YES_NO, "late": YES_NO, "chain": (), "folder": (), "node": (), "agent": (),
    },
    (_O.order_id, _O.title, _O.chain),
    _without_span(narrow.order),
    narrow.orders_at,
)  # fmt: skip
CHAINS = Listing(
    tables.job_chains,
    "chains.view",
    {
        "state": ("running", "stopped"), "orders": YES_NO, "distributed": YES_NO, "folder": (), "job": (), "class": (),
        "agent": (),
        "jobstate": (
            "running", "queued", "needs-process", "needs-lock", "stopped", "error", "failed", "delayed", "disabled",
        ),
    },
    (_C.path, _C.title),
    _without_span(narrow.chain),
    narrow.chains_with,
)  # fmt: skip
TASKS = Listing(
    tables.tasks,
    "jobs.view",
    {
        "state": (*_RESULTS, "running", "queued", "needs-process", "needs-lock"), "result": _RESULTS,
        "cause": (*(cause.value for cause in Cause), "web", "command"),
        "exit": (), "error": (), "since": (), "longer": (), "folder": (), "job": (), "chain": (), "agent": (),
        "member": (), "host": (), "by": (), "client": (),
    },
    (_T.job, _T.order_id, _T.problem_text),
    narrow.task,
    narrow.tasks_of,
    _T.started_at.is_(None),
)  # fmt: skip
RUNS = Listing(
    tables.order_runs,
    "orders.view",
    {
        "state": _RESULTS, "result": _RESULTS, "since": (), "longer": (), "folder": (), "chain": (), "node": (),
        "agent": (), "exit": (), "error": (), "member": (), "host": (), "by": (), "client": (),
        "cause": tuple(cause.value for cause in RunCause if cause),
    },
    (_R.chain, _R.order_id, _R.title),
    narrow.run,
    narrow.runs_at,
    _R.ended_at.is_(None),
)  # fmt: skip


def conditions(
    connection: Connection, scheduler_id: str, listing: Listing, asked: Filter, now: datetime
) -> list[Condition]:
    "What rows have to fulfil. Raises Unfit."
    found = [_of_word(connection, scheduler_id, listing, word) for word in asked.words]
    for token in asked.tokens:
        moment = now - timedelta(seconds=web_settings.late_seconds(connection)) if token.name == "late" else now
        values = token.value.split(",") if listing.tokens.get(token.name) else [token.value]
        made = [
            _at_agents(connection, scheduler_id, listing, value, moment)
            if token.name == "agent"
            else listing.condition(token.name, value, moment, span(value))
            for value in values
        ]
        known = [each for each in made if each is not None]
        if len(known) < len(made):
            raise Unfit(f"“{token.text}” is not possible here.")
        one = or_(*known)
        found.append(not_(one) if token.excluded else one)
    return found


def _at_agents(
    connection: Connection, scheduler_id: str, listing: Listing, pattern: str, now: datetime
) -> Condition | None:
    "What belongs to jobs whose process class names such an agent, or has run there."
    if listing.of_jobs is None:
        return None
    classes = {each.process_class.lower() for each in named_agents(connection, scheduler_id) if each.is_called(pattern)}
    named = listing.of_jobs(one_of(connection, func.lower(_J.process_class, type_=Text), sorted(classes)))
    if listing.coming is None:
        return named
    there = listing.condition("host", pattern, now, None)
    return and_(listing.coming, named) if there is None else or_(and_(listing.coming, named), there)


def _of_word(connection: Connection, scheduler_id: str, listing: Listing, word: str) -> Condition:
    if len(word) < 3 or not (word.startswith("/") and word.endswith("/")):
        return narrow.words([word], *listing.columns)[0]
    end = monotonic() + SECONDS
    machine = _machine(word[1:-1], end)
    found = [(column, _fitting(connection, scheduler_id, listing, column, machine, end)) for column in listing.columns]
    return or_(*(one_of(connection, column, values) for column, values in found))


def _machine(pattern: str, end: float) -> Machine:
    try:
        return Machine(pattern, False, lambda: monotonic() > end)
    except Unusable as problem:
        raise Unfit(f"“/{pattern}/” cannot be used. {problem}") from problem


def _fitting(
    connection: Connection,
    scheduler_id: str,
    listing: Listing,
    column: ColumnElement[str],
    machine: Machine,
    end: float,
) -> list[str]:
    "The values of the column that the pattern fits; whatever it is, each byte is looked at once."
    values = select(column).where(listing.table.c.scheduler_id == scheduler_id, column.is_not(None)).distinct()
    fitting: list[str] = []
    try:
        for place, value in enumerate(connection.execute(values).scalars()):
            if machine.find(value.encode("utf-8", "replace"), 0) >= 0:
                fitting.append(value)
            if place % _OFTEN == 0 and monotonic() > end:
                raise OutOfTime
    except OutOfTime:
        raise Unfit("There is too much to compare with this pattern; narrow the list down with words.") from None
    return fitting
