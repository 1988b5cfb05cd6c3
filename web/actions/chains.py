"Actions on job chains and their nodes."

from __future__ import annotations

from lxml import etree

from web import commands
from web.actions.fields import Input
from web.actions.jobs import PARAMS, UNTIL
from web.actions.orders import ANY_TIME, STAYS
from web.actions.verbs import REASON, Keys, Values, Verb, declare


def _add_order(keys: Keys, values: Values) -> etree._Element:
    given = {name: values[name] for name in ("order", "title", "state", "end_state", "at", "priority")}
    return commands.add_order(keys["chain"], params=values["params"], **given)


declare(
    [
        Verb(
            "chain",
            "add-order",
            "Add order",
            "Order added",
            "A new order starts its way through the chain.",
            "orders.add",
            _add_order,
            not_done="An order with the same id is not replaced.",
            inputs=(
                Input("order", "Order id", hint="Empty: a number is drawn."),
                Input("title", "Title"),
                ANY_TIME,
                Input("state", "First node", "node", "Empty: the first one of the chain."),
                Input("end_state", "End node", "node", "Empty: the end of the chain."),
                Input("priority", "Priority", "number", "Higher ones go first; empty: 0.", least=-1_000_000),
                PARAMS,
            ),
            shape="play",
        ),
        Verb(
            "chain",
            "stop",
            "Stop chain",
            "Stopped",
            "No order takes a further step until the chain is unstopped.",
            "chains.stop",
            lambda keys, values: commands.modify_chain(keys["chain"], "stopped", values["until"]),
            not_done="Steps that run now go on to their end. The stop lasts over a restart of the engine.",
            inputs=(UNTIL,),
            level=REASON,
            shape="square",
        ),
        Verb(
            "chain",
            "unstop",
            "Unstop chain",
            "Unstopped",
            "Orders of the chain go on.",
            "chains.stop",
            lambda keys, values: commands.modify_chain(keys["chain"], "running"),
        ),
        Verb(
            "node",
            "stop",
            "Stop node",
            "Stopped",
            "Orders wait at this node until it is back to normal.",
            "nodes.stop",
            lambda keys, values: commands.modify_node(keys["chain"], keys["state"], "stop", values["until"]),
            not_done=STAYS,
            inputs=(UNTIL,),
            level=REASON,
            shape="square",
        ),
        Verb(
            "node",
            "skip",
            "Skip node",
            "Skipped",
            "Orders pass this node without running its job.",
            "nodes.skip",
            lambda keys, values: commands.modify_node(keys["chain"], keys["state"], "next_state", values["until"]),
            not_done=STAYS,
            inputs=(UNTIL,),
            level=REASON,
            shape="chevrons",
        ),
        Verb(
            "node",
            "process",
            "Back to normal",
            "Back to normal",
            "Orders run the job of this node again.",
            "nodes.stop",
            lambda keys, values: commands.modify_node(keys["chain"], keys["state"], "process"),
        ),
    ]
)
