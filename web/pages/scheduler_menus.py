"""Menus of rows about schedulers themselves: their members, their services and their notices."""

from __future__ import annotations

from flask import url_for

from models import notices as notice_store
from models import read
from models import services as service_store
from models.lease import read_lease
from web import cluster, database
from web.actions.kinds import Target, target_of
from web.actions.offers import Offer, offer
from web.cluster import Card
from web.display import now
from web.pages import notices, services
from web.pages.menu_ways import Menu, Way
from web.permissions import may, need
from web.words import N_, gettext, translated

#: word of the menu -> page of a scheduler, and what one has to be allowed to see there
_PAGES = {
    N_("Plan"): ("plan.page", "plan.view"),
    N_("Orders"): ("orders.index", "orders.view"),
    N_("Jobs"): ("jobs.index", "jobs.view"),
    N_("Chains"): ("chains.index", "chains.view"),
    N_("History"): ("history.page", "history.view"),
    N_("Cluster"): ("cluster.page", "cluster.view"),
    N_("Log"): ("log.page", "log.view"),
}
_VERBS = {"run": N_("Run now"), "pause": N_("Pause"), "resume": N_("Continue")}


def menu_of(kind: str, scheduler_id: str, name: str) -> Menu | None:
    """Of a `member`, a `service` (`name`: its id), a `notice` (its number) or a `scheduler` (no name). None: it is of
    another kind, or not there."""
    match kind:
        case "scheduler":
            return _of_scheduler(scheduler_id)
        case "member":
            return _of_member(scheduler_id, name)
        case "service":
            return _of_service(scheduler_id, name)
        case "notice":
            return _of_notice(scheduler_id, name)
    return None


def _of_scheduler(scheduler_id: str) -> Menu:
    "What may be done with it as a whole is what may be done with the member at work."
    page = url_for("overview.page", scheduler_id=scheduler_id)
    parent = url_for("estate.schedulers")
    target = Target(scheduler_id, N_("scheduler"), {}, scheduler_id, "", None, page, parent)
    ways = [
        Way(translated(word), url_for(endpoint, scheduler_id=scheduler_id))
        for word, (endpoint, permission) in _PAGES.items()
        if may(permission)
    ]
    working = [card for card in _cards(scheduler_id) if card.at_work]
    return Menu(target, [each for card in working for each in _offers(scheduler_id, card, "scheduler")], ways)


def _of_member(scheduler_id: str, member_id: str) -> Menu | None:
    need("cluster.view")
    card = next((each for each in _cards(scheduler_id) if each.member.member_id == member_id), None)
    if card is None:
        return None
    target = target_of("member", scheduler_id, {"member_id": member_id})
    ways = []
    if card.lives and card.member.tcp_port and may("log.view"):
        log = url_for("cluster.log", scheduler_id=scheduler_id, member_id=member_id)
        ways.append(Way(gettext("Download log"), log, download=True))
    if card.member.tcp_port and not card.member.dead and may("agents.view"):
        test = url_for("estate.agents", test=f"{scheduler_id}/{member_id}", _anchor="h-places")
        ways.append(Way(gettext("Test connection"), test))
    return Menu(target, _offers(scheduler_id, card), ways)


def _offers(scheduler_id: str, card: Card, only: str = "") -> list[Offer]:
    "`only`: this kind of actions."
    clustered = any(each.member.clustered for each in _cards(scheduler_id))
    known = [deed for deed in cluster.deeds(card, clustered) if only in ("", deed[0])]
    keys = {"scheduler": {}, "member": {"member_id": card.member.member_id}}
    found = (offer(kind, verb, scheduler_id, **keys[kind]) for kind, verb in known)
    return [each for each in found if each is not None]


def _cards(scheduler_id: str) -> list[Card]:
    connection = database.read()
    return cluster.cards(read.members(connection, scheduler_id), read_lease(connection, scheduler_id), now())


def _of_service(scheduler_id: str, name: str) -> Menu | None:
    need("services.view")
    if name not in services.SERVICES:
        return None
    page = url_for("services.runs", scheduler_id=scheduler_id, service=name)
    parent = url_for("services.page", scheduler_id=scheduler_id)
    said = translated(name.replace("_", " "))
    target = Target(scheduler_id, N_("service"), {"service": name}, said, name, None, page, parent)
    state = service_store.states(database.read(), scheduler_id).get(name)
    verbs = ("run", "resume" if state is not None and state.paused else "pause") if may("services.manage") else ()
    at = {"scheduler_id": scheduler_id, "service": name}
    ways = [Way(gettext("Runs that failed"), url_for("services.runs", **at, state="failed"))]  # type: ignore[arg-type]
    for verb in verbs:
        to = url_for("services.change", **at, verb=verb)  # type: ignore[arg-type]
        ways.append(Way(translated(_VERBS[verb]), to, press=True))
    return Menu(target, (), ways)


def _of_notice(scheduler_id: str, name: str) -> Menu | None:
    need("notices.view")
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0
    notice = notice_store.notice(database.read(), scheduler_id, number)
    if notice is None:
        return None
    page = url_for("notices.page", scheduler_id=scheduler_id, number=number)
    parent = url_for("notices.index", scheduler_id=scheduler_id)
    target = Target(scheduler_id, N_("notice"), {"number": name}, name, name, None, page, parent)
    about = notices.object_page(scheduler_id, notice)
    ways = [Way(gettext("Page of its object"), about)] if about else []
    for verb, word in notices.possible(notice):
        to = url_for("notices.change", scheduler_id=scheduler_id, number=number, verb=verb)
        ways.append(Way(translated(word), to, press=True))
    return Menu(target, (), ways)
