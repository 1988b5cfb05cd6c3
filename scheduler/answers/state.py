"""`<state>`: the whole engine, flat or as a tree of folders."""

from __future__ import annotations

from scheduler import paths
from scheduler.answers import resources
from scheduler.answers.job import jobs_element
from scheduler.answers.job_chain import chains_element
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_element
from scheduler.answers.order_id_space import order_id_spaces
from scheduler.records import EngineState, OrderOrigin
from scheduler.times import time_text, time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element


def state_element(world: World, options: ShowOptions) -> str:
    identity = world.identity
    now = time_text(world.now)
    return element(
        "state",
        [
            ("time", now),
            ("time_zone", identity.time_zone),
            ("id", identity.scheduler_id),
            ("spooler_id", identity.scheduler_id),
            ("spooler_running_since", time_text_seconds(identity.started_at)),
            ("state", state_word(world)),
            ("log_file", identity.log_file),
            ("version", identity.version),
            ("pid", identity.pid),
            ("config_file", identity.config_file),
            ("configuration_directory", identity.live_directory),
            ("host", identity.host),
            ("tcp_port", identity.tcp_port or None),
            ("udp_port", identity.udp_port or None),
            ("ip_address", identity.ip_address or None),
            ("db", identity.database or None),
            ("db_waiting", "yes" if world.database_problem else None),
            ("db_error", world.database_problem or None),
            ("loop", 0),
            ("waits", 0),
        ],
        *_objects(world, options),
        order_id_spaces(world),
        "<subprocesses/>",
        element("remote_schedulers", [("count", 0), ("active", 0)]),
        "<http_server/>",
        "<connections/>",
        _operations(world) if "operations" in options else "",
    )


def _operations(world: World) -> str:
    "What the engine measures of itself; ours, clients pass over it."
    measured = [(name, f"{value:.3f}") for name, value in world.measure().items()]
    counts = [("tasks", len(world.tasks)), ("orders", len(world.orders)), ("jobs", len(world.jobs))]
    return element("operations", [*measured, *counts])


def state_word(world: World) -> str:
    "The engine's state in the words of the protocol."
    if world.state is EngineState.RUNNING and world.paused:
        return EngineState.PAUSED.value
    return world.state.value


def _objects(world: World, options: ShowOptions) -> list[str]:
    if "folders" in options:
        folders = folder_paths(world)
        return [folder_element(world, options, options.path, folders)] if options.path in folders else []
    return [
        jobs_element(world, options, None) if "jobs" in options else "<!-- jobs suppressed -->",
        *_unless_empty(resources.locks(world, None)),
        resources.process_classes(world, None),
        *_unless_empty(resources.schedules(world, None, options)),
        chains_element(world, options, None, count=True),
    ]


def folder_paths(world: World) -> dict[str, None]:
    "Every folder that holds something, with the folders above it."
    found: dict[str, None] = {"/": None}
    objects = [job.path for job in world.jobs.values()]
    objects += [chain.path for chain in world.chains.values()]
    objects += [file.path.partition(",")[0] for file in world.files.values()]
    for path in objects:
        folder = paths.folder(path)
        while folder not in found:
            found[folder] = None
            folder = paths.folder(folder)
    return found


def folder_element(world: World, options: ShowOptions, path: str, folders: dict[str, None]) -> str:
    children = sorted(folder for folder in folders if folder != "/" and paths.folder(folder) == path)
    inner = ""
    if children and options.wants("folder"):
        if "no_subfolders" in options:
            shown = [_bare_folder(child) for child in children]
        else:
            shown = [folder_element(world, options, child, folders) for child in children]
        inner = element("folders", (), *shown)
    jobs = jobs_element(world, options, path) if options.wants("job") and "jobs" in options else ""
    chains = chains_element(world, options, path, count=False) if options.wants("order") else ""
    orders = _permanent_orders(world, options, path) if options.wants("standing_order") else ""
    return element(
        "folder",
        [("path", path), ("name", paths.name(path))],
        _ACTIVE,
        inner,
        *_resources(world, options, path),
        jobs if jobs != "<jobs/>" else "",
        chains if chains != "<job_chains/>" else "",
        orders,
    )


def _resources(world: World, options: ShowOptions, path: str) -> list[str]:
    "Each list only when the folder holds such objects; the default process class lives in the root."
    asked = [
        ("lock", resources.locks(world, path)),
        ("monitor", resources.monitors(world, path)),
        ("schedule", resources.schedules(world, path, options)),
        ("process_class", resources.process_classes(world, path)),
    ]
    return [shown for kind, each in asked if options.wants(kind) for shown in _unless_empty(each)]


def _unless_empty(shown: str) -> list[str]:
    return [] if shown.endswith("s/>") else [shown]


_ACTIVE = '<file_based state="active"><requisites/></file_based>'


def _bare_folder(path: str) -> str:
    return element("folder", [("path", path), ("name", paths.name(path))], _ACTIVE)


def _permanent_orders(world: World, options: ShowOptions, path: str) -> str:
    orders = [
        order_element(world, order, options)
        for order in world.orders.values()
        if order.origin is OrderOrigin.PERMANENT and paths.folder(order.chain) == path
    ]
    return element("orders", (), *orders) if orders else ""
