# ruff: noqa: E501  a table reads better in long lines
"""Every function of the classic operations interface: on which page it is found here, and what on that page proves it.

`FUNCTIONS` holds groups of (function, address, proof). Addresses are of the world of `tests/support/classic_world.py`;
words in braces are the numbers of its tasks and runs. A proof is an XPath expression, most made by one of the short
words below. What is left out on purpose is no row.
"""

from __future__ import annotations

from dataclasses import dataclass

HERE = "/s/test"
JOB, CHAIN, ORDERS = f"{HERE}/jobs/sales/load", f"{HERE}/chains/sales/flow", f"{HERE}/orders/sales/flow"
SLOW, TASK, ENDED = f"{HERE}/jobs/sales/slow", f"{HERE}/tasks/{{running}}", f"{HERE}/tasks/{{ended}}"
HELD, SETBACK, NIGHTLY = f"{ORDERS}/-/held", f"{ORDERS}/-/late", f"{ORDERS}/-/nightly"
DONE, PYTHON = f"{ORDERS}/-/done", f"{HERE}/jobs/sales/python"
SCHEDULE, FEAST = f"{HERE}/resources/schedules/nightly", f"{HERE}/resources/schedules/feast"
RESOURCES, CLUSTER, HISTORY = f"{HERE}/resources", f"{HERE}/cluster", f"{HERE}/history"


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    address: str
    proof: str


def link(address: str) -> str:
    return f'//a[@href="{address}"]'


def leads(start: str, word: str = "") -> str:
    "A link to an address that begins so."
    return f'//a[starts-with(@href, "{start}")][contains(., "{word}")]'


def does(address: str) -> str:
    "An action: a link to its form, or the button that does it at once."
    return f'//a[@href="{address}"] | //form[@action="{address}"]//button'


def fact(word: str, value: str = "") -> str:
    return f'//dt[normalize-space()="{word}"]/following-sibling::dd[1][contains(normalize-space(), "{value}")]'


def column(word: str) -> str:
    return f'//th[@scope="col"][normalize-space()="{word}"]'


def cell(head: str, text: str) -> str:
    return f'//td[@data-label="{head}"][contains(translate(., "\u200b", ""), "{text}")]'


def field(name: str) -> str:
    return f'//form//*[@name="{name}"]'


def says(text: str) -> str:
    return f'//main//*[contains(translate(normalize-space(), "\u200b", ""), "{text}")]'


def panel(word: str) -> str:
    return f'//section//h2[contains(normalize-space(), "{word}")]'


def tab(word: str, address: str) -> str:
    return f'//nav[@class="tabs"]/a[normalize-space()="{word}"][@href="{address}"]'


def strip(inner: str) -> str:
    return f'//*[@id="strip"]{inner}'


def menu(kind: str, name: str) -> str:
    "The address of the menu of a row."
    return f"{HERE}/menu/{kind}?name={name}"


def _rows(*rows: tuple[str, str, str]) -> tuple[Function, ...]:
    return tuple(Function(*row) for row in rows)


