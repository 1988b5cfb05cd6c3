"What a member beside the leading one of an active cluster answers itself, and what it lets that one answer."

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from netcore.cluster.beside import concerns_all, state_of_both
from netcore.cluster.standby import StandbyConductor, StandbyExecution, standby_world
from netcore.peer_log import PeerLog
from scheduler.cluster.view import ClusterView
from scheduler.errors import Code
from scheduler.params import NONE
from scheduler.protocol.levels import Level
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


@pytest.mark.parametrize(
    ("distributed", "paused", "word", "expected"),
    [
        (True, False, "pause", False), (True, False, "continue", False), (True, True, "continue", True),
        (False, False, "pause", True),
    ],
    ids=["pause", "continue", "it was started paused", "in a passive cluster it is for the waiting member"],
)  # fmt: skip
def test_a_pause_that_nobody_would_keep_is_refused(
    distributed: bool, paused: bool, word: str, expected: bool, sqlite_url: str
) -> None:
    clock = Clock()
    world = standby_world(World(Identity(), START), NONE, paused)
    conductor: Any = StandbyConductor(clock, world, sqlite_url, "id", print, lambda: None)
    world.cluster = ClusterView("id/one:1", distributed=distributed)  # nobody leads it
    execution = StandbyExecution(
        clock, conductor, {}, None, PeerLog(clock, 100), world=world, forwards=True, distributed=distributed
    )
    answers: list[str] = []
    execution.execute(parse(f'<modify_spooler cmd="{word}"/>'.encode()), Level.ALL, "peer").addCallback(answers.append)
    conductor.close()
    assert (Code.MEMBER_WAITS.code not in answers[0]) is expected
    assert world.paused is (word == "pause" if expected else paused)


def test_the_state_has_the_attributes_of_the_one_and_the_objects_of_the_other() -> None:
    jobs = '<jobs><job job="a&amp;b"/></jobs>'
    own = '<state state="running" pid="1"><jobs/><cluster cluster_member_id="one"/></state>'
    leaders = f'<state state="paused" pid="2">{jobs}<cluster cluster_member_id="two"/></state>'
    both = f'<state state="paused" pid="1">{jobs}<cluster cluster_member_id="one"/></state>'
    assert state_of_both(own, leaders) == both
