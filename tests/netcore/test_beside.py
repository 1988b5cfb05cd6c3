"What a member beside the leading one of an active cluster answers itself, and what it lets that one answer."

from __future__ import annotations

import pytest

from netcore.cluster.beside import concerns_all, state_of_both
from scheduler.cluster.view import ClusterView
from scheduler.world import Identity, World
from scheduler.xml.document import parse
from tests.support.worlds import START


@pytest.mark.parametrize(
    ("command", "paused", "expected"),
    [
        ('<show_job job="/a"/>', False, True),
        ("<s/>", False, True),
        ("<show_cluster/>", False, False),
        ("<terminate/>", False, False),
        ('<modify_spooler cmd="pause"/>', False, True),
        ('<modify_spooler cmd="continue"/>', False, True),
        ('<modify_spooler cmd="continue"/>', True, False),
        ('<modify_spooler cmd="terminate"/>', False, False),
        ('<log.read task="7"/>', False, True),
        ('<log.search task="7"/>', False, True),
        ('<log.read task="7" own="yes"/>', False, False),
        ("<log.read/>", False, False),
        ('<task.usage task="7"/>', False, True),
        ('<task.usage task="7" own="yes"/>', False, False),
    ],
)
def test_which_commands_are_for_the_leading_member(command: str, paused: bool, expected: bool) -> None:
    world = World(Identity(), START)
    world.paused = paused
    assert not concerns_all(parse(command.encode()), world)
    world.cluster = ClusterView("id/one:1", distributed=True)
    assert concerns_all(parse(command.encode()), world) is expected


def test_the_state_has_the_attributes_of_the_one_and_the_objects_of_the_other() -> None:
    jobs = '<jobs><job job="a&amp;b"/></jobs>'
    own = '<state state="running" pid="1"><jobs/><cluster cluster_member_id="one"/></state>'
    leaders = f'<state state="paused" pid="2">{jobs}<cluster cluster_member_id="two"/></state>'
    both = f'<state state="paused" pid="1">{jobs}<cluster cluster_member_id="one"/></state>'
    assert state_of_both(own, leaders) == both
