"`<terminate>` and members of a cluster: who is told what, and who ends."

from __future__ import annotations

import pytest

from scheduler.actions import EndEngine
from scheduler.changes import Kind
from scheduler.cluster.member_command import MemberCommand, MemberEntry
from scheduler.cluster.sight import Quality
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.commands.terminate import Terminate
from scheduler.errors import Code, WorkloadError
from scheduler.identity import Identity
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


def test_all_that_are_not_marked_dead_are_told_before_this_one_ends(world: World) -> None:
    decision = Terminate(all_schedulers=True).decide(world, NOW)
    told = [change.object for change in decision.changes if change.kind is Kind.MEMBER_TOLD]
    assert told == ["c/other:2", "c/silent:4"]
    assert decision.changes[-1].kind is Kind.SCHEDULER_STOPPING
    assert decision.actions == [EndEngine(False, None)]


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
