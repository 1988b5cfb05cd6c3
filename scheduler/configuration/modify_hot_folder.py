"""`<modify_hot_folder>`: objects in a command become files of the hot folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduler import paths
from scheduler.configuration.live import file_name_of
from scheduler.configuration.read import read_element
from scheduler.configuration.reading import Include, nothing_included
from scheduler.definitions import Definition
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind, file_key
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import serialise, source_of

CLASSIC_ENCODING = "ISO-8859-1"

#: kinds by the tag of their element; `run_time` may be the root of a schedule's file
_KINDS = {kind.value: kind for kind in ObjectKind} | {"add_order": ObjectKind.ORDER, "run_time": ObjectKind.SCHEDULE}
#: elements that can become a file
TAGS = tuple(_KINDS)
#: attributes that the name of the file says
_SAID_BY_THE_NAME = {ObjectKind.ORDER: ("job_chain", "id")}

_FORBIDDEN = re.compile(r"[/\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class FileToWrite:
    "`file` is relative to the hot folder, with slashes and without a leading one."

    file: str
    data: bytes
    kind: ObjectKind
    path: str
    definition: Definition


def files_to_write(
    elements: Iterable[Element], folder: str, environ: Mapping[str, str], include: Include = nothing_included
) -> tuple[FileToWrite, ...]:
    """The files for the objects of a command, all of them checked: nothing is written when one is faulty.

    `folder` is relative to the root. A file is in ISO-8859-1, or in UTF-8 when it holds other characters: in a script
    there is no other way to write them. `name`, or `id` and `job_chain`, are left out of it.

    Raises UNEXPECTED_ELEMENT, MISSING_ATTRIBUTE, BAD_NAME, BAD_ORDER_FILE, DUPLICATE_FILE, and whatever reading of the
    object would raise, with the place in the command.
    """
    written: dict[object, FileToWrite] = {}
    for element in elements:
        made = _file(element, paths.absolute(folder), environ, include)
        known = written.setdefault(file_key(made.kind, made.path), made)
        if known is not made:
            raise WorkloadError(Code.DUPLICATE_FILE, element.place, file=made.file, other=known.file)
    return tuple(written.values())


def _file(element: Element, folder: str, environ: Mapping[str, str], include: Include) -> FileToWrite:
    kind = _KINDS.get(element.tag)
    if kind is None:
        expected = " or ".join(f"<{tag}>" for tag in _KINDS)
        raise WorkloadError(
            Code.UNEXPECTED_ELEMENT, element.place, element=element.tag, parent="modify_hot_folder", expected=expected
        )
    path = _path(element, kind, folder)
    definition = read_element(kind, path, element, environ, include, "modify_hot_folder")
    folder_of_file = paths.folder(path).strip("/")
    name = file_name_of(kind, path)
    file = f"{folder_of_file}/{name}" if folder_of_file else name
    return FileToWrite(file, _data(element, kind), kind, path, definition)


def definition_of(element: Element) -> tuple[ObjectKind, str]:
    "Kind of an element of the command, and the text that its file gets, without prolog. Raises KeyError."
    kind = _KINDS[element.tag]
    return kind, shortened(element, _dropped(kind))


def _dropped(kind: ObjectKind) -> tuple[str, ...]:
    return _SAID_BY_THE_NAME.get(kind, ("name",))


def _path(element: Element, kind: ObjectKind, folder: str) -> str:
    "The path that the attributes say."
    if kind is not ObjectKind.ORDER:
        return paths.join(folder, _name(element, "name"))
    chain = paths.absolute(_given(element, "job_chain"), folder)
    order_id = _name(element, "id")
    chain_name = paths.name(chain)
    if not chain_name or "," in chain_name:
        raise WorkloadError(Code.BAD_ORDER_FILE, element.place, name=f"{chain_name},{order_id}.order.xml")
    return paths.join(paths.folder(chain), f"{chain_name},{order_id}")


def _given(element: Element, attribute: str) -> str:
    text = element.get(attribute)
    if not text:
        raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute=attribute, element=element.tag)
    return text


def _name(element: Element, attribute: str) -> str:
    "A name that a file can have; the folder ignores files that begin with a point."
    name = _given(element, attribute)
    if _FORBIDDEN.search(name) or (name.startswith(".") and attribute == "name"):
        raise WorkloadError(Code.BAD_NAME, element.place, name=name)
    return name


def _data(element: Element, kind: ObjectKind) -> bytes:
    """The content of the file: the source text of the element without the attributes that the file name says.

    The text is kept as it was written; only when its first tag cannot be shortened safely it is written anew.
    """
    source = shortened(element, _dropped(kind))
    try:
        return _document(source, CLASSIC_ENCODING)
    except UnicodeEncodeError:
        return _document(source, "UTF-8")


def _document(source: str, encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n\n{source}\n'.encode(encoding)


def shortened(element: Element, dropped: tuple[str, ...]) -> str:
    "The source text of the element without those attributes; complete by itself, whatever it stood in."
    source = source_of(element)
    begin = _first_tag(source)
    shorter = begin
    for name in dropped:
        shorter = re.sub(rf"""\s+{name}\s*=\s*("[^"]*"|'[^']*')""", "", shorter, count=1)
    text = shorter + source[len(begin) :]
    return text if _means(text, element, dropped) else serialise(_without(element, dropped))


def _first_tag(source: str) -> str:
    "The source up to the end of the first tag; quoted text may hold angle brackets."
    found = re.match(r"""<[^\s>/]+(?:[^>"']|"[^"]*"|'[^']*')*>""", source)
    return found[0] if found else ""


def _means(text: str, element: Element, dropped: tuple[str, ...]) -> bool:
    "Whether the text is the element without those attributes. Prefixes that are declared outside of it are missing."
    try:
        read = parse(text.encode())
    except WorkloadError:
        return False
    expected = {name: value for name, value in element.attributes.items() if name not in dropped}
    return read.attributes == expected and read.tag == element.tag


def _without(element: Element, dropped: tuple[str, ...]) -> Element:
    attributes = {name: value for name, value in element.attributes.items() if name not in dropped}
    return Element(element.tag, attributes, element.children, element.text)
