"From rows of the database to what the interface tells."

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models import read
from models.audit import Entry
from models.file_versions import Version
from models.keys import Token as StoredToken
from models.members import Member as StoredMember
from models.operations import Operation as StoredOperation
from models.read.orders import StepRow
from scheduler.errors import Problem
from scheduler.params import Params
from scheduler.records import Order as OrderRecord
from scheduler.records import Run as RunRecord
from scheduler.records import Task as TaskRecord
from scheduler.task.usage import Usage as TaskUsage
from web import commands
from web import why as why_found
from web.api import answers
from web.named import in_sight, shown


def params(found: Params) -> dict[str, str]:
    return {name: commands.MASK if commands.is_secret(name) else value for name, value in found.pairs()}


def fault(found: Problem | None) -> answers.Fault | None:
    return None if found is None else answers.Fault(str(found.code), found.text)


def member(found: StoredMember) -> answers.Member:
    return answers.Member(
        found.member_id,
        found.host,
        found.pid,
        found.version,
        found.state,
        found.active,
        found.exclusive,
        found.started_at,
        found.beat_at,
    )


def counts(found: read.Overview) -> answers.Counts:
    return answers.Counts(
        tasks_running=found.tasks_running,
        tasks_queued=found.tasks_queued,
        tasks_failed=found.failed_tasks,
        orders_waiting=found.orders_waiting,
        orders_running=found.orders_running,
        orders_setback=found.orders_setback,
        orders_suspended=found.orders_suspended,
        orders_blacklisted=found.orders_blacklisted,
        jobs=found.jobs,
        jobs_stopped=found.jobs_stopped,
        jobs_waiting=found.jobs_waiting,
        jobs_locked=found.jobs_locked,
        chains=found.chains,
        chains_stopped=found.chains_stopped,
        faulty_files=found.faulty_files,
        late=found.late,
    )


def job(row: read.JobRow) -> answers.Job:
    return answers.Job(
        path=row.path,
        title=row.title,
        state=row.state,
        enabled=row.enabled,
        order_controlled=row.order_controlled,
        process_class=shown("process_class", row.process_class),
        max_tasks=row.max_tasks,
        running=row.running,
        queued=row.queued,
        waits_for_process_since=None if row.waits_locks else row.waits_since,
        waits_for_locks_since=row.waits_since if row.waits_locks else None,
        waits_for_locks=[lock for lock in row.waits_locks.splitlines() if in_sight("lock", lock)],
        next_start_at=row.next_start_at,
        error=fault(row.error),
        file_problem=row.problem_code,
    )


def job_detail(found: read.JobDetail) -> answers.JobDetail:
    nodes = [answers.NodeOfJob(chain, node) for chain, node in found.chains]
    return answers.JobDetail(job(found.job), found.description, params(found.params), nodes)


def chain(row: read.ChainRow) -> answers.Chain:
    orders = {state.value: count for state, count in row.orders.items()}
    return answers.Chain(row.path, row.title, row.state, row.distributed, row.max_orders, orders, row.problem_code)


def chain_detail(found: read.ChainDetail) -> answers.ChainDetail:
    nodes = [
        answers.Node(
            node.state,
            shown("job", node.job),
            node.next_state,
            node.error_state,
            node.action,
            {state.value: count for state, count in node.orders.items()},
        )
        for node in found.nodes
    ]
    return answers.ChainDetail(chain(found.chain), nodes)


def order(found: OrderRecord) -> answers.Order:
    return answers.Order(
        chain=found.chain,
        order_id=found.id,
        title=found.title,
        state=found.state,
        node=found.node,
        end_node=found.end_node or "",
        priority=found.priority,
        start_at=found.start_at,
        started_at=found.started_at,
        setback_count=found.setback_count,
        task_id=found.task_id,
        history_id=found.history_id,
        last_error=found.last_error,
        params=params(found.params),
    )


