"""`<folder>`: a tree of folders with what lies in them."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.answers import common, resources
from scheduler.answers.folder_tree import Content, Tree, tree_of
from scheduler.answers.histories import Histories
from scheduler.answers.job_chains import chains_parts
from scheduler.answers.jobs import jobs_parts
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import orders_in_pieces
from scheduler.answers.pieces import unless_empty, wrapped
from scheduler.answers.schedule import schedules, users_of
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.write import element

#: who refers to which schedule, as `users_of` gives it
Users = dict[str, list[str]]


def folder_parts(world: World, options: ShowOptions, histories: Histories) -> Iterator[str]:
    "The folder of the options with all below it; nothing when there is none."
    tree = yield from tree_of(world)
    users = users_of(world.jobs.values(), world.orders.values()) if "schedules" in options else {}
    if options.path in tree.content:
        yield from _folder(world, options, tree, options.path, users, histories)


def _folder(
    world: World, options: ShowOptions, tree: Tree, path: str, users: Users, histories: Histories
) -> Iterator[str]:
    return wrapped("folder", common.identity(path), _inside(world, options, tree, path, users, histories))


def _inside(
    world: World, options: ShowOptions, tree: Tree, path: str, users: Users, histories: Histories
) -> Iterator[str]:
    content = tree.content[path]
    yield common.NO_FILE
    if options.wants("folder"):
        yield from unless_empty("folders", (), _folders(world, options, tree, content, users, histories))
    yield from _resources(world, options, content, users)
    if options.wants("job") and "jobs" in options:
        faulty = content.faulty.get(ObjectKind.JOB, ())
        yield from unless_empty("jobs", (), jobs_parts(world, options, content.jobs, faulty, histories.of_job))
    if options.wants("order") and (content.chains or ObjectKind.JOB_CHAIN in content.faulty):
        unusable = content.faulty.get(ObjectKind.JOB_CHAIN, ())
        chains = chains_parts(world, options, content.chains, unusable, histories.of_chain)
        yield from wrapped("job_chains", (), chains)
    if options.wants("standing_order"):
        orders = (world.orders.get(key) for key in content.orders)
        shown = orders_in_pieces(world, (order for order in orders if order is not None), options)
        yield from unless_empty("orders", (), shown)


def _folders(
    world: World, options: ShowOptions, tree: Tree, content: Content, users: Users, histories: Histories
) -> Iterator[str]:
    "In the order of their names; without their lists when sub-folders are not wanted."
    for path in sorted(content.folders):
        if "no_subfolders" in options:
            yield element("folder", common.identity(path), common.NO_FILE)
        else:
            yield from _folder(world, options, tree, path, users, histories)


def _resources(world: World, options: ShowOptions, content: Content, users: Users) -> Iterator[str]:
    defined = content.defined
    made = {
        ObjectKind.LOCK: resources.locks(world, options, defined.get(ObjectKind.LOCK, ())),
        ObjectKind.MONITOR: resources.monitors(world, options, defined.get(ObjectKind.MONITOR, ())),
        ObjectKind.SCHEDULE: schedules(world, options, defined.get(ObjectKind.SCHEDULE, ()), users),
        ObjectKind.PROCESS_CLASS: resources.process_classes(
            world, options, defined.get(ObjectKind.PROCESS_CLASS, ())
        ),
    }
    for kind, shown in made.items():
        if options.wants(kind.value):
            parts = resources.with_faulty(shown, content.faulty.get(kind, ()), options)
            yield from unless_empty(LISTS[kind], (), parts)


#: how the list of a kind is called
LISTS = {
    ObjectKind.LOCK: "locks",
    ObjectKind.MONITOR: "monitors",
    ObjectKind.SCHEDULE: "schedules",
    ObjectKind.PROCESS_CLASS: "process_classes",
}
