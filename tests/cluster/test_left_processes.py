"""What a dead or frozen member has left on its machine ends before the steps begin again, whoever of it dies first.

A member is two processes, the engine and its starter; below them are those of the jobs, with children of their own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from netcore.cluster.machine import process_start
from tests.support.cluster import Cluster, Member
from tests.support.waiting import wait_until

CHAIN = '<job_chain><job_chain_node state="1" job="{}"/><job_chain_node.end state="done"/></job_chain>'
#: locks are held by all who have inherited them: also by the child, which is no member of the step's group any more
SHELL = """exec 9>>"{directory}/shell.lock"
flock -n 9 || echo shell >> "{directory}/overlaps"
setsid sleep 600 &
echo $$ $! >> "{directory}/shell"
trap '' TERM
while :; do sleep 600; done"""
PYTHON = """
import fcntl, os, signal, time
def spooler_process():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    lock = open("{directory}/python.lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        open("{directory}/overlaps", "a").write("python\\n")
    with open("{directory}/python", "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    while True:
        time.sleep(600)
"""


def configure(cluster: Cluster, member: Member) -> None:
    "A step in shell and one in Python: neither ends by itself, nor when it is asked to."
    attributes = 'order="yes" stop_on_error="no"'
    member.shell_job("/shell", SHELL.format(directory=cluster.directory), attributes)
    script = f'<script language="python"><![CDATA[{PYTHON.format(directory=cluster.directory)}]]></script>'
    member.job("/python", f"<job {attributes}>{script}</job>")
    for name in ("shell", "python"):
        member.chain(f"/{name}", CHAIN.format(name))


def begun(cluster: Cluster, name: str) -> list[list[int]]:
    "The processes of each time that the step has begun."
    file = cluster.directory / name
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [[int(word) for word in line.split()] for line in lines if line.endswith("\n")]


def now_running(cluster: Cluster) -> list[int] | None:
    "The processes of both steps, when those that began last live, and none of those before."
    found: list[int] = []
    for name in ("shell", "python"):
        *before, last = begun(cluster, name) or [[]]
        if not last or None in map(process_start, last):
            return None
        left = [pid for pids in before for pid in pids if process_start(pid) is not None]
        assert not left, f"left from a time before: {left}"
        found += last
    return found


def starter_of(member: Member) -> int:
    children = Path(f"/proc/{member.pid}/task/{member.pid}/children").read_text().split()
    (starter,) = (int(each) for each in children if b"netcore.starter" in Path(f"/proc/{each}/cmdline").read_bytes())
    return starter


def hit(*blows: tuple[str, signal.Signals]) -> Callable[[Member, list[int]], None]:
    "Whom in which sequence."
    def strike(member: Member, steps: list[int]) -> None:
        processes = {"engine": [member.pid], "starter": [starter_of(member)], "steps": steps}
        for whom, number in blows:
            for pid in processes[whom]:
                os.kill(pid, number)
    return strike


BLOWS = {
    "the engine alone": hit(("engine", SIGKILL)),
    "the engine, then its starter": hit(("engine", SIGKILL), ("starter", SIGKILL)),
    "the starter, then its engine": hit(("starter", SIGKILL), ("engine", SIGKILL)),
    "the engine of a frozen starter": hit(("starter", SIGSTOP), ("engine", SIGKILL)),
    "the engine of frozen steps": hit(("steps", SIGSTOP), ("engine", SIGKILL)),
    "everything frozen": hit(("steps", SIGSTOP), ("starter", SIGSTOP), ("engine", SIGSTOP)),
}


@pytest.fixture
def cluster(tmp_path: Path, sqlite_url: str) -> Cluster:
    return Cluster(tmp_path, sqlite_url)


def test_steps_begin_again_only_when_all_that_was_left_is_gone(cluster: Cluster) -> None:
    with cluster:
        active, waiting = cluster.primary("one"), cluster.primary("other")
        configure(cluster, active)
        cluster.start(active, waiting)
        for name in ("shell", "python"):
            active.add_order(f"/{name}", "o")
        for blow, strike in BLOWS.items():
            steps = wait_until(lambda: now_running(cluster), 60, f"both steps, before the blow on {blow}")
            starter = starter_of(active)
            strike(active, steps)
            cluster.wait_for_active(waiting)
            wait_until(lambda: now_running(cluster) not in (None, steps), 60, f"both steps, after the blow on {blow}")  # noqa: B023
            assert [pid for pid in (*steps, starter, active.pid) if process_start(pid) is not None] == [], blow
            assert not (cluster.directory / "overlaps").exists(), f"two of one step at a time, after the blow on {blow}"
            wait_until(lambda: not active.alive, what="its end")  # noqa: B023
            cluster.launch(active)
            active, waiting = waiting, active

        # the starter alone: nobody takes over, and what it has left ends, too
        shell = begun(cluster, "shell")
        os.kill(starter_of(active), SIGKILL)
        wait_until(lambda: len(begun(cluster, "shell")) > len(shell), 60, "the step in shell, begun again")
        wait_until(lambda: now_running(cluster), 60, "both steps")
        wait_until(lambda: active.active, what="the one at work")
        assert not (cluster.directory / "overlaps").exists()
