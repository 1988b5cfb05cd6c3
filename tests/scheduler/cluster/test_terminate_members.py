"`<terminate>` and members of a cluster: who is told what, and who ends."

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.actions import EndEngine, KeepEngine
from scheduler.changes import Kind
from scheduler.cluster.member_command import CommandToAll, MemberCommand, MemberEntry
from scheduler.cluster.sight import Quality
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.commands.terminate import Terminate
from scheduler.engine_end import end_by_signal
from scheduler.errors import Code, WorkloadError
from scheduler.identity import Identity
from scheduler.states import EngineState
from scheduler.world import World
from tests.support.records import NOW


def a_member(name: str, **values: object) -> MemberView:
    return MemberView(name, "host", 1, "1", "running", NOW, NOW, **values)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    world = World(Identity(scheduler_id="c", host="box", tcp_port=1), NOW)
    dead = a_member("c/dead:3", dead=True)
    silent = a_member("c/silent:4", quality=Quality.DEAD)
    world.cluster = ClusterView("c/box:1", members=(a_member("c/box:1"), a_member("c/other:2"), dead, silent))
    return world


@pytest.mark.parametrize("own", ["", "c/box:1"])
@pytest.mark.parametrize("fail_safe", [True, False])
def test_without_another_members_name_this_one_ends(world: World, own: str, fail_safe: bool) -> None:
    command = Terminate(
        restart=True, timeout=3.0, cluster_member_id=own, continue_exclusive_operation=fail_safe,
        all_schedulers=False, delete_dead_entry=False,
    )  # fmt: skip
    assert command.decide(world, NOW).actions == [EndEngine(True, 3.0, fail_safe)]


def test_another_member_is_told_and_this_one_goes_on(world: World) -> None:
    decision = Terminate(timeout=3.0, restart=True, cluster_member_id="c/other:2").decide(world, NOW)
    (change,) = decision.changes
    text = '<terminate timeout="3" restart="yes"/>'
    assert change.put == (MemberCommand("c/other:2", "c/box:1", NOW, text, NOW),)
    assert not decision.actions


def test_all_others_are_told_before_this_one_ends(world: World) -> None:
    decision = Terminate(all_schedulers=True, timeout=3.0).decide(world, NOW)
    told = [record for change in decision.changes if change.kind is Kind.MEMBER_TOLD for record in change.put]
    assert told == [CommandToAll("c/box:1", NOW, '<terminate timeout="3"/>')]
    assert decision.changes[0].kind is Kind.MEMBER_TOLD
    assert decision.changes[-1].kind is Kind.SCHEDULER_STOPPING
    assert decision.actions == [EndEngine(False, 3.0)]


@pytest.mark.parametrize("name", ["c/dead:3", "c/silent:4"])
def test_the_entry_of_a_dead_member_is_dropped(world: World, name: str) -> None:
    (change,) = Terminate(cluster_member_id=name, delete_dead_entry=True).decide(world, NOW).changes
    assert change.drop == ((MemberEntry, name),)


