"""Who works, who waits, who goes on: the rules of a passive cluster, with real members."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from models import read
from models.member_commands import open_commands
from models.tables import member_commands, order_steps, tasks
from models.takeovers import takeovers
from netcore.cluster.machine import process_start
from netcore.stopped_writer import is_stopped, writer_of
from scheduler.cluster.claiming import Reason
from scheduler.errors import Code
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

CHAIN = """<job_chain><job_chain_node state="1" job="step"/><job_chain_node state="2" job="quick"/>
<job_chain_node.end state="done"/></job_chain>"""


@pytest.fixture
def cluster(tmp_path: Path, sqlite_url: str) -> Cluster:
    return Cluster(tmp_path, sqlite_url)


@pytest.fixture
def either_cluster(tmp_path: Path, database_url: str) -> Cluster:
    return Cluster(tmp_path, database_url)


def configure(cluster: Cluster, member: Member) -> None:
    'Step 1 says where it runs and stays until it is told to end by a file.'
    member.shell_job("/step", f"""echo "step of $$"
echo "$$" >> "{cluster.directory}/began"
while [ ! -e "{cluster.directory}/go" ]; do sleep 0.05; done""", 'order="yes" stop_on_error="no" tasks="3"')
    member.shell_job("/quick", "exit 0", 'order="yes" stop_on_error="no"')
    member.shell_job("/idle", "exit 0")
    member.chain("/way", CHAIN)
    member.chain("/other", CHAIN)


def began(cluster: Cluster) -> list[int]:
    file = cluster.directory / "began"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def interrupted_log(cluster: Cluster) -> str | None:
    def look(connection: Connection) -> bytes | None:
        task = connection.execute(select(tasks.c.id).where(tasks.c.problem_code == Code.INTERRUPTED.code)).scalar_one()
        return read.task_log(connection, cluster.id, task)

    log = cluster.ask(look)
    return None if log is None else log.decode()


def state(member: Member) -> str:
    return str(member.command('<show_state what="none"/>').get("state"))


def test_a_backup_knows_what_the_killed_primary_knew_and_the_primary_waits_when_it_returns(
    either_cluster: Cluster,
) -> None:
    with either_cluster as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        configure(cluster, primary)
        cluster.start(primary, backup)
        primary.command('<modify_job job="/idle" cmd="stop"/>')
        primary.command('<start_job job="/quick" at="now+3600"/>')
        primary.command('<job_chain_node.modify job_chain="/other" state="2" action="next_state"/>')
        primary.command('<job_chain.modify job_chain="/other" state="stopped"/>')
        primary.command('<add_order job_chain="/other" id="held" priority="7"><params><param name="a" value="b"/></params></add_order>')  # noqa: E501
        primary.command('<modify_order job_chain="/other" order="held" suspended="yes"/>')
        primary.add_order("/way", "open")
        (first,) = wait_until(lambda: began(cluster), what="the first step")
        refused = backup.command('<add_order job_chain="/way" id="wrong"/>', refused=True)
        assert refused.get("code") == Code.MEMBER_WAITS.code
        assert primary.member_id in str(refused.get("text"))

        primary.kill9()
        cluster.wait_for_active(backup)
        # a step that was under way begins again, and only after its process of the first time has ended
        wait_until(lambda: len(began(cluster)) == 2, what="the step's second begin")
        assert process_start(first) is None
        (cluster.directory / "go").touch()
        wait_until(lambda: backup.command('<show_job_chain job_chain="/way" max_orders="0"/>').get("orders") == "0")
        assert backup.command('<show_job job="/idle"/>').get("state") == "stopped"
        assert backup.command('<show_job job="/quick" what="task_queue"/>').find("queued_tasks").get("length") == "1"
        other = backup.command('<show_job_chain job_chain="/other" what="job_chain_orders"/>')
        assert other.get("state") == "stopped"
        assert other.find("job_chain_node[@state='2']").get("action") == "next_state"
        held = backup.command('<show_order job_chain="/other" order="held" what="payload"/>')
        assert (held.get("suspended"), held.get("priority"), held.get("state")) == ("yes", "7", "1")
        assert held.find(".//param[@name='a']").get("value") == "b"
        steps = cluster.ask(lambda c: c.execute(select(order_steps.c.step, order_steps.c.problem_code)
                                                .where(order_steps.c.node == "1").order_by(order_steps.c.step)).all())
        assert [tuple(step) for step in steps] == [(1, "STELLWERK-021"), (2, None)]
        entries = backup.command('<show_history job="/step"/>').findall("history.entry")
        assert [entry.get("cluster_member_id") for entry in entries] == [backup.member_id, primary.member_id]
        assert not cluster.ask(lambda c: c.execute(select(tasks.c.id).where(tasks.c.ended_at.is_(None), tasks.c.started_at.is_not(None))).all())  # noqa: E501

        (story, first_start) = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 2 and s)
        assert (story.member_id, story.predecessor, story.reason) == (
            backup.member_id, primary.member_id, Reason.DIED.value)
        assert first_start.reason == Reason.FIRST.value
        assert story.noticed_at <= story.claimed_at <= story.loaded_at <= story.active_at
        assert story.processes

        # its log is with the dead one, which brings it in when it is back
        assert interrupted_log(cluster) is None
        cluster.launch(primary)
        wait_until(lambda: state(primary) == "waiting_for_activation")
        assert f"step of {first}\n" in wait_until(lambda: interrupted_log(cluster), 30, "the log that it had left")
        wait_until(lambda: not list(Path(primary.directory).rglob("task.*.log")), 30, "that its file is gone")
        shown = backup.command('<show_state what="cluster"/>').find("cluster")
        assert shown.get("exclusive") == "yes"
        dead = [member for member in shown if member.get("dead") == "yes"]
        assert [member.get("deactivating_member_id") for member in dead] == [backup.member_id]
        # the row of a dead member can be deleted, that of a living one cannot
        forget = '<terminate cluster_member_id="{}" delete_dead_entry="yes"/>'
        backup.command(forget.format(dead[0].get("cluster_member_id")))
        wait_until(lambda: len(cluster.ask(lambda c: read.members(c, cluster.id))) == 2)
        refusal = primary.command(forget.format(backup.member_id), refused=True)
        assert refusal.get("code") == Code.MEMBER_LIVES.code

        # an orderly end: no backup but the waiting primary goes on
        backup.command("<terminate/>")
        assert backup.wait_for_end() == 0
        cluster.wait_for_active(primary)


def test_only_a_fail_safe_end_lets_a_backup_go_on_and_a_plain_one_waits_for_a_primary(cluster: Cluster) -> None:
    with cluster:
        backup = cluster.backup()
        cluster.launch(backup)  # nobody has ever worked: it waits for a primary
        primary = cluster.primary()
        configure(cluster, primary)
        primary.start()
        assert backup.waits
        primary.add_order("/way", "a")
        wait_until(lambda: began(cluster))
        # the running step may end first, then the backup goes on with the next one
        primary.command('<terminate continue_exclusive_operation="yes"/>')
        assert not backup.active
        (cluster.directory / "go").touch()
        assert primary.wait_for_end() == 0
        cluster.wait_for_active(backup)
        wait_until(lambda: backup.command('<show_job_chain job_chain="/way" max_orders="0"/>').get("orders") == "0")
        assert len(began(cluster)) == 1

        # both others ways: SIGTERM is fail-safe too, a plain end is not
        second = cluster.backup("second", 2)
        cluster.launch(second)
        assert backup.terminate() == 0
        cluster.wait_for_active(second)
        cluster.launch(backup)
        second.command("<terminate/>")
        assert second.wait_for_end() == 0
        wait_until(lambda: "SCHEDULER-841" in backup.stdout, what="the backup's word that it is not wished")
        assert backup.waits
        # somebody says that the one that has ended will not come back
        lost = '<terminate cluster_member_id="{}" confirm_loss="yes"/>'
        backup.command(lost.format(second.member_id))
        cluster.wait_for_active(backup)
        wait_until(lambda: cluster.ask(lambda c: takeovers(c, cluster.id))[0].reason == Reason.LOST.value)

        # it makes way for the one that is chosen, although the primary waits, too
        for member in (primary, second):
            cluster.launch(member)
        wait_until(lambda: len(ready(backup)) == 2, what="both others ready to take over")
        assert backup.command(lost.format(primary.member_id), refused=True).get("code") == Code.MEMBER_NOT_LOST.code
        chosen = '<terminate continue_exclusive_operation="yes" next_member="{}"/>'
        refused = backup.command(chosen.format(backup.member_id), refused=True)
        assert refused.get("code") == Code.MEMBER_NOT_READY.code
        assert backup.active
        backup.command(chosen.format(second.member_id))
        assert backup.wait_for_end() == 0
        cluster.wait_for_active(second)
        assert primary.waits

        # what a member was told that died by that is not open any more
        second.command(f'<modify_spooler cmd="abort_immediately" cluster_member_id="{primary.member_id}"/>')
        primary.wait_for_end()
        wait_until(lambda: not cluster.ask(lambda c: open_commands(c, cluster.id)), what="the end of what it was told")


def ready(member: Member) -> list[str]:
    "Who could take over, as `member` sees it."
    shown = member.command('<show_state what="cluster"/>').find("cluster")
    return [str(each.get("cluster_member_id")) for each in shown if each.get("exclusive") is None
            and each.get("last_detected_heart_beat") and each.get("dead") is None]


def test_precedence_is_a_strict_order_and_pause_holds_a_member_back(cluster: Cluster, sqlite_url: str) -> None:
    with cluster:
        primary = cluster.primary()
        third, second = cluster.backup("third", 3), cluster.backup("second", 2)
        first = cluster.backup("first", 1, "-pause")
        primary.start()
        for member in (third, second, first):
            cluster.launch(member)
        assert state(first) == "waiting_for_activation_paused"
        wait_until(lambda: any(member.state == "waiting_for_activation_paused"
                               for member in cluster.ask(lambda c: read.members(c, cluster.id))))
        primary.kill9()
        assert cluster.wait_for_active() is second
        second.command(f'<modify_spooler cmd="continue" cluster_member_id="{first.member_id}"/>')
        wait_until(lambda: not any(member.state == "waiting_for_activation_paused"
                                   for member in cluster.ask(lambda c: read.members(c, cluster.id))))
        second.command('<modify_spooler cmd="pause"/>')
        second.kill9()
        assert cluster.wait_for_active() is first
        assert state(first) == "paused", "the pause of the whole scheduler lasts"
        assert third.waits
        # one that comes back paused, before anybody has missed it, lives on beside whoever takes its place
        wait_until(lambda: frozen(third, sqlite_url, within_a_transaction=False), what="that nobody else is awake")
        port, member_id = first.port, first.member_id
        first.kill9()
        first.arguments = (*first.arguments, f"-port={port}")
        cluster.launch(first)
        assert first.member_id == member_id
        third.signal(signal.SIGCONT)
        cluster.wait_for_active(third)
        assert first.alive
        assert state(first) == "waiting_for_activation_paused"
        assert "SCHEDULER-837" not in third.stdout
        # members tell each other through the database: the one at work a waiting one, and the other way round
        third.command(f'<terminate cluster_member_id="{first.member_id}" restart="yes"/>')
        wait_until(lambda: lives_of(first) == 2, what="its new life")
        wait_until(lambda: third.member_id in str(first.command('<show_state what="cluster"/>').find(
            "cluster/cluster_member[@exclusive='yes']").get("cluster_member_id")))
        first.command('<terminate all_schedulers="yes" timeout="5"/>')
        for member in (third, first):
            assert member.wait_for_end() == 0
        assert not cluster.ask(lambda c: open_commands(c, cluster.id))
        results = cluster.ask(lambda c: c.execute(select(member_commands.c.result)).scalars().all())
        assert list(results) == ["done", "done", "done"]


def lives_of(member: Member) -> int:
    "How often it has begun to wait since it was launched; a restart goes on in the same process."
    return sum(event["event"] == "waiting" for event in member.events())


def test_a_slow_folder_looks_like_no_death(cluster: Cluster) -> None:
    with cluster:
        primary, backup, third = cluster.primary(), cluster.backup("backup", 1), cluster.backup("third", 2)
        backup.module = "tests.support.slow_folder"
        configure(cluster, primary)
        cluster.start(primary, backup, third)
        primary.kill9()
        cluster.wait_for_active(backup)
        stories = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) > 1 and s)
        assert [story.member_id for story in stories] == [backup.member_id, primary.member_id]
        assert third.waits


def test_a_frozen_member_is_replaced_and_comes_to_nothing_when_it_wakes(cluster: Cluster) -> None:
    with cluster:
        primary, backup = cluster.primary(), cluster.backup("backup", 1, "-pause-after-failure")
        configure(cluster, primary)
        cluster.start(primary, backup)
        primary.add_order("/way", "a")
        wait_until(lambda: began(cluster))
        primary.signal(signal.SIGSTOP)
        cluster.wait_for_active(backup, deadline=30)
        assert state(backup) == "paused", "the one before has not ended in order"
        backup.command('<modify_spooler cmd="continue"/>')
        wait_until(lambda: len(began(cluster)) == 2, what="the step's second begin")
        assert process_start(began(cluster)[0]) is None
        primary.signal(signal.SIGCONT)
        assert primary.wait_for_end(30) == -signal.SIGKILL
        wait_until(lambda: backup.active, what="the one at work")
        story = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 2 and s)[0]
        # one that stands still within a transaction keeps all others from writing, and is killed before it is judged
        assert story.reason in (Reason.SILENT, Reason.DIED)


def test_a_member_that_is_frozen_within_a_transaction_keeps_nobody_from_taking_over(
    cluster: Cluster, sqlite_url: str
) -> None:
    with cluster:
        primary, backup = cluster.primary(), cluster.backup()
        primary.shell_job("/turn", "exit 0", 'order="yes" stop_on_error="no" tasks="9"')
        primary.chain("/round", """<job_chain><job_chain_node state="1" job="turn" next_state="2"/>
<job_chain_node state="2" job="turn" next_state="1"/></job_chain>""")
        cluster.start(primary, backup)
        for order in range(9):
            primary.add_order("/round", str(order))
        wait_until(lambda: frozen(primary, sqlite_url, within_a_transaction=True), 60, "a frozen member with a lock")
        assert primary.wait_for_end() == -signal.SIGKILL
        cluster.wait_for_active(backup)
        assert str(primary.pid) in backup.stdout


def frozen(member: Member, sqlite_url: str, within_a_transaction: bool) -> bool:
    "Whether it stands still where it should; it goes on otherwise. What is true while it does nothing stays so."
    file = sqlite_url.removeprefix("sqlite:///")
    member.signal(signal.SIGSTOP)
    wait_until(lambda: is_stopped(member.pid), what="the stop")
    if (writer_of(file) == member.pid) is within_a_transaction:
        return True
    member.signal(signal.SIGCONT)
    return False
