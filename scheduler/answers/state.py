"""`<state>`: the whole engine, flat or as a tree of folders."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.answers import resources
from scheduler.answers.cluster import cluster_element
from scheduler.answers.common import faulty_by_kind
from scheduler.answers.connections import connections
from scheduler.answers.folder import LISTS, folder_parts
from scheduler.answers.folder_tree import default_first
from scheduler.answers.histories import NONE, Histories
from scheduler.answers.job_chains import chains_parts, is_visible, unusable_files
from scheduler.answers.jobs import jobs_parts
from scheduler.answers.options import ShowOptions
from scheduler.answers.order_id_space import order_id_spaces
from scheduler.answers.pieces import unless_empty, wrapped
from scheduler.answers.remote_schedulers import remote_schedulers
from scheduler.answers.schedule import schedules, users_of
from scheduler.hold import PAUSE
from scheduler.records import EngineState, ObjectKind
from scheduler.times import time_text, time_text_seconds
from scheduler.world import World
from scheduler.xml.write import comment, element, text


def state_element(world: World, options: ShowOptions) -> str:
    "As it is at this moment."
    return "".join(state_parts(world, options))


def state_parts(world: World, options: ShowOptions, histories: Histories = NONE) -> Iterator[str]:
    "In pieces: each object is shown as it is when its turn comes."
    return wrapped("state", _attributes(world), _content(world, options, histories))


def _attributes(world: World) -> list[tuple[str, object]]:
    identity = world.identity
    wake, resume = world.next_wake, world.holds.until(PAUSE)
    problem = world.file_problem()
    return [
        ("time", time_text(world.now)),
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
        ("http_port", identity.http_port or None),
        ("https_port", identity.https_port or None),
        ("tcp_port", identity.tcp_port or None),
        ("udp_port", identity.udp_port or None),
        ("ip_address", identity.ip_address or None),
        ("db", identity.database or None),
        ("db_waiting", "yes" if world.database_problem else None),
        ("db_error", world.database_problem or None),
        ("waiting_errno", problem.number if problem is not None else None),
        ("waiting_errno_text", problem.text if problem is not None else None),
        ("waiting_errno_filename", problem.file if problem is not None else None),
        ("loop", world.decided),
        ("waits", world.awoken),
        ("wait_until", time_text(wake) if wake is not None else None),
        ("resume_at", time_text(resume) if resume is not None else None),
    ]


def _content(world: World, options: ShowOptions, histories: Histories) -> Iterator[str]:
    if "folders" in options:
        yield from folder_parts(world, options, histories)
    else:
        yield from _lists(world, options, histories)
    yield order_id_spaces(world)
    yield "<subprocesses/>"
    yield remote_schedulers(world, options)
    yield cluster_element(world, options)
    yield "<http_server/>"
    yield connections(world)
    if "operations" in options:
        yield operations(world)
        yield "<java_subsystem/><allocations/>"


def _lists(world: World, options: ShowOptions, histories: Histories) -> Iterator[str]:
    "Flat, of all folders."
    faulty = faulty_by_kind(world)

    def of_kind(kind: ObjectKind, shown: Iterator[str]) -> Iterator[str]:
        return unless_empty(LISTS[kind], (), resources.with_faulty(shown, faulty.get(kind, ()), options))

    yield from of_kind(ObjectKind.LOCK, resources.locks(world, options, list(world.locks)))
    yield from of_kind(ObjectKind.MONITOR, resources.monitors(world, options, list(world.monitors)))
    if "jobs" in options:
        unusable = faulty.get(ObjectKind.JOB, ())
        yield from wrapped("jobs", (), jobs_parts(world, options, list(world.jobs), unusable, histories.of_job))
    else:
        yield comment(f"{len(world.jobs)} jobs suppressed")
    classes = resources.process_classes(world, options, default_first(world))
    yield from of_kind(ObjectKind.PROCESS_CLASS, classes)
    if "schedules" in options:
        users = users_of(world.jobs.values(), world.orders.values())
        yield from of_kind(ObjectKind.SCHEDULE, schedules(world, options, list(world.schedules), users))
    visible = sum(is_visible(world, chain) for chain in world.chains.values())
    chains = chains_parts(world, options, list(world.chains), unusable_files(world), histories.of_chain)
    yield from wrapped("job_chains", [("count", visible)], chains)


def operations(world: World) -> str:
    "What the engine measures of itself, as text and as attributes (these are ours)."
    measured = [(name, f"{value:.3f}") for name, value in world.measure().items()]
    counts = [("tasks", len(world.tasks)), ("orders", len(world.orders)), ("jobs", len(world.jobs))]
    told = [*measured, *((name, str(count)) for name, count in counts)]
    return element("operations", told, text(", ".join(f"{name}={value}" for name, value in told)))


def state_word(world: World) -> str:
    "The engine's state in the words of the protocol."
    if world.state is EngineState.WAITING_FOR_ACTIVATION:
        if world.cluster is not None and world.cluster.distributed:  # it works beside the one that leads
            return (EngineState.PAUSED if world.paused else EngineState.RUNNING).value
        return "waiting_for_activation_paused" if world.paused else world.state.value
    if world.state is EngineState.RUNNING and world.paused:
        return EngineState.PAUSED.value
    return world.state.value
