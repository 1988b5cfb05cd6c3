"""The elements of the classic protocol: a worker's list of what it has, and the supervisor's answer to it.

    <configuration.directory name="sub">…</configuration.directory>
    <configuration.file name="a.job.xml" last_write_time="2015-06-10T12:00:00.000Z" md5="…"/>

    <configuration.directory>
       <configuration.directory name="old" removed="yes"/>
       <configuration.file name="a.job.xml" last_write_time="…"><content encoding="base64">…</content></…>
       <configuration.file name="b.job.xml" removed="yes"/>
    </configuration.directory>
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.names import DEPTH_MAX, checked_name
from scheduler.supervisor.tree import Difference, Entry, Tree, folders
from scheduler.times import time_text
from scheduler.xml.attribute_types import TEXT, YES_NO
from scheduler.xml.declaration import Attribute, Declaration, values
from scheduler.xml.element import Element
from scheduler.xml.write import element

REGISTER = "register_remote_scheduler"
FETCH_OVER_TCP = "supervisor.remote_scheduler.configuration.fetch_updated_files"
FETCH_OVER_HTTP = "supervisor.configuration.fetch"
FOLDER, FILE, CONTENT = "configuration.directory", "configuration.file", "content"
WAKE_UP = b"<check_folders/>"

_FOLDER_ATTRIBUTES = Declaration(
    FOLDER, (Attribute("name", TEXT, default=""), Attribute("removed", YES_NO, default=False)), open=True
)
_FILE_ATTRIBUTES = Declaration(
    FILE,
    (
        Attribute("name", TEXT, required=True),
        Attribute("last_write_time", TEXT, default=""),
        Attribute("md5", TEXT, default=""),
        Attribute("removed", YES_NO, default=False),
    ),
    open=True,
)


@dataclass(frozen=True, slots=True)
class Known:
    "A file that a worker has; `modified` None: it did not say when it was written."

    md5: str
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Inventory:
    "What a worker has: files and folders by path."

    files: Mapping[str, Known] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update:
    "What an answer says: new contents with their times, files to remove, folders to remove as a whole."

    files: Mapping[str, tuple[bytes, datetime]]
    removed: tuple[str, ...] = ()
    removed_folders: tuple[str, ...] = ()


def inventory_of(elements: Iterable[Element]) -> Inventory:
    "Raises UNSAFE_NAME, UNEXPECTED_ELEMENT and the codes of attributes."
    files: dict[str, Known] = {}
    found: set[str] = set()

    def read(elements: Iterable[Element], folder: str, depth: int) -> None:
        for each in elements:
            path = _path(folder, each, depth)
            if each.tag == FOLDER:
                found.add(path)
                read(each.children, f"{path}/", depth + 1)
            else:
                given = values(each, _FILE_ATTRIBUTES)
                files[path] = Known(given["md5"].lower(), _time(each, given["last_write_time"]))

    read(elements, "", 1)
    return Inventory(files, frozenset(found))


def inventory_elements(tree: Tree) -> str:
    "What a worker says that it has."

    def file(name: str, entry: Entry) -> str:
        return element(FILE, [("name", name), ("last_write_time", time_text(entry.modified)), ("md5", entry.md5)])

    return "".join(_nested(tree, "", file, ()))


def answer_tree(tree: Tree, inventory: Inventory, content: Callable[[Entry], bytes]) -> str:
    """The answer: what is different, as a tree.

    A file of both is sent when its time and its contents differ. What is only in the inventory is removed.
    """
    own_folders = folders(tree)
    gone_folders = sorted(inventory.folders - own_folders)
    gone = [path for path in inventory.files if path not in tree]

    def file(name: str, entry: Entry) -> str:
        data = base64.b64encode(content(entry)).decode("ascii")
        return element(
            FILE, [("name", name), ("last_write_time", time_text(entry.modified))],
            element(CONTENT, [("encoding", "base64")], data),
        )  # fmt: skip

    changed = {path: entry for path, entry in tree.items() if _differs(entry, inventory.files.get(path))}
    return element(FOLDER, (), *_nested(changed, "", file, own_folders, gone, gone_folders))


def difference_of(tree: Tree, inventory: Inventory) -> Difference:
    "What `answer_tree` tells a worker."
    return Difference(
        tuple(sorted(tree.keys() - inventory.files.keys())),
        tuple(sorted(path for path, known in inventory.files.items() if path in tree and _differs(tree[path], known))),
        tuple(sorted(inventory.files.keys() - tree.keys())),
    )


def read_update(answer: Element) -> Update:
    "What an answer tree says. Raises UNSAFE_NAME, UNEXPECTED_ELEMENT, BAD_VALUE for another encoding than base64."
    files: dict[str, tuple[bytes, datetime]] = {}
    removed: list[str] = []
    removed_folders: list[str] = []

    def read(elements: Iterable[Element], folder: str, depth: int) -> None:
        for each in elements:
            path = _path(folder, each, depth)
            if each.tag == FOLDER:
                if values(each, _FOLDER_ATTRIBUTES)["removed"]:
                    removed_folders.append(path)
                else:
                    read(each.children, f"{path}/", depth + 1)
                continue
            given = values(each, _FILE_ATTRIBUTES)
            if given["removed"]:
                removed.append(path)
            else:
                files[path] = _content(each), _time(each, given["last_write_time"]) or datetime.fromtimestamp(0, UTC)

    if answer.tag != FOLDER:
        raise WorkloadError(
            Code.UNEXPECTED_ELEMENT, answer.place, element=answer.tag, parent="answer", expected=f"<{FOLDER}>"
        )
    read(answer.children, "", 1)
    return Update(files, tuple(removed), tuple(removed_folders))


def _differs(entry: Entry, known: Known | None) -> bool:
    return known is None or (known.modified != _milliseconds(entry.modified) and known.md5 != entry.md5)


def _milliseconds(instant: datetime) -> datetime:
    "Finer than that the protocol cannot say it."
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _nested(
    tree: Tree,
    folder: str,
    file: Callable[[str, Entry], str],
    all_folders: Iterable[str],
    gone: Iterable[str] = (),
    gone_folders: Iterable[str] = (),
) -> Iterator[str]:
    """Folders and files below a folder (empty, or with a slash at its end). `all_folders` appear even if nothing is in
    them; what lies in a folder that is gone is not named by itself."""
    inner = {path for path in {*all_folders, *folders(tree), *folders(gone)} if _lies_directly(path, folder)}
    gone_here = {path for path in gone_folders if _lies_directly(path, folder)}
    for path in sorted(inner | gone_here):
        name = path[len(folder) :]
        if path in gone_here:
            yield element(FOLDER, [("name", name), ("removed", "yes")])
            continue
        below = f"{path}/"
        yield element(
            FOLDER, [("name", name)],
            *_nested(
                {each: entry for each, entry in tree.items() if each.startswith(below)}, below, file,
                [each for each in all_folders if each.startswith(below)],
                [each for each in gone if each.startswith(below)],
                [each for each in gone_folders if each.startswith(below)],
            ),
        )  # fmt: skip
    for path in sorted(tree):
        if _lies_directly(path, folder):
            yield file(path[len(folder) :], tree[path])
    for path in sorted(gone):
        if _lies_directly(path, folder):
            yield element(FILE, [("name", path[len(folder) :]), ("removed", "yes")])


def _lies_directly(path: str, folder: str) -> bool:
    return path.startswith(folder) and "/" not in path[len(folder) :]


def _path(folder: str, each: Element, depth: int) -> str:
    if each.tag not in (FOLDER, FILE):
        raise WorkloadError(
            Code.UNEXPECTED_ELEMENT, each.place, element=each.tag, parent=FOLDER, expected=f"<{FOLDER}> or <{FILE}>"
        )
    if depth > DEPTH_MAX:
        raise WorkloadError(Code.UNSAFE_NAME, each.place, name=folder[:40], reason="it lies too deep")
    return folder + checked_name(each.get("name"))


def _time(each: Element, text: str) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise WorkloadError(
            Code.BAD_VALUE, each.place, attribute="last_write_time", value=text, expected="a time in UTC"
        ) from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _content(each: Element) -> bytes:
    found = each.child(CONTENT)
    encoding = found.get("encoding") if found is not None else ""
    if found is None or encoding != "base64":
        raise WorkloadError(Code.BAD_VALUE, each.place, attribute="encoding", value=encoding, expected="base64")
    try:
        return base64.b64decode("".join(found.text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise WorkloadError(
            Code.BAD_VALUE, each.place, attribute=CONTENT, value=found.text[:20], expected="base64"
        ) from None
