"What processes use: read from real ones, while they run and at their end."

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netcore.resource_use import Running, used_at_end, used_now
from netcore.run_mark import VARIABLE, RunMark
from tests.support.waiting import wait_until

MARK = RunMark.draw("demo")
#: holds memory, burns processor time, and says when it has
BUSY = "import sys, time\nheld = b'x' * (64 << 20)\nwhile time.process_time() < 0.3: pass\nprint('.', flush=True)\n"
WAITS = "sys.stdin.read()\n"
#: has one process without mark in its group, and one with the mark in a group of its own
TWO = f"""
import subprocess, sys
one = subprocess.Popen(["/bin/sleep", "60"], env={{}})
two = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
print(".", flush=True)
{WAITS}
for each in (one, two):
    each.kill()
    each.wait()
"""


@contextmanager
def process(program: str, mark: RunMark = MARK, task_id: int = 7, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-c", program], env={VARIABLE: mark.of_task(task_id), **more}, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        assert child.stdout.read(1) == b"."
        yield child
    finally:
        child.communicate()


def seen(task_id: int = 7) -> Running:
    found = used_now(MARK, task_id)
    assert found is not None
    return found


def test_a_process_that_runs_is_seen_with_its_time_and_memory() -> None:
    with process(BUSY + WAITS):
        user, system, peak, below, _, _ = seen().used
        assert user + system >= 0.25, "the system counts in hundredths"
        assert peak >= 64 << 20
        assert not below
        assert seen().processes == 1
        assert seen().memory >= 64 << 20


def test_only_processes_of_that_task_and_that_run_count() -> None:
    with process("import sys\nprint('.', flush=True)\n" + WAITS, task_id=8):
        assert used_now(MARK, 7) is None
        assert used_now(RunMark.draw("demo"), 8) is None
        assert used_now(MARK, 8) is not None
    assert used_now(MARK, 8) is None, "it has ended"


def test_who_has_lost_the_mark_counts_while_it_stays_in_the_group_and_who_has_left_the_group_by_its_mark() -> None:
    with process(TWO) as child:
        wait_until(lambda: [each[2] for each in seen().each].count("sleep") == 2, 20, "both have become what they are")
        found = {pid: parent for pid, parent, *_ in seen().each}
        assert seen().processes == len(found) == 3
        assert [parent for pid, parent in found.items() if pid != child.pid] == [child.pid, child.pid]


@pytest.mark.parametrize(("program", "larger"), [(BUSY, True), ("pass", False)])
def test_at_the_end_the_system_tells_it_and_a_peak_below_that_of_the_starter_is_no_more_than_a_limit(
    program: str, larger: bool
) -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", program], {}, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    ])  # fmt: skip
    usage = os.wait4(pid, 0)[2]
    user, system, peak, below, read, written = used_at_end(usage)
    assert (user + system >= 0.3) is larger
    assert peak == usage.ru_maxrss * 1024
    assert below or larger
    assert read >= 0
    assert written >= 0
