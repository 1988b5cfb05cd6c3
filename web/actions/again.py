"""Starting a job again as a task of it ran, or an order as a run of it: the form is filled with what is known.

Values of secret parameters stay here: the form shows a mask, and a mask that comes back stands for the value.
"""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from scheduler.params import Params
from scheduler.records import Order, Run, Task
from web import commands

#: argument of the form: the number of the task, or of the run
FIELD = "like"


def filled(task: Task) -> MultiDict[str, str]:
    "What the form is opened with."
    return _with_params(task.id, task.params)


def filled_order(run: Run, order: Order | None) -> MultiDict[str, str]:
    "The same for a run; `order` as it was kept. An id that is only a number was drawn, and is drawn anew."
    form = _with_params(run.history_id, order.params if order else Params())
    form["order"] = "" if run.order_id.isdecimal() else run.order_id
    form["title"] = run.title
    if order is not None:
        form["state"], form["end_state"], form["priority"] = order.initial_node, order.end_node, f"{order.priority}"
    return form


def _with_params(number: int, params: Params) -> MultiDict[str, str]:
    pairs = [(name, commands.MASK if commands.is_secret(name) else value) for name, value in params.pairs()]
    names, values = [("param_name", name) for name, _ in pairs], [("param_value", value) for _, value in pairs]
    return MultiDict([(FIELD, str(number)), *names, *values])


def restored(form: MultiDict[str, str], params: Params) -> MultiDict[str, str]:
    "The form as it was sent, with the values that masks stand for."
    known = dict(params.pairs())
    names, values = form.getlist("param_name"), form.getlist("param_value")
    values += [""] * (len(names) - len(values))
    meant = [
        known[name] if value == commands.MASK and commands.is_secret(name) and name in known else value
        for name, value in zip(names, values, strict=False)
    ]
    found = MultiDict(form)
    found.setlist("param_value", meant)
    return found