FUNCTIONS: dict[str, tuple[Function, ...]] = {
    "top frame": _rows(
        ("scheduler id", f"{HERE}/", '//header//strong[.="test"]'),
        ("state of the engine", f"{HERE}/", strip('//span[contains(@class, "badge")]')),
        ("host and port", f"{HERE}/", strip(f'//a[@href="{CLUSTER}"]')),
        ("process id of the engine", CLUSTER, fact("Process id")),
        ("when the engine started", CLUSTER, fact("Running since")),
        ("current time", f"{HERE}/", strip("//time")),
        ("count of running tasks", f"{HERE}/", strip(f'//a[@href="{HISTORY}?kind=tasks&state=running"]')),
        ("count of running jobs: their list", f"{HERE}/jobs", link(f"{HERE}/jobs?state=running")),
        ("count of stopped jobs", f"{HERE}/", strip(f'//a[@href="{HERE}/jobs?state=stopped"]')),
        ("count of jobs that need a process", f"{HERE}/", f'//main//ul[@class="numbers"]{link(f"{HERE}/jobs?state=needs-process")}'),
        ("count of jobs that need a lock", f"{HERE}/", f'//main//ul[@class="numbers"]{link(f"{HERE}/jobs?state=needs-lock")}'),
        ("jobs that need a lock", f"{HERE}/jobs?state=needs-lock", '//tr[contains(., "other")][contains(., "waiting for lock")]'),
        ("count of orders", f"{HERE}/", f'//main//ul[@class="numbers"]{link(f"{HERE}/orders")}'),
        ("orders in the cluster: set back, suspended", f"{HERE}/", strip(f'//a[@href="{HERE}/orders?state=setback"]')),
        ("backup, waiting for activation", CLUSTER, fact("Role")),
        ("waiting for the database", f"{HERE}/", '//section[@aria-labelledby="h-health"]//dt[.="Database"]'),
        ("about", "/help", link("/help/about")),
        ("update now", f"{HERE}/", '//footer//button[@id="contact"]'),
        ("update periodically", f"{HERE}/", '//footer//button[@id="freeze"]'),
        ("interval of updates", "/me", field("pace")),
        ("time zone", "/me", field("zone")),
        ("time zone, from each page", f"{HERE}/", strip('//a[@href="/me#zone"]')),
        *((f"tab {word}", f"{HERE}/", f'//nav[@aria-label="Main"]{link(address)}') for word, address in {
            "jobs": f"{HERE}/jobs", "chains": f"{HERE}/chains", "orders": f"{HERE}/orders", "cluster": CLUSTER,
            "resources": RESOURCES, "history": HISTORY, "supervisor": "/supervisor",
        }.items()),
        ("tab schedules, process classes, locks", RESOURCES, f'{link("#h-schedules")}[../a[@href="#h-classes"]][../a[@href="#h-locks"]]'),
        ("last activities", f"{HERE}/", panel("What happened last")),
        ("hide the details", f"{HERE}/jobs", '//*[@id="drawer"]'),
    ),
    "main menu": _rows(
        ("log of the scheduler", f"{HERE}/log", '//*[@id="log"]'),
        ("dependencies of jobs", f"{HERE}/jobs", link(f"{HERE}/dependencies")),
        ("dependencies of chains", f"{HERE}/chains", link(f"{HERE}/dependencies?kind=chains")),
        ("kinds of dependencies", f"{HERE}/dependencies", field("kind")),
        ("start times: from", f"{HERE}/start-times", field("from")),
        ("start times: to", f"{HERE}/start-times", field("before")),
        ("start times: at most", f"{HERE}/start-times", field("limit")),
        ("start times: with orders", f"{HERE}/start-times", field("orders")),
        ("start times as CSV", f"{HERE}/start-times", link(f"{HERE}/start-times?format=csv")),
        ("start times as XML", f"{HERE}/start-times", link(f"{HERE}/start-times?format=xml")),
        ("start times in a working view", f"{HERE}/plan", "//main//h1"),
        ("filters: store, store as", f"{HERE}/jobs", '//form[@action="/me/views"]//input[@name="name"]'),
        ("filters: remove", "/me/views", '//form[contains(@action, "/remove")]//button'),
        ("filters: a quick check by a regular expression", f"{HERE}/jobs?q=/lo[ab]d/", f'//tbody{link(JOB)}'),
        ("filters of the classic interface", "/me/views", '//form[@action="/me/views/import"]//input[@type="file"]'),
        ("log categories: set for a time", f"{HERE}/-/set-log-category", field("delay")),
        ("log categories: reset", f"{HERE}/log", does(f"{HERE}/-/reset-log-categories")),
        ("log categories: list", f"{HERE}/log", f'{does(f"{HERE}/-/set-log-category")}'),
        ("pause", CLUSTER, does(f"{HERE}/-/pause")),
        ("pause until", f"{HERE}/-/pause", field("until")),
        ("pause, from each page", f"{HERE}/jobs", strip(does(f"{HERE}/-/pause").partition(" | ")[0])),
        ("terminate", CLUSTER, does(f"{HERE}/-/terminate")),
        ("terminate within n seconds", f"{HERE}/-/terminate", field("timeout")),
        ("terminate and restart", CLUSTER, does(f"{HERE}/-/restart")),
        ("terminate and restart within n seconds", f"{HERE}/-/restart", field("timeout")),
        ("abort", CLUSTER, does(f"{HERE}/-/abort")),
        ("abort asks for the name", f"{HERE}/-/abort", field("typed")),
        ("abort and restart", CLUSTER, does(f"{HERE}/-/abort-restart")),
        ("terminate the cluster", CLUSTER, does(f"{HERE}/-/terminate-all")),
        ("terminate the cluster within n seconds", f"{HERE}/-/terminate-all", field("timeout")),
        ("terminate and restart the cluster", CLUSTER, does(f"{HERE}/-/restart-all")),
        ("terminate and restart the cluster within n seconds", f"{HERE}/-/restart-all", field("timeout")),
        ("terminate fail-safe, switch over", CLUSTER, does(f"{HERE}/-/fail-safe")),
        ("terminate fail-safe within n seconds", f"{HERE}/-/fail-safe", field("timeout")),
    ),
    "help and settings": _rows(
        ("documentation", "/help", leads("/help/manual/")),
        ("a chapter of the documentation", "/help/manual/web", "//main//h2[.='The search field']"),
        ("release notes", "/help", link("/help/manual/release-notes")),
        ("support: a file for whoever helps", "/help", link("/admin/maintenance#h-support")),
        ("the file for whoever helps", "/admin/maintenance", '//form[contains(@action, "maintenance")]//button'),
        ("extra links of the administrator", "/admin/settings", field("links")),
        ("extra links in the help", "/help", link("https://wiki.example/run")),
        ("first page", "/me", field("start")),
        ("a saved view as first page", "/me/views", '//form[contains(@action, "/start")]//button'),
        ("lists as a tree", f"{HERE}/jobs", link(f"{HERE}/folders/jobs")),
        ("default selectors: a saved view", f"{HERE}/jobs", '//details[contains(@class, "views")]'),
        ("limits of lists", "/me", field("rows")),
        ("terminate timeout", "/admin/settings", field("end_seconds")),
        ("“start at” is now unless said otherwise", "/me", field("start_at")),
        ("“add order” is never unless said otherwise", "/me", field("order_at")),
        ("about, in the administration", "/admin/settings", f'//nav[@class="tabs"]{link("/help/about")}'),
        ("about, with versions", "/help/about", column("Version")),
        ("language", "/me", field("language")),
        ("monitor window: a screen on a wall", "/me/views", leads("/wall/")),
        ("compact layout", "/me", '//input[@name="density"][@value="compact"]'),
        ("where functions are", "/help", link("/help/from-joc")),
    ),
    "selectors": _rows(
        ("tree of jobs", f"{HERE}/folders/jobs", '//table[@class="tree"]'),
        ("tree of chains", f"{HERE}/folders/chains", '//table[@class="tree"]'),
        ("open all folders", f"{HERE}/folders/jobs", link(f"{HERE}/folders/jobs?open=%2A")),
        ("close all folders", f"{HERE}/folders/jobs?open=*", link(f"{HERE}/folders/jobs?open=-")),
        ("back to the list", f"{HERE}/folders/jobs", link(f"{HERE}/jobs")),
        ("standalone jobs", f"{HERE}/jobs?q=type:standalone", f"//tbody{link(JOB)}"),
        ("order jobs", f"{HERE}/jobs?q=type:order", f"//tbody{link(f'{HERE}/jobs/sales/one')}"),
        ("kinds of jobs, by a chip", f"{HERE}/jobs", f'//main{link(f"{HERE}/jobs?q=type%3Aorder")}'),
        *((f"jobs that are {state}", f"{HERE}/jobs", f'//main{link(f"{HERE}/jobs?state={state}")}') for state in ("running", "stopped")),
        ("jobs with a process class", f"{HERE}/jobs?q=class:few", f"//tbody{link(JOB)}"),
        ("jobs that are running or stopped", f"{HERE}/jobs?q=state:running,stopped", f"//tbody{link(SLOW)}"),
        ("jobs in other states", f"{HERE}/jobs?q=not state:running,stopped", f"//tbody{link(f'{HERE}/jobs/sales/two')}"),
        ("jobs with the default process class", f"{HERE}/jobs?q=class:default", f"//tbody{link(f'{HERE}/jobs/sales/one')}"),
        ("show tasks", f"{HERE}/jobs", link(f"{HERE}/jobs?show=tasks")),
        ("tasks below their jobs", f"{HERE}/jobs?show=tasks", f"//tbody{link(TASK)}"),
        *((f"sort jobs by {word}", f"{HERE}/jobs", f'//thead//a[contains(@href, "{word}")]') for word in ("path", "next", "trouble")),
        ("sort orders", f"{HERE}/orders", "//thead//a"),
        ("sort orders by chain", f"{HERE}/orders", link(f"{HERE}/orders?group=chain")),
        ("lists by a stored filter", f"{HERE}/jobs", f'//details[contains(@class, "views")]{link(f"{HERE}/jobs?q=load")}'),
        ("show jobs in chains", f"{HERE}/chains", link(f"{HERE}/chains?show=nodes")),
        ("jobs in chains", f"{HERE}/chains?show=nodes", f"//tbody{link(f'{HERE}/jobs/sales/one')}"),
        ("show orders in chains", f"{HERE}/chains", link(f"{HERE}/chains?show=orders")),
        ("orders in chains", f"{HERE}/chains?show=orders", f"//tbody{link(HELD)}"),
        ("chains by the state of their jobs", f"{HERE}/chains?q=jobstate:pending", f"//tbody{link(CHAIN)}"),
        ("chains by the process class of their jobs", f"{HERE}/chains?q=class:few", f"//tbody{link(CHAIN)}"),
        ("schedules that are active now", RESOURCES, f'{cell("Now", "active")}//*[name()="svg"]'),
        ("last activities: orders", HISTORY, '//nav[@class="tabs"]/a[.="Orders"]'),
        ("last activities: tasks", HISTORY, '//nav[@class="tabs"]/a[.="Tasks"]'),
        ("last activities: faulty ones", f"{HISTORY}?kind=tasks&q=result:failed", '//tbody/tr[@data-row]'),
        ("last activities: error of a task", f"{HISTORY}?kind=tasks&q=result:failed", '//tbody//th//div[contains(@class, "muted")]'),
    ),
    "jobs": _rows(
        ("log", JOB, tab("Log", f"{JOB}?tab=log")),
        ("log, from the row", menu("job", "/sales/load"), link(f"{HERE}/tasks/{{ended}}/-/log")),
        ("configuration", JOB, tab("Configuration", f"{JOB}?tab=configuration")),
        ("configuration itself", f"{JOB}?tab=configuration", panel("Configuration")),
        ("documentation", f"{JOB}?tab=documentation", says("What it loads")),
        ("dependencies", JOB, tab("Dependencies", f"{HERE}/dependencies?around=/sales/load")),
        ("start times", JOB, tab("Start times", f"{JOB}?tab=starts")),
        ("start times themselves", f"{JOB}?tab=starts", "//tbody/tr[@data-row]"),
        ("start", JOB, does(f"{JOB}/-/start")),
        ("start now", JOB, does(f"{JOB}/-/start-now")),
        ("start unforced", f"{JOB}/-/start", field("in_period")),
        ("start at", f"{JOB}/-/start", field("at")),
        ("start with parameters", f"{JOB}/-/start", field("param_name")),
        ("set run time", JOB, does(f"{JOB}/-/set-run-time")),
        ("run time in an editor", f"{JOB}/-/set-run-time", field("run_time")),
        ("run time by a schedule", f"{JOB}/-/set-run-time", '//form//select[@name="schedule"]/option[@value="/nightly"]'),
        ("stop", JOB, does(f"{JOB}/-/stop")),
        ("stop until", f"{JOB}/-/stop", field("until")),
        ("unstop", f"{HERE}/jobs/sales/halted", does(f"{HERE}/jobs/sales/halted/-/unstop")),
        *((f"{verb} tasks", PYTHON, does(f"{PYTHON}/-/{verb}-tasks")) for verb in ("end", "suspend", "continue")),
        ("delete", f"{HERE}/config/-/job/sales/load", does(f"{HERE}/config/-/job/sales/load/-/delete")),
        ("state", JOB, "//h1/following-sibling::span"),
        ("state text, of a script", PYTHON, fact("State text", "as told")),
        ("state text, of a shell job", JOB, fact("State text", "out")),
        ("error", f"{HERE}/jobs/sales/broken", '//div[contains(@class, "banner")]//strong[contains(., "Last error")]'),
        ("last error, of its task", f"{HERE}/jobs/sales/broken", fact("Last error")),
        ("last warning", f"{HERE}/jobs/sales/warned", fact("Last warning", "careful")),
        ("locks", JOB, fact("Lock", "/sales/db")),
        ("process class", JOB, fact("Process class", "/few")),
        ("next start", JOB, fact("Next start")),
        ("tasks at most", JOB, fact("Tasks", "of 3 possible")),
        ("steps", PYTHON, cell("Steps", "1")),
        ("tasks", SLOW, f"//tbody{link(TASK)}"),
        ("orders to process", f"{HERE}/jobs/sales/one", tab("Orders", f"{HERE}/jobs/sales/one?tab=orders")),
        ("run time defined by", JOB, fact("Schedule", "/nightly")),
        ("mail settings", JOB, fact("Mail on error", "yes")),
        ("log level", JOB, fact("Log level", "debug1")),
        ("time of the file", JOB, fact("File", "load.job.xml")),
        ("error in the changed file", f"{HERE}/jobs/sales/spoilt", '//*[@id="file-problem"]'),
        ("removal delayed", f"{HERE}/jobs/sales/going", says("The file is deleted.")),
        ("replacement stands by", SLOW, says("A newer version waits.")),
        ("task queue", SLOW, f'//tbody{link(f"{HERE}/tasks/{{queued}}")}'),
        ("task history", JOB, panel("History")),
        ("order queue", f"{HERE}/jobs/sales/one?tab=orders", panel("Orders at the nodes of this job")),
        ("delete a queued task", SLOW, does(f"{HERE}/tasks/{{queued}}/-/dequeue")),
    ),
    "tasks": _rows(
        ("process id", TASK, fact("Process id")),
        ("cause", TASK, fact("Cause")),
        ("order", f"{HERE}/tasks/{{step}}", link(DONE)),
        ("enqueued at", TASK, fact("Queued")),
        ("running since", TASK, fact("Started")),
        ("in process since", TASK, fact("In a step since")),
        ("idle since", f"{HERE}/tasks/{{idle}}", fact("Waits for an order since")),
        ("state, as the engine tells it", f"{HERE}/tasks/{{idle}}", '//h1/following-sibling::span[.="waiting for order"]'),
        ("subprocesses", TASK, fact("Processes")),
        ("log", TASK, '//*[@id="log"]'),
        ("end", f"{HERE}/tasks/{{idle}}", does(f"{HERE}/tasks/{{idle}}/-/end")),
        ("terminate", TASK, does(f"{TASK}/-/terminate")),
        ("terminate with a timeout", f"{TASK}/-/terminate", field("seconds")),
        ("kill", TASK, does(f"{TASK}/-/kill")),
        ("kill asks for the number", f"{TASK}/-/kill", field("typed")),
        ("a queued task: delete", f"{HERE}/tasks/{{queued}}", does(f"{HERE}/tasks/{{queued}}/-/dequeue")),
        ("a task of the history: log", f"{HISTORY}?kind=tasks", link(f"{HERE}/tasks/{{ended}}/-/log")),
    ),
    "orders": _rows(
        ("log", DONE, link(f"{DONE}/-/runs/{{run}}/log")),
        ("log of a run, itself", f"{DONE}/-/runs/{{run}}/log", '//main//h1'),
        ("configuration", NIGHTLY, panel("Configuration")),
        ("start times", NIGHTLY, panel("Start times")),
        ("start now", NIGHTLY, does(f"{NIGHTLY}/-/start")),
        ("start at", NIGHTLY, does(f"{NIGHTLY}/-/start-at")),
        ("start at: the time", f"{NIGHTLY}/-/start-at", field("at")),
        ("start with parameters", f"{NIGHTLY}/-/start-at", field("param_name")),
        *((f"add an order: {name}", f"{CHAIN}/-/add-order", field(name)) for name in
          ("order", "title", "at", "state", "end_state", "param_name")),
        ("add an order: never", f"{CHAIN}/-/add-order", '//code[.="never"]'),
        ("set state", HELD, does(f"{HELD}/-/set-state")),
        *((f"set state: {name}", f"{HELD}/-/set-state", field(name)) for name in ("state", "end_state", "remove_setback", "resume")),
        ("set run time", NIGHTLY, does(f"{NIGHTLY}/-/set-run-time")),
        ("suspend", NIGHTLY, does(f"{NIGHTLY}/-/suspend")),
        ("resume", HELD, f'//form[@action="{HELD}/-/resume"]//button'),
        ("resume with parameters", HELD, f'{link(f"{HELD}/-/resume")}'),
        ("resume: the parameters", f"{HELD}/-/resume", field("param_name")),
        ("reset", HELD, does(f"{HELD}/-/reset")),
        ("delete", HELD, does(f"{HELD}/-/remove")),
        ("delete asks for the name", f"{HELD}/-/remove", field("typed")),
        ("remove the set-back", SETBACK, does(f"{SETBACK}/-/remove-setback")),
        ("blacklist", f"{HERE}/orders", '//nav[@class="tabs"]' + link(f"{HERE}/orders?state=blacklisted")),
        ("blacklist of a chain", CHAIN, tab("Blacklist", f"{HERE}/orders?chain=/sales/flow&state=blacklisted")),
        ("blacklist: its orders", f"{HERE}/orders?state=blacklisted", '//tbody//a[contains(@href, "bad.csv")]'),
        ("blacklist: log", menu("order", "/sales/files,{bad}"), '//a[.="Log"]'),
        ("blacklist: delete", menu("order", "/sales/files,{bad}"), '//*[contains(., "Remove from blacklist")]'),
        ("history: log", f"{HISTORY}?kind=orders", link(f"{DONE}/-/runs/{{run}}/log")),
        ("history: standard output", DONE, link(f"{HERE}/tasks/{{step}}/-/log?channel=stdout")),
        ("history: standard error", DONE, link(f"{HERE}/tasks/{{step}}/-/log?channel=stderr")),
        ("details: chain", HELD, f'//p[@class="subtitle"]{link(CHAIN)}'),
        ("details: job", HELD, f'{fact("Job")}{link(f"{HERE}/jobs/sales/one")}'),
        ("details: state", HELD, fact("Node", "first")),
        ("details: error", SETBACK, '//section[@aria-labelledby="h-steps"]//th[@scope="row"]/..//div[contains(@class, "muted")]'),
        ("details: set-back", SETBACK, fact("Setbacks", "1")),
        ("details: next start", NIGHTLY, fact("Status", "")),
        ("details: running since", DONE, column("Started")),
        ("details: priority", HELD, fact("Priority", "0")),
        ("details: replacement", f"{ORDERS}/-/busy", says("A newer version waits.")),
        ("details: processed by", f"{ORDERS}/-/busy", fact("Processed by")),
    ),
    "chains and nodes": _rows(
        ("configuration", CHAIN, tab("Configuration", f"{HERE}/config/-/job_chain/sales/flow")),
        ("dependencies", CHAIN, tab("Dependencies", f"{HERE}/dependencies?around=/sales/flow")),
        ("start times", CHAIN, tab("Start times", f"{CHAIN}?tab=starts")),
        ("add an order", CHAIN, does(f"{CHAIN}/-/add-order")),
        ("delete orders: select", CHAIN, '//td//input[@type="checkbox"]'),
        ("delete orders: all of a page", CHAIN, '//thead//input[@type="checkbox"]'),
        ("delete orders: all temporary ones", CHAIN, link(f"{HERE}/bulk/order/temporary?chain=/sales/flow")),
        ("delete orders: all temporary ones, from the row", menu("chain", "/sales/flow"), link(f"{HERE}/bulk/order/temporary?chain=/sales/flow")),
        ("delete orders: all temporary ones, confirmed", f"{HERE}/bulk/order/temporary?chain=/sales/flow", field("typed")),
        ("delete orders", CHAIN, '//button[@value="remove"]'),
        ("stop", CHAIN, does(f"{CHAIN}/-/stop")),
        ("stop until", f"{CHAIN}/-/stop", field("until")),
        ("unstop", f"{HERE}/chains/sales/halted", does(f"{HERE}/chains/sales/halted/-/unstop")),
        ("node: stop", CHAIN, does(f"{CHAIN}/-/node/first/-/stop")),
        ("node: skip", CHAIN, does(f"{CHAIN}/-/node/first/-/skip")),
        ("node: unstop, unskip", f"{HERE}/chains/sales/halted", does(f"{HERE}/chains/sales/halted/-/node/only/-/process")),
        ("nodes: stop, skip, unstop many", CHAIN, '//form[@id="bulk-nodes"]//button[@value="skip"]'),
        ("node: configuration of its job", f"{CHAIN}?node=first", f'//*[@id="node-panel"]{link(f"{HERE}/config/-/job/sales/one")}'),
        ("node: stop its job", f"{CHAIN}?node=first", f'//*[@id="node-panel"]{link(f"{HERE}/jobs/sales/one/-/stop")}'),
        ("node: unstop its job", f"{HERE}/chains/sales/halted?node=only", f'//*[@id="node-panel"]//form[@action="{HERE}/jobs/sales/halted/-/unstop"]'),
        ("history of orders", CHAIN, tab("History", f"{HISTORY}?kind=orders&q=chain:/sales/flow")),
        ("file orders: directory and pattern", f"{HERE}/chains/sales/files", fact("Files", "csv")),
        ("file orders: repeat", f"{HERE}/chains/sales/files", fact("Files", "looked at every")),
        ("file orders: delay", f"{HERE}/chains/sales/files", fact("Files", "after an error every")),
        ("orders at most", CHAIN, fact("Orders at most", "9")),
        ("web service", CHAIN, fact("Web service", "none")),
        ("nested chains", f"{HERE}/chains/sales/outer", cell("Job", "/sales/inner")),
    ),
    "resources, cluster, supervisor": _rows(
        ("schedule: configuration", SCHEDULE, panel("Configuration")),
        ("schedule: add a substitute", SCHEDULE, leads(f"{HERE}/config/-/new?kind=schedule&substitute=", "Add substitute")),
        ("schedule: edit", SCHEDULE, does(f"{HERE}/config/-/schedule/nightly/-/edit-schedule")),
        ("schedule: create", RESOURCES, link(f"{HERE}/config/-/new?kind=schedule")),
        ("schedule: delete", SCHEDULE, does(f"{HERE}/config/-/schedule/nightly/-/delete-schedule")),
        ("schedule: used by jobs", SCHEDULE, f'{panel("Used by")}/../..{link(JOB)}'),
        ("schedule: used by orders", SCHEDULE, f'{panel("Used by")}/../..{link(NIGHTLY)}'),
        ("schedule: substituted by", SCHEDULE, f'{panel("Substitutes")}/../..{link(FEAST)}'),
        ("schedule: valid from and to", RESOURCES, cell("Valid", "2040-01-01")),
        ("schedule: state", SCHEDULE, "//h1/following-sibling::span"),
        ("process class: limit", RESOURCES, cell("In use", "of 5")),
        ("process class: remote scheduler", RESOURCES, f'//section[@aria-labelledby="h-classes"]{link("/agents")}'),
        ("process class: pid of a process", RESOURCES, cell("Processes", "pid")),
        ("process class: task of a process", RESOURCES, f'{cell("Processes", "")}{link(TASK)}'),
        ("process class: process since", RESOURCES, f'{cell("Processes", "")}//time'),
        ("process class: current operation", RESOURCES, cell("Processes", "running process")),
        ("process class: operations", RESOURCES, cell("Processes", "running waiting for order, 1 step")),
        ("agents", "/agents", says("None yet.")),
        ("lock: state", RESOURCES, column("State")),
        ("lock: holders", RESOURCES, f'{cell("Held by", "")}{link(TASK)}'),
        ("lock: waiting jobs", RESOURCES, f'{cell("Waiting", "")}{link(f"{HERE}/jobs/sales/other")}'),
        ("lock: exclusive", RESOURCES, cell("Waiting", "alone")),
        ("lock: who blocks whom", RESOURCES, panel("Who blocks whom")),
        *((f"cluster: {word}", CLUSTER, fact(word)) for word in
          ("Member id", "Role", "Running since", "Process id", "Last heartbeat", "Version", "Ports")),
        ("cluster: detected heartbeats", CLUSTER, fact("Last hour")),
        *((f"remote schedulers: {word}", "/supervisor", column(head)) for word, head in {
            "id and version": "Worker", "host and port": "Address", "last update": "Last fetched", "connected": "Connected since",
        }.items()),
        ("remote schedulers: since when one is disconnected", "/supervisor", column("Last contact")),
        ("remote schedulers: open its pages", "/supervisor", '//tbody//a[@rel="noreferrer"]'),
        ("remote schedulers: addresses for people", "/admin/settings", field("addresses")),
        ("remote schedulers: addresses for people, of a file", "/me/views", field("everybody")),
        ("remote schedulers: switch to another scheduler", "/schedulers", link(f"{HERE}/")),
    ),
    "windows": _rows(
        ("log window: follows", TASK, '//*[@id="log-next"]'),
        ("log window: running or ended", TASK, "//h1/following-sibling::span"),
        ("log window: standard output", f"{HERE}/tasks/{{ended}}/-/log?channel=stdout", '//*[@id="log"]'),
        ("log window: standard output or error", ENDED, '//a[contains(@href, "channel=stderr")] | //*[@name="channel"]'),
        ("configuration window", f"{HERE}/config/-/job/sales/load", "//main//pre | //main//table"),
        ("description window", JOB, tab("Documentation", f"{JOB}?tab=documentation")),
        ("drawing of a chain", CHAIN, '//*[name()="svg"][contains(@class, "graph")]'),
        ("drawing of dependencies", f"{HERE}/dependencies?around=/sales/flow", '//*[name()="svg"][contains(@class, "graph")]'),
        ("calendar", f"{HERE}/plan", leads(f"{HERE}/plan?view=month")),
        *((f"menu of a row: {kind}", address, '//a[@data-menu]') for kind, address in {
            "job": f"{HERE}/jobs", "chain": f"{HERE}/chains", "order": f"{HERE}/orders", "task": f"{HISTORY}?kind=tasks",
            "run of an order": f"{HISTORY}?kind=orders", "node": CHAIN,
        }.items()),
        *((f"menu of a row: {where}", address, f'//{section}//tr[@data-row]//a[@data-menu]') for where, address, section in (
            ("what runs now", f"{HERE}/", 'section[@aria-labelledby="h-running"]'),
            ("newest failures", f"{HERE}/", 'section[@aria-labelledby="h-failed"]'),
            ("held orders", f"{HERE}/", 'section[@aria-labelledby="h-held"]'),
            ("stopped jobs", f"{HERE}/", 'section[@aria-labelledby="h-stopped"]'),
            ("stopped chains", f"{HERE}/", 'section[@aria-labelledby="h-stopped-chains"]'),
            ("jobs in the tree", f"{HERE}/folders/jobs?open=*", "tbody"),
            ("chains in the tree", f"{HERE}/folders/chains?open=*", "tbody"),
            ("history of a job", JOB, 'section[@aria-labelledby="h-history"]'),
            ("orders of a job", f"{HERE}/jobs/sales/one?tab=orders", 'section[@aria-labelledby="h-orders"]'),
            ("runs of a chain", CHAIN, 'section[@aria-labelledby="h-runs"]'),
            ("the next hour", f"{HERE}/", 'section[@aria-labelledby="h-next-hour"]'),
            ("schedules", RESOURCES, 'section[@aria-labelledby="h-schedules"]'),
            ("process classes", RESOURCES, 'section[@aria-labelledby="h-classes"]'),
            ("locks", RESOURCES, 'section[@aria-labelledby="h-locks"]'),
            ("remote schedulers", "/supervisor", "tbody"),
            ("files", f"{HERE}/config", "tbody"),
            ("files in the tree", f"{HERE}/folders/files?open=*", "tbody"),
            ("what is found", f"{HERE}/search?q=load", "tbody"),
        )),
        ("schedule, from the row: configuration", menu("schedule", "/nightly"), f'{link(f"{HERE}/config/-/schedule/nightly")}[.="Configuration"]'),
        ("schedule, from the row: add a substitute", menu("schedule", "/nightly"), leads(f"{HERE}/config/-/new?kind=schedule&substitute=", "Add substitute")),
        ("schedule, from the row: edit", menu("schedule", "/nightly"), does(f"{HERE}/config/-/schedule/nightly/-/edit-schedule")),
        ("functions to be hidden", "/admin/settings", field("ui.hide.job.stop")),
        ("functions to be confirmed", "/admin/settings", field("ui.confirm.job.stop")),
    ),
}  # fmt: skip
