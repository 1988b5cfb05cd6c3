"""Questions of the pages and of the history commands.

Every function takes the caller's connection first (`connect.reading`), then the scheduler id, and returns frozen
dataclasses or records. Paths may be written in any letter case. Lists that may be long are limited: by offset
where their total is of interest (`Page`), by the last key seen where they are histories.

`folders` counts what lies where, `agents` tells what process classes name; `narrow` and `plan_narrow` make conditions
of what somebody searches for.
"""

from models.members import Member
from models.read.chains import ChainDetail, ChainRow, NodeRow, chain, chains
from models.read.endings import Ending, ending
from models.read.files import FileRow, file, files_at, files_of, files_with, files_with_problems
from models.read.holds import hold_ends
from models.read.job_waits import job_waits
from models.read.jobs import JobDetail, JobRow, JobView, job, jobs
from models.read.journal import (
    JournalRow,
    changes_since,
    files_changed_since,
    last_journal_id,
    last_journal_id_at,
    newest_change,
    recent_activity,
)
from models.read.members import last_changes, members, scheduler_ids
from models.read.orders import (
    OrderRow,
    RunEnd,
    StepRow,
    at_chain_or_inside,
    chain_where_it_ran,
    chain_where_it_stands,
    order,
    order_run,
    order_runs,
    order_steps,
    orders,
    run_ends,
    runs,
)
from models.read.overview import Overview, orders_by_chain, overview
from models.read.page import Page
from models.read.plan import PlannedDay, plan_days_of, planned_day, planned_days
from models.read.plan_entries import PlanEntry, plan_entries, plan_rows
from models.read.spelling import spelled
from models.read.tasks import TaskView, newest_failures, task, task_history, task_log, task_log_size, tasks

__all__ = [
    "ChainDetail",
    "ChainRow",
    "Ending",
    "FileRow",
    "JobDetail",
    "JobRow",
    "JobView",
    "JournalRow",
    "Member",
    "NodeRow",
    "OrderRow",
    "Overview",
    "Page",
    "PlanEntry",
    "PlannedDay",
    "RunEnd",
    "StepRow",
    "TaskView",
    "at_chain_or_inside",
    "chain",
    "chain_where_it_ran",
    "chain_where_it_stands",
    "chains",
    "changes_since",
    "ending",
    "file",
    "files_at",
    "files_changed_since",
    "files_of",
    "files_with",
    "files_with_problems",
    "hold_ends",
    "job",
    "job_waits",
    "jobs",
    "last_changes",
    "last_journal_id",
    "last_journal_id_at",
    "members",
    "newest_change",
    "newest_failures",
    "order",
    "order_run",
    "order_runs",
    "order_steps",
    "orders",
    "orders_by_chain",
    "overview",
    "plan_days_of",
    "plan_entries",
    "plan_rows",
    "planned_day",
    "planned_days",
    "recent_activity",
    "run_ends",
    "runs",
    "scheduler_ids",
    "spelled",
    "task",
    "task_history",
    "task_log",
    "task_log_size",
    "tasks",
]
