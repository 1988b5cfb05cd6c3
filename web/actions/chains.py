"Actions on a chain and its nodes: `/s/<id>/chains/<path>/-/<verb>` and `…/-/node/<state>/-/<verb>`."

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

blueprint = Blueprint("chain_actions", __name__, url_prefix="/s/<scheduler_id>/chains")


def verbs(chain: str) -> dict[str, Verb]:
    "What can be done with this chain."

    def add_order(form: Form, faults: Faults) -> etree._Element | None:
        values = {name: fields.text(form, name, faults) for name in ("order", "title", "state", "end_state")}
        values["at"] = fields.start_time(form, "at", faults, never=True)
        values["priority"] = fields.whole_number(form, "priority", faults, -1_000_000, 1_000_000)
        params = fields.parameters(form, faults)
        return None if faults else commands.add_order(chain, params=params, **values)

    return table(
        Verb(
            "add-order",
            "Add order",
            "Order added",
            "A new order starts its way through the chain.",
            add_order,
            not_done="An order with the same id is not replaced.",
            fields="actions/_add_order.html",
        ),
        Verb(
            "stop",
            "Stop chain",
            "Stopped",
            "No order takes a further step until the chain is unstopped.",
            lambda form, faults: commands.modify_chain(chain, "stopped"),
            not_done="Steps that run now go on to their end. The stop lasts over a restart of the engine.",
            level=2,
            needs_reason=True,
        ),
        Verb(
            "unstop",
            "Unstop chain",
            "Unstopped",
            "Orders of the chain go on.",
            lambda form, faults: commands.modify_chain(chain, "running"),
        ),
    )


def node_verbs(chain: str, state: str) -> dict[str, Verb]:
    "What can be done with a node."
    return table(
        Verb(
            "stop",
            "Stop node",
            "Stopped",
            "Orders wait at this node until it is back to normal.",
            lambda form, faults: commands.modify_node(chain, state, "stop"),
            not_done="A step that runs now goes on to its end.",
            level=2,
            needs_reason=True,
        ),
        Verb(
            "skip",
            "Skip node",
            "Skipped",
            "Orders pass this node without running its job.",
            lambda form, faults: commands.modify_node(chain, state, "next_state"),
            not_done="A step that runs now goes on to its end.",
            level=2,
            needs_reason=True,
        ),
        Verb(
            "process",
            "Back to normal",
            "Back to normal",
            "Orders run the job of this node again.",
            lambda form, faults: commands.modify_node(chain, state, "process"),
        ),
    )


@blueprint.route("/<object:chain>/-/<verb>", methods=["GET", "POST"])
def action(scheduler_id: str, chain: str, verb: str) -> str | Response | tuple[str, int]:
    page = url_for("chains.page", scheduler_id=scheduler_id, chain=chain)
    target = Target(scheduler_id, "chain", chain, chain, page, url_for("chains.index", scheduler_id=scheduler_id))
    nodes = node_names(scheduler_id, chain) if verb == "add-order" else []
    return act(target, verbs(chain), verb, nodes=nodes)


@blueprint.route("/<object:chain>/-/node/<token:state>/-/<verb>", methods=["GET", "POST"], endpoint="node_action")
def node_action(scheduler_id: str, chain: str, state: str, verb: str) -> str | Response | tuple[str, int]:
    page = url_for("chains.page", scheduler_id=scheduler_id, chain=chain)
    target = Target(scheduler_id, "node", state, f"{chain},{state}", page, page)
    return act(target, node_verbs(chain, state), verb)
