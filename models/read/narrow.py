"""Conditions by which lists are narrowed down: properties as people name them, to SQL.

Each function takes the name of a property and a value and gives a condition, or None for a name it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from models import tables
from models.conditions import ORDER_OPEN, RUN_FAILED, TASK_FAILED, TASK_OPEN
from models.elapsed import elapsed
from models.letter_case import holds
from scheduler.origin import CATCH_UP, FILE
from scheduler.records import Cause, ChainState, OrderState, RunCause, TaskState

Condition = ColumnElement[bool]
_S = tables.order_steps.c
_EXIT = re.compile(r"(!=|>=|<=|=|>|<)?(-?\d{1,9})")


def words(texts: Iterable[str], *columns: ColumnElement[str]) -> list[Condition]:
    "Each text must be in one of the columns, whatever the letter case; `*` is any text, `?` any one character."
    return [or_(*(_holds(column, text) for column in columns)) for text in texts]


def _holds(column: ColumnElement[str], text: str) -> Condition:
    return holds(column, f"%{_pattern(text.lower())}%")


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")


def _begins(column: ColumnElement[str], folder: str) -> Condition:
    folder = "/" + folder.strip("/").lower()
    return column.like(f"{_pattern(folder.rstrip('/'))}/%", escape="\\")


def job(name: str, value: str, now: datetime) -> Condition | None:
    j, t = tables.jobs.c, tables.tasks.c
    of_job = and_(t.scheduler_id == j.scheduler_id, t.job_key == j.path_key)
    match name, value:
        case "folder", _:
            return _begins(j.path_key, value)
        case "class", "default":
            return or_(j.process_class == "", func.lower(j.process_class) == "/default")
        case "class", _:
            return func.lower(j.process_class).like(f"%{_pattern(value.lower())}", escape="\\")
        case "type", _:
            return j.order_controlled.is_(value == "order")
        case "state", "running":
            return exists().where(of_job, TASK_OPEN, t.state != TaskState.QUEUED)
        case "state", "busy":
            return exists().where(of_job, TASK_OPEN)
        case "state", "never":
            return not_(exists().where(of_job, t.started_at.is_not(None)))
        case "state", "queued":
            return exists().where(of_job, TASK_OPEN, t.state == TaskState.QUEUED)
        case "state", "needs-process" | "needs-lock":
            return _waits(j.scheduler_id, j.path_key, value)
        case "state", "stopped":
            return j.stopped.is_(True)
        case "state", "error":
            return j.faulty.is_(True)
        case "state", "failed":
            return j.problem_code.is_not(None)
        case "state", "disabled":
            return j.enabled.is_(False)
        case "state", "faulty":
            return tables.files.c.problem_code.is_not(None)
        case "state", "delayed":
            return j.delay_until > now
        case "held", _:
            return or_(j.stopped.is_(True), j.enabled.is_(False)) if value == "yes" else not_(j.stopped)
        case "ran", _:
            ran = exists().where(of_job, t.started_at.is_not(None))
            return ran if value == "yes" else not_(ran)
        case "next", _:
            return j.next_start_at.is_not(None) if value == "yes" else j.next_start_at.is_(None)
    return None


def _waits(scheduler_id: ColumnElement[str], job_key: ColumnElement[str], needs: str) -> Condition:
    "Whether the job could start something but for a process of its class, or for its locks."
    w = tables.job_waits.c
    lacks = w.locks != "" if needs == "needs-lock" else w.locks == ""
    return exists().where(w.scheduler_id == scheduler_id, w.job_key == job_key, lacks)


_ORDERS = {
    "running": (OrderState.RUNNING, OrderState.SUSPENDING),
    "active": (OrderState.RUNNING, OrderState.SUSPENDING, OrderState.WAITING),
    "held": (OrderState.SETBACK, OrderState.SUSPENDED),
    "waiting": (OrderState.WAITING,),
    "setback": (OrderState.SETBACK,),
    "suspended": (OrderState.SUSPENDED,),
    "blacklisted": (OrderState.BLACKLISTED,),
    "ended": (OrderState.ENDED,),
}


def order(name: str, value: str, now: datetime) -> Condition | None:
    "`late`: those that were due before `now`."
    o = tables.orders.c
    match name:
        case "folder":
            return _begins(o.chain_key, value)
        case "chain":
            return o.chain_key.like(f"%{_pattern(value.lower())}", escape="\\")
        case "node":
            return o.node == value
        case "state" if value in _ORDERS:
            return o.state.in_(_ORDERS[value])
        case "held":
            held = o.state.in_((OrderState.SETBACK, OrderState.SUSPENDED, OrderState.BLACKLISTED))
            return held if value == "yes" else not_(held)
        case "late":
            late = and_(o.state == OrderState.WAITING, o.start_at < now)
            return late if value == "yes" else not_(func.coalesce(late, False))
        case "type":
            return o.origin == {"permanent": "Permanent", "temporary": "AdHoc", "file": "FileOrder"}[value]
    return None


#: what a task in the queue is for when a command has queued it
_ASKED = (Cause.NONE, Cause.QUEUE, Cause.QUEUE_AT, Cause.WAKE)


def task(name: str, value: str, now: datetime, span: timedelta | None = None) -> Condition | None:
    "`span` is the value of `since` and `longer`."
    t = tables.tasks.c
    match name, value:
        case "folder", _:
            return _begins(t.job_key, value)
        case "job", _:
            return t.job_key.like(f"%{_pattern(value.lower())}", escape="\\")
        case "chain", _:
            return func.lower(t.chain).like(f"%{_pattern(value.lower())}", escape="\\")
        case "result" | "state", "failed":
            return TASK_FAILED
        case "result" | "state", "good":
            return and_(t.state == TaskState.ENDED, t.problem_code.is_(None))
        case "result" | "state", "open":
            return TASK_OPEN
        case "state", "running" | "queued":
            queued = t.state == TaskState.QUEUED
            return and_(TASK_OPEN, queued if value == "queued" else not_(queued))
        case "state", "needs-process" | "needs-lock":
            waits = _waits(t.scheduler_id, t.job_key, value)
            return and_(TASK_OPEN, t.state == TaskState.QUEUED, t.start_at <= now, waits)
        case "cause", _ if value in {each.value for each in Cause}:
            return t.cause == Cause(value)
        case "cause", "web":
            return t.actor != ""
        case "cause", "command":
            by_itself = or_(t.client.startswith(CATCH_UP), t.client.startswith(FILE))
            ordered = and_(t.actor == "", t.client != "", not_(by_itself))
            return and_(t.cause.in_(_ASKED), t.enqueued_at.is_not(None), ordered)
        case "client", _:
            return _like(t.client, value)
        case "host", _:
            return _like(t.host, value)
        case "exit", _:
            return _exit(t.exit_code, value)
        case "error", _:
            return words([value], t.problem_text)[0]
        case "since", _ if span is not None:
            return t.started_at >= now - span
        case "longer", _ if span is not None:
            return _longer(t.started_at, t.ended_at, now, span)
        case "member", _:
            return func.lower(t.member_id).like(f"%{_pattern(value.lower())}", escape="\\")
        case "by", _:
            return _like(t.actor, value)
    return None


def run(name: str, value: str, now: datetime, span: timedelta | None = None) -> Condition | None:
    "`span` is the value of `since` and `longer`."
    r = tables.order_runs.c
    match name, value:
        case "folder", _:
            return _begins(r.chain_key, value)
        case "chain", _:
            return r.chain_key.like(f"%{_pattern(value.lower())}", escape="\\")
        case "node", _:
            return r.node == value
        case "result" | "state", "failed":
            return RUN_FAILED
        case "result" | "state", "good":
            return and_(r.ended_at.is_not(None), not_(r.failed))
        case "result" | "state", "open":
            return r.ended_at.is_(None)
        case "since", _ if span is not None:
            return r.started_at >= now - span
        case "longer", _ if span is not None:
            return _longer(r.started_at, r.ended_at, now, span)
        case "exit", _:
            return _ended_with(value)
        case "member", _:
            t = tables.tasks.c
            there = func.lower(t.member_id).like(f"%{_pattern(value.lower())}", escape="\\")
            return _with_step(and_(t.scheduler_id == _S.scheduler_id, t.id == _S.task_id, there))
        case "error", _:
            return _with_step(words([value], _S.problem_text)[0])
        case "cause", _ if value in {each.value for each in RunCause}:
            return r.cause == RunCause(value)
        case "by", _:
            return _like(r.actor, value)
        case "client", _:
            return _like(r.client, value)
        case "host", _:
            t = tables.tasks.c
            return _with_step(and_(t.scheduler_id == _S.scheduler_id, t.id == _S.task_id, _like(t.host, value)))
    return None


def _like(column: ColumnElement[str], value: str) -> Condition:
    "`?*` is anybody, or anything, that is known."
    return func.lower(column).like(_pattern(value.lower()), escape="\\")


def _with_step(condition: Condition) -> Condition:
    r = tables.order_runs.c
    return exists().where(_S.scheduler_id == r.scheduler_id, _S.history_id == r.history_id, condition)


def _ended_with(value: str) -> Condition | None:
    "By the exit code of the last step."
    code = _exit(_S.exit_code, value)
    if code is None:
        return None
    later = tables.order_steps.alias("later_steps").c
    same = later.scheduler_id == _S.scheduler_id, later.history_id == _S.history_id
    return _with_step(and_(code, not_(exists().where(*same, later.step > _S.step))))


def chain(name: str, value: str, now: datetime) -> Condition | None:
    c, o = tables.job_chains.c, tables.orders.c
    match name, value:
        case "folder", _:
            return _begins(c.path_key, value)
        case "state", "running":
            return c.state == ChainState.RUNNING
        case "state", "stopped":
            return c.state == ChainState.STOPPED
        case "orders", _:
            some = exists().where(o.scheduler_id == c.scheduler_id, o.chain_key == c.path_key, ORDER_OPEN)
            return some if value == "yes" else not_(some)
        case "distributed", _:
            return c.distributed.is_(value == "yes")
        case "jobstate" | "class", _:
            of_job = job("state" if name == "jobstate" else name, value, now)
            return None if of_job is None else chains_with(of_job)
        case "job", _:
            n = tables.job_chain_nodes.c
            return c.path_key.in_(
                select(n.chain_key).where(
                    n.scheduler_id == c.scheduler_id, n.job_key.like(f"%{_pattern(value.lower())}%", escape="\\")
                )
            )
    return None


# ---- what belongs to jobs of which something is true ----


def tasks_of(of_job: Condition) -> Condition:
    t, j = tables.tasks.c, tables.jobs.c
    return exists().where(j.scheduler_id == t.scheduler_id, j.path_key == t.job_key, of_job)


def chains_with(of_job: Condition) -> Condition:
    c = tables.job_chains.c
    return _at_nodes(c.scheduler_id, c.path_key, of_job)


def orders_at(of_job: Condition) -> Condition:
    "At a node with such a job."
    o, n = tables.orders.c, tables.job_chain_nodes.c
    return _at_nodes(o.scheduler_id, o.chain_key, and_(n.node == o.node, of_job))


def runs_at(of_job: Condition) -> Condition:
    "Whose last known node has such a job."
    r, n = tables.order_runs.c, tables.job_chain_nodes.c
    return _at_nodes(r.scheduler_id, r.chain_key, and_(n.node == r.node, of_job))


def _at_nodes(scheduler_id: ColumnElement[str], chain_key: ColumnElement[str], condition: Condition) -> Condition:
    n, j = tables.job_chain_nodes.c, tables.jobs.c
    mine = (n.scheduler_id == scheduler_id, n.chain_key == chain_key)
    return exists().where(*mine, j.scheduler_id == n.scheduler_id, j.path_key == n.job_key, condition)


def _longer(
    begin: ColumnElement[datetime], end: ColumnElement[datetime], now: datetime, span: timedelta
) -> Condition:
    "Took longer, or runs for longer already."
    took = elapsed(begin, end) > span.total_seconds()
    return func.coalesce(took, and_(end.is_(None), begin < now - span), False)


def _exit(code: ColumnElement[int | None], value: str) -> Condition | None:
    match = _EXIT.fullmatch(value)
    if match is None:
        return None
    number = int(match[2])
    return {
        "!=": code != number, ">": code > number, "<": code < number, ">=": code >= number, "<=": code <= number,
    }.get(match[1] or "=", code == number)  # fmt: skip
