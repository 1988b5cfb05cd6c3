"What is stopped, suspended or paused until an instant goes on by itself then, as by the opposite command."

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.actions import LogLine
from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.commands.remove_order import RemoveOrder
from scheduler.commands.show_state import ShowState
from scheduler.commands.start_job import StartJob
from scheduler.decision import Decision
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.hold import Hold, HoldKey, HoldKind
from scheduler.messages import Activated, DatabaseWaits, FilesChanged
from scheduler.records import ChainState, NodeAction, NodeKey, OrderState
from scheduler.remembered import Remembered
from scheduler.times import time_text
from scheduler.why import Obstacle, why_engine, why_job, why_order
from scheduler.world import World
from tests.support.worlds import START, Engine, a_chain, a_job, read

HOUR = 3600.0
STOP_JOB = ModifyJob(job="/job", cmd="stop", author="ann")
STOP_CHAIN = ModifyJobChain(job_chain="/chain", state="stopped", author="ann")
STOP_NODE = ModifyJobChainNode(job_chain="/chain", state="first", action="stop", author="ann")
SKIP_NODE = ModifyJobChainNode(job_chain="/chain", state="second", action="next_state", author="ann")
SUSPEND = ModifyOrder(job_chain="/chain", order="1", suspended=True, author="ann")
PAUSE = ModifySpooler(cmd="pause", author="ann")

Asked = Callable[[World], bool]


def job_stopped(world: World) -> bool:
    return world.jobs["/job"].stopped


def chain_stopped(world: World) -> bool:
    return world.chains["/chain"].state is ChainState.STOPPED


def node_stopped(world: World) -> bool:
    return world.nodes[NodeKey("/chain", "first")].action is NodeAction.STOP


def node_skipped(world: World) -> bool:
    return world.nodes[NodeKey("/chain", "second")].action is NodeAction.NEXT_STATE


def suspended(world: World) -> bool:
    order = world.order("/chain", "1")
    return order is not None and order.state in (OrderState.SUSPENDED, OrderState.SUSPENDING)


def paused(world: World) -> bool:
    return world.paused


#: what holds, whether it does, what ends it by command, the kind of the change by which time ends it, why it waits
HOLDS: dict[str, tuple[Any, Asked, Any, str, str]] = {
    "job": (STOP_JOB, job_stopped, ModifyJob(job="/job", cmd="unstop"), "job.unstopped", "stopped"),
    "chain": (
        STOP_CHAIN, chain_stopped, ModifyJobChain(job_chain="/chain", state="running"), "chain.unstopped",
        "chain_stopped",
    ),
    "node": (STOP_NODE, node_stopped, replace(STOP_NODE, action="process"), "node.changed", "node_stop"),
    "skip": (SKIP_NODE, node_skipped, replace(SKIP_NODE, action="process"), "node.changed", ""),
    "order": (SUSPEND, suspended, replace(SUSPEND, suspended=False), "order.resumed", "suspended"),
    "pause": (PAUSE, paused, ModifySpooler(cmd="continue"), "scheduler.continued", "paused"),
}  # fmt: skip
every_hold = pytest.mark.parametrize("what", list(HOLDS))


def an_engine() -> Engine:
    "With an order that waits for an hour and a half at its first node."
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", at="now+5400"))
    return engine


def hold(engine: Engine, what: str, until: str = "now+3600") -> Asked:
    command, asked, *_ = HOLDS[what]
    engine.command(replace(command, until=until))
    assert asked(engine.world)
    return asked


def obstacles(engine: Engine) -> list[Obstacle]:
    world = engine.world
    return [*why_order(world, engine.order()), *why_engine(world), *why_job(world, world.jobs["/job"])]


def lines(decision: Decision) -> list[str]:
    return [action.text for action in decision.actions if isinstance(action, LogLine)]


def dropped(decision: Decision) -> list[HoldKey]:
    return [key for change in decision.changes for kind, key in change.drop if kind is Hold]


@every_hold
def test_it_goes_on_by_itself_at_that_instant_and_not_before(what: str) -> None:
    engine = an_engine()
    asked = hold(engine, what)
    assert engine.world.next_wake == START + timedelta(hours=1)
    assert not engine.later(HOUR - 1).changes
    assert asked(engine.world)
    ended = engine.later(1)
    assert not asked(engine.world)
    [change] = [change for change in ended.changes if change.kind == HOLDS[what][3]]
    assert change.detail["until"] == time_text(START + timedelta(hours=1))
    assert change.detail["by"] == "ann"
    assert len(lines(ended)) == 1
    assert f"by ann until {time_text(engine.now)} and goes on" in lines(ended)[0]
    assert len(dropped(ended)) == 1
    assert not engine.world.holds


