"""Forms that start something open with the parameters that it has, to be changed and added to.

Only what was changed or added is sent: whatever else its file says by then counts, secret values stay on the server,
and nothing looks changed by hand that was only shown.
"""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from models import read
from scheduler.params import NONE, Params
from web import database, permissions
from web.actions import again

#: a field holds no line breaks, and a form is no place for values that are longer
LONGEST = 1000
#: forms of orders that take parameters besides those of the order
OF_ORDER = ("start-at", "resume")


def of_job(scheduler_id: str, path: str) -> Params:
    "Empty when there is no such job, or none that the reader may see."
    if not permissions.may("jobs.view", path, scheduler_id):
        return NONE
    detail = read.job(database.read(), scheduler_id, path)
    return detail.params if detail else NONE


def of_order(scheduler_id: str, chain: str, order_id: str) -> Params:
    "Empty when there is no such order, or none that the reader may see."
    if not permissions.may("orders.view", chain, scheduler_id):
        return NONE
    row = read.order(database.read(), scheduler_id, chain, order_id)
    return row.order.params if row else NONE


def opened(arguments: MultiDict[str, str], params: Params) -> MultiDict[str, str]:
    "What the form is opened with: the arguments of its address and, where these name no parameters, those there are."
    if "param_name" in arguments:
        return arguments
    shown = [(name, value) for name, value in params.pairs() if _fits(value)]
    return MultiDict([*arguments.items(multi=True), *again.fields(shown)])


def changed(form: MultiDict[str, str], params: Params) -> MultiDict[str, str]:
    "The form as it was sent, without the parameters that are as they were."
    found = again.restored(form, params)
    pairs = zip(found.getlist("param_name"), found.getlist("param_value"), strict=True)
    meant = [(name, value) for name, value in pairs if params.get(name.strip()) != value]
    found.setlist("param_name", [name for name, _ in meant])
    found.setlist("param_value", [value for _, value in meant])
    return found


def _fits(value: str) -> bool:
    return len(value) <= LONGEST and value.isprintable()
