# ruff: noqa: E501  a table reads better in long lines
"""Where the functions of the classic operations interface are here: groups of (there, here, endpoint or empty)."""

from __future__ import annotations

Place = tuple[str, str, str]

PLACES: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("Top frame", (
        ("scheduler id, state, host and port", "status strip below the navigation; the rest on the card of the member", "cluster.page"),
        ("counts of jobs, tasks and orders", "status strip and overview: each number leads to its list", "overview.page"),
        ("backup, waiting for activation, waiting for database", "notices at the top of each page; Cluster", "cluster.page"),
        ("update now, update periodically", "pages update by themselves; key r, or the word at the lower right", ""),
        ("time zone", "Profile", "me.page"),
        ("tabs Jobs, Job Chains, Orders", "Jobs, Chains, Orders", "jobs.index"),
        ("tabs Schedules, Process Classes, Locks", "Resources", "resources.page"),
        ("tab Cluster", "Cluster", "cluster.page"),
        ("tab Remote Schedulers", "Supervisor", "supervisor.page"),
        ("tab Last Activities", "History; Overview", "history.page"),
    )),
    ("Main menu", (
        ("Show log", "Log", "log.page"),
        ("Show dependencies", "Dependencies", "dependencies.page"),
        ("Show start times, also as XML or CSV", "Start times", "start_times.page"),
        ("Manage filters", "Views on each list; Saved views", "views.index"),
        ("Manage log categories", "Log, below the log itself", "log.page"),
        ("Pause, Continue", "Cluster, card of the member", "cluster.page"),
        ("Terminate, Terminate and restart, within n seconds, Abort", "Cluster, card of the member", "cluster.page"),
        ("Terminate cluster, restart cluster, fail-safe", "Cluster", "cluster.page"),
    )),
    ("Help and settings", (
        ("About", "About", "help.about"),
        ("Documentation", "Help", "help.index"),
        ("Settings: first tab, lists, limits", "Profile; Saved views", "me.page"),
        ("functions hidden or to be confirmed", "Administration", "web_settings.page"),
        ("monitor window", "Saved views, wall display", "views.index"),
    )),
    ("Selectors of the lists", (
        ("tree or list", "Folders on Jobs and Chains", "folders.page"),
        ("standalone or order jobs", "type:standalone, type:order in the search field", "jobs.index"),
        ("with state …", "the chips below the search field, or state:…", "jobs.index"),
        ("with process class", "class:NAME in the search field", "jobs.index"),
        ("sort by name, next start, state", "heads of the columns", "jobs.index"),
        ("last activities: only faulty, orders or tasks", "History: result:failed, Orders or Tasks", "history.page"),
    )),
    ("Jobs and tasks", (
        ("Start task unforced, immediately, at, parametrised", "Job > Start", "jobs.index"),
        ("Set run time", "Job > More > Set run time; Resources > Try a run time", "resources.run_time"),
        ("Stop, Unstop", "Job > Stop, Unstop; many at once by the check boxes", "jobs.index"),
        ("End, Suspend, Continue tasks", "Job > More", "jobs.index"),
        ("Show configuration, description, start times", "tabs of the job", "jobs.index"),
        ("Task queue, task history, order queue", "tabs of the job", "jobs.index"),
        ("End, Terminate, Terminate with timeout, Kill immediately", "Task", "history.page"),
        ("Delete a queued task", "Job > Tasks now > Remove", "jobs.index"),
        ("Show log", "Task; key l on a row", "history.page"),
    )),
    ("Orders", (
        ("Start order now, at, parametrised", "Order > Start now, More", "orders.index"),
        ("Add order", "Chain > Add order", "chains.index"),
        ("Set order state, Set run time", "Order > More", "orders.index"),
        ("Suspend, Resume, Resume parametrised", "Order", "orders.index"),
        ("Reset, Remove set-back", "Order > More", "orders.index"),
        ("Delete order, temporary orders", "Order > More > Remove; many at once by the check boxes", "orders.index"),
        ("blacklist", "Orders, chip blacklisted", "orders.index"),
        ("Show log of an order or of its history", "Order > Log; Runs", "orders.index"),
    )),
    ("Chains and nodes", (
        ("Stop, Unstop chain", "Chain", "chains.index"),
        ("Stop node, Skip node, Unstop or Unskip", "Chain > Graph or Nodes", "chains.index"),
        ("file order sources, maximum of orders", "Chain > Facts", "chains.index"),
        ("nested chains", "Chain > Graph, nodes with a double line", "chains.index"),
    )),
    ("Schedules, process classes, locks", (
        ("schedule: used by, substituted by, valid from and to", "Resources, page of the schedule", "resources.page"),
        ("processes of a process class", "Resources", "resources.page"),
        ("locks: free, holders, waiting jobs", "Resources; Who blocks whom", "resources.page"),
    )),
    ("Windows", (
        ("log window, standard output and error", "log viewer: follows, searches, downloads", "log.page"),
        ("configuration window", "Configuration; tab of the object", "configuration.page"),
        ("calendar window", "Start times; Plan > Month", "plan.page"),
        ("right click on a row", "the same: right click, or key .", ""),
    )),
)  # fmt: skip
