"""What objects refer to, read from their definitions. Pure: XML in, references out.

A job names locks, monitors, a process class and a schedule; a chain names jobs, chains and a process class; an order
and a schedule name a schedule. Names without a leading slash belong to the folder of the object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from scheduler import paths
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from web.words import N_


@dataclass(frozen=True, slots=True)
class Reference:
    "To an object of a kind. `line` of the definition; `word` says as what it is used."

    kind: ObjectKind
    path: str
    line: int
    word: str


#: element, attribute -> the kind of what is named, and how it is used
_NAMED: dict[tuple[str, str], tuple[ObjectKind, str]] = {
    ("job", "process_class"): (ObjectKind.PROCESS_CLASS, "process class"),
    ("job_chain", "process_class"): (ObjectKind.PROCESS_CLASS, "process class"),
    ("job_chain", "file_watching_process_class"): (ObjectKind.PROCESS_CLASS, "watches files by"),
    ("lock.use", "lock"): (ObjectKind.LOCK, "lock"),
    ("monitor.use", "monitor"): (ObjectKind.MONITOR, "monitor"),
    ("run_time", "schedule"): (ObjectKind.SCHEDULE, "schedule"),
    ("schedule", "substitute"): (ObjectKind.SCHEDULE, "takes the place of"),
    ("job_chain_node", "job"): (ObjectKind.JOB, "job"),
    ("job_chain_node.job_chain", "job_chain"): (ObjectKind.JOB_CHAIN, "nested chain"),
    ("order", "job_chain"): (ObjectKind.JOB_CHAIN, "chain"),
    ("start_job", "job"): (ObjectKind.JOB, "starts"),
    ("add_order", "job_chain"): (ObjectKind.JOB_CHAIN, "adds orders to"),
}


#: in the text of each definition that names something; thousands do not, and need not be parsed
_NAMING = re.compile(rf"(?:{'|'.join(sorted({attribute for _, attribute in _NAMED}))})\s*=")


_ROOT = re.compile(r"<job\b[^>]*>")
_APPENDS = re.compile(r"""\slog_append\s*=\s*["']\s*(?:yes|true|1)""")


def references(path: str, source: str) -> list[Reference]:
    "What a definition names, each once, in the order of its lines; nothing when it is not XML."
    if _NAMING.search(source) is None:
        return []
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return []
    folder = paths.folder(path.partition(",")[0])
    found: dict[tuple[ObjectKind, str], Reference] = {}
    for reference in _named(root, folder):
        found.setdefault((reference.kind, reference.path.lower()), reference)
    return list(found.values())


def settings(source: str) -> list[tuple[str, str]]:
    "What a definition sets of mails and of its log: name and value, in the order of its lines."
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return []
    return [(str(each.tag), each.get("value") or (each.text or "").strip()) for each in root.iterfind("settings/*")]


def has_steps(source: str) -> bool:
    "Whether tasks of a job have steps that can be counted: calls of its script, in one process. A shell is one step."
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    script = root.find("script")
    return script is not None and script.get("language", "shell") != "shell"


def appends_log(source: str) -> bool:
    "Whether a job has a log of its own, to which those of its tasks are appended."
    head = _ROOT.search(source)
    return head is not None and _APPENDS.search(head[0]) is not None


def _named(root: etree._Element, folder: str) -> Iterator[Reference]:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            known = _NAMED.get((element.tag, str(name)))
            if known is None or not value:
                continue
            try:
                target = paths.absolute(str(value), folder)
            except WorkloadError:
                continue
            line = element.sourceline
            yield Reference(known[0], target, line if isinstance(line, int) else 0, known[1])


@dataclass(frozen=True, slots=True)
class Object:
    kind: ObjectKind
    path: str

    @property
    def key(self) -> tuple[ObjectKind, str]:
        return self.kind, self.path.lower()


@dataclass(frozen=True, slots=True)
class Use:
    "`source` uses `target`; `known` is False when there is no such target."

    source: Object
    target: Object
    word: str
    known: bool


def uses(definitions: Iterable[tuple[ObjectKind, str, str]], known: set[tuple[ObjectKind, str]]) -> list[Use]:
    "All uses in definitions (kind, path, source). `known`: kinds and lower-case paths of all objects."
    found: list[Use] = []
    for kind, path, source in definitions:
        if kind is ObjectKind.ORDER:
            chain = path.partition(",")[0]
            target = Object(ObjectKind.JOB_CHAIN, chain)
            found.append(Use(Object(kind, path), target, N_("order of"), target.key in known))
        for each in references(path, source):
            if kind is ObjectKind.ORDER and each.kind is ObjectKind.JOB_CHAIN:
                continue
            target = Object(each.kind, each.path)
            found.append(Use(Object(kind, path), target, each.word, target.key in known))
    return found
