"Records that default everything but what a test is about."

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.changes import Change, Dropped, Kind
from scheduler.definitions import JobChainDefinition, JobDefinition, NodeDefinition, Script
from scheduler.records import (
    FileState,
    Job,
    JobChain,
    Node,
    ObjectKind,
    Order,
    Record,
    Run,
    SourceFile,
    Step,
    Task,
    TaskState,
)

NOW = datetime(2026, 3, 28, 23, 59, 59, 123456, tzinfo=UTC)
CHAIN = "/Sales/Daily"
JOB = "/Sales/Load"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def an_order(id: str = "o1", chain: str = CHAIN, **values: Any) -> Order:
    return Order(**{"chain": chain, "id": id, "node": "load", "initial_node": "load", "created_at": NOW,
                    "ordering": 1} | values)


def a_task(id: int = 1, job: str = JOB, **values: Any) -> Task:
    return Task(**{"id": id, "job": job, "state": TaskState.QUEUED} | values)


def an_ended_task(id: int = 1, job: str = JOB, **values: Any) -> Task:
    return a_task(id, job, **{"state": TaskState.ENDED, "started_at": NOW, "ended_at": later(1), "exit_code": 0,
                              "pid": 4711, "steps": 1} | values)


def a_run(history_id: int = 1, order_id: str = "o1", **values: Any) -> Run:
    return Run(**{"history_id": history_id, "chain": CHAIN, "order_id": order_id, "title": "", "node": "load",
                  "state_text": "", "started_at": NOW} | values)


def a_step(history_id: int = 1, step: int = 1, **values: Any) -> Step:
    return Step(**{"history_id": history_id, "step": step, "task_id": 1, "node": "load", "started_at": NOW} | values)


def a_job(path: str = JOB, definition: dict[str, Any] | None = None, **values: Any) -> Job:
    return Job(JobDefinition(path, Script("shell", "true"), **definition or {}), **values)


def a_chain(path: str = CHAIN, **values: Any) -> JobChain:
    return JobChain(JobChainDefinition(path, ()), **values)


def a_node(state: str = "load", position: int = 0, job: str = JOB, chain: str = CHAIN, **values: Any) -> Node:
    return Node(chain, position, NodeDefinition(state, job), **values)


def a_file(path: str = JOB, kind: ObjectKind = ObjectKind.JOB, **values: Any) -> SourceFile:
    return SourceFile(**{"kind": kind, "path": path, "file": f"{path[1:]}.{kind}.xml", "written_at": NOW,
                         "state": FileState.ACTIVE} | values)


def putting(*records: Record, kind: Kind = Kind.ORDER_CHANGED, object: str = "/x", **detail: Any) -> Change:
    return Change(kind, object, put=records, detail=detail)


def dropping(*dropped: Dropped, kind: Kind = Kind.ORDER_REMOVED, object: str = "/x") -> Change:
    return Change(kind, object, drop=dropped)
