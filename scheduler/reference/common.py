"Meanings of attributes, children and words that several commands share."

from __future__ import annotations

from scheduler.errors import Code

#: what commands answer that remove an object with its file
REMOVAL = (Code.UNKNOWN_OBJECT, Code.NOT_DELETED, Code.CENTRALLY_DEFINED)

#: by the attribute's name
ATTRIBUTES = {
    "job": "Path of the job.",
    "job_chain": "Path of the job chain.",
    "order": "Order id, in its case.",
    "state": "Node of the job chain.",
    "what": "Words that say which parts of the answer are wanted, see above.",
    "path": 'With `what="folders"`: the folder to show.',
    "subsystems": "Kinds of objects that folders show, separated by blanks. Empty: all.",
    "max_orders": "At most so many orders in each queue, and files of each directory. Without it: all.",
    "max_order_history": 'Entries of the order history; with `what="order_history"` 20. At most 1000.',
    "max_task_history": 'Entries of the task history, with `what="task_history"`. At most 1000.',
    "title": "A title for people.",
    "priority": "Orders with a higher number go first.",
    "end_state": "The node at which the order ends; empty: where the job chain ends.",
    "timeout": "Seconds after which what still runs is killed; `never` or absent: no limit.",
    "author": "Who wants it, for the history.",
    "web_service": "Accepted without any effect: there are no web services.",
}

#: by the child's tag
CHILDREN = {
    "params": "Parameters: `<param name value/>`. `$NAME` in values stands for a variable of the environment.",
    "param": "A parameter: `name`, `value`.",
    "payload": "As `<params>`, which stand in it.",
    "run_time": "Periods and starts, as in configuration files.",
    "xml_payload": "One element that the order carries with it.",
    "environment": "Variables of the environment: `<variable name value/>`.",
}

#: what every command may answer
ERRORS = (
    Code.MALFORMED,
    Code.UNKNOWN_COMMAND,
    Code.UNKNOWN_ATTRIBUTE,
    Code.MISSING_ATTRIBUTE,
    Code.UNEXPECTED_ELEMENT,
    Code.NOT_PERMITTED,
    Code.DATABASE_WAITS,
    Code.NOT_ACTIVE,
    Code.INTERNAL,
)

#: of `what`, in show commands
WORDS = {
    "none": "nothing, not even what is shown by default (`jobs`, `tasks`)",
    "standard": "what is shown by default",
    "all": "what the command says below",
    "all!": "everything",
    "jobs": "jobs (by default)",
    "tasks": "running tasks of jobs (by default)",
    "task_queue": "tasks that wait in the queues of jobs",
    "task_history": "ended tasks of jobs",
    "job_params": "parameters of jobs",
    "job_commands": "commands that jobs run at their end",
    "job_orders": "orders in the queues of jobs",
    "description": "descriptions of jobs",
    "run_time": "run times of jobs and orders",
    "job_chains": "job chains",
    "job_chain_jobs": "job chains with the whole job in each node",
    "job_chain_orders": "job chains with their orders",
    "orders": "job chains and jobs with their orders; in the calendar: orders",
    "order_history": "rounds of orders that have ended",
    "blacklist": "orders at their end that are kept",
    "order_source_files": "files that directories of job chains hold",
    "payload": "parameters and payloads of orders",
    "schedules": "schedules, and who uses them",
    "source": "definitions as they were written",
    "folders": "a tree of folders instead of flat lists",
    "no_subfolders": "of a tree only the first folder with its contents",
    "in_use": "locks, monitors, schedules and process classes: only those in use, without their files (ours)",
    "log": "logs",
    "remote_schedulers": "registered workload schedulers",
    "cluster": "members of the cluster",
    "operations": "what the engine measures of itself",
    "statistics": "counters",
    "why": "what keeps objects from running (ours)",
}