@every_hold
def test_it_goes_on_as_by_the_opposite_command(what: str) -> None:
    by_time, by_command = an_engine(), an_engine()
    for engine in (by_time, by_command):
        engine.command(StartJob(job="/job", at="now+60"))
        hold(engine, what)
    by_command.later(HOUR - 1)
    by_command.command(HOLDS[what][2])
    by_time.later(HOUR - 1)
    for engine in (by_time, by_command):
        engine.later(1)
        engine.run()
        engine.later(HOUR)
        engine.run()
    kept = [(world.jobs, world.chains, world.nodes, world.orders) for world in (by_time.world, by_command.world)]
    assert [list(records) for records in kept[0]] == [list(records) for records in kept[1]]
    assert by_time.nodes() == by_command.nodes()
    assert by_time.runs.keys() == by_command.runs.keys()


@every_hold
@pytest.mark.parametrize("end", ["opposite", "without", "never"])
def test_the_opposite_command_and_the_same_without_an_end_take_the_end_away(what: str, end: str) -> None:
    engine = an_engine()
    asked = hold(engine, what)
    command, _, opposite, *_ = HOLDS[what]
    again = {"opposite": opposite, "without": command, "never": replace(command, until="never")}[end]
    assert len(dropped(engine.command(again))) == 1
    assert not engine.world.holds
    assert asked(engine.world) is (end != "opposite")
    assert not lines(engine.later(HOUR))
    assert asked(engine.world) is (end != "opposite")


@every_hold
def test_held_again_it_has_another_end(what: str) -> None:
    engine = an_engine()
    asked = hold(engine, what)
    hold(engine, what, "now+4000")
    engine.later(HOUR)
    assert asked(engine.world)
    engine.later(400)
    assert not asked(engine.world)


@every_hold
def test_what_was_held_without_an_end_gets_one(what: str) -> None:
    engine = an_engine()
    engine.command(HOLDS[what][0])
    asked = hold(engine, what)
    engine.later(HOUR)
    assert not asked(engine.world)


@every_hold
def test_it_says_until_when(what: str) -> None:
    engine = an_engine()
    hold(engine, what)
    shown = engine.command(ShowState(what="jobs job_chains job_chain_orders")).reply or ""
    assert shown.count(f'{_SHOWN[what]}="{time_text(START + timedelta(hours=1))}"') >= 1
    kind = HOLDS[what][4]
    assert not kind or START + timedelta(hours=1) in [each.until for each in obstacles(engine) if each.kind == kind]
    engine.later(HOUR)
    shown = engine.command(ShowState(what="jobs job_chains job_chain_orders")).reply or ""
    assert f"{_SHOWN[what]}=" not in shown


_SHOWN = {
    "job": "stopped_until", "chain": "stopped_until", "node": "action_until", "skip": "action_until",
    "order": "suspended_until", "pause": "resume_at",
}  # fmt: skip


REFUSED = [
    (replace(STOP_JOB, until="soon"), Code.BAD_TIME),
    (replace(STOP_JOB, until="2024-01-31 10:20:29Z"), Code.BAD_TIME),
    (replace(STOP_JOB, until="now"), Code.BAD_TIME),
    (ModifyJob(job="/job", cmd="start", until="now+60"), Code.ONLY_WITH),
    (ModifyJobChain(job_chain="/chain", state="running", until="now+60"), Code.ONLY_WITH),
    (replace(STOP_NODE, action="process", until="now+60"), Code.ONLY_WITH),
    (replace(SUSPEND, suspended=None, until="now+60"), Code.ONLY_WITH),
    (replace(SUSPEND, suspended=False, until="now+60"), Code.ONLY_WITH),
    (ModifySpooler(cmd="continue", until="now+60"), Code.ONLY_WITH),
    (ModifySpooler(cmd="pause", cluster_member_id="other", until="now+60"), Code.ONLY_WITH),
]


