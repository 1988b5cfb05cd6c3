"Who goes on after which end, and who begins when several start: what the rules say, with real members."

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import pytest

from models import read
from models.takeovers import takeovers
from scheduler.cluster.claiming import Reason
from stellwerk.client import ClientError
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


def state(member: Member) -> str:
    return str(member.command('<show_state what="none"/>').get("state"))


def began(member: Member, event: str) -> int:
    return sum(each["event"] == event for each in member.events())


def rows(cluster: Cluster) -> set[str]:
    return {member.member_id for member in cluster.ask(lambda c: read.members(c, cluster.id))}


def states(cluster: Cluster) -> list[str]:
    return [member.state for member in cluster.ask(lambda c: read.members(c, cluster.id))]


@pytest.mark.longest
def test_of_all_that_start_at_once_one_works_and_the_others_wait(cluster: Cluster) -> None:
    with cluster:
        members = [cluster.primary("one"), cluster.primary("other"), cluster.backup()]
        for member in members:
            member.launch()
        active = cluster.wait_for_active(members[0], members[1])
        waiting = [member for member in members if member is not active]
        for member in waiting:
            wait_until(lambda: member.waits, what=f"{member.name} waits")  # noqa: B023
        assert cluster.lease.epoch == 1

        # a plain end with a restart: without a waiting primary the same one works again, backups stand back
        other = next(member for member in waiting if member is not members[2])
        other.signal(signal.SIGINT)  # as Ctrl-C does it
        assert other.wait_for_end() == 0
        wait_until(lambda: len(rows(cluster)) == 2, what="that the row of the waiting member is gone")
        wait_until(lambda: active.active, what="the one at work: whoever waits can end without any consequence")
        active.command('<terminate restart="yes"/>')
        wait_until(lambda: began(active, "ready") == 2, 60, "its new life")
        wait_until(lambda: active.active, what="the one at work")
        assert members[2].waits

        # with the wish that somebody goes on, the backup does, and the restarted one waits
        active.command('<terminate restart="yes" continue_exclusive_operation="yes"/>')
        cluster.wait_for_active(members[2], active, deadline=60)
        both = {members[2].active, active.active}
        assert both == {True, False}, "one of them works"


@pytest.mark.longest
def test_an_abort_is_a_death_and_a_backup_that_returns_to_nobody_waits_a_moment(cluster: Cluster) -> None:
    with cluster:
        primary, backup = cluster.primary(), cluster.backup("backup", 1, "-pause")
        cluster.start(primary, backup)
        assert state(backup) == "waiting_for_activation_paused"
        primary.command('<modify_spooler cmd="pause"/>')
        backup.command('<modify_spooler cmd="continue"/>')
        wait_until(lambda: state(backup) == "waiting_for_activation")
        primary.command('<modify_spooler cmd="continue"/>')
        wait_until(lambda: not any(each.endswith("_paused") for each in states(cluster)), what="that all know it")
        with suppress(ClientError):  # nobody is left to answer
            primary.command('<modify_spooler cmd="abort_immediately"/>')
        cluster.wait_for_active(backup)
        assert primary.wait_for_end() is not None
        (story, _) = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 2 and s)
        assert story.reason == Reason.DIED.value

        # all die, and the backup alone comes back: it gives a primary a moment, then it goes on
        backup.kill9()
        second = cluster.backup("second", 2)
        cluster.launch(second)
        wait_until(lambda: "SCHEDULER-831" in second.stdout, what="its word that it waits for a moment")
        cluster.wait_for_active(second)
        (story, *_) = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 3 and s)
        assert (story.predecessor, story.reason) == (backup.member_id, Reason.DIED.value)
