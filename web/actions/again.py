"""Starting a job once more as a task of it ran: the form is filled with the parameters of that task.

Values of secret parameters stay here: the form shows a mask, and a mask that comes back stands for the value.
"""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from scheduler.records import Task
from web import commands

#: argument of the form: the number of the task
FIELD = "like"


def filled(task: Task) -> MultiDict[str, str]:
    "What the form is opened with."
    pairs = [(name, commands.MASK if commands.is_secret(name) else value) for name, value in task.params.pairs()]
    names, values = [("param_name", name) for name, _ in pairs], [("param_value", value) for _, value in pairs]
    return MultiDict([(FIELD, str(task.id)), *names, *values])


def restored(form: MultiDict[str, str], task: Task) -> MultiDict[str, str]:
    "The form as it was sent, with the values that masks stand for."
    known = dict(task.params.pairs())
    names, values = form.getlist("param_name"), form.getlist("param_value")
    values += [""] * (len(names) - len(values))
    meant = [
        known[name] if value == commands.MASK and commands.is_secret(name) and name in known else value
        for name, value in zip(names, values, strict=False)
    ]
    found = MultiDict(form)
    found.setlist("param_value", meant)
    return found
