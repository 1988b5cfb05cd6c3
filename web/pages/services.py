"""The background services: which process hosts them, how each of them does, and its runs.

What is wished for here is written into the store; the process that hosts the services obeys within a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from models import audit, notices
from models import services as store
from models.services import Instance, ServiceRun, ServiceState
from web import database, permissions, scope
from web.display import now
from web.fragments import page_or_fragment
from web.pages.me import actor, said
from web.states import Look
from web.words import gettext

blueprint = Blueprint("services", __name__, url_prefix="/s/<scheduler_id>/services")

#: service -> what it does, in the order in which they begin
SERVICES: dict[str, str] = {
    "daily_plan": "Keeps the plan: what is expected to start, and what became of it.",
    "history": "Condenses what ran into daily figures, and releases the journal.",
    "monitor": "Notices what goes wrong, by the rules of monitor.xml.",
    "beats": "Keeps how regularly the members gave signs of life.",
    "holds": "Notes in the audit what the scheduler let go at its time.",
    "messages": "Tells people and programs about notices.",
    "proxy": "Holds the connection to the engine, sends commands that wait, passes events on.",
    "restart": "Finishes what an outage has interrupted.",
    "clean_up": "Deletes what is older than it has to be kept.",
}
#: an instance whose last beat is older is not believed to live
SILENT = timedelta(seconds=10)
VERBS = {"pause": "Paused.", "resume": "Goes on.", "run": "It runs now."}
RUNS = 100


@dataclass(frozen=True, slots=True)
class Row:
    "A service: how it is wanted, its last run that had something to tell, and its last failure."

    name: str
    words: str
    state: ServiceState
    last: ServiceRun | None
    failure: ServiceRun | None
    hosted: bool

    @property
    def look(self) -> Look:
        if self.state.paused:
            return Look("held", "bars", "paused")
        if not self.hosted:
            return Look("attention", "triangle", "not hosted")
        if self.last is not None and self.last.failed:
            return Look("bad", "octagon", "last run failed")
        return Look("good", "tick", "at work")


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    connection = database.read()
    instances = store.instances(connection, scheduler_id)
    hosted = any(each.active and not _silent(each) for each in instances)
    states = store.states(connection, scheduler_id)
    return page_or_fragment(
        "services/page.html",
        {"services": "services/_services.html"},
        instances=[(each, _look(each)) for each in instances],
        hosted=hosted,
        rows=[_row(scheduler_id, name, words, states, hosted) for name, words in SERVICES.items()],
        rules=notices.rules_in_force(connection, scheduler_id),
        stuck=notices.stuck(connection, scheduler_id),
    )


@blueprint.get("/<service>")
def runs(scheduler_id: str, service: str) -> str:
    scope.enter(scheduler_id)
    if service not in SERVICES:
        abort(404)
    failed = request.args.get("state") == "failed"
    found = store.runs(database.read(), scheduler_id, service, RUNS, failed_only=failed)
    return page_or_fragment(
        "services/runs.html",
        {"runs": "services/_runs.html"},
        service=service,
        words=SERVICES[service],
        runs=found,
        failed=failed,
    )


@blueprint.post("/<service>/-/<verb>")
def change(scheduler_id: str, service: str, verb: str) -> Response:
    scope.enter(scheduler_id)
    permissions.need("services.manage")
    if service not in SERVICES or verb not in VERBS:
        abort(404)
    moment = datetime.now(UTC)
    values: Mapping[str, object] = (
        {"run_asked_at": moment}
        if verb == "run"
        else {"paused": verb == "pause", "changed_by": actor().name, "changed_at": moment}
    )
    with database.writing() as connection:
        store.put_state(connection, scheduler_id, service, **values)
        noted(connection, scheduler_id, f"service.{verb}", service, moment)
    said(f"{service.replace('_', ' ').capitalize()}: {VERBS[verb]}")
    return redirect(url_for("services.page", scheduler_id=scheduler_id), 303)


@blueprint.post("/-/switch")
def switch(scheduler_id: str) -> Response:
    "Another instance is to host the services."
    scope.enter(scheduler_id)
    permissions.need("services.manage")
    name, moment = request.form.get("instance", ""), datetime.now(UTC)
    with database.writing() as connection:
        if not store.want_instance(connection, scheduler_id, name, actor().name, moment):
            abort(404)
        noted(connection, scheduler_id, "service.switch", name, moment)
    said(gettext("%(name)s takes the services over as soon as they have stopped in order.", name=name))
    return redirect(url_for("services.page", scheduler_id=scheduler_id), 303)


def noted(
    connection: Connection, scheduler_id: str, action: str, name: str, moment: datetime, reason: str = ""
) -> None:
    "In the audit, in the transaction of the change."
    who = actor()
    entry = audit.begin(
        connection, moment, scheduler_id, who.name, who.address, action, name, reason=reason, token=who.token
    )
    audit.finish(connection, entry, "")


def _row(scheduler_id: str, name: str, words: str, states: Mapping[str, ServiceState], hosted: bool) -> Row:
    connection = database.read()
    last = store.runs(connection, scheduler_id, name, 1)
    failures = store.runs(connection, scheduler_id, name, 1, failed_only=True)
    return Row(
        name, words, states.get(name, ServiceState(name)), last[0] if last else None,
        failures[0] if failures else None, hosted,
    )  # fmt: skip


def _silent(instance: Instance) -> bool:
    return now() - instance.beat_at > SILENT


def _look(instance: Instance) -> Look:
    if _silent(instance):
        return Look("bad", "octagon", "no sign of life")
    if instance.wanted_at is not None and not instance.active:
        return Look("active", "chevrons", "takes over")
    return Look("good", "play", "hosts the services") if instance.active else Look("neutral", "circle", "stands by")
