"""Every action there is: its form without script and as a dialog, what becomes of it when it is done, when the engine
refuses, and for somebody who may not; with an entry in the audit for each that was sent."""

from __future__ import annotations

from typing import Any

import pytest

from models import audit, connect
from models.audit import Entry
from models.roles import Assignment
from scheduler.records import OrderState
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_saved_file, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.actions.verbs import REASON, TYPED, VERBS
from web.api.deeds import PATHS

WHERE = {
    "job": "/s/demo/jobs/sales/load/-/",
    "task": "/s/demo/tasks/12/-/",
    "order": "/s/demo/orders/sales/daily/-/late/-/",
    "chain": "/s/demo/chains/sales/daily/-/",
    "node": "/s/demo/chains/sales/daily/-/node/second/-/",
    "scheduler": "/s/demo/-/",
    "member": "/s/demo/cluster/demo.other/-/",
    "supervisor": "/s/demo/supervisor/-/",
    "worker": "/s/demo/supervisor/w/-/",
    "file": "/s/demo/config/-/job/sales/load/-/",
}
#: an order on the blacklist
KEPT = "kept"
#: what is typed to confirm
NAMES = {
    "task": "12", "order": "late", "scheduler": "demo", "member": "demo.other", "file": "/sales/load",
}  # fmt: skip
START = "2030-03-05 07:00"
#: what forms want besides a reason and a name
FIELDS: dict[str, dict[str, str]] = {
    "job.set-run-time": {"run_time": "<run_time/>"},
    "order.set-run-time": {"run_time": "<run_time/>"},
    "order.set-state": {"state": "second"},
    "scheduler.set-log-category": {"category": "scheduler.order"},
    "supervisor.release": {"revision": "main"},
    "supervisor.send-chosen": {"workers": "north"},
    "worker.roll-back": {"version": "2"},
    "worker.deploy": {"version": "2", "workers": "w v"},
    "file.edit": {"source": "<job/>"},
    "file.restore": {"version": "1"},
    **{f"{kind}.withdraw-change": {"number": "1"} for kind in ("job", "order")},
    **{f"{kind}.add-start": {"start": START} for kind in ("job", "order")},
    **{f"{kind}.move-start": {"planned": START, "start": START} for kind in ("job", "order")},
    **{
        f"{kind}.{verb}": {"planned": START}
        for kind in ("job", "order")
        for verb in ("skip-start", "hold-start", "change-start")
    },
}
#: kinds of files that have verbs of their own
OTHER_FILES = {"-schedule": ("schedule", "<schedule/>"), "-class": ("process_class", "<process_class/>"),
               "-lock": ("lock", "<lock/>"), "-black-out": ("calendar", "<calendar/>")}  # fmt: skip


def asked(action: str) -> tuple[str, dict[str, Any]]:
    "The address of an action, and a form that is complete."
    kind, _, verb = action.partition(".")
    where, fields, name = WHERE[kind], dict(FIELDS.get(action, {})), NAMES.get(kind, "demo")
    for ending, (file_kind, source) in OTHER_FILES.items():
        if kind == "file" and verb.endswith(ending):
            where, name = f"/s/demo/config/-/{file_kind}/x/-/", "/x"
            fields = {"edit": {"source": source, "back": "/s/demo/config"}}.get(verb.removesuffix(ending), {})
    if action == "order.remove-blacklisted":
        where = where.replace("late", KEPT)
    level = VERBS[kind, verb].level
    given = {"reason": "Because"} if level >= REASON else {}
    return where + verb, fields | given | ({"typed": name} if level >= TYPED else {})


ACTIONS = [verb.action for verb in VERBS.values()]
#: without a version of that kind of file, and without such a file: what can be seen of them is seen at jobs
NOTHING_THERE = {
    "file.restore-schedule", "file.restore-class", "file.delete-schedule", "file.delete-class",
    "file.set-limits-class", "file.set-limits-lock", "file.end-schedule",
    "file.add-black-out", "file.remove-black-out",
    "supervisor.send-behind",
}  # fmt: skip


def entries(site: Site) -> list[Entry]:
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        found = audit.entries(connection, "demo")
    engine.dispose()
    return found


def test_every_kind_has_its_address_here_and_for_programs() -> None:
    kinds = {verb.kind for verb in VERBS.values()}
    assert kinds == set(WHERE) == set(PATHS)


@pytest.mark.parametrize("kind", list(WHERE))
def test_an_action_has_its_form_its_result_its_refusal_and_its_entry(
    site: Site, engine_port: CommandServer, kind: str
) -> None:
    a_saved_file(site.url, "/sales/load")
    with Rows(site.url) as rows:
        rows.put(an_order(KEPT, "/sales/daily", state=OrderState.BLACKLISTED))
    site.show_all()
    for action in ACTIONS:
        if action.partition(".")[0] == kind and action not in NOTHING_THERE:
            has_all(site, engine_port, action)


def has_all(site: Site, engine_port: CommandServer, action: str) -> None:
    address, form = asked(action)
    verb = VERBS[tuple(action.split(".", 1))]  # type: ignore[index]
    # without script a page of its own, with script the inside of a dialog; both post to the same place
    page = tree(site.get(address))
    assert page.xpath(f'//form[@method="post"][@action="{address}"]//input[@name="csrf_token"]'), action
    assert page.xpath("//main//h1")[0].text == verb.word
    inside = site.fragment(address).text
    assert "<form" in inside, action
    assert "<html" not in inside, action
    # the engine says no: the code is told, and the audit has it
    engine_port.reply = lambda command: refusal("SCHEDULER-999", "not today")
    refused = site.post(address, address, **form)
    said = words(refused if refused.status_code == 422 else site.get(refused.location))
    assert "SCHEDULER-999" in said, action
    entry = entries(site)[0]
    assert (entry.action, entry.result_code, entry.account) == (action, "SCHEDULER-999", "admin")
    # it says yes
    engine_port.reply = lambda command: "<ok/>"
    before = len(engine_port.commands)
    done = site.post(address, address, **form)
    assert done.status_code == 303, (action, words(done))
    assert len(engine_port.commands) == before + 1, action
    entry = entries(site)[0]
    assert (entry.action, entry.result_code, entry.reason) == (action, "", form.get("reason", ""))
    assert f"{verb.done}: " in words(site.get(done.location)), action


def test_who_may_only_look_gets_neither_form_nor_deed(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "viewer", Assignment("viewer"))
    site.enter("viewer")
    for action in ACTIONS:
        address, form = asked(action)
        opened = site.get(address)
        assert opened.status_code in (403, 404), action
        if opened.status_code == 403:
            assert VERBS[tuple(action.split(".", 1))].permission in words(opened), action  # type: ignore[index]
        assert site.post(address, "/me", **form).status_code == 403, action
    assert engine_port.commands == []
    assert entries(site) == []
