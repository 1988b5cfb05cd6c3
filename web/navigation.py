"""The navigation of one scheduler: its order is fixed, pages take their place in it as they come."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from web.permissions import may, of_endpoint


@dataclass(frozen=True, slots=True)
class Place:
    """`endpoint` may not exist yet; then the entry is not shown. `blueprints` are the pages that belong to it; that of
    folders has the kind of what lies there behind a slash."""

    word: str
    endpoint: str
    key: str
    blueprints: tuple[str, ...]
    #: in the bottom bar of a phone
    first: bool = False
    #: set apart from the pages of one scheduler
    apart: bool = False
    #: about all schedulers: its address names none
    everywhere: bool = False


PLACES = (
    Place("Overview", "overview.page", "o", ("overview",), first=True),
    Place("Plan", "plan.page", "p", ("plan", "start_times", "calendars")),
    Place("Orders", "orders.index", "r", ("orders", "order_actions", "folders/orders"), first=True),
    Place("Jobs", "jobs.index", "j", ("jobs", "job_actions", "tasks", "task_actions", "folders/jobs"), first=True),
    Place("Chains", "chains.index", "c", ("chains", "chain_actions", "folders/chains")),
    Place("Resources", "resources.page", "", ("resources", "folders/resources")),
    Place("History", "history.page", "h", ("history", "comparisons")),
    Place("Reports", "reports.page", "", ("reports",), apart=True),
    Place("Notices", "notices.index", "n", ("notices",)),
    Place("Log", "log.page", "", ("log",)),
    Place("Cluster", "cluster.page", "k", ("cluster",)),
    Place("Services", "services.page", "", ("services",), apart=True),
    Place("Configuration", "configuration.page", "", ("configuration", "dependencies", "folders/files")),
    Place("Schedulers", "estate.schedulers", "", ("estate",), apart=True, everywhere=True),
    Place("Supervisor", "supervisor.page", "u", ("supervisor",), apart=True, everywhere=True),
    Place("Agents", "estate.agents", "a", (), apart=True, everywhere=True),
    Place("Audit", "audit.page", "", ("audit",), apart=True),
    Place(
        "Administration",
        "accounts.index",
        "",
        ("accounts", "roles", "identity", "notifications", "maintenance", "web_settings"),
        apart=True,
        everywhere=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    word: str
    address: str
    key: str
    current: bool
    first: bool
    apart: bool


def entries(scheduler_id: str) -> list[Entry]:
    "What is shown on a page of the scheduler; on one of none (empty) only what is about all of them."
    here = request.blueprint
    if here == "folders":
        here = f"folders/{(request.view_args or {}).get('kind')}"
    return [
        Entry(
            place.word,
            url_for(place.endpoint) if place.everywhere else url_for(place.endpoint, scheduler_id=scheduler_id),
            place.key,
            here in place.blueprints,
            place.first,
            place.apart,
        )
        for place in PLACES
        if place.endpoint in current_app.view_functions
        and (place.everywhere or scheduler_id)
        and ((permission := of_endpoint(place.endpoint)) is None or may(permission))
    ]
