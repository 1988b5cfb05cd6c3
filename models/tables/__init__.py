"""All tables. Every table of the engine has the scheduler id in its key; times are UTC.

Column names ending in `_key` hold the lower-case form of a path, which is what two spellings of the same
object have in common; the column without the ending holds the path as written.
"""

from models.tables.base import metadata
from models.tables.cluster import counters, leases, members, settings, variables
from models.tables.journal import journal
from models.tables.objects import files, job_chain_nodes, job_chains, jobs
from models.tables.orders import order_runs, order_steps, orders
from models.tables.tasks import task_logs, tasks
from models.tables.web import accounts, audit, login_attempts, secrets

__all__ = [
    "accounts",
    "audit",
    "counters",
    "files",
    "job_chain_nodes",
    "job_chains",
    "jobs",
    "journal",
    "leases",
    "login_attempts",
    "members",
    "metadata",
    "order_runs",
    "order_steps",
    "orders",
    "secrets",
    "settings",
    "task_logs",
    "tasks",
    "variables",
]
