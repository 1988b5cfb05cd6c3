"""The elements of our own protocol, declared by their classes.

    worker                                                  supervisor
    <supervisor.hello version="1" name="w" nonce="…"/>      <supervisor.challenge … nonce="…"/>
    <supervisor.authenticate proof="…"/>                    <supervisor.authenticated proof="…"/>
    <supervisor.register channel="data" token="…" …/>       <supervisor.registered …/>
    on the data connection from then on
    <supervisor.fetch checksum="…"/>                        <supervisor.unchanged number="7" …/> or <supervisor.differs>
    <supervisor.fetch checksum="…" listed="yes"><file …/>…  <supervisor.version number="8" …><file …/>…
    <supervisor.contents><content digest="…"/>…             <supervisor.contents><content …>…
    on the control connection, where each side sends when it has to say something
    <supervisor.done number="1" …/>                         <supervisor.command number="1" kind="configure"/>
    <supervisor.heartbeat/>                                 <supervisor.heartbeat/>
                                                            <supervisor.role active="yes" term="4"/>
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.outstanding import Kind
from scheduler.xml import fields
from scheduler.xml.attribute_types import TEXT, YES_NO, Choice, integer
from scheduler.xml.declaration import Declaration, any_number, check, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of
from scheduler.xml.write import element

#: the newest version of the protocol that this program speaks
VERSION = 1
_ITEMS = "items"
_NUMBER = integer(0, 2**62)
_CHANNEL = Choice(("data", "control"))
_ROLE = Choice(("active", "standby"))
_KIND = Choice(tuple(kind.value for kind in Kind))

attribute = fields.attribute


def required(type: Any = TEXT) -> Any:
    return attribute(type, required=True)


def items(cls: type[Any]) -> Any:
    "A field that holds the children of one class."
    return dataclasses.field(default=(), kw_only=True, metadata={_ITEMS: cls})


@dataclass(frozen=True, slots=True)
class File:
    "A file of a tree; `modified` are milliseconds since 1970, `md5` and they are missing in lists of workers."

    TAG = "file"
    path: str = required()
    digest: str = required()
    md5: str = attribute(default="")
    size: int = attribute(_NUMBER, default=0)
    modified: int = attribute(_NUMBER, default=0)


@dataclass(frozen=True, slots=True)
class Removed:
    TAG = "removed"
    path: str = required()


@dataclass(frozen=True, slots=True)
class Content:
    "The contents of a file by its digest; `data` None: it is asked for."

    TAG = "content"
    digest: str = required()
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    "A file that the worker has, but cannot use."

    TAG = "fault"
    file: str = required()
    code: str = required()
    text: str = attribute(default="")
    line: int = attribute(_NUMBER, default=0)
    column: int = attribute(_NUMBER, default=0)


@dataclass(frozen=True, slots=True)
class Hello:
    TAG = "supervisor.hello"
    version: int = required(_NUMBER)
    name: str = required()
    nonce: str = required()


@dataclass(frozen=True, slots=True)
class Challenge:
    TAG = "supervisor.challenge"
    version: int = required(_NUMBER)
    supervisor_id: str = required()
    nonce: str = required()
    role: str = required(_ROLE)


@dataclass(frozen=True, slots=True)
class Authenticate:
    "Without proof the certificate of the connection has to do."

    TAG = "supervisor.authenticate"
    proof: str = attribute(default="")


@dataclass(frozen=True, slots=True)
class Authenticated:
    TAG = "supervisor.authenticated"
    proof: str = attribute(default="")


@dataclass(frozen=True, slots=True)
class Register:
    "`token` is drawn by the worker for this attempt; both connections name the same one."

    TAG = "supervisor.register"
    channel: str = required(_CHANNEL)
    token: str = required()
    scheduler_id: str = required()
    version: str = attribute(default="")
    hostname: str = attribute(default="")
    pid: int = attribute(_NUMBER, default=0)
    tcp_port: int = attribute(_NUMBER, default=0)
    udp_port: int = attribute(_NUMBER, default=0)
    is_cluster_member: bool = attribute(YES_NO, default=False)
    applied: int = attribute(_NUMBER, default=0)


@dataclass(frozen=True, slots=True)
class Registered:
    "`term` rises with each change of the active supervisor; times are seconds."

    TAG = "supervisor.registered"
    role: str = required(_ROLE)
    term: int = required(_NUMBER)
    heartbeat: int = attribute(_NUMBER, default=3)
    loss: int = attribute(_NUMBER, default=10)


@dataclass(frozen=True, slots=True)
class Fetch:
    "`checksum` of what the worker has; with `listed` its files are in it."

    TAG = "supervisor.fetch"
    checksum: str = required()
    listed: bool = attribute(YES_NO, default=False)
    files: tuple[File, ...] = items(File)


@dataclass(frozen=True, slots=True)
class Unchanged:
    TAG = "supervisor.unchanged"
    number: int = required(_NUMBER)
    checksum: str = required()


@dataclass(frozen=True, slots=True)
class Differs:
    "Something is different: ask again with the list."

    TAG = "supervisor.differs"
    number: int = required(_NUMBER)
    checksum: str = required()


@dataclass(frozen=True, slots=True)
class Version:
    """A whole configuration; what the worker has beyond it must be in `removed`, else the answer is broken.

    With `base`, only what is different from the configuration of that checksum, which the worker has.
    """

    TAG = "supervisor.version"
    number: int = required(_NUMBER)
    checksum: str = required()
    base: str = attribute(default="")
    files: tuple[File, ...] = items(File)
    removed: tuple[Removed, ...] = items(Removed)


@dataclass(frozen=True, slots=True)
class Contents:
    "Asked for, or given; there may be fewer than asked for, but at least one."

    TAG = "supervisor.contents"
    contents: tuple[Content, ...] = items(Content)


@dataclass(frozen=True, slots=True)
class Command:
    "`text` is the element of an operator's command."

    TAG = "supervisor.command"
    number: int = required(_NUMBER)
    kind: str = required(_KIND)
    term: int = required(_NUMBER)
    version: int = attribute(_NUMBER, default=0)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The batch of a command has ended: `version` is in effect, `problem` says why it is not the wanted one.

    `text` is the answer to an operator's command.
    """

    TAG = "supervisor.done"
    number: int = required(_NUMBER)
    version: int = attribute(_NUMBER, default=0)
    checksum: str = attribute(default="")
    problem: str = attribute(default="")
    faults: tuple[Fault, ...] = items(Fault)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    TAG = "supervisor.heartbeat"


