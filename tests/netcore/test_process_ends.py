"""One descriptor tells of the ends of all processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from netcore.process_ends import ProcessEnds


@pytest.fixture
def ended_ones() -> Iterator[list[int]]:
    "Descriptors of two processes that have ended, and are not reaped."
    processes = [subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2)]
    descriptors = [os.pidfd_open(process.pid) for process in processes]
    for process in processes:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield descriptors
    for process, descriptor in zip(processes, descriptors, strict=True):
        os.close(descriptor)
        process.wait()


def test_an_end_that_breaks_down_does_not_keep_the_others_from_being_told(ended_ones: list[int]) -> None:
    told: list[int] = []

    def ended(pidfd: int) -> None:
        told.append(pidfd)
        if pidfd == ended_ones[0]:
            raise ZeroDivisionError

    ends = ProcessEnds(ended)
    for pidfd in ended_ones:
        ends.add(pidfd)
    ends.doRead()
    assert sorted(told) == sorted(ended_ones)
    told.clear()
    ends.doRead()
    assert told == [ended_ones[1]], "the one that broke down is not told for ever"
    ends.close()


def test_a_process_is_told_until_it_is_removed(ended_ones: list[int]) -> None:
    told: list[int] = []
    ends = ProcessEnds(told.append)
    ends.add(ended_ones[0])
    for _ in range(2):
        ends.doRead()
    assert told == [ended_ones[0]] * 2
    ends.remove(ended_ones[0])
    ends.doRead()
    assert len(told) == 2
    ends.close()
    assert ends.fileno() == -1
