"Actions on an order: `/s/<id>/orders/<chain>/-/<order>/-/<verb>`."

from __future__ import annotations

from flask import Blueprint, url_for
from lxml import etree
from werkzeug.wrappers import Response

from web import commands
from web.actions import fields
from web.actions.fields import Faults, Form
from web.actions.perform import Target, act
from web.actions.verbs import Verb, table
from web.pages.chains import node_names

blueprint = Blueprint("order_actions", __name__, url_prefix="/s/<scheduler_id>/orders")


def verbs(chain: str, order: str) -> dict[str, Verb]:
    "What can be done with this order."

    def modify(**changes: str) -> etree._Element:
        return commands.modify_order(chain, order, (), **changes)

    def resume(form: Form, faults: Faults) -> etree._Element | None:
        params = fields.parameters(form, faults)
        return None if faults else commands.modify_order(chain, order, params, suspended="no")

    def set_state(form: Form, faults: Faults) -> etree._Element | None:
        state = fields.required(form, "state", faults, "Choose the node to go to.")
        return None if faults else modify(state=state)

    return table(
        Verb(
            "start",
            "Start now",
            "Started",
            "The order starts at its node as soon as a task is free.",
            lambda form, faults: modify(at="now"),
        ),
        Verb(
            "suspend",
            "Suspend",
            "Suspended",
            "The order stays at its node until it is resumed.",
            lambda form, faults: modify(suspended="yes"),
            not_done="A step that runs now goes on to its end.",
            level=2,
            needs_reason=True,
        ),
        Verb("resume", "Resume", "Resumed", "The order goes on at its node.", resume, fields="actions/_params.html"),
        Verb(
            "reset",
            "Reset",
            "Reset",
            "The order goes back to its first node; error, setback and suspension are cleared.",
            lambda form, faults: modify(action="reset"),
            not_done="What its steps have done already is not undone.",
            level=2,
            needs_reason=True,
        ),
        Verb(
            "set-state",
            "Move to node",
            "Moved",
            "The order stands at another node afterwards.",
            set_state,
            not_done="Nodes in between are not processed.",
            level=2,
            fields="actions/_node.html",
        ),
        Verb(
            "remove",
            "Remove order",
            "Removed",
            "The order leaves the chain for good; the file of a permanent order is deleted.",
            lambda form, faults: commands.remove_order(chain, order),
            not_done="A step that runs now goes on to its end. The history stays.",
            level=3,
            needs_reason=True,
            danger=True,
            leaves=True,
        ),
    )


@blueprint.route("/<object:chain>/-/<token:order_id>/-/<verb>", methods=["GET", "POST"])
def action(scheduler_id: str, chain: str, order_id: str, verb: str) -> str | Response | tuple[str, int]:
    target = Target(
        scheduler_id,
        "order",
        order_id,
        f"{chain},{order_id}",
        url_for("orders.page", scheduler_id=scheduler_id, chain=chain, order_id=order_id),
        url_for("chains.page", scheduler_id=scheduler_id, chain=chain),
    )
    nodes = node_names(scheduler_id, chain) if verb == "set-state" else []
    return act(target, verbs(chain, order_id), verb, nodes=nodes)
