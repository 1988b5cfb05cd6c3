"""Writing files of the live folder: the definition of an object, as the engine checks it.

The engine refuses a faulty definition with the place of the fault and writes nothing. What was written, by whom and why
stands in the audit.
"""

from __future__ import annotations

from web import commands
from web.actions.fields import Input
from web.actions.verbs import REASON, Verb, declare
from web.refusal import Refused

SOURCE = Input("source", "Definition", "source", "As in the file of the object: its element without the name.")

#: kind of an object -> the verb that writes its file; each asks for a permission of its own
_OF_KIND = {"schedule": "edit-schedule", "calendar": "edit-schedule", "process_class": "edit-class"}
_PERMISSIONS = {"edit": "config.write", "edit-schedule": "schedules.edit", "edit-class": "classes.edit"}

#: what a new file begins with
_FIRST = {
    "job": '<job title="">\n  <script language="shell"><![CDATA[\necho hello\n]]></script>\n</job>',
    "job_chain": '<job_chain title="">\n'
    '  <job_chain_node state="first" job="JOB" next_state="done" error_state="failed"/>\n'
    '  <job_chain_node.end state="done"/>\n  <job_chain_node.end state="failed"/>\n</job_chain>',
    "order": '<order title="">\n  <run_time/>\n</order>',
    "schedule": '<schedule title="">\n  <period single_start="02:00"/>\n</schedule>',
    "process_class": '<process_class max_processes="5"/>',
}


def verb_of(kind: str) -> str:
    return _OF_KIND.get(kind, "edit")


def first(kind: str) -> str:
    "The text that a new file of that kind begins with."
    return _FIRST.get(kind, f"<{kind}/>")


def _verb(name: str, permission: str) -> Verb:
    return Verb(
        "file",
        name,
        "Save definition",
        "Written",
        "The engine checks the definition and writes it into the live folder; from then on it counts.",
        permission,
        lambda keys, values: _written(name, keys["type"], keys["path"], values["source"]),
        not_done="Tasks that run go on with the definition they began with.",
        inputs=(SOURCE,),
        level=REASON,
        corrects="source",
    )


def _written(verb: str, kind: str, path: str, source: commands.Source) -> commands.Source:
    if verb != verb_of(kind):
        raise Refused({"source": f"A {kind} is written by {verb_of(kind)}."})
    if source.tag != kind:
        raise Refused({"source": f"A <{kind}> element was expected, not <{source.tag}>."})
    return commands.modify_hot_folder(path, source)


declare([_verb(name, permission) for name, permission in _PERMISSIONS.items()])