@dataclass(frozen=True, slots=True)
class Role:
    TAG = "supervisor.role"
    active: bool = required(YES_NO)
    term: int = required(_NUMBER)


Message = (
    Hello | Challenge | Authenticate | Authenticated | Register | Registered | Fetch | Unchanged | Differs | Version
    | Contents | Command | Done | Heartbeat | Role
)  # fmt: skip

_CLASSES: tuple[type[Any], ...] = (
    Hello, Challenge, Authenticate, Authenticated, Register, Registered, Fetch, Unchanged, Differs, Version, Contents,
    Command, Done, Heartbeat, Role,
)  # fmt: skip
#: holds an element of another vocabulary
_CARRIED = "carried"


def _item_fields(cls: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    for field in dataclasses.fields(cls):
        if _ITEMS in field.metadata:
            yield field.name, field.metadata[_ITEMS]


def _declared(cls: type[Any]) -> Declaration:
    children = [_declared(item) for _, item in _item_fields(cls)]
    if any(field.name == "text" and not field.metadata for field in dataclasses.fields(cls)):
        children.append(Declaration(_CARRIED, open=True))
    places = (any_number(*children),) if children else ()
    return Declaration(cls.TAG, fields.attributes_of(cls), places, text=cls is Content)


DECLARATIONS = {cls.TAG: _declared(cls) for cls in _CLASSES}
_BY_TAG = {cls.TAG: cls for cls in _CLASSES}


def is_message(tag: str) -> bool:
    return tag in _BY_TAG


def written(message: Any, more: str = "") -> str:
    "The message as an element; `more` are further children that are written already."
    cls = type(message)
    attributes = [
        (declared.name, value)
        for declared in _DECLARED[cls].attributes
        if (value := getattr(message, declared.key)) != declared.default or declared.required
    ]
    children = [written(item) for name, _ in _ITEM_FIELDS[cls] for item in getattr(message, name)]
    if cls is Content and message.data is not None:
        children.append(base64.b64encode(message.data).decode("ascii"))
    if getattr(message, "text", "") and cls in (Command, Done):
        children.append(element(_CARRIED, (), message.text))
    return element(cls.TAG, attributes, *children, more)


def read(found: Element) -> Message:
    "The message that an element is. Raises UNKNOWN_COMMAND, and what `check` raises."
    cls = _BY_TAG.get(found.tag)
    if cls is None:
        raise WorkloadError(Code.UNKNOWN_COMMAND, found.place, command=found.tag)
    check(found, DECLARATIONS[found.tag])
    message: Message = _made(cls, found)
    return message


def _made(cls: type[Any], found: Element) -> Any:
    given = values(found, _DECLARED[cls])
    for name, item in _ITEM_FIELDS[cls]:
        given[name] = tuple(_made(item, child) for child in found.each(item.TAG))
    if cls is Content and found.text.strip():
        given["data"] = _decoded(found)
    carried = found.child(_CARRIED)
    if carried is not None and carried.children:
        given["text"] = source_of(carried.children[0])
    return cls(**given)


def _decoded(found: Element) -> bytes:
    try:
        return base64.b64decode(found.text, validate=True)
    except (binascii.Error, ValueError):
        raise WorkloadError(Code.BAD_VALUE, found.place, attribute="content", value=found.text[:20],
                            expected="base64") from None  # fmt: skip


_DECLARED = {cls: _declared(cls) for cls in (*_CLASSES, File, Removed, Content, Fault)}
_ITEM_FIELDS = {cls: tuple(_item_fields(cls)) for cls in _DECLARED}


def fault_text(fault: Fault) -> str:
    "A fault as a line for people."
    place = f" (line {fault.line}, column {fault.column})" if fault.line else ""
    return f"{fault.file}: {fault.code}  {fault.text}{place}"

