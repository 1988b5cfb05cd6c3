"Commands for orders and job chains."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.common import REMOVAL
from scheduler.reference.model import Chapter, Described

_CHAIN = (Code.UNKNOWN_OBJECT, Code.CHAIN_NOT_READY)
_AT = "When it may go on: as in `start_job`, or `never`."

ORDERS: Chapter = {
    "add_order": Described(
        "Puts an order into a job chain.", "`<order>` is the same command.",
        {
            "id": "Order id; without it a number is given.",
            "replace": "no: an order of the same id is a mistake; else the new one takes its place, if need be"
            " after its step.",
            "state": "The node where it begins; default: the first one.",
            "at": "When it starts: as in `start_job`, or `never`; default: now.",
            "suspended": "yes: it waits until it is resumed.",
        },
        errors=(*_CHAIN, Code.DUPLICATE_ORDER, Code.UNKNOWN_STATE, Code.ORDER_AT_END, Code.ID_TOO_LONG, Code.BAD_TIME),
        examples=(
            '<add_order job_chain="/flow/in" id="A2" title="a file"><params><param name="file" value="a.csv"/></params>'
            "</add_order>",
        ),
    ),
    "modify_order": Described(
        "Changes an order.",
        "In this sequence: `action`, run time, parameters, payload, priority, nodes, start time, setback,"
        " suspension, title."
        ' `suspended="no"` of a blacklisted order takes it away.',
        {
            "action": "`reset`: back to the first node, without setback, suspension and error.",
            "state": "The node where it goes on.",
            "at": _AT,
            "setback": "Only `no`: it is set back no longer.",
            "suspended": "yes: it waits after its step; no: it goes on.",
            "until": "With `suspended=\"yes\"`: when it is resumed by itself, as `at`.",
        },
        {"params": "They come on top of those of the order."},
        errors=(*_CHAIN, Code.UNKNOWN_ORDER, Code.ORDER_IN_TASK, Code.UNKNOWN_STATE, Code.ONLY_NO, Code.ONLY_WITH,
                Code.BAD_TIME),
        examples=('<modify_order job_chain="/flow/in" order="A1" suspended="yes"/>',),
    ),
    "remove_order": Described(
        "Takes an order out of its job chain, with its file.", "One that is in a task goes when its step has ended.",
        errors=(*_CHAIN, Code.UNKNOWN_ORDER, *REMOVAL[1:]),
        examples=('<remove_order job_chain="/flow/in" order="A1"/>',),
    ),
    "job_chain": Described(
        "Defines a job chain of the root folder, or puts a new definition in its place.",
        "What stands in it is that of a `.job_chain.xml` file, with `name`.",
        errors=(Code.BAD_NAME, Code.DUPLICATE_STATE),
        examples=(
            '<job_chain name="short"><job_chain_node state="only" job="/night/clean" next_state="end"/>'
            '<job_chain_node state="end"/></job_chain>',
        ),
    ),
    "remove_job_chain": Described(
        "Removes a job chain with its file, as soon as no order is in a task.",
        errors=(*REMOVAL, Code.CHAIN_IN_USE),
        examples=('<remove_job_chain job_chain="/flow/in"/>',),
    ),
    "job_chain.modify": Described(
        "Stops a job chain, so that its orders wait, or lets it run again.", "It lasts over restarts of the engine.",
        {
            "state": "`running` or `stopped`.",
            "until": "With `stopped`: when the chain runs again by itself, as `at` of `<start_job>`.",
        },
        errors=(Code.UNKNOWN_OBJECT, Code.CHAIN_NOT_ACTIVE, Code.BAD_CHOICE, Code.ONLY_WITH, Code.BAD_TIME),
        examples=('<job_chain.modify job_chain="/flow/in" state="stopped"/>',),
    ),
    "job_chain_node.modify": Described(
        "Stops a node, lets orders skip it, or lets it work again.", "It lasts over restarts of the engine.",
        {
            "action": "`process`, `stop` (orders wait there) or `next_state` (orders skip it).",
            "until": "With `stop` and `next_state`: when the node works again by itself, as `at` of `<start_job>`.",
        },
        errors=(Code.UNKNOWN_OBJECT, Code.UNKNOWN_STATE, Code.SKIP_CIRCLE, Code.BAD_CHOICE, Code.ONLY_WITH,
                Code.BAD_TIME),
        examples=('<job_chain_node.modify job_chain="/flow/in" state="first" action="next_state"/>',),
    ),
    "job_chain.check_distributed": Described(
        "Another member of the cluster says that an order of a distributed job chain can go on.",
        attributes={"order_state": "The node where it stands."},
        errors=(Code.UNKNOWN_OBJECT,),
        examples=('<job_chain.check_distributed job_chain="/flow/in" order_state="first"/>',),
    ),
}
