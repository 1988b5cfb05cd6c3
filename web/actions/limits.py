"""Attributes of process classes and locks, one field each: the file is written with them, and otherwise as it is.

The definition that was saved last or is in use is taken, and what the fields say is put into it; the engine checks it
as any file.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from werkzeug.datastructures import MultiDict

from scheduler.records import ObjectKind
from web import commands, unread
from web.actions.fields import Faults, Form, Input, source
from web.actions.verbs import REASON, Build, Keys, Values, Verb, declare
from web.refusal import Refused
from web.words import N_, gettext

#: kind of an object -> the verb that changes its limits
VERB_OF = {"process_class": "set-limits-class", "lock": "set-limits-lock"}

LIMIT = Input(
    "max_processes", "Processes at once", "number", "Empty: 30, as without a limit of its own. 0: nothing starts.",
    most=10_000,
)  # fmt: skip
REMOTE = Input(
    "remote_scheduler", "Remote address", "text", "Where its tasks run, HOST:PORT or http://HOST:PORT. Empty: here."
)
SHARING = Input(
    "max_non_exclusive", "Holders that share it", "number", "At most so many at once. Empty: any number.",
    most=2_147_483_647,
)  # fmt: skip


def opened(scheduler_id: str, kind: ObjectKind, path: str) -> MultiDict[str, str]:
    "What the fields hold when the form opens."
    element = _element(scheduler_id, kind, path)
    return MultiDict({each.name: element.get(each.name, "") for each in (LIMIT, REMOTE, SHARING)})


def _element(scheduler_id: str, kind: ObjectKind, path: str) -> etree._Element:
    text, faults = unread.text(scheduler_id, kind, path), Faults()
    element = source(Form({"source": text}), "source", faults) if text else None
    if element is None:
        raise Refused({"path": gettext("There is no usable file of this object.")})
    return element


def _build(kind: str, inputs: Iterable[Input]) -> Build:
    def build(keys: Keys, values: Values) -> etree._Element:
        if keys["type"] != kind:
            raise Refused({"path": gettext("A %(kind)s has no such limits.", kind=keys["type"])})
        element = _element(keys["scheduler_id"], ObjectKind(kind), keys["path"])
        for each in inputs:
            if values[each.name]:
                element.set(each.name, values[each.name])
            else:
                element.attrib.pop(each.name, "")
        return commands.modify_hot_folder(keys["path"], element)

    return build


def _verb(kind: str, permission: str, word: str, effect: str, inputs: tuple[Input, ...]) -> Verb:
    return Verb(
        "file", VERB_OF[kind], word, "Changed", effect, permission, _build(kind, inputs),
        not_done="The rest of the file stays as it is. Tasks that run go on.",
        inputs=inputs, level=REASON, corrects=inputs[-1].name,
    )  # fmt: skip


declare(
    [
        _verb(
            "process_class", "classes.edit", N_("Edit limits"),
            N_("The process class gets these limits; they are written into its file."), (LIMIT, REMOTE),
        ),
        _verb(
            "lock", "config.write", N_("Edit limit"),
            N_("So many holders may share the lock from now on; it is written into its file."), (SHARING,),
        ),
    ]
)  # fmt: skip
