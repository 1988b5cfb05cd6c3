"""A change is a fact that was decided: the records as they are after it.

The World applies it, the store writes it, the journal keeps its kind, object and detail. Changes of one
batch may be merged by the store: of several records with one key only the last is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from scheduler.frozen import frozen
from scheduler.records import Record


class Kind(StrEnum):
    """The words of the journal: `<object type>.<what happened>`. Stable, because readers match them."""

    ORDER_ADDED = "order.added"
    ORDER_CHANGED = "order.changed"
    ORDER_TAKEN = "order.taken"            # a task started its step (the task is in it too)
    ORDER_STEP_ENDED = "order.step_ended"
    ORDER_SUSPENDED = "order.suspended"
    ORDER_RESUMED = "order.resumed"
    ORDER_RESET = "order.reset"
    ORDER_SETBACK = "order.setback"
    ORDER_ENDED = "order.ended"
    ORDER_REMOVED = "order.removed"
    ORDER_BLACKLISTED = "order.blacklisted"
    TASK_QUEUED = "task.queued"
    TASK_STARTED = "task.started"
    TASK_SPAWNED = "task.spawned"
    TASK_CALLED = "task.called"            # its task server was called; only memory is told
    TASK_ENDED = "task.ended"
    TASK_KILLED = "task.killed"
    TASK_DEQUEUED = "task.dequeued"
    TASK_ADOPTED = "task.adopted"          # another member runs it, and goes on
    TASK_REPORTED = "task.reported"        # a report that changes nothing any more is dropped
    TASK_WARNED = "task.warned"            # it runs longer than it should
    JOB_LOADED = "job.loaded"
    JOB_CHANGED = "job.changed"
    JOB_STOPPED = "job.stopped"
    JOB_UNSTOPPED = "job.unstopped"
    JOB_REMOVED = "job.removed"
    CHAIN_LOADED = "chain.loaded"
    CHAIN_STOPPED = "chain.stopped"
    CHAIN_UNSTOPPED = "chain.unstopped"
    CHAIN_REMOVED = "chain.removed"
    NODE_CHANGED = "node.changed"
    FILES_READ = "file.read"               # the first reading of all files
    FILE_ADDED = "file.added"
    FILE_CHANGED = "file.changed"
    FILE_FAULTY = "file.faulty"
    FILE_REMOVED = "file.removed"
    SCHEDULER_STARTED = "scheduler.started"
    SCHEDULER_PAUSED = "scheduler.paused"
    SCHEDULER_CONTINUED = "scheduler.continued"
    SCHEDULER_STOPPING = "scheduler.stopping"
    SCHEDULER_KEPT = "scheduler.kept"      # its end was cancelled
    MEMBER_TOLD = "member.told"            # a command for another member of the cluster
    MEMBER_FORGOTTEN = "member.forgotten"  # the entry of a dead one is deleted
    MEMBER_LOST = "member.lost"            # somebody says that it will not come back
    PLAN_CHANGED = "plan.changed"
    VARIABLE_SET = "variable.set"
    EVENT_PUBLISHED = "event.published"    # somebody tells something to those who follow the events
    DIRECTORY_READ = "directory.read"      # only memory is told


#: what a dropped record was: its type and its key
Dropped = tuple[type[Record], Any]


@frozen
class Change:
    """`put`: records that are stored and kept. `drop`: (record type, key) pairs that cease to exist, in
    memory and as rows. `keep`: records that only memory needs (nothing is written for them).

    `object` is the path (orders: chain path, comma, id; tasks: the job's path). `detail` holds what a reader of
    the journal wants to know, as JSON values.

    An ended Task, an ended Order, a Run and a Step are put but not kept in memory.
    """

    kind: Kind
    object: str
    put: tuple[Record, ...] = ()
    drop: tuple[Dropped, ...] = ()
    keep: tuple[Record, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
