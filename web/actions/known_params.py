"""Forms that start something open with the parameters that it has, to be changed and added to.

Only what was changed or added is sent: whatever else the object has by then counts, secret values stay on the server,
and nothing looks changed by hand that was only shown. Therefore each row of the form brings along what it showed.
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
    shown = again.fields([(name, value) for name, value in params.pairs() if _fits(value)])
    found = MultiDict([*arguments.items(multi=True), *shown])
    pairs = zip(found.getlist("param_name"), found.getlist("param_value"), strict=True)
    found.setlist("param_was", [_row(name, value) for name, value in pairs])
    return found


def left_out(params: Params) -> list[str]:
    "Names of those that no field can hold as they are; they stay."
    return sorted(name for name, value in params.pairs() if not _fits(value))


def changed(form: MultiDict[str, str], params: Params) -> MultiDict[str, str]:
    "The form as it was sent, without the rows that are as they were shown."
    names, values, were = (form.getlist(each) for each in ("param_name", "param_value", "param_was"))
    were += [""] * (len(names) - len(were))
    meant = [
        (name, value) for name, value, was in zip(names, values, were, strict=False) if _row(name, value) != was
    ]
    found = MultiDict(form)
    found.setlist("param_name", [name for name, _ in meant])
    found.setlist("param_value", [value for _, value in meant])
    return again.restored(found, params)


def _row(name: str, value: str) -> str:
    "Letter case and blanks around it mean nothing in a name."
    return f"{name.strip().lower()}={value}"


def _fits(value: str) -> bool:
    return len(value) <= LONGEST and value.isprintable()
