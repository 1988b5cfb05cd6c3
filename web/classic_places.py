# ruff: noqa: E501  a table reads better in long lines
"""Where the functions of the classic operations interface are here: groups of (there, here, endpoint or empty).

Groups and places are shown in the reader's language; what is there keeps the words that people know and search for.
"""

from __future__ import annotations

from web.words import N_

Place = tuple[str, str, str]

PLACES: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (N_("Top frame"), (
        ("scheduler id, state, host and port", N_("status strip below the navigation; the rest on the card of the member"), "cluster.page"),
        ("counts of jobs, tasks and orders", N_("status strip and overview: each number leads to its list"), "overview.page"),
        ("backup, waiting for activation, waiting for database", N_("notices at the top of each page; Cluster"), "cluster.page"),
        ("update now, update periodically", N_("pages update by themselves; key r, or the word at the lower right; Freeze this page beside it; how often, in the profile"), "me.page"),
        ("time zone", N_("Profile; the clock at the end of the status strip leads there"), "me.page"),
        ("tabs Jobs, Job Chains, Orders", N_("Jobs, Chains, Orders"), "jobs.index"),
        ("tabs Schedules, Process Classes, Locks", N_("Resources"), "resources.page"),
        ("tab Cluster", N_("Cluster"), "cluster.page"),
        ("tab Remote Schedulers", N_("Supervisor"), "supervisor.page"),
        ("tab Last Activities", N_("History; Overview"), "history.page"),
    )),
    (N_("Main menu"), (
        ("Show log", N_("Log"), "log.page"),
        ("Show job dependencies, Show job chain dependencies", N_("Dependencies, of jobs or of chains; tab of a job and of a chain"), "dependencies.page"),
        ("Show start times, also as XML or CSV", N_("Start times"), "start_times.page"),
        ("Manage filters", N_("Views on each list; Saved views, which take custom.js, too"), "views.index"),
        ("Manage log categories", N_("Log, below the log itself"), "log.page"),
        ("Pause, Continue", N_("the status strip on every page; Cluster, card of the member"), "cluster.page"),
        ("Terminate, Terminate and restart, within n seconds, Abort", N_("Cluster, card of the member, More"), "cluster.page"),
        ("Terminate cluster, restart cluster, fail-safe", N_("Cluster"), "cluster.page"),
    )),
    (N_("Help and settings"), (
        ("About", N_("About"), "help.about"),
        ("Documentation, release notes, support", N_("Help"), "help.index"),
        ("Settings: first tab, lists, limits, start at now, add order never", N_("Profile; Saved views, which take custom.js, too"), "me.page"),
        ("terminate timeout, extra links of the help menu", N_("Administration > Settings; Saved views take them from custom.js"), "web_settings.page"),
        ("compact layout", N_("Profile, rows"), "me.page"),
        ("functions hidden or to be confirmed", N_("Administration"), "web_settings.page"),
        ("extra functions of the last version: create or delete jobs, chains, orders, schedules", N_("Configuration: New file, Edit, Delete file, Versions"), "configuration.page"),
        ("monitor window", N_("Saved views, wall display"), "views.index"),
    )),
    (N_("Selectors of the lists"), (
        ("tree or list", N_("Folders on Orders, Jobs, Chains and Resources"), "folders.page"),
        ("standalone or order jobs", N_("the chips below the search field, or type:…"), "jobs.index"),
        ("with state …, running or stopped, other", N_("the chips below the search field, or state:…; state:running,stopped and not state:running,stopped"), "jobs.index"),
        ("needs process", N_("Overview; the chip or state:needs-process in the search field of Jobs; why? says what it waits for; Resources: who waits for a process of a class, and since when"), "jobs.index"),
        ("needs lock", N_("Overview; the chip or state:needs-lock in the search field of Jobs; Resources: who holds a lock and who waits for it"), "jobs.index"),
        ("with process class, with the default one", N_("class:NAME or class:default in the search field"), "jobs.index"),
        ("show tasks", N_("Jobs, With tasks"), "jobs.index"),
        ("show jobs, show orders in chains", N_("Chains, With nodes, With orders"), "chains.index"),
        ("chains with jobs of a state or a process class", N_("jobstate:stopped, class:NAME in the search field of Chains"), "chains.index"),
        ("sort by name, next start, state", N_("heads of the columns"), "jobs.index"),
        ("last activities: only faulty, orders or tasks", N_("History: result:failed, Orders or Tasks"), "history.page"),
    )),
    (N_("Jobs and tasks"), (
        ("Start task unforced, immediately, at, parametrised", N_("Job > Start"), "jobs.index"),
        ("Set run time", N_("Job > More > Set run time; Resources > Try a run time"), "resources.run_time"),
        ("Stop, Unstop", N_("Job > Stop, Unstop; many at once by the check boxes"), "jobs.index"),
        ("End, Suspend, Continue tasks", N_("Job > More, for jobs with steps; hidden until Administration > Settings shows them"), "jobs.index"),
        ("Show log, configuration, description, dependencies, start times", N_("tabs of the job"), "jobs.index"),
        ("reread, delete job", N_("Configuration: files are read as soon as they change; Delete file says who would miss it"), "configuration.page"),
        ("Task queue, task history, order queue", N_("tabs of the job"), "jobs.index"),
        ("End, Terminate, Terminate with timeout, Kill immediately", N_("Task; End only where its job has steps"), "history.page"),
        ("Delete a queued task", N_("Job > Tasks now > Remove"), "jobs.index"),
        ("Show log", N_("Task; key l on a row"), "history.page"),
    )),
    (N_("Orders"), (
        ("Start order now, at, parametrised", N_("Order > Start now, More"), "orders.index"),
        ("Add order", N_("Chain > Add order"), "chains.index"),
        ("Set order state, Set run time", N_("Order > Set state; Order > More > Set run time"), "orders.index"),
        ("Suspend, Resume, Resume parametrised", N_("Order"), "orders.index"),
        ("Reset, Remove set-back", N_("Order > Reset, Remove set-back"), "orders.index"),
        ("Delete order, temporary orders", N_("Order > Remove; many at once by the check boxes; Chain > Remove all temporary orders"), "orders.index"),
        ("blacklist", N_("Orders > Blacklist; Chain > Blacklist"), "orders.index"),
        ("Show configuration, Show start times", N_("page of the order"), "orders.index"),
        ("Show log of an order or of its history, its standard output and error", N_("Order > Log; Runs"), "orders.index"),
    )),
    (N_("Chains and nodes"), (
        ("Stop, Unstop chain", N_("Chain"), "chains.index"),
        ("Stop node, Skip node, Unstop or Unskip", N_("Chain > Graph or Nodes; many at once by the check boxes"), "chains.index"),
        ("node: Show configuration, Stop job, Unstop job", N_("Chain > Graph, click on the node; jobs of many nodes by the check boxes"), "chains.index"),
        ("Show configuration, dependencies, start times", N_("tabs of the chain"), "chains.index"),
        ("Delete temporary orders", N_("Chain > Orders > Remove all temporary orders; some of them by the check boxes"), "chains.index"),
        ("file order sources, maximum of orders", N_("Chain > Facts"), "chains.index"),
        ("web service", N_("there are none: a program adds orders by a command, or by the interface for programs"), "api_help.page"),
        ("nested chains", N_("Chain > Graph, nodes with a double line"), "chains.index"),
    )),
    (N_("Schedules, process classes, locks"), (
        ("schedule: used by, substituted by, valid from and to", N_("Resources, page of the schedule"), "resources.page"),
        ("schedule: Create, Edit, Add substitute, Delete", N_("Resources, New schedule; page of the schedule"), "resources.page"),
        ("process class, lock: configuration", N_("Resources, the name leads to the file: edit, versions, delete"), "resources.page"),
        ("agents of a process class", N_("Agents: none yet"), "estate.agents"),
        ("remote schedulers: IP, host, port, version, connected", N_("Supervisor"), "supervisor.page"),
        ("URL aliases of remote schedulers", N_("Administration > Settings; shown on Supervisor, Cluster and All schedulers"), "web_settings.page"),
        ("processes of a process class: pid, task, running since, operations, callbacks, current operation", N_("Resources, with the steps that were begun and the calls back of a script"), "resources.page"),
        ("locks: free, holders, waiting jobs", N_("Resources; Who blocks whom"), "resources.page"),
    )),
    (N_("Windows"), (
        ("log window, standard output and error", N_("log viewer: follows, searches, downloads"), "log.page"),
        ("configuration window", N_("Configuration; tab of the object"), "configuration.page"),
        ("calendar window", N_("Start times; Plan > Month"), "plan.page"),
        ("right click on a row", N_("the same: right click, or key ."), ""),
    )),
)  # fmt: skip
