"""What one has to be allowed to see to open a page: blueprint or endpoint -> permission.

Actions are not here: each asks for the permission of its verb. What is missing here is open to administrators only.
"""

from __future__ import annotations

#: every signed-in person may
ANY = None

VIEWS: dict[str, str | None] = {
    # the frame
    "static": ANY,
    "health": ANY,
    "auth": ANY,
    "oidc": ANY,
    "start": ANY,
    "help": ANY,
    "help.gallery": "settings.manage",
    "api_help": ANY,
    "me": ANY,
    "tokens": ANY,
    "live": ANY,
    "operations": ANY,
    # one scheduler
    "overview": ANY,
    "orders": "orders.view",
    "order_logs": "logs.view",
    "jobs": "jobs.view",
    "job_logs": "logs.view",
    "tasks": "jobs.view",
    "tasks.log": "logs.view",
    "tasks.raw": "logs.view",
    "chains": "chains.view",
    "resources": ANY,
    "history": "history.view",
    "comparisons": "history.view",
    "comparisons.tasks": "jobs.view",
    "comparisons.runs": "orders.view",
    "cluster": "cluster.view",
    "cluster.log": "log.view",
    "audit": "audit.view",
    "tasks.raw_gz": "logs.view",
    "plan": "plan.view",
    "plan_feed": ANY,  # its token may see plans only
    "plan_many": ANY,  # asks for each start
    "start_times": "plan.view",
    "calendars": "schedules.view",
    "folders": ANY,  # lists only what may be seen
    "dependencies": "config.view",
    "configuration": "config.view",
    "versions": "config.view",
    "log": "log.view",
    "search": ANY,  # asks for each kind
    "object_notes": ANY,  # asks for the kind of its object
    "moments": ANY,  # says what a time means
    "menus": ANY,  # offers only what is permitted
    "bulk": ANY,  # asks for its verb, and for each object
    "services": "services.view",
    "notices": "notices.view",
    "reports": "reports.view",
    # across schedulers
    "estate": ANY,  # lists only schedulers that may be seen
    "estate.agents": "agents.view",
    "supervisor": "supervisor.view",
    "views": ANY,  # one's own
    "general_menus": ANY,  # each kind asks for what its page asks for
    "walls": ANY,  # asks by itself; the views are those of the token's account
    # actions ask by themselves
    "job_actions": ANY,
    "order_actions": ANY,
    "task_actions": ANY,
    "chain_actions": ANY,
    "scheduler_actions": ANY,
    "file_actions": ANY,
    # administration
    "accounts": "users.manage",
    "roles": "users.manage",
    "identity": "users.manage",
    "notifications": "settings.manage",
    "maintenance": "settings.manage",
    "web_settings": "settings.manage",
    # for programs: each route asks by itself
    "api": ANY,
    "metrics": ANY,
}
