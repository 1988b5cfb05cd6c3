"""Files of the live folder: the definition of an object is written, as the engine checks it, or deleted; an earlier
version comes back.

The engine refuses a faulty definition with the place of the fault and writes nothing. What was written, by whom and why
stands in the audit, and in the versions of the file (`models.file_versions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from models import file_versions
from scheduler.records import ObjectKind
from web import commands, database
from web.actions.fields import Faults, Form, Input, source
from web.actions.verbs import REASON, TYPED, Keys, Values, Verb, declare
from web.refusal import Refused
from web.words import gettext

SOURCE = Input("source", "Definition", "source", "As in the file of the object: its element without the name.")
VERSION = Input(
    "version", "Version", "number", "Its number in the list of versions.", required="Which version?", least=1,
    most=2_000_000_000,
)  # fmt: skip

EDIT, DELETE, RESTORE = "edit", "delete", "restore"
#: kind of an object -> what its verbs end with; each has a permission of its own
_ENDING = {"schedule": "-schedule", "calendar": "-schedule", "process_class": "-class"}
_PERMISSIONS = {"": "config.write", "-schedule": "schedules.edit", "-class": "classes.edit"}

#: what a new file begins with
_FIRST = {
    "job": '<job title="">\n  <script language="shell"><![CDATA[\necho hello\n]]></script>\n</job>',
    "job_chain": '<job_chain title="">\n'
    '  <job_chain_node state="first" job="JOB" next_state="done" error_state="failed"/>\n'
    '  <job_chain_node.end state="done"/>\n  <job_chain_node.end state="failed"/>\n</job_chain>',
    "order": '<order title="">\n  <run_time/>\n</order>',
    "schedule": '<schedule title="">\n  <period single_start="02:00"/>\n</schedule>',
    "process_class": '<process_class max_processes="5"/>',
    "monitor": '<monitor>\n  <script language="python"><![CDATA[\ndef spooler_process_before():\n    return True\n\n'
    "def spooler_process_after(result):\n    return result\n]]></script>\n</monitor>",
}


def verb_of(kind: str, deed: str = EDIT) -> str:
    "The verb that does this to a file of that kind."
    return deed + _ENDING.get(kind, "")


def verbs_of(kind: str) -> dict[str, str]:
    "Verb -> deed."
    return {verb_of(kind, deed): deed for deed in (EDIT, DELETE, RESTORE)}


def first(kind: str, substitute: str = "", day: str = "") -> str:
    "The text that a new file of that kind begins with; of a schedule that takes the place of another one on that day."
    if kind == "schedule" and substitute:
        attributes = {"substitute": substitute, "valid_from": f"{day} 00:00:00", "valid_to": f"{day} 23:59:59"}
        schedule = etree.Element("schedule", {"title": "", **attributes})
        schedule.text = "\n"
        schedule.append(etree.Comment(" what starts then; nothing starts as it stands "))
        schedule[0].tail = "\n"
        return commands.text(schedule)
    return _FIRST.get(kind, f"<{kind}/>")


def _verbs(ending: str, permission: str) -> Iterator[Verb]:
    def of_kind(keys: Keys, deed: str, field: str) -> str:
        if verb_of(keys["type"], deed) != deed + ending:
            raise Refused(
                {field: gettext("A %(kind)s asks for %(verb)s.", kind=keys["type"], verb=verb_of(keys["type"], deed))}
            )
        return keys["type"]

    def written(keys: Keys, values: Values) -> etree._Element:
        return _written(of_kind(keys, EDIT, "source"), keys["path"], values["source"], "source")

    def deleted(keys: Keys, values: Values) -> etree._Element:
        return commands.remove_file(of_kind(keys, DELETE, "path"), keys["path"])

    def restored(keys: Keys, values: Values) -> etree._Element:
        kind = of_kind(keys, RESTORE, "version")
        text = _text_of(keys["scheduler_id"], kind, keys["path"], int(values["version"]))
        return _written(kind, keys["path"], text, "version")

    yield Verb(
        "file",
        EDIT + ending,
        "Save definition",
        "Written",
        "The engine checks the definition and writes it into the live folder; from then on it counts.",
        permission,
        written,
        not_done="Tasks that run go on with the definition they began with.",
        inputs=(SOURCE,),
        level=REASON,
        corrects="source",
    )
    yield Verb(
        "file",
        DELETE + ending,
        "Delete file",
        "Deleted",
        "The file leaves the live folder, and what it defines goes as soon as it is idle.",
        permission,
        deleted,
        not_done="Tasks that run go on to their end. The history stays, and so do the versions of the file.",
        level=TYPED,
        shape="octagon",
        danger=True,
        leaves=True,
    )
    yield Verb(
        "file",
        RESTORE + ending,
        "Restore version",
        "Restored",
        "The engine checks that version and writes it into the live folder; from then on it counts.",
        permission,
        restored,
        not_done="No version is lost: what counts now stays in the list.",
        inputs=(VERSION,),
        level=TYPED,
        shape="retry",
        corrects="version",
    )


def _text_of(scheduler_id: str, kind: str, path: str, number: int) -> etree._Element:
    found = file_versions.version(database.read(), scheduler_id, ObjectKind(kind), path, number)
    if found is None or not found.source:
        raise Refused(
            {"version": gettext("There is no such version of this file, or it says that the file was deleted.")}
        )
    faults = Faults()
    element = source(Form({"source": found.source}), "source", faults)
    if element is None:
        raise Refused({"version": faults.sentences["source"]})
    return element


def _written(kind: str, path: str, element: etree._Element, field: str) -> etree._Element:
    if element.tag != kind:
        raise Refused({field: gettext("A <%(kind)s> element was expected, not <%(tag)s>.", kind=kind, tag=element.tag)})
    return commands.modify_hot_folder(path, element)


for _ending, _permission in _PERMISSIONS.items():
    declare(_verbs(_ending, _permission))
