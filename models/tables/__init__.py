"""All tables. Every table of the engine has the scheduler id in its key; times are UTC.

Column names ending in `_key` hold the lower-case form of a path, which is what two spellings of the same
object have in common; the column without the ending holds the path as written.
"""

from models.tables.base import metadata
from models.tables.cluster import (
    beat_minutes,
    counters,
    leases,
    member_commands,
    members,
    settings,
    takeovers,
    variables,
)
from models.tables.journal import journal
from models.tables.notices import deliveries, monitor_rules, notices
from models.tables.objects import files, holds, job_chain_nodes, job_chains, job_waits, jobs
from models.tables.orders import order_runs, order_steps, orders
from models.tables.plan import plan_days, plan_entries, plan_outlook, plan_overrides, plan_starts
from models.tables.services import report_days, service_instances, service_marks, service_runs, service_states
from models.tables.sharing import assignments, step_reports
from models.tables.supervisor import (
    configuration_contents,
    configuration_releases,
    configuration_transfers,
    configuration_versions,
    workload_freezes,
    workload_schedulers,
)
from models.tables.tasks import task_logs, tasks
from models.tables.web import (
    account_roles,
    accounts,
    audit,
    audit_links,
    batches,
    file_versions,
    login_attempts,
    object_notes,
    operations,
    roles,
    saved_views,
    secrets,
    sessions,
    tokens,
    web_settings,
)

__all__ = [
    "account_roles",
    "accounts",
    "assignments",
    "audit",
    "audit_links",
    "batches",
    "beat_minutes",
    "configuration_contents",
    "configuration_releases",
    "configuration_transfers",
    "configuration_versions",
    "counters",
    "deliveries",
    "file_versions",
    "files",
    "holds",
    "job_chain_nodes",
    "job_chains",
    "job_waits",
    "jobs",
    "journal",
    "leases",
    "login_attempts",
    "member_commands",
    "members",
    "metadata",
    "monitor_rules",
    "notices",
    "object_notes",
    "operations",
    "order_runs",
    "order_steps",
    "orders",
    "plan_days",
    "plan_entries",
    "plan_outlook",
    "plan_overrides",
    "plan_starts",
    "report_days",
    "roles",
    "saved_views",
    "secrets",
    "service_instances",
    "service_marks",
    "service_runs",
    "service_states",
    "sessions",
    "settings",
    "step_reports",
    "takeovers",
    "task_logs",
    "tasks",
    "tokens",
    "variables",
    "web_settings",
    "workload_freezes",
    "workload_schedulers",
]
