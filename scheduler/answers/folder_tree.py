"""Which objects lie in which folder.

Only keys are noted: the answer is made in slices, and an object is shown as it is when its turn comes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from scheduler import paths
from scheduler.answers.job_chains import unusable_files
from scheduler.answers.pieces import chunks
from scheduler.records import FileState, ObjectKind, OrderKey, OrderOrigin, SourceFile
from scheduler.world import World


@dataclass(slots=True)
class Content:
    """Of one folder. `folders` are paths, `jobs`, `chains` and `orders` keys; `defined` are paths by kind, and `faulty`
    files by kind of which no version can be used."""

    folders: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    orders: list[OrderKey] = field(default_factory=list)
    defined: dict[ObjectKind, list[str]] = field(default_factory=dict)
    faulty: dict[ObjectKind, list[SourceFile]] = field(default_factory=dict)


class Tree:
    "A folder is there when it, or one below it, holds something; the root always."

    def __init__(self) -> None:
        self.content: dict[str, Content] = {"/": Content()}

    def holding(self, path: str) -> Content:
        "The content of the folder in which the object is."
        return self._folder(paths.folder(path))

    def _folder(self, path: str) -> Content:
        found = self.content.get(path)
        if found is None:
            found = self.content[path] = Content()
            self._folder(paths.folder(path)).folders.append(path)
        return found


def tree_of(world: World) -> Generator[str, None, Tree]:
    "In slices: it yields empty fragments, and returns the tree."
    tree = Tree()
    for jobs in chunks(world.jobs.values()):
        for job in jobs:
            tree.holding(job.path).jobs.append(job.key)
        yield ""
    for chains in chunks(world.chains.values()):
        for chain in chains:
            tree.holding(chain.path).chains.append(chain.key)
        yield ""
    for orders in chunks(world.orders.values()):
        for order in orders:
            if order.origin is OrderOrigin.PERMANENT:
                tree.holding(order.chain).orders.append(order.key)
        yield ""
    for files in chunks(world.files.values()):
        for file in files:
            if file.state is FileState.UNDEFINED and file.kind is not ObjectKind.JOB_CHAIN:
                tree.holding(file.path.partition(",")[0]).faulty.setdefault(file.kind, []).append(file)
        yield ""
    for file in unusable_files(world):
        tree.holding(file.path).faulty.setdefault(file.kind, []).append(file)
    _define(world, tree)
    return tree


def _define(world: World, tree: Tree) -> None:
    "Locks, monitors, schedules and process classes; the default class has no path, and is in the root."
    kinds = (
        (ObjectKind.LOCK, list(world.locks)),
        (ObjectKind.MONITOR, list(world.monitors)),
        (ObjectKind.SCHEDULE, list(world.schedules)),
        (ObjectKind.PROCESS_CLASS, default_first(world)),
    )
    for kind, defined in kinds:
        for path in defined:
            tree.holding(path or "/").defined.setdefault(kind, []).append(path)


def default_first(world: World) -> list[str]:
    "The paths of all process classes; the one of the default class is empty."
    return ["", *(path for path in world.process_classes if path)]


def folder_paths(world: World) -> set[str]:
    "Every folder that holds something, with the folders above it."
    objects = [job.path for job in world.jobs.values()]
    objects += [chain.path for chain in world.chains.values()]
    objects += [file.path.partition(",")[0] for file in world.files.values()]
    found = {"/"}
    for path in objects:
        folder = paths.folder(path)
        while folder not in found:
            found.add(folder)
            folder = paths.folder(folder)
    return found
