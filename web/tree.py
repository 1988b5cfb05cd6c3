"""Folders as rows of an indented table, with numbers for what is below them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    "An object in a folder; `trouble`, `active` and `held` say how it counts."

    path: str
    trouble: bool = False
    active: bool = False
    held: bool = False


@dataclass(slots=True)
class Folder:
    "`path` ends with a slash. Numbers are of everything below."

    path: str
    level: int
    open: bool
    total: int = 0
    trouble: int = 0
    active: int = 0
    held: int = 0
    items: list[Item] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2] or "/"

    def count(self, item: Item) -> None:
        self.total += 1
        self.trouble += item.trouble
        self.active += item.active
        self.held += item.held


@dataclass(frozen=True, slots=True)
class Row:
    "A folder, or (without one) an object."

    level: int
    folder: Folder | None
    item: Item | None


#: rows of objects in one folder; more of them are found by the list
MOST_IN_FOLDER = 100


def tree(items: Iterable[Item], opened: Collection[str], all_open: bool = False) -> list[Row]:
    "The rows that are visible: the root, and what is in open folders. `opened` are paths in lower case."
    root = Folder("/", 1, True)
    for item in items:
        _place(root, item, opened, all_open)
    rows: list[Row] = []
    _show(root, rows)
    return rows


def _place(root: Folder, item: Item, opened: Collection[str], all_open: bool) -> None:
    here = root
    here.count(item)
    for name in item.path.strip("/").split("/")[:-1]:
        path = f"{here.path}{name}/"
        key = name.lower()
        if key not in here.folders:
            here.folders[key] = Folder(path, here.level + 1, all_open or path.lower() in opened)
        here = here.folders[key]
        here.count(item)
    here.items.append(item)


def _show(folder: Folder, rows: list[Row]) -> None:
    rows.append(Row(folder.level, folder, None))
    if not folder.open:
        return
    for _, below in sorted(folder.folders.items()):
        _show(below, rows)
    rows += [Row(folder.level + 1, None, item) for item in folder.items[:MOST_IN_FOLDER]]