@pytest.mark.parametrize(("command", "code"), REFUSED)
def test_an_end_is_refused_where_nothing_is_held_and_when_it_has_passed(command: Any, code: Code) -> None:
    engine = an_engine()
    with pytest.raises(WorkloadError) as refusal:
        engine.command(command)
    assert refusal.value.code is code
    assert not engine.world.holds


def test_a_start_by_command_that_unstops_a_job_takes_the_end_away() -> None:
    engine = an_engine()
    hold(engine, "job")
    engine.command(StartJob(job="/job"))
    assert not engine.world.holds


def test_a_job_that_is_stopped_by_an_error_meanwhile_stays_stopped() -> None:
    engine = Engine(a_job(stop_on_error=True))
    engine.command(StartJob(job="/job"))
    hold(engine, "job")
    engine.end(exit_code=1)
    assert not engine.world.holds
    engine.later(HOUR)
    assert job_stopped(engine.world)


def test_a_job_whose_task_ends_well_meanwhile_goes_on_then() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job"))
    hold(engine, "job")
    engine.end()
    assert job_stopped(engine.world)
    engine.later(HOUR)
    assert not job_stopped(engine.world)


def test_an_order_that_is_in_a_task_is_suspended_after_its_step_and_resumed_then() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    hold(engine, "order")
    engine.end()
    assert engine.order().state is OrderState.SUSPENDED
    assert engine.order().node == "second"
    engine.later(HOUR)
    assert engine.order().state is OrderState.RUNNING


@pytest.mark.parametrize(
    "command", [RemoveOrder(job_chain="/chain", order="1"), replace(SUSPEND, suspended=None, action="reset")]
)
def test_an_order_that_is_gone_or_begins_anew_has_no_end(command: Any) -> None:
    engine = an_engine()
    hold(engine, "order")
    assert len(dropped(engine.command(command))) == 1
    assert not engine.world.holds


def test_the_ends_of_a_chain_go_with_its_file() -> None:
    engine = Engine(a_job(), a_chain())
    hold(engine, "chain")
    hold(engine, "node")
    engine.delete(a_chain())
    assert "/chain" not in engine.world.chains
    assert not engine.world.holds


def test_an_order_that_lives_in_memory_only_takes_its_end_with_it() -> None:
    engine = Engine(a_job(), a_chain(orders_recoverable=False))
    engine.command(AddOrder(job_chain="/chain", id="1", at="now+5400"))
    decision = engine.command(replace(SUSPEND, until="now+60"))
    stored = [record for change in decision.changes for record in change.put if isinstance(record, Hold)]
    assert not stored
    assert engine.world.holds
    engine.later(60)
    assert not suspended(engine.world)


def test_while_the_database_is_away_nothing_goes_on() -> None:
    engine = an_engine()
    hold(engine, "job")
    engine.tell(DatabaseWaits("gone"))
    engine.later(HOUR)
    assert job_stopped(engine.world)
    engine.tell(DatabaseWaits(""))
    assert not job_stopped(engine.world)


@pytest.mark.parametrize("faulty", [False, True])
def test_what_became_due_while_nobody_worked_goes_on_at_once_or_as_soon_as_its_file_is_good(faulty: bool) -> None:
    stored = an_engine()
    hold(stored, "job")
    after = Engine(active=False)
    after.world.remembered = Remembered(dict(stored.world.jobs))
    after.world.put(Hold(HoldKind.JOB, "/job", START + timedelta(hours=1), "ann"))
    after.now = START + timedelta(hours=2)
    file = read(a_job())
    if faulty:
        file = replace(file, definition=None, problem=Problem("SCHEDULER-232", "no"))
    after.tell(FilesChanged((file,)))
    if not faulty:
        assert job_stopped(after.world)
    begun = after.tell(Activated())
    assert bool(lines(begun)) is not faulty
    if faulty:
        assert lines(after.files(a_job()))
    assert not job_stopped(after.world)
    assert not after.world.holds


def test_an_end_of_a_job_whose_file_went_while_nobody_worked_goes_with_it() -> None:
    stored = an_engine()
    after = Engine(active=False)
    after.world.remembered = Remembered(dict(stored.world.jobs))
    after.world.put(Hold(HoldKind.JOB, "/job", START + timedelta(hours=1)))
    assert dropped(after.tell(Activated())) == [HoldKey(HoldKind.JOB, "/job")]
    assert not after.world.holds
