"""Starting a job again as a task of it ran, or an order as a run of it: the form is filled with what is known.

Values of secret parameters stay here: the form shows a mask, and a mask that comes back stands for the value.
"""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from scheduler.kept_params import CUT
from scheduler.params import Params
from scheduler.records import Order, OrderState, Run, Task
from web import commands

#: argument of the form: the number of the task, or of the run
FIELD = "like"


def filled(task: Task) -> MultiDict[str, str]:
    "What the form is opened with."
    return _with_params(task.id, task.params)


def filled_order(run: Run, order: Order | None, node: str = "") -> MultiDict[str, str]:
    """The same for a run; `order` as it is stored. An id that is only a number was drawn, and is drawn anew, as is one
    that an order has. `node`: where to begin, with the parameters that the order had at last."""
    form = _with_params(run.history_id, params_of_run(run, order, node))
    there = order is not None and order.state is not OrderState.ENDED
    form["order"] = "" if run.order_id.isdecimal() or there else run.order_id
    form["title"] = run.title
    if node:
        form["state"], form["node"] = node, node
    elif order is not None:
        form["state"], form["end_state"], form["priority"] = order.initial_node, order.end_node, f"{order.priority}"
    return form


def params_of_run(run: Run, order: Order | None, node: str = "") -> Params:
    """Those of the run as they were kept. Where that left something out, the order's own count while it is stored;
    without it such a value stays empty, rather than being taken for what it is not."""
    known = order.params if order else Params()
    found = run.last_params if node else run.params
    if found is None:
        return known
    pairs = [(name, known.get(name, "") if _left_out(value) else value) for name, value in found.pairs() if name != CUT]
    rest = known.pairs() if CUT in found else []
    return Params([*rest, *pairs])


def _left_out(value: str) -> bool:
    return value == commands.MASK or value.endswith(CUT)


def _with_params(number: int, params: Params) -> MultiDict[str, str]:
    return MultiDict([(FIELD, str(number)), *fields(params.pairs())])


def fields(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    "Parameters as fields of a form, with masks in place of secret values."
    shown = [(name, commands.MASK if value and commands.is_secret(name) else value) for name, value in pairs]
    return [("param_name", name) for name, _ in shown] + [("param_value", value) for _, value in shown]


def restored(form: MultiDict[str, str], params: Params) -> MultiDict[str, str]:
    "The form as it was sent, with the values that masks stand for; a mask that stands for nothing is left."
    names, values = form.getlist("param_name"), form.getlist("param_value")
    values += [""] * (len(names) - len(values))
    meant = [
        params.get(name.strip(), value) if value == commands.MASK and commands.is_secret(name) else value
        for name, value in zip(names, values, strict=False)
    ]
    found = MultiDict(form)
    found.setlist("param_value", meant)
    return found
