"What keeps objects from running: `<job.why>` and its parts."

from __future__ import annotations

from scheduler.answers.declared.model import (
    NUMBER,
    PATH,
    TEXT,
    TIME,
    TIME_OR_NEVER,
    YES,
    YES_NO,
    always,
    answer_element,
    many,
    maybe,
    when,
    words,
)

_SO = "that is the obstacle"

WHY = (
    answer_element(
        "job.why", "What keeps a job from starting, part by part.", [always("job", TEXT, "its name")],
        [
            many("obstacle"), maybe("job_chain_nodes.why"), maybe("task_queue.why"), maybe("start_reason.why"),
            maybe("start_when_directory_changed.why"),
        ],
    ),
    answer_element(
        "obstacle", "One obstacle, under the name that the classic engine has for it, as far as there is one.",
        [
            when(_SO, "state"), when(_SO, "max_tasks", NUMBER), when("with `max_tasks`", "running_tasks", NUMBER),
            when(_SO, "waiting_for_process", YES), when(_SO, "scheduler_state"), when(_SO, "in_period", YES_NO),
            when(_SO, "locks_available", YES_NO), when(_SO, "delay_until", TIME), when(_SO, "order_controlled", YES_NO),
            when("the node does not work", "action", words("stop next_state")), when(_SO, "at", TIME_OR_NEVER),
            when(_SO, "setback", TIME_OR_NEVER), when(_SO, "on_blacklist", YES), when(_SO, "suspended", YES),
            when(_SO, "is_replacement", YES), when(_SO, "schedule_is_missing", YES),
            when("always", "kind", TEXT, "what a client matches", ours=True),
            when("the object has a type", "type", ours=True),
            when("always", "object", TEXT, "the path of what stands in the way", ours=True),
            when("always", "text", TEXT, "a sentence for people", ours=True),
            when("it is known", "until", TIME, "when it will be gone", ours=True),
        ],
    ),
    answer_element("job_chain_nodes.why", "", (), [many("job_chain_node.why")]),
    answer_element(
        "job_chain_node.why", "A node that the job serves.", [always("order_state")],
        [many("obstacle"), maybe("job_chain.why"), maybe("order_queue.why")],
    ),
    answer_element("job_chain.why", "", [always("path", PATH)], [many("obstacle")]),
    answer_element(
        "order_queue", "The orders there, as far as they are told.",
        [always("length", NUMBER), when("one may go on", "has_tip_for_new_order", YES)], [many("order.why")],
        key="order_queue.why",
    ),
    answer_element(
        "order", "", [when("always", "job_chain", PATH), always("id")], [many("obstacle"), maybe("task.why")],
        key="order.why",
    ),
    answer_element("task", "The task that works on it.", [always("id", NUMBER)], key="task.why"),
    answer_element("task_queue.why", "", [always("length", NUMBER)], [many("task_queue_element.why")]),
    answer_element("task_queue_element.why", "", [always("id", NUMBER), when("it has a start time", "at", TIME)]),
    answer_element(
        "start_reason.why", "What will start the job, in one attribute.",
        [
            when("it waits after errors", "delay_until", TIME),
            when("it starts once", "once", YES),
            *(when("it starts then", name, TIME) for name in ("next_single_start", "next_start_time")),
            when("so many are to run", "min_tasks", NUMBER),
        ],
    ),
    answer_element("start_when_directory_changed.why", "", (), [many("directory")]),
    answer_element("directory", "One that the job watches.", [always("path")]),
)
