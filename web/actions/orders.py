"Actions on orders."

from __future__ import annotations

from collections.abc import Callable

from flask import g
from lxml import etree

from models import read
from scheduler.records import Order, OrderState
from web import commands, database
from web.actions.fields import Input
from web.actions.jobs import PARAMS, RUN_TIME, UNTIL
from web.actions.verbs import REASON, TYPED, Keys, Values, Verb, declare
from web.refusal import Refused
from web.words import gettext

ANY_TIME = Input("at", "Start at", "time", "Empty: now. Times without zone are those of the engine.", never=True)
STAYS = "A step that runs now goes on to its end."
_IN_STEP = (OrderState.RUNNING, OrderState.SUSPENDING)
_WAITS = (OrderState.WAITING, OrderState.SETBACK)
_NOT_IN_STEP = (*_WAITS, OrderState.SUSPENDED, OrderState.BLACKLISTED)


def order_of(scheduler_id: str, keys: Keys) -> Order | None:
    "None: it is gone, or out of sight."
    row = read.order(database.read(), scheduler_id, keys["chain"], keys["order_id"])
    return None if row is None else row.order


def order_shown(scheduler_id: str, keys: Keys) -> Order | None:
    "The same, asked once for all that is offered on a page."
    known: dict[object, Order | None] = g.setdefault("stellwerk_order_shown", {})
    about = scheduler_id, keys["chain"], keys["order_id"]
    if about not in known:
        known[about] = order_of(scheduler_id, keys)
    return known[about]


def standing(*states: OrderState) -> Callable[[str, Keys], bool]:
    "That an order is in one of the states."

    def stands(scheduler_id: str, keys: Keys) -> bool:
        order = order_shown(scheduler_id, keys)
        return order is not None and order.state in states

    return stands


def _modify(keys: Keys, **changes: str) -> etree._Element:
    return commands.modify_order(keys["chain"], keys["order_id"], (), **changes)


def _start_at(keys: Keys, values: Values) -> etree._Element:
    return commands.modify_order(keys["chain"], keys["order_id"], values["params"], at=values["at"] or "now")


def _set_state(keys: Keys, values: Values) -> etree._Element:
    changes = {name: values[name] for name in ("state", "end_state") if values[name]}
    if values["remove_setback"]:
        changes["setback"] = "no"
    if values["resume"]:
        changes["suspended"] = "no"
    return _modify(keys, **changes)


def _suspend(keys: Keys, values: Values) -> etree._Element:
    ends = {"until": values["until"]} if values["until"] else {}
    return _modify(keys, suspended="yes", **ends)


def _run_time(keys: Keys, values: Values) -> etree._Element:
    command = _modify(keys)
    command.append(values["run_time"])
    return command


def _remove_blacklisted(keys: Keys, values: Values) -> etree._Element:
    "Whoever may do only this must not remove an order that is on its way, nor the file of a permanent one."
    order = order_of(keys["scheduler_id"], keys)
    if order is None or order.state is not OrderState.BLACKLISTED:
        raise Refused({"order": gettext("The order is not on the blacklist.")})
    return commands.remove_order(keys["chain"], keys["order_id"])


declare(
    [
        Verb(
            "order",
            "start",
            "Start now",
            "Started",
            "The order starts at its node as soon as a task is free.",
            "orders.start",
            lambda keys, values: _modify(keys, at="now"),
            shape="play",
            fits=standing(*_WAITS),
        ),
        Verb(
            "order",
            "start-at",
            "Start at …",
            "Start was set",
            "The order starts at its node at this time, with these parameters besides its own.",
            "orders.start",
            _start_at,
            inputs=(ANY_TIME, PARAMS),
            level=REASON,
            shape="clock",
            fits=standing(*_WAITS, OrderState.SUSPENDED),
        ),
        Verb(
            "order",
            "suspend",
            "Suspend",
            "Suspended",
            "The order stays at its node until it is resumed.",
            "orders.suspend",
            _suspend,
            not_done=STAYS,
            inputs=(UNTIL,),
            level=REASON,
            shape="bars",
            # of one that is suspended already it sets until when; its page offers it for that
            fits=standing(*_WAITS, *_IN_STEP, OrderState.SUSPENDED),
            listed=standing(*_WAITS, *_IN_STEP),
        ),
        Verb(
            "order",
            "resume",
            "Resume",
            "Resumed",
            "The order goes on at its node.",
            "orders.resume",
            lambda keys, values: commands.modify_order(
                keys["chain"], keys["order_id"], values["params"], suspended="no"
            ),
            inputs=(PARAMS,),
            fits=standing(OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED),
        ),
        Verb(
            "order",
            "reset",
            "Reset",
            "Reset",
            "The order goes back to its first node; error, setback and suspension are cleared.",
            "orders.reset",
            lambda keys, values: _modify(keys, action="reset"),
            not_done="What its steps have done already is not undone.",
            level=REASON,
            fits=standing(*_NOT_IN_STEP),
        ),
        Verb(
            "order",
            "set-state",
            "Set state",
            "Moved",
            "The order stands at another node afterwards.",
            "orders.state",
            _set_state,
            not_done="Nodes in between are not processed.",
            inputs=(
                Input("state", "Node", "node", required="Choose the node to go to."),
                Input("end_state", "End node", "node", "Empty: as before."),
                Input("remove_setback", "Remove the set-back", "flag"),
                Input("resume", "Resume at once", "flag"),
            ),
            level=REASON,
            fits=standing(*_NOT_IN_STEP),
        ),
        Verb(
            "order",
            "remove-setback",
            "Remove set-back",
            "Set-back removed",
            "The order does not wait for the next attempt; it goes on at once.",
            "orders.resume",
            lambda keys, values: _modify(keys, setback="no"),
            fits=standing(OrderState.SETBACK),
        ),
        Verb(
            "order",
            "set-run-time",
            "Set run time",
            "Run time set",
            "The order starts by this run time from now on.",
            "orders.runtime",
            _run_time,
            not_done="The file of a permanent order is not changed; its next change replaces this run time.",
            inputs=(RUN_TIME,),
            level=REASON,
            shape="clock",
        ),
        Verb(
            "order",
            "remove",
            "Remove order",
            "Removed",
            "The order leaves the chain for good; the file of a permanent order is deleted.",
            "orders.delete",
            lambda keys, values: commands.remove_order(keys["chain"], keys["order_id"]),
            not_done="A step that runs now goes on to its end. The history stays.",
            level=TYPED,
            shape="octagon",
            danger=True,
            leaves=True,
        ),
        Verb(
            "order",
            "remove-blacklisted",
            "Remove from blacklist",
            "Removed from the blacklist",
            "The order leaves the chain; when its file is still there it is picked up again.",
            "blacklist.delete",
            _remove_blacklisted,
            level=REASON,
            leaves=True,
            fits=standing(OrderState.BLACKLISTED),
        ),
    ]
)