def why(found: Sequence[why_found.Obstacle] | None) -> answers.Why:
    "None: the engine has not answered."
    return answers.Why(found is not None, [_obstacle(each) for each in found or ()])


def _obstacle(found: why_found.Obstacle) -> answers.Obstacle:
    return answers.Obstacle(
        kind=found.kind,
        object=found.object,
        text=found.text,
        until=found.until,
        task_ids=[task.id for task in found.tasks],
        by=found.holder.account if found.holder else "",
        reason=found.holder.reason if found.holder else "",
    )


def task(found: TaskRecord) -> answers.Task:
    seen = in_sight("order", found.chain)
    return answers.Task(
        task_id=found.id,
        job=found.job,
        state=found.state,
        cause=str(found.cause),
        chain=found.chain if seen else "",
        order_id=found.order_id if seen else "",
        pid=found.pid,
        enqueued_at=found.enqueued_at,
        start_at=found.start_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        exit_code=found.exit_code,
        error=fault(found.problem),
        usage=usage(found.usage),
        by=found.actor,
        client=found.client,
        host=found.host,
    )


def usage(found: TaskUsage | None) -> answers.Usage | None:
    return None if found is None else answers.Usage(*found)


def run(found: RunRecord) -> answers.Run:
    return answers.Run(
        history_id=found.history_id,
        chain=found.chain,
        order_id=found.order_id,
        title=found.title,
        started_at=found.started_at,
        ended_at=found.ended_at,
        node=found.node,
        failed=bool(found.failed),
        cause=str(found.cause),
        by=found.actor,
        client=found.client,
    )


def step(row: StepRow) -> answers.Step:
    found = row.step
    return answers.Step(
        step=found.step,
        node=found.node,
        job=row.job,
        task_id=found.task_id,
        started_at=found.started_at,
        ended_at=found.ended_at,
        exit_code=found.exit_code,
        error=fault(found.problem),
    )


def change(row: read.JournalRow) -> answers.Change:
    return answers.Change(row.id, row.time, row.kind, row.object, _in_sight(row.detail))


def _in_sight(detail: Mapping[str, Any]) -> dict[str, Any]:
    "Without the names of a class and of locks that the reader does not see; the object was looked at before."
    told = dict(detail)
    if "waits_for_process" in told:
        told["waits_for_process"] = shown("process_class", told["waits_for_process"])
    if "waits_for_locks" in told:
        told["waits_for_locks"] = [lock for lock in told["waits_for_locks"] if in_sight("lock", lock)]
    return told


def file_version(found: Version, whole: bool) -> answers.FileVersion:
    return answers.FileVersion(
        found.number,
        found.kind.value,
        found.path,
        found.action,
        found.made_at,
        found.account,
        found.reason,
        found.ticket,
        found.operation,
        found.source if whole else None,
    )


def audit_entry(found: Entry) -> answers.AuditEntry:
    return answers.AuditEntry(
        id=found.id,
        time=found.time,
        scheduler_id=found.scheduler_id,
        account=found.account,
        token=found.token,
        address=found.address,
        action=found.action,
        object=found.object,
        command=found.command,
        reason=found.reason,
        ticket=found.ticket,
        operation=found.operation,
        result=found.result_code,
        result_text=found.result_text,
    )


def operation(found: StoredOperation) -> answers.Operation:
    made = commands.made(found.made)
    return answers.Operation(
        key=found.key,
        state=found.state,
        scheduler_id=found.scheduler_id,
        action=found.action,
        object=found.object,
        account=found.account,
        created_at=found.created_at,
        ended_at=found.ended_at,
        code=found.code,
        text=found.text,
        task_id=made.task_id,
        order_id=made.order_id,
    )


def token(found: StoredToken) -> answers.Token:
    return answers.Token(
        id=found.id,
        name=found.name,
        prefix=found.prefix,
        permissions=None if found.permissions is None else list(found.permissions),
        created_at=found.created_at,
        expires_at=found.expires_at,
        used_at=found.used_at,
    )
