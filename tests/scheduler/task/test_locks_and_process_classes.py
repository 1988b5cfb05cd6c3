"""What a task needs beside its job: locks, all at once, and a process of its class."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.add_order import AddOrder
from scheduler.commands.kill_task import KillTask
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.commands.start_job import StartJob
from scheduler.definitions import (
    LockDefinition,
    LockUse,
    MonitorUse,
    NodeDefinition,
    ProcessClassDefinition,
    RemoteScheduler,
)
from scheduler.index.waiting import Need
from scheduler.job_wait import JobWait
from scheduler.messages import Activated
from scheduler.records import Task, TaskState
from scheduler.run_time.model import RunTime, Schedule
from scheduler.task.resources import TOLD_APART, waits_recorded
from scheduler.why import why_job
from tests.support.worlds import Engine, a_chain, a_job, an_order

LOCK = LockDefinition("/l")


def alone(lock: str = "/l") -> LockUse:
    return LockUse(lock)


def shared(lock: str = "/l") -> LockUse:
    return LockUse(lock, exclusive=False)


def start(engine: Engine, *jobs: str) -> None:
    for job in jobs:
        engine.command(StartJob(job=job))


def running(engine: Engine) -> list[str]:
    return [launch.job for launch in engine.launched.values()]


def end(engine: Engine, job: str) -> None:
    engine.end(next(task for task, launch in engine.launched.items() if launch.job == job))


def kinds(engine: Engine, job: str) -> list[str]:
    return [obstacle.kind for obstacle in why_job(engine.world, engine.world.jobs[job])]


def test_a_lock_held_alone_lets_one_task_run_even_of_the_same_job() -> None:
    engine = Engine(LOCK, a_job("/a", tasks=3, locks=(alone(),)), a_job("/b", locks=(shared(),)))
    start(engine, "/a", "/a", "/b")
    assert running(engine) == ["/a"]
    assert kinds(engine, "/b") == ["waiting_for_lock"]
    engine.end()
    assert running(engine) == ["/a"], "who wants it alone goes first"
    engine.end()
    assert running(engine) == ["/b"]


def test_shared_holders_are_as_many_as_the_lock_allows() -> None:
    engine = Engine(LockDefinition("/l", 2), *(a_job(f"/{name}", locks=(shared(),)) for name in "abc"))
    start(engine, "/a", "/b", "/c")
    assert running(engine) == ["/a", "/b"]
    engine.end()
    assert running(engine) == ["/b", "/c"]


def test_all_locks_of_a_job_must_be_free_at_once() -> None:
    engine = Engine(
        LOCK, LockDefinition("/m"), a_job("/a", locks=(alone("/m"),)), a_job("/b", locks=(alone(), alone("/m"))),
        a_job("/c", locks=(alone(),)),
    )  # fmt: skip
    start(engine, "/a", "/b")
    assert running(engine) == ["/a"]
    assert [o.object for o in why_job(engine.world, engine.world.jobs["/b"])] == ["/m"]
    start(engine, "/c")
    assert running(engine) == ["/a"], "/b is before it in the queue of /l"
    engine.end()
    assert running(engine) == ["/b"]
    engine.end()
    assert running(engine) == ["/c"]


def test_a_job_waits_for_a_lock_until_its_file_comes() -> None:
    engine = Engine(a_job(locks=(alone(),)))
    start(engine, "/job")
    assert not engine.launched
    assert kinds(engine, "/job") == ["lock_missing"]
    engine.files(LOCK)
    assert engine.launched


def test_a_held_lock_is_replaced_and_removed_when_it_is_free() -> None:
    engine = Engine(LOCK, a_job(locks=(shared(),)))
    start(engine, "/job")
    engine.files(LockDefinition("/l", 7))
    assert engine.world.locks["/l"].max_non_exclusive is None
    engine.delete(LOCK)
    assert "/l" in engine.world.locks
    engine.end()
    assert "/l" not in engine.world.locks


def test_a_stopped_job_does_not_keep_its_place_before_others() -> None:
    from scheduler.commands.modify_job import ModifyJob

    engine = Engine(LOCK, *(a_job(f"/{name}", locks=(alone(),)) for name in "abc"))
    start(engine, "/a", "/b", "/c")
    engine.command(ModifyJob(job="/b", cmd="stop"))
    engine.end()
    assert running(engine) == ["/c"]


def test_a_process_class_limits_its_own_jobs_only() -> None:
    engine = Engine(
        ProcessClassDefinition("/narrow", 1),
        a_job("/a", process_class="/narrow"), a_job("/b", process_class="/narrow"), a_job("/c"),
    )  # fmt: skip
    start(engine, "/a", "/b", "/c")
    assert running(engine) == ["/a", "/c"]
    assert kinds(engine, "/b") == ["waiting_for_process"]
    engine.end()
    assert running(engine) == ["/c", "/b"]


def test_who_waits_for_a_process_is_recorded_when_that_begins_and_ceases_and_never_between() -> None:
    engine = Engine(
        ProcessClassDefinition("/narrow", 1), a_job("/A", process_class="/narrow", tasks=5),
        a_job("/b", process_class="/narrow"), a_job("/c"),
    )  # fmt: skip
    start(engine, "/A", "/c")
    assert not engine.waits, "there are processes"
    begin = engine.now
    start(engine, "/A", "/A", "/b")
    assert engine.waits == {
        "/a": JobWait("/A", "/narrow", begin), "/b": JobWait("/b", "/narrow", begin),
    }  # fmt: skip
    engine.later(5)
    assert "/b" in engine.waits
    ended = engine.end(1)
    assert running(engine) == ["/c", "/A"]
    assert engine.waits["/a"].since == begin == engine.world.waiting.since_process("/a"), "one more of it waits"
    assert not any("waits_for_process" in change.detail for change in ended.changes), "and that is known already"
    end(engine, "/A")
    assert list(engine.waits) == ["/a"]
    engine.run()
    assert engine.waits == {}


def test_many_that_wait_at_once_are_one_change() -> None:
    paths = [f"/j{number}" for number in range(TOLD_APART + 1)]
    engine = Engine(*(a_job(path) for path in paths))
    for path in paths[1:]:
        engine.world.waiting.wait_for_process(path, "/narrow", False, engine.now)
    assert [change.object for change in waits_recorded(engine.world)] == paths[1:]
    for path in paths[1:]:
        engine.world.waiting.leave_process(path)
    engine.world.waiting.wait_for_process(paths[0], "/narrow", False, engine.now)
    (change,) = waits_recorded(engine.world)
    assert change.object == "/"
    assert change.put == (JobWait(paths[0], "/narrow", engine.now),)
    assert {key for _, key in change.drop} == {*paths[1:]}
    assert waits_recorded(engine.world) == []


def test_who_ceases_to_be_or_is_stopped_is_not_recorded_as_waiting() -> None:
    from scheduler.commands.modify_job import ModifyJob

    stopped, gone = a_job("/stopped", process_class="/narrow"), a_job("/gone", process_class="/narrow", order=True)
    engine = Engine(
        ProcessClassDefinition("/narrow", 1), a_job("/one", process_class="/narrow"), stopped, gone,
        a_chain("/chain", NodeDefinition("1", "/gone", "2"), NodeDefinition("2")),
    )  # fmt: skip
    start(engine, "/one", "/stopped")
    engine.files(an_order())
    assert list(engine.waits) == ["/stopped", "/gone"]
    engine.command(ModifyJob(job="/stopped", cmd="stop"))
    engine.delete(gone)
    assert engine.waits == {}


STEPS = (NodeDefinition("1", "/late", "2"), NodeDefinition("2", "/other", "3"), NodeDefinition("3"))


@pytest.mark.parametrize(
    "happens",
    [
        lambda engine: engine.command(ModifyOrder(job_chain="/chain", order="1", suspended=True)),
        lambda engine: engine.command(ModifyOrder(job_chain="/chain", order="1", state="2")),
        lambda engine: engine.command(RemoveOrder(job_chain="/chain", order="1")),
        lambda engine: engine.delete(a_chain("/chain", *STEPS)),
        lambda engine: engine.files(a_chain("/chain", NodeDefinition("1", "/other", "3"), NodeDefinition("3"))),
        lambda engine: engine.files(a_chain("/chain", *STEPS[1:])),
    ],
)
def test_a_job_waits_no_longer_when_its_only_order_is_kept_or_taken_from_it(
    happens: Callable[[Engine], object],
) -> None:
    engine = Engine(
        ProcessClassDefinition("/narrow", 1), a_job("/one", process_class="/narrow"),
        a_job("/late", process_class="/narrow", order=True), a_job("/other", order=True),
        a_chain("/chain", *STEPS), a_chain("/next", *STEPS),
    )  # fmt: skip
    start(engine, "/one")
    engine.command(AddOrder(job_chain="/chain", id="1"))
    assert list(engine.waits) == ["/late"]
    engine.later(60)
    happens(engine)
    assert engine.waits == {}
    assert not engine.world.waiting.waits("/late")
    engine.later(60)
    engine.command(AddOrder(job_chain="/next", id="2"))
    assert [wait.since for wait in engine.waits.values()] == [engine.now], "who comes later has not waited before"


def test_a_job_waits_no_longer_when_its_only_task_is_taken_out_of_the_queue() -> None:
    narrow = ProcessClassDefinition("/narrow", 1)
    engine = Engine(narrow, *(a_job(path, process_class="/narrow") for path in ("/one", "/late")))
    start(engine, "/one", "/late")
    assert list(engine.waits) == ["/late"]
    engine.command(KillTask(job="/late", id=2))
    assert engine.waits == {}


def test_who_waits_for_a_lock_is_recorded_when_that_begins_and_ceases() -> None:
    jobs = [a_job(path, locks=(alone(),)) for path in ("/a", "/B", "/c")]
    engine = Engine(LOCK, ProcessClassDefinition("/narrow", 1), *jobs)
    start(engine, "/a")
    assert not engine.waits, "the lock is free"
    begin = engine.now
    start(engine, "/B", "/c")
    waits = {key: JobWait(path, "", begin, (LOCK.path.lower(),)) for key, path in (("/b", "/B"), ("/c", "/c"))}
    assert engine.waits == waits
    engine.later(5)
    assert engine.waits == waits
    [waiting] = [task.id for task in engine.world.tasks.values() if task.job == "/c"]
    engine.command(KillTask(job="/c", id=waiting))
    assert list(engine.waits) == ["/b"]
    end(engine, "/a")
    assert running(engine) == ["/B"]
    assert engine.waits == {}


def test_who_has_its_locks_and_lacks_a_process_waits_for_that() -> None:
    both = a_job("/both", process_class="/narrow", locks=(alone(),))
    engine = Engine(
        LOCK, ProcessClassDefinition("/narrow", 1), both, a_job("/holder", locks=(alone(),)),
        a_job("/busy", process_class="/narrow"),
    )  # fmt: skip
    start(engine, "/holder", "/busy", "/both")
    assert [(wait.process_class, wait.locks) for wait in engine.waits.values()] == [("", (LOCK.path.lower(),))]
    end(engine, "/holder")
    assert [(wait.process_class, wait.locks) for wait in engine.waits.values()] == [("/narrow", ())]
    end(engine, "/busy")
    assert running(engine) == ["/both"]
    assert engine.waits == {}


def test_who_waited_for_a_lock_before_the_engine_died_has_waited_all_the_time() -> None:
    engine = Engine(LOCK, a_job("/one", locks=(alone(),)), a_job("/other", locks=(alone(),)), active=False)
    engine.world.put(Task(7, "/one", TaskState.QUEUED, start_at=engine.now))
    engine.world.put(Task(8, "/other", TaskState.QUEUED, start_at=engine.now))
    wait = JobWait("/other", "", engine.now - timedelta(hours=1), (LOCK.path.lower(),))
    engine.waits[wait.key] = wait
    engine.world.waiting.remember(wait.key, Need("", wait.locks, wait.since))
    engine.tell(Activated())
    assert running(engine) == ["/one"]
    assert engine.waits == {"/other": wait}


def test_what_a_dead_engine_recorded_is_made_true_at_the_start() -> None:
    definitions = (
        ProcessClassDefinition("/narrow", 1), a_job("/one", process_class="/narrow"),
        a_job("/other", process_class="/narrow"),
    )  # fmt: skip
    engine = Engine(*definitions, active=False)
    engine.world.put(Task(7, "/one", TaskState.QUEUED, start_at=engine.now))
    engine.world.put(Task(8, "/other", TaskState.QUEUED, start_at=engine.now))
    long_ago = engine.now - timedelta(hours=1)
    for wait in (JobWait(name, "/narrow", long_ago) for name in ("/one", "/other", "/gone")):
        engine.waits[wait.key] = wait
        engine.world.waiting.remember(wait.key, Need(wait.process_class, wait.locks, wait.since))
    engine.files(a_job("/third"))
    assert len(engine.waits) == 3, "nothing can be said before it works"
    engine.tell(Activated())
    assert running(engine) == ["/one"]
    assert engine.waits == {"/other": JobWait("/other", "/narrow", long_ago)}, "it has waited all the time"


def test_who_waits_for_a_lock_keeps_nobody_from_a_process() -> None:
    engine = Engine(
        LOCK, ProcessClassDefinition("/narrow", 1), a_job("/both", process_class="/narrow", locks=(alone(),)),
        a_job("/first", process_class="/narrow"), a_job("/next", process_class="/narrow"),
        a_job("/holder", locks=(alone(),)),
    )  # fmt: skip
    start(engine, "/first", "/both", "/holder", "/next")
    assert kinds(engine, "/both") == ["waiting_for_process"]
    end(engine, "/first")
    assert running(engine) == ["/holder", "/next"]
    assert kinds(engine, "/both") == ["waiting_for_lock"]
    end(engine, "/holder")
    assert running(engine) == ["/next"]
    end(engine, "/next")
    assert running(engine) == ["/both"]


def test_two_jobs_of_which_each_is_first_in_another_queue_do_not_wait_for_each_other() -> None:
    one, other = (a_job(name, process_class="/narrow", locks=(alone(),)) for name in ("/one", "/other"))
    engine = Engine(
        LOCK, ProcessClassDefinition("/narrow", 1), one, other, a_job("/brief", process_class="/narrow"),
        a_job("/holder", locks=(alone(),)),
    )  # fmt: skip
    start(engine, "/brief", "/one", "/holder", "/other")
    end(engine, "/holder")  # the other one is first for the lock
    end(engine, "/brief")  # and the one for the process
    assert running(engine) == ["/other"]
    end(engine, "/other")
    assert running(engine) == ["/one"]


def test_a_class_of_no_processes_lets_nothing_start_until_it_is_changed() -> None:
    engine = Engine(ProcessClassDefinition("/none", 0), a_job(process_class="/none"))
    start(engine, "/job")
    assert not engine.launched
    engine.files(ProcessClassDefinition("/none", 1))
    assert engine.launched


def test_a_missing_class_and_one_with_agents_are_waited_for() -> None:
    engine = Engine(a_job(process_class="/far"))
    start(engine, "/job")
    assert kinds(engine, "/job") == ["process_class_missing"]
    far = ProcessClassDefinition("/far", remote_schedulers=(RemoteScheduler("http://agent:4445"),))
    engine.files(far)
    assert kinds(engine, "/job") == ["waiting_for_agent"]
    engine.files(ProcessClassDefinition("/far"))
    assert engine.launched


def test_a_class_in_use_is_removed_when_its_last_process_has_ended() -> None:
    narrow = ProcessClassDefinition("/narrow", 1)
    engine = Engine(narrow, a_job(process_class="/narrow"))
    start(engine, "/job")
    engine.delete(narrow)
    assert "/narrow" in engine.world.process_classes
    engine.end()
    assert "/narrow" not in engine.world.process_classes


def test_the_class_of_the_job_counts_before_that_of_the_chain() -> None:
    nodes = (NodeDefinition("1", "/own", "2"), NodeDefinition("2", "/none", "3"), NodeDefinition("3"))
    engine = Engine(
        ProcessClassDefinition("/of_job"), ProcessClassDefinition("/of_chain"), a_job("/own", process_class="/of_job"),
        a_job("/none"), a_chain("/chain", *nodes, process_class="/of_chain"), an_order(),
    )  # fmt: skip
    engine.run()
    assert [task.process_class for task in engine.tasks.values()] == ["/of_job", "/of_chain"]


def test_process_classes_that_are_switched_off_count_as_the_default_one() -> None:
    engine = Engine(a_job(process_class="/missing"), process_classes_ignored=True, max_processes=1)
    start(engine, "/job")
    assert [task.process_class for task in engine.tasks.values()] == [""]


def test_a_job_is_incomplete_while_its_schedule_or_a_monitor_is_missing() -> None:
    engine = Engine(a_job(run_time=RunTime(schedule="/plan"), monitors=(MonitorUse(monitor="/watch"),)))
    start(engine, "/job")
    assert not engine.launched
    assert kinds(engine, "/job") == ["schedule_missing", "monitor_missing"]


def test_schedules_that_substitute_themselves_or_each_other_are_refused() -> None:
    engine = Engine(Schedule("/a", RunTime(), substitute="/a"))
    assert "/a" not in engine.world.schedules
    engine.files(Schedule("/b", RunTime(), substitute="/c"))
    engine.files(Schedule("/c", RunTime(), substitute="/b"))
    problems = [file.problem.code for file in engine.world.files.values() if file.problem]
    assert problems == ["SCHEDULER-486", "SCHEDULER-463"]
    assert "/b" in engine.world.schedules


@settings(max_examples=60, deadline=None)
@given(
    jobs=st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(["/l", "/m", "/n"]), st.booleans(), max_size=3).map(lambda d: [*d.items()]),
            st.sampled_from(["", "/narrow"]),
        ),
        min_size=1,
        max_size=5,
    ),
    events=st.lists(st.integers(0, 9), max_size=40),
)
def test_whatever_happens_nobody_holds_too_much_and_nobody_waits_for_ever(
    jobs: list[tuple[list[tuple[str, bool]], str]], events: list[int]
) -> None:
    engine = Engine(
        LOCK, LockDefinition("/m", 1), LockDefinition("/n", 2), ProcessClassDefinition("/narrow", 2),
        *(
            a_job(f"/j{i}", tasks=2, process_class=name, locks=tuple(LockUse(*use) for use in uses))
            for i, (uses, name) in enumerate(jobs)
        ),
        max_processes=3,
    )  # fmt: skip
    started = 0
    for event in events:
        if event < 5:
            start(engine, f"/j{event % len(jobs)}")
            started += 1
        elif engine.launched:
            engine.end(list(engine.launched)[event % len(engine.launched)])
        for name, limit in (("/l", None), ("/m", 1), ("/n", 2)):
            holders = engine.world.holders_of(name)
            assert len(holders) == 1 or not any(holders.values()), "somebody holds it alone"
            assert limit is None or len(holders) <= limit
        assert engine.world.processes_of("/narrow") <= 2
        assert engine.world.processes_of("") <= 3
        waiting = {key: engine.world.waiting.class_of(key) for key in engine.world.jobs}
        lacking = {key: wait.process_class for key, wait in engine.waits.items() if not wait.locks}
        assert lacking == {key: name for key, name in waiting.items() if name is not None}
        locked = {key for key in engine.world.jobs if engine.world.waiting.waits_for_locks(key)}
        assert {key for key, wait in engine.waits.items() if wait.locks} == locked - lacking.keys()
    engine.run()
    assert not engine.waits
    assert len(engine.tasks) == started
    assert all(task.ended_at for task in engine.tasks.values())
