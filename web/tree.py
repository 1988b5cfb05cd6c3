"Folders, and chains with orders, as rows of an indented table, with numbers for what is below them. Pure."

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.read.folders import Item, Numbers


@dataclass(slots=True)
class Folder:
    "`path` ends with a slash; that of a chain, in which orders lie, does not. Numbers are of everything below."

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

    @property
    def is_chain(self) -> bool:
        return not self.path.endswith("/")

    def count(self, numbers: Numbers) -> None:
        self.total += numbers.total
        self.trouble += numbers.trouble
        self.active += numbers.active
        self.held += numbers.held


@dataclass(frozen=True, slots=True)
class Row:
    "A folder, or (without one) an object."

    level: int
    folder: Folder | None
    item: Item | None


def tree(
    numbers: Iterable[Numbers],
    items: Iterable[Item],
    is_open: Callable[[str], bool],
    chains: Iterable[Numbers] = (),
) -> list[Row]:
    """The rows that are visible: the root, and what is in open folders.

    `items` are the objects to be shown, and `chains` those with orders: of the root, and of folders that are open.
    What lies in a folder that is not among `numbers`, because it came after they were read, is left out.
    """
    root = Folder("/", 1, True)
    places = {"/": root}
    for each in numbers:
        _place(root, each, places, is_open)
    for chain in chains:
        key = chain.path.lower()
        if (folder := places.get(key[: key.rindex("/") + 1])) is not None:
            here = Folder(chain.path, folder.level + 1, is_open(key))
            here.count(chain)
            folder.folders[key] = places[key] = here
    for item in items:
        if (place := places.get(item.place)) is not None:
            place.items.append(item)
    rows: list[Row] = []
    _show(root, rows)
    return rows


def _place(root: Folder, numbers: Numbers, places: dict[str, Folder], is_open: Callable[[str], bool]) -> None:
    here = root
    here.count(numbers)
    for name in numbers.path.strip("/").split("/"):
        if not name:  # the root itself
            return
        path = f"{here.path}{name}/"
        key = path.lower()
        if key not in places:
            here.folders[key] = places[key] = Folder(path, here.level + 1, is_open(key))
        here = places[key]
        here.count(numbers)


def _show(folder: Folder, rows: list[Row]) -> None:
    rows.append(Row(folder.level, folder, None))
    if not folder.open:
        return
    for _, below in sorted(folder.folders.items(), key=_folders_first):
        _show(below, rows)
    rows += [Row(folder.level + 1, None, item) for item in folder.items]


def _folders_first(named: tuple[str, Folder]) -> tuple[bool, str]:
    return named[1].is_chain, named[0]
