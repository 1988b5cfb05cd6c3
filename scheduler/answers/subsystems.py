"""`<subsystems>`: how many objects there are of each kind, and with `what="statistics"` in which states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from scheduler.answers.folder_tree import folder_paths
from scheduler.answers.options import ShowOptions
from scheduler.job.requisites import missing
from scheduler.records import EngineState, Job, JobState, ObjectKind, OrderOrigin, TaskState
from scheduler.world import World
from scheduler.xml.write import element

_STATES = {EngineState.STARTING: "loaded", EngineState.STOPPED: "stopped"}


def subsystems(world: World, options: ShowOptions) -> str:
    "In the sequence that clients know. Counters are there even when they are 0."
    state = _STATES.get(world.state, "active")
    wanted = "statistics" in options
    return element(
        "subsystems",
        (),
        *(
            element(
                "subsystem",
                [("name", name), ("state", state)],
                _files(visible, count) if name != "task" else "",
                _STATISTICS[name](world) if wanted and name in _STATISTICS else "",
            )
            for name, visible, count in _counts(world)
        ),
    )


def _files(visible: int, count: int) -> str:
    return element("file_based.statistics", [("count_visible", visible), ("count", count)])


def _counts(world: World) -> Iterable[tuple[str, int, int]]:
    "Name, number of visible objects, number of all."
    jobs, chains = world.jobs.values(), world.chains.values()
    permanent = sum(1 for order in world.orders.values() if order.origin is OrderOrigin.PERMANENT)
    yield "job", sum(1 for job in jobs if job.definition.visible == "yes"), len(jobs)
    yield "task", 0, 0
    yield "order", sum(1 for chain in chains if chain.definition.visible == "yes"), len(chains)
    for name, count in (
        ("standing_order", permanent),
        ("schedule", len(world.schedules)),
        (ObjectKind.PROCESS_CLASS.value, len(world.process_classes) + ("" not in world.process_classes)),
        ("folder", len(folder_paths(world))),
        (ObjectKind.LOCK.value, len(world.locks)),
        (ObjectKind.MONITOR.value, len(world.monitors)),
    ):
        yield name, count, count


def _statistics(kind: str, *counted: tuple[str, str, int]) -> str:
    "Three wrappings around the counters; each is the attribute that names it, its value, and the count."
    found = [element(f"{kind}.statistic", [(name, value), ("count", count)]) for name, value, count in counted]
    listed = element(f"{kind}.statistics", (), *found)
    return element(f"{kind}_subsystem", (), element(f"{kind}_subsystem.statistics", (), listed))


def _jobs(world: World) -> str:
    states = Counter(_state(world, job) for job in world.jobs.values())
    waiting = sum(1 for key in world.jobs if world.waiting.class_of(key) is not None)
    return _statistics(
        "job",
        ("job_state", "pending", states[JobState.PENDING]),
        ("job_state", "running", states[JobState.RUNNING]),
        ("job_state", "stopped", states[JobState.STOPPED]),
        ("need_process", "true", waiting),
    )


def _state(world: World, job: Job) -> JobState | None:
    "None: it lacks something, and so it is not pending."
    return None if job.state is JobState.PENDING and missing(world, job.definition) else job.state


def _tasks(world: World) -> str:
    states = Counter(task.state for task in world.tasks.values())
    exist = sum(states.values()) - states[TaskState.QUEUED]
    return _statistics(
        "task",
        ("task_state", "running", states[TaskState.RUNNING]),
        ("task_state", "starting", states[TaskState.STARTING]),
        ("task_state", "exist", exist),
    )


def _orders(world: World) -> str:
    "`clustered` are orders of distributed chains that are being processed."
    distributed = {key for key, chain in world.chains.items() if chain.definition.distributed}
    orders = world.orders.values()
    clustered = sum(1 for order in orders if order.in_task and order.chain.lower() in distributed) if distributed else 0
    return _statistics("order", ("order_state", "clustered", clustered), ("order_state", "any", len(orders)))


_STATISTICS: dict[str, Callable[[World], str]] = {"job": _jobs, "task": _tasks, "order": _orders}
