"Locks, process classes, schedules and monitors."

from __future__ import annotations

from scheduler.answers.declared.model import (
    FILE_BASED,
    FILE_BASED_CHILDREN,
    NUMBER,
    PATH,
    TEXT,
    TIME,
    YES,
    YES_NO,
    always,
    answer_element,
    many,
    maybe,
    when,
)

_SINCE = when("it waits in this engine", "since", TIME, "when it began to wait", ours=True)

RESOURCES = (
    answer_element("locks", "Locks.", (), [many("lock")]),
    answer_element(
        "lock", "A lock.",
        [*FILE_BASED, when("it is limited", "max_non_exclusive", NUMBER), when("nobody holds it", "is_free", YES)],
        [*FILE_BASED_CHILDREN, maybe("lock.holders", when="somebody holds it"), many("lock.queue", when="jobs wait")],
    ),
    answer_element(
        "lock.holders", "",
        [always("exclusive", YES_NO, "whether one holds it alone")],
        [many("lock.holder")],
    ),
    answer_element(
        "lock.holder", "",
        [always("job", PATH), always("task", NUMBER), when("a task holds it more than once", "count", NUMBER)],
    ),
    answer_element("lock.queue", "", [always("exclusive", YES_NO)], [many("lock.queue.entry")]),
    answer_element("lock.queue.entry", "", [always("job", PATH), _SINCE]),
    answer_element("process_classes", "Process classes.", (), [many("process_class")]),
    answer_element(
        "process_class", "A process class; the default one has an empty name.",
        [
            *FILE_BASED,
            when("it is usable", "max_processes", NUMBER),
            when("its processes run on agents", "remote_scheduler"),
            when("it is usable", "processes", NUMBER, "how many there are"),
        ],
        [
            *FILE_BASED_CHILDREN,
            maybe("processes", when="there are some"),
            maybe("waiting_tasks", when="somebody waits"),
            maybe("waiting_jobs", when="somebody waits"),
        ],
    ),
    answer_element("processes", "", (), [many("process")]),
    answer_element(
        "process", "",
        [
            when("it belongs to a task", "job", PATH),
            when("it belongs to a task", "task", TEXT),
            when("it belongs to a task", "task_id", NUMBER),
            when("it runs on an agent", "remote_scheduler"),
            when("known", "pid", NUMBER),
            when("a script or a monitor is called", "operations", NUMBER, "steps that have begun"),
            when("a script or a monitor is called", "callbacks", NUMBER, "commands and locks that it has asked for"),
            when("known", "running_since", TIME),
            when("known", "operation", TEXT, "what it does: the state of its task"),
        ],
    ),
    answer_element("waiting_tasks", "", (), [many("task.waiting")]),
    answer_element("task", "", [always("job", PATH), always("task", NUMBER)], key="task.waiting"),
    answer_element("waiting_jobs", "", (), [many("job.waiting")]),
    answer_element("job", "", [always("job", PATH), _SINCE], key="job.waiting"),
    answer_element("schedules", "Schedules.", (), [many("schedule")]),
    answer_element(
        "schedule", "A schedule: its definition as it was written, and",
        [
            *FILE_BASED,
            when("it takes the place of another one", "substitute", PATH),
            when("it is usable", "active", YES_NO),
            when("another one takes its place now", "now_covered_by_schedule", PATH),
        ],
        [*FILE_BASED_CHILDREN, maybe("schedule.users", when='`what="schedules"`')],
        open=True,
    ),
    answer_element("schedule.users", "", (), [many("schedule.user")]),
    answer_element(
        "schedule.user", "",
        [
            when("a job uses it", "job", PATH),
            when("an order uses it", "job_chain", PATH),
            when("an order uses it", "order"),
        ],
    ),
    answer_element("monitors", "Monitors.", (), [many("monitor")]),
    answer_element("monitor", "", [*FILE_BASED, when("it is usable", "ordering", NUMBER)], FILE_BASED_CHILDREN),
)
