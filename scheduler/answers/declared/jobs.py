"Jobs, tasks and their history."

from __future__ import annotations

from scheduler.answers.declared.model import (
    BARE_PATH,
    FILE_BASED,
    FILE_BASED_CHILDREN,
    NUMBER,
    PATH,
    TEXT,
    TIME,
    TIME_IN_SECONDS,
    TRUE,
    YES,
    YES_NO,
    ZERO_ONE,
    always,
    answer_element,
    many,
    maybe,
    when,
    words,
)

_USABLE = "the job is usable"
_CAUSE = words(
    "none period_once period_single period_repeat queue queue_at directory signal delay_after_error order wake"
    " min_tasks"
)

JOBS = (
    answer_element("jobs", "Jobs.", (), [many("job")]),
    answer_element(
        "job", "A job.",
        [
            *FILE_BASED,
            always("job", TEXT, "its name"),
            always("state", words("not_initialized initialized loaded error stopping stopped pending running")),
            when("configured", "title"),
            when("not yes", "visible", words("no never")),
            when("configured", "process_class"),
            when("a process of its class is waited for", "waiting_for_process", YES),
            when(_USABLE, "all_steps", NUMBER, "since the engine has started"),
            when(_USABLE, "all_tasks", NUMBER, "since the engine has started"),
            when("the job has set it", "state_text"),
            when(_USABLE, "log_file"),
            when(_USABLE, "order", YES_NO, "whether orders control it"),
            when(_USABLE, "tasks", NUMBER, "how many may run at once"),
            when("more than 0", "min_tasks", NUMBER),
            when("there is one", "has_description", YES),
            when("it will start", "next_start_time", TIME),
            when("it waits after errors", "delay_until", TIME),
            when(_USABLE, "in_period", YES_NO),
            when("it is to be removed", "remove", YES),
            when("configured", "temporary", YES),
            when("it is in a job chain", "job_chain_priority", NUMBER),
            when("configured", "warn_if_shorter_than", TEXT, "seconds, or percent of the average"),
            when("configured", "warn_if_longer_than", TEXT, "seconds, or percent of the average"),
            when(_USABLE, "enabled", YES_NO),
            when("a named schedule applies", "active_schedule", PATH),
            when("it is stopped, and goes on by itself", "stopped_until", TIME, ours=True),
        ],
        [
            *FILE_BASED_CHILDREN,
            maybe("params", when='`what="job_params"`'),
            maybe("run_time", "schedule.of_object", when='`what="run_time"`'),
            maybe("lock.requestor", when="it uses locks"),
            maybe("tasks", when='not after `what="none"`'),
            maybe("description", when='`what="description"`'),
            many("commands.of_job", when='`what="job_commands"`'),
            maybe("queued_tasks"),
            maybe("history", when='`what="task_history"`'),
            maybe("order_queue", when="it is in a job chain"),
            maybe("why", when='`what="why"`'),
            maybe("ERROR", when="its last task has failed"),
            maybe("log"),
        ],
    ),
    answer_element("description", text=True, open=True),
    answer_element(
        "commands", "Commands that run when a task has ended so, as they were written.", [always("on_exit_code")],
        key="commands.of_job", open=True,
    ),
    answer_element(
        "lock.requestor", "The locks that the job uses.", [when("it waits for one", "waiting", YES)], [many("lock.use")]
    ),
    answer_element(
        "lock.use", "",
        [
            always("lock", PATH),
            always("exclusive", YES_NO),
            when("the job waits", "is_available", YES_NO),
            when("there is no such lock", "is_missing", YES),
        ],
    ),
    answer_element("tasks", "", [always("count", NUMBER)], [many("task")]),
    answer_element(
        "task", "A task that waits in the queue, runs or has ended.",
        [
            always("job", PATH),
            always("id", NUMBER),
            always("task", NUMBER, "the same as `id`"),
            always(
                "state",
                words(
                    "none loading waiting_for_process starting opening opening_waiting_for_locks running"
                    " running_delayed running_waiting_for_locks running_waiting_for_order running_process"
                    " running_remote_process suspended ending ending_waiting_for_subprocesses on_success on_error exit"
                    " release killing ended deleting_files closed"
                ),
            ),
            when("its agent is not reachable", "waiting_for_remote_scheduler", TRUE),
            when("it is queued for a reason of its own", "enqueued_state"),
            when("it waits after an error", "delayed_after_error_task", NUMBER),
            when("it has not ended", "name", TEXT, "may be empty"),
            when("it has started and not ended", "running_since", TIME),
            when("it was in the queue", "enqueued", TIME),
            when("it has a start time", "start_at", TIME),
            when("it waits for an order", "idle_since", TIME),
            when("it has started", "cause", _CAUSE),
            when("it is in a step", "in_process_since", TIME),
            when("it has ended", "start_time", TIME_IN_SECONDS),
            when("it has ended", "end_time", TIME_IN_SECONDS),
            always("steps", NUMBER),
            when("it has not ended", "log_file"),
            when("its script is called", "calling"),
            when("it has ended", "exit_code", NUMBER, ours=True),
            when("known", "process"),
            when("it has a process", "pid", NUMBER),
            when("not 0", "priority"),
            when("known", "operation"),
            when("it has not ended", "force_start", YES_NO),
            when("a web service has started it", "web_service"),
        ],
        [
            maybe("order", when="it works on one"),
            maybe("ERROR", when="it has failed"),
            maybe("params", when="it waits in the queue"),
            maybe("subprocesses", when="it has some"),
            maybe("log"),
            maybe("environment", when="it was started with one"),
        ],
    ),
    answer_element("subprocesses", "", (), [many("subprocess")]),
    answer_element(
        "subprocess", "",
        [
            always("pid", NUMBER),
            *(when("known", name) for name in
              "priority timeout_at title killed ignore_error ignore_signal wait".split()),  # noqa: SIM905
        ],
    ),
    answer_element("environment", "", [always("count", NUMBER)], [many("variable")]),
    answer_element("variable", "", [always("name"), always("value")]),
    answer_element(
        "queued_tasks", 'The queue; its tasks with `what="task_queue"`.', [always("length", NUMBER)],
        [many("queued_task")],
    ),
    answer_element(
        "queued_task", "",
        [
            always("task", NUMBER),
            always("id", NUMBER),
            always("enqueued", TIME),
            always("name", TEXT, "may be empty"),
            always("force_start", YES_NO),
            when("it has a start time", "start_at", TIME),
        ],
        [maybe("params", when="it has some")],
    ),
    answer_element("history", "Ended tasks.", (), [many("history.entry", "ERROR")]),
    answer_element(
        "history.entry", "An ended task. Empty values are left out.",
        [
            always("task", NUMBER),
            when("`show_history`", "id", NUMBER, "the same as `task`"),
            when("`show_history`", "spooler_id"),
            always("job_name", BARE_PATH),
            when("known", "start_time", TIME),
            when("it has ended", "end_time", TIME),
            when("known", "cause", _CAUSE),
            when("known", "steps", NUMBER),
            when("`show_history`", "error", ZERO_ONE),
            when("`show_history` of a task that has failed", "error_code"),
            when("`show_history` of a task that has failed", "error_text"),
            when("a member of a cluster has run it", "cluster_member_id"),
            when("known", "exit_code", NUMBER),
            when("known", "pid", NUMBER),
        ],
        [maybe("ERROR", when="in a job: the task has failed"), maybe("log", when='`what="log"`')],
    ),
)
