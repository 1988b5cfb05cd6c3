"""A database as an engine leaves it: records are written by the real writer, with everything defaulted but what a
test is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from sqlalchemy import insert, select

from models import connect, file_versions, tables
from models.batch import TaskLog, Writer
from models.members import Member
from models.operations import Operation, State
from scheduler.changes import Change, Kind
from scheduler.definitions import JobChainDefinition, JobDefinition, NodeDefinition, OrderDefinition, Script
from scheduler.errors import Problem
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.params import Params
from scheduler.records import (
    Cause,
    FileState,
    Job,
    JobChain,
    JobState,
    Node,
    ObjectKind,
    Order,
    OrderOrigin,
    OrderState,
    Record,
    Run,
    SourceFile,
    Step,
    Task,
    TaskState,
)

SCHEDULER = "demo"


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def a_member(port: int = 4444, **values: Any) -> Member:
    defaults: dict[str, Any] = {
        "member_id": "demo",
        "host": "box",
        "pid": 4711,
        "version": "0.1.0",
        "started_at": ago(3600),
        "state": "running",
        "tcp_port": port,
        "ip_address": "127.0.0.1",
        "live_folder": "/srv/config/live",
        "log_file": "/srv/log/main.log",
    }
    return Member(**{**defaults, **values})


def a_job(path: str = "/job", **values: Any) -> Job:
    known = {
        name: values.pop(name)
        for name in ("state", "enabled", "errors_in_a_row", "problem", "delay_until")
        if name in values
    }
    values["params"] = Params(values.get("params", {}))
    source = f'<job title="{values.get("title", "")}">\n  <script language="shell">exit 0</script>\n</job>'
    return Job(JobDefinition(path, Script("shell", "exit 0"), source=source, **values), **known)


def a_chain(path: str = "/chain", job: str = "/job", **values: Any) -> tuple[JobChain, list[Node]]:
    "A chain `first` -> `second` -> `done`, errors to `failed`."
    definitions = (
        NodeDefinition("first", job, "second", "failed"),
        NodeDefinition("second", job, "done", "failed"),
        NodeDefinition("done"),
        NodeDefinition("failed"),
    )
    chain = JobChain(JobChainDefinition(path, definitions, source="<job_chain>\n</job_chain>", **values))
    return chain, [Node(path, position, definition) for position, definition in enumerate(definitions)]


def an_order(order_id: str = "1", chain: str = "/chain", **values: Any) -> Order:
    values["params"] = Params(values.get("params", {}))
    defaults: dict[str, Any] = {
        "node": "first",
        "initial_node": "first",
        "created_at": ago(60),
        "ordering": 1,
        "origin": OrderOrigin.AD_HOC,
        "start_at": ago(30),
        "state": OrderState.WAITING,
    }
    return Order(chain=chain, id=order_id, **{**defaults, **values})


def a_task(number: int = 1, job: str = "/job", **values: Any) -> Task:
    "A task that has ended well, unless told otherwise."
    values["params"] = Params(values.get("params", {}))
    state = values.get("state", TaskState.ENDED)
    defaults: dict[str, Any] = {"state": TaskState.ENDED, "cause": Cause.QUEUE, "enqueued_at": ago(20)}
    if state is not TaskState.QUEUED:
        defaults |= {"started_at": ago(19), "pid": 1000 + number}
    if state is TaskState.ENDED:
        defaults |= {"ended_at": ago(7), "exit_code": 0, "pid": None}
    return Task(number, job, **{**defaults, **values})


def a_failed_task(number: int = 1, job: str = "/job", exit_code: int = 1, **values: Any) -> Task:
    problem = Problem("SCHEDULER-280", f"The process ended with exit code {exit_code}")
    return a_task(number, job, exit_code=exit_code, problem=problem, **values)


def a_run(history_id: int = 1, chain: str = "/chain", order_id: str = "1", **values: Any) -> Run:
    defaults: dict[str, Any] = {
        "title": "",
        "node": "done",
        "state_text": "",
        "started_at": ago(120),
        "ended_at": ago(60),
    }
    return Run(history_id, chain, order_id, **{**defaults, **values})


def a_step(history_id: int = 1, step: int = 1, task_id: int = 1, **values: Any) -> Step:
    defaults: dict[str, Any] = {"node": "first", "started_at": ago(120), "ended_at": ago(100), "exit_code": 0}
    return Step(history_id, step, task_id, **{**defaults, **values})


def a_file(record: Job | JobChain | OrderDefinition, problem: Problem | None = None) -> SourceFile:
    "The file of an object that is in use; with `problem` its newest version is faulty."
    if isinstance(record, OrderDefinition):
        kind, path = ObjectKind.ORDER, f"{record.chain},{record.id}"
    else:
        kind, path = (ObjectKind.JOB if isinstance(record, Job) else ObjectKind.JOB_CHAIN), record.path
    definition = record if isinstance(record, OrderDefinition) else record.definition
    return SourceFile(
        kind,
        path,
        f"/srv/config/live{path}.{kind}.xml",
        ago(500),
        FileState.ACTIVE,
        definition,
        problem=problem,
    )


def a_faulty_file(kind: ObjectKind = ObjectKind.JOB, path: str = "/broken") -> SourceFile:
    "A file of which no version was ever usable."
    problem = Problem("SCHEDULER-232", "Attribute 'tiitle' is unknown in <job>; it has title, order, tasks", 1, 6)
    return SourceFile(kind, path, f"/srv/config/live{path}.{kind}.xml", ago(500), FileState.UNDEFINED, problem=problem)


_KINDS: dict[type, Kind] = {
    Job: Kind.JOB_LOADED,
    JobChain: Kind.CHAIN_LOADED,
    Node: Kind.NODE_CHANGED,
    Order: Kind.ORDER_CHANGED,
    Task: Kind.TASK_STARTED,
    Run: Kind.ORDER_STEP_ENDED,
    Step: Kind.ORDER_STEP_ENDED,
    SourceFile: Kind.FILE_CHANGED,
    Hold: Kind.JOB_STOPPED,
    JobWait: Kind.JOB_CHANGED,
}


def a_change(record: Record) -> Change:
    "A change that puts the record, under a kind and an object as the engine would name them."
    if isinstance(record, Order):
        name = f"{record.chain},{record.id}"
    elif isinstance(record, Run):
        name = f"{record.chain},{record.order_id}"
    elif isinstance(record, Task):
        name = record.job
    elif isinstance(record, Node):
        name = record.chain
    else:
        name = getattr(record, "path", "")
    return Change(_KINDS[type(record)], name, put=(record,))


class Rows:
    "Writes as the engine of `SCHEDULER` does. Lists among the records are written one by one."

    def __init__(self, url: str, scheduler_id: str = SCHEDULER) -> None:
        self.url = url
        self.writer = Writer(url, scheduler_id, "demo")
        self.writer.open(datetime.now(UTC))

    def put(self, *records: Record | Sequence[Record], logs: Sequence[TaskLog] = ()) -> None:
        flat: list[Record] = []
        for entry in records:
            flat += entry if isinstance(entry, Sequence) else [entry]
        self.writer.write([a_change(record) for record in flat], logs, now=datetime.now(UTC))

    def beat(self, member: Member, seconds_ago: float = 0) -> None:
        "A heartbeat of the member."
        self.writer.write([], now=ago(seconds_ago), member=member)

    def __enter__(self) -> Rows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()


def a_saved_file(url: str, path: str, *titles: str) -> None:
    "Versions of the file of a job, as saves on the pages leave them; by default one."
    engine = connect.create(url, "web")
    with connect.writing(engine) as connection:
        for number, title in enumerate(titles or ("saved",)):
            job = f'<job name="x" title="{title}">\n  <script language="shell">exit 0</script>\n</job>'
            command = f'<modify_hot_folder folder="/">{job}</modify_hot_folder>'
            operation = Operation(
                f"saved {number}", 1, "admin", SCHEDULER, "file.edit", path, command, State.DONE, ago(60),
                reason="Because", ticket="CHG-7",
            )  # fmt: skip
            file_versions.keep_after(connection, operation, ago(60))
    engine.dispose()


def many_like(url: str, path: str, paths: Sequence[str]) -> None:
    "Further jobs like one that is there, without files: as fast as the database takes rows."
    c = tables.jobs.c
    engine = connect.create(url, "web")
    with connect.writing(engine) as connection:
        like = dict(connection.execute(select(tables.jobs).where(c.path_key == path)).mappings().one())
        connection.execute(insert(tables.jobs), [{**like, "path": each, "path_key": each.lower()} for each in paths])
    engine.dispose()


def stopped(job: Job) -> Job:
    return replace(job, state=JobState.STOPPED)


def fill(rows: Rows, port: int = 4444) -> None:
    "A small world in which something runs, something is held, something failed and something is faulty."
    load, check = (
        a_job("/sales/load", title="Load the day's sales", order=True, tasks=2),
        a_job("/sales/check", order=True),
    )
    report = a_job("/housekeeping/check_disk", title="Watches the data disks", params={"limit": "90"})
    chain, nodes = a_chain("/sales/daily", "/sales/load", title="Daily sales")
    nodes[0] = replace(nodes[0], definition=replace(nodes[0].definition, job="/sales/check"))
    rows.put(
        load,
        check,
        stopped(a_job("/sales/archive", title="Archive", order=True)),
        report,
        chain,
        nodes,
        a_file(load),
        a_file(check),
        a_file(chain),
        a_file(report, Problem("Z-JAVA-105", "mismatched tag", 7, 3)),
        a_faulty_file(),
        a_faulty_file(ObjectKind.JOB_CHAIN, "/sales/weekly"),
        an_order(
            "2026-11-20",
            "/sales/daily",
            title="Friday",
            state=OrderState.RUNNING,
            task_id=12,
            history_id=3,
            touched=True,
            node="second",
            started_at=ago(44),
            params={"region": "north", "db_password": "geheim"},
            origin=OrderOrigin.PERMANENT,
        ),
        an_order(
            "2026-11-19",
            "/sales/daily",
            state=OrderState.SETBACK,
            setback_count=2,
            start_at=ago(-600),
            ordering=2,
            last_error="SCHEDULER-280  The process ended with exit code 3",
        ),
        an_order("late", "/sales/daily", state=OrderState.SUSPENDED, ordering=3),
        an_order("next", "/sales/daily", start_at=ago(-86400), ordering=4, title="Tomorrow"),
        a_task(
            10,
            "/sales/check",
            cause=Cause.ORDER,
            chain="/sales/daily",
            order_id="2026-11-20",
            node="first",
            history_id=3,
        ),
        a_failed_task(
            11,
            "/sales/load",
            3,
            cause=Cause.ORDER,
            chain="/sales/daily",
            order_id="2026-11-19",
            node="second",
            history_id=2,
        ),
        a_task(
            12,
            "/sales/load",
            state=TaskState.RUNNING,
            cause=Cause.ORDER,
            chain="/sales/daily",
            order_id="2026-11-20",
            node="second",
            history_id=3,
            params={"region": "north"},
        ),
        a_task(13, "/housekeeping/check_disk", state=TaskState.QUEUED),
        a_task(
            14,
            "/housekeeping/check_disk",
            exit_code=-9,
            problem=Problem("SCHEDULER-279", "The process was ended by signal 9"),
        ),
        a_run(1, "/sales/daily", "2026-11-18"),
        a_run(2, "/sales/daily", "2026-11-19", ended_at=None, node="second"),
        a_run(3, "/sales/daily", "2026-11-20", node="second", ended_at=None),
        a_run(4, "/sales/daily", "2026-11-17", failed=True, node="failed"),
        a_step(3, 1, 10),
        a_step(3, 2, 12, node="second", ended_at=None, exit_code=None, started_at=ago(19)),
        a_step(
            2, 1, 11, node="second", exit_code=3, problem=Problem("SCHEDULER-280", "The process ended with exit code 3")
        ),
        logs=[TaskLog(10, a_log(10, "/sales/check")), TaskLog(11, a_log(11, "/sales/load"))],
    )
    rows.beat(a_member(port), seconds_ago=-600)  # a slow test must not find it silent


def a_log(number: int, job: str, lines: int = 30) -> bytes:
    stamp = "2026-11-20 02:00:0{}.123+0000"
    head = f"{stamp.format(0)} [info]   (Task {job[1:]}:{number}) started\n"
    body = "".join(f"row {line}: 17 sales of region north\n" for line in range(1, lines))
    return (head + body + f"{stamp.format(9)} [error]  (Task {job[1:]}:{number}) SCHEDULER-280  exit code 3\n").encode()
