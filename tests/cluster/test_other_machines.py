"Members that cannot see each other's processes: only the database, its sessions, and the ports tell."

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from models.takeovers import takeovers
from netcore.cluster.machine import process_start
from scheduler.cluster.claiming import Reason
from tests.support.cluster import Cluster
from tests.support.cut import Way
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until


@pytest.mark.postgres
def test_a_killed_and_a_woken_member_of_another_machine(tmp_path: Path, postgres_url: str) -> None:
    with Cluster(tmp_path, postgres_url, module="tests.support.elsewhere") as cluster:
        primary, backup = cluster.primary(), cluster.backup()
        for member in (primary, backup):
            member.environ["MACHINE"] = member.name
        began = tmp_path / "began"
        primary.shell_job("/long", f'echo "$$" >> "{began}"; sleep 600', 'stop_on_error="no"')
        cluster.start(primary, backup)
        primary.command('<start_job job="/long"/>')
        wait_until(lambda: began.exists() and began.read_text().strip())
        # the end of its session is noticed at once, and its port refuses
        primary.kill9()
        cluster.wait_for_active(backup)
        (story, _) = wait_until(lambda: len(s := cluster.ask(lambda c: takeovers(c, cluster.id))) == 2 and s)
        assert story.reason == Reason.DIED.value

        cluster.launch(primary)
        (left,) = map(int, began.read_text().split())
        wait_until(lambda: process_start(left) is None, what="the end of what its former life has left")
        backup.command('<start_job job="/long"/>')
        wait_until(lambda: len(began.read_text().split()) == 2)
        running = int(began.read_text().split()[1])
        backup.signal(signal.SIGSTOP)
        cluster.wait_for_active(primary)
        assert process_start(running) is not None
        backup.signal(signal.SIGCONT)
        # deposed: it ends its tasks and comes back to wait, in the same process
        wait_until(lambda: process_start(running) is None, what="the end of its tasks")
        wait_until(lambda: sum(event["event"] == "waiting" for event in backup.events()) == 2, what="its new life")
        assert backup.waits
        wait_until(lambda: primary.active, what="the one at work")
        assert "SCHEDULER-367" in backup.stdout


@pytest.mark.postgres
def test_a_member_that_alone_is_cut_off_ends_its_tasks_itself(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer
) -> None:
    with Way(postgres_server.port) as way:
        behind = postgres_url.replace(f":{postgres_server.port}/", f":{way.port}/")
        cluster = Cluster(
            tmp_path, postgres_url, module="tests.support.elsewhere",
            url_of=lambda name: behind if name == "primary" else postgres_url,
        )  # fmt: skip
        with cluster:
            primary, backup = cluster.primary(), cluster.backup()
            for member in (primary, backup):
                member.environ["MACHINE"] = member.name
            began = tmp_path / "began"
            primary.shell_job("/long", f'echo "$$" >> "{began}"; sleep 600', 'stop_on_error="no"')
            cluster.start(primary, backup)
            wait_until(lambda: len(primary.command('<show_state what="cluster"/>').findall("cluster/*")) == 2)
            primary.command('<start_job job="/long"/>')
            wait_until(lambda: began.exists() and began.read_text().strip())
            way.cut()
            wait_until(lambda: process_start(int(began.read_text())) is None, what="the end of its tasks")
            cluster.wait_for_active(backup)
            assert cluster.ask(lambda c: takeovers(c, cluster.id))
            way.restore()
            wait_until(lambda: primary.waits and sum(e["event"] == "waiting" for e in primary.events()) == 1,
                       what="its new life")
            wait_until(lambda: backup.active, what="the one at work")
