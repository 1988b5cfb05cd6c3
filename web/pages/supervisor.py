"Supervisors and their workers: who is connected, who is in step, versions and what is different between them."

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, current_app, request
from lxml import etree

from models import read, supervisor_transfers
from scheduler.errors import Code
from web import commands, comparison, database, engines, handed_out, paging, scope
from web.engines import Outcome, Result
from web.fragments import page_or_fragment
from web.handed_out import Side
from web.permissions import may, visible_schedulers
from web.shown_addresses import address_for
from web.supervisor import (
    DifferenceView,
    MergedView,
    SupervisorView,
    WorkerView,
    difference_of,
    faults_of,
    merged_of,
    supervisor_of,
)

blueprint = Blueprint("supervisor", __name__)

_NO_SUCH_WORKER = Code.UNKNOWN_WORKER.code


@blueprint.get("/supervisor")
def page() -> str:
    "Every scheduler that hands configurations out; those that do not answer are named."
    found: dict[str, SupervisorView] = {}
    silent: list[str] = []
    for scheduler_id in visible_schedulers(read.scheduler_ids(database.read())):
        if not may("supervisor.view", None, scheduler_id):
            continue
        answer = _asked(scheduler_id, commands.show_supervisor())
        if answer is None:
            silent.append(scheduler_id)
        elif (view := supervisor_of(answer)).used:
            found[scheduler_id] = view
    return page_or_fragment(
        "supervisor/page.html",
        {"supervisors": "supervisor/_supervisors.html"},
        supervisors=found,
        silent=silent,
        workers={each: _workers(each, view) for each, view in found.items()},
        text=request.args.get("q", "").strip(),
        known_ids=visible_schedulers(read.scheduler_ids(database.read())),
        address_for=address_for,
        link=paging.address,
    )


def _workers(scheduler_id: str, view: SupervisorView) -> tuple[Sequence[WorkerView], paging.Pager]:
    "The part that is asked for of those that match, what is wrong first; and where it is."
    text, argument = request.args.get("q", "").strip().lower(), f"workers.{scheduler_id}"
    found = [each for each in view.workers if text in f"{each.name} {each.hostname} {each.address}".lower()]
    page = paging.part_of(sorted(found, key=lambda each: not each.trouble), argument)
    return page.rows, paging.numbered(page, argument)


@blueprint.get("/s/<scheduler_id>/supervisor/<token:worker>")
def worker(scheduler_id: str, worker: str) -> str:
    """One worker with its versions; `?old=…&new=…` shows what is different between two of them, `?file=…` the versions
    of one file, `?before=…` earlier transfers."""
    scope.enter(scheduler_id)
    view = view_with(scheduler_id, worker)
    found = view.worker(worker) if view is not None else None
    connection = database.read()
    has, shall_have = (
        (handed_out.side(connection, scheduler_id, worker, number) if number else None)
        for number in ((found.applied, found.wanted) if found is not None else (0, 0))
    )
    sides = _sides(scheduler_id, worker)
    sent = supervisor_transfers.transfers(connection, scheduler_id, worker, paging.before(), paging.size() + 1)
    transfers, pager = paging.keyed(sent, "id")
    file = request.args.get("file", "")
    return page_or_fragment(
        "supervisor/worker.html",
        {"worker": "supervisor/_worker.html"},
        files=handed_out.files(has, shall_have),
        sides=sides,
        file=file,
        file_versions=handed_out.versions_of_file(connection, scheduler_id, worker, file) if file else [],
        transfers=transfers,
        pager=pager,
        outcomes=handed_out.OUTCOMES,
        merged=_merged(scheduler_id, worker) if found is not None else None,
        changed=None if sides is None else handed_out.differences(connection, scheduler_id, *sides, _plain()),
        others=[each.name for each in view.workers if each.name != worker] if view is not None else [],
        beside=comparison.beside,
        known_ids=visible_schedulers(read.scheduler_ids(connection)),
        link=paging.address,
        name=worker,
        view=view,
        worker=found,
        difference=_difference(scheduler_id, worker) if found is not None else None,
        invalid=_invalid(scheduler_id, worker) if view is not None and found is not None and not view.automatic else (),
    )


def view_with(scheduler_id: str, worker: str) -> SupervisorView | None:
    "What the supervisor tells with this worker; None: it does not answer. 404: it knows no such worker."
    outcome = _sent(scheduler_id, commands.show_supervisor(worker))
    if outcome.code == _NO_SUCH_WORKER:
        abort(404)
    return supervisor_of(outcome.answer) if outcome.answer is not None else None


def _sides(scheduler_id: str, worker: str) -> tuple[Side, Side] | None:
    """The versions whose files are compared: two that were chosen, or the newest one of `?with=` with the newest one of
    this worker; None when they are not kept."""
    connection, other = database.read(), request.args.get("with", "")
    if other:
        found = [handed_out.side(connection, scheduler_id, name) for name in (other, worker)]
    else:
        numbers = [paging.number(name) for name in ("old", "new")]
        if not all(numbers):
            return None
        found = [handed_out.side(connection, scheduler_id, worker, number) for number in numbers]
    old, new = found
    return None if old is None or new is None else (old, new)


def _plain() -> bool:
    return request.args.get("plain") == "yes"


def _difference(scheduler_id: str, worker: str) -> DifferenceView | None:
    "Between the chosen versions; without a choice between the newest version and the folder."
    chosen = [request.args.get(name, "") for name in ("old", "new")]
    old, new = (text if text.isascii() and text.isdecimal() and len(text) < 18 else "0" for text in chosen)
    answer = _asked(scheduler_id, commands.supervisor_differences(worker, old, new))
    return difference_of(answer) if answer is not None else None


def _merged(scheduler_id: str, worker: str) -> MergedView | None:
    answer = _asked(scheduler_id, commands.supervisor_merged(worker))
    return merged_of(answer) if answer is not None else None


def _invalid(scheduler_id: str, worker: str) -> tuple[str, ...]:
    "What would not be valid if the folder were handed out as it stands."
    answer = _asked(scheduler_id, commands.supervisor_check(worker))
    return faults_of(answer) if answer is not None else ()


def _asked(scheduler_id: str, command: etree._Element) -> etree._Element | None:
    "What the engine says; None when it does not answer in time, or refuses."
    return _sent(scheduler_id, command).answer


def _sent(scheduler_id: str, command: etree._Element) -> Outcome:
    address = scope.reachable(scheduler_id)
    if address is None:
        return Outcome(Result.NO_MEMBER)
    return engines.send(address, command, current_app.extensions["stellwerk_settings"].command_timeout)