@pytest.mark.parametrize(
    ("name", "delete", "code"),
    [("c/other:2", True, Code.MEMBER_LIVES), ("c/unknown:9", True, Code.UNKNOWN_MEMBER),
     ("c/unknown:9", False, Code.UNKNOWN_MEMBER)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(world: World, name: str, delete: bool, code: Code) -> None:
    with pytest.raises(WorkloadError) as refusal:
        Terminate(cluster_member_id=name, delete_dead_entry=delete).decide(world, NOW)
    assert refusal.value.code is code


def test_an_engine_that_stands_alone_knows_no_members(world: World) -> None:
    world.cluster = None
    with pytest.raises(WorkloadError) as refusal:
        Terminate(cluster_member_id="c/other:2").decide(world, NOW)
    assert refusal.value.code is Code.UNKNOWN_MEMBER
    assert Terminate(all_schedulers=True).decide(world, NOW).actions == [EndEngine(False, None)]


def waits(name: str, **values: object) -> MemberView:
    return replace(a_member(name, clustered=True, **values), state="waiting_for_activation")


@pytest.mark.parametrize(
    ("member", "fail_safe", "code"),
    [
        (waits("c/next:5"), True, None),
        (a_member("c/next:5", clustered=True, distributed=True), True, None),
        (waits("c/next:5"), False, Code.ONLY_WITH),
        (waits("c/next:5", dead=True), True, Code.MEMBER_NOT_READY),
        (waits("c/next:5", quality=Quality.DEAD), True, Code.MEMBER_NOT_READY),
        (replace(waits("c/next:5"), state="waiting_for_activation_paused"), True, Code.MEMBER_NOT_READY),
        (a_member("c/next:5"), True, Code.MEMBER_NOT_READY),
        (a_member("c/another:6"), True, Code.UNKNOWN_MEMBER),
    ],
)
def test_who_shall_go_on_must_be_ready_for_it(
    world: World, member: MemberView, fail_safe: bool, code: Code | None
) -> None:
    world.cluster = ClusterView("c/box:1", members=(a_member("c/box:1"), member))
    command = Terminate(continue_exclusive_operation=fail_safe, next_member="c/next:5")
    if code is None:
        assert command.decide(world, NOW).actions == [EndEngine(False, None, True, "c/next:5")]
        return
    with pytest.raises(WorkloadError) as refused:
        command.decide(world, NOW)
    assert refused.value.problem.code == code.code
    assert world.state is not EngineState.STOPPING


@pytest.mark.parametrize(
    ("view", "name", "code"),
    [
        (ClusterView("c/box:1", members=(a_member("c/lost:2", quality=Quality.DEAD),)), "c/lost:2", None),
        (ClusterView("c/box:1", members=(a_member("c/lost:2", dead=True),)), "c/lost:2", None),
        (ClusterView("c/box:1", ended="c/lost:2"), "c/lost:2", None),
        (ClusterView("c/box:1", members=(a_member("c/lost:2"),)), "c/lost:2", Code.MEMBER_NOT_LOST),
        (ClusterView("c/box:1", ended="c/lost:2", members=(a_member("c/new:3", exclusive=True),)), "c/lost:2",
         Code.MEMBER_NOT_LOST),
        (ClusterView("c/box:1", ended="c/other:9"), "c/lost:2", Code.UNKNOWN_MEMBER),
        (ClusterView("c/box:1"), "c/box:1", Code.ONLY_WITH),
        (None, "c/lost:2", Code.UNKNOWN_MEMBER),
    ],
)  # fmt: skip
def test_the_loss_of_a_member_is_confirmed_when_it_does_not_live(
    world: World, view: ClusterView | None, name: str, code: Code | None
) -> None:
    world.cluster = view
    command = Terminate(cluster_member_id=name, confirm_loss=True)
    if code is None:
        (change,) = command.decide(world, NOW).changes
        assert (change.kind, change.object) == (Kind.MEMBER_LOST, name)
        return
    with pytest.raises(WorkloadError) as refused:
        command.decide(world, NOW)
    assert refused.value.problem.code == code.code


@pytest.mark.parametrize("cmd", ["abort_immediately", "abort_immediately_and_restart"])
def test_another_member_is_told_to_abort(world: World, cmd: str) -> None:
    decision = ModifySpooler(cmd=cmd, cluster_member_id="c/other:2").decide(world, NOW)
    (change,) = decision.changes
    assert change.put == (MemberCommand("c/other:2", "c/box:1", NOW, f'<modify_spooler cmd="{cmd}"/>', NOW),)
    assert not decision.actions
    for words, member in (("terminate", "c/other:2"), (cmd, "c/unknown:9")):
        with pytest.raises(WorkloadError):
            ModifySpooler(cmd=words, cluster_member_id=member).decide(world, NOW)


def test_an_end_by_command_can_be_cancelled_and_one_by_signal_cannot(world: World) -> None:
    world.cluster = ClusterView("c/box:1", exclusive=True)
    cancel = ModifySpooler(cmd="cancel_termination")
    with pytest.raises(WorkloadError) as refused:
        cancel.decide(world, NOW)
    assert refused.value.problem.code == Code.NOT_ENDING.code
    (change,) = Terminate(timeout=60.0).decide(world, NOW).changes
    assert change.detail == {"restart": False, "timeout": 60.0}
    decision = cancel.decide(world, NOW)
    assert (decision.actions, decision.changes[0].kind) == ([KeepEngine()], Kind.SCHEDULER_KEPT)
    assert world.state is EngineState.RUNNING
    end_by_signal(world, restart=False, timeout=None)
    with pytest.raises(WorkloadError):
        cancel.decide(world, NOW)


def test_a_member_that_waits_ends_at_once_so_nothing_is_to_be_cancelled(world: World) -> None:
    Terminate().decide(world, NOW)
    with pytest.raises(WorkloadError):
        ModifySpooler(cmd="cancel_termination").decide(world, NOW)


def test_only_a_member_that_waits_is_paused_alone(world: World) -> None:
    world.cluster = ClusterView("c/box:1", members=(waits("c/waits:2"), a_member("c/works:3", distributed=True)))
    (change,) = ModifySpooler(cmd="pause", cluster_member_id="c/waits:2").decide(world, NOW).changes
    assert change.detail == {"command": '<modify_spooler cmd="pause"/>'}
    with pytest.raises(WorkloadError) as refused:
        ModifySpooler(cmd="pause", cluster_member_id="c/works:3").decide(world, NOW)
    assert refused.value.problem.code == Code.MEMBER_WORKS.code
