"No start without a recent proof of the right to work; machines and processes that are told apart."

from __future__ import annotations

import os
import select
import subprocess
import sys
from threading import Event, Thread

from netcore.cluster import machine
from netcore.cluster.permit import AlwaysPermitted, StartPermit
from scheduler.cluster.sight import OWN_DEADLINE


class Clock:
    now = proved = 100.0

    def permit(self) -> StartPermit:
        return StartPermit(lambda: self.proved, lambda: self.now)


def test_it_holds_for_a_while_after_each_proof() -> None:
    clock = Clock()
    permit = clock.permit()
    assert permit.holds()
    clock.now += OWN_DEADLINE
    assert not permit.holds()
    clock.proved = clock.now
    assert permit.holds()
    assert AlwaysPermitted().wait()


def test_who_comes_too_late_waits_for_the_next_proof_and_learns_when_there_is_none() -> None:
    clock = Clock()
    permit = clock.permit()
    clock.now += OWN_DEADLINE
    answers: list[bool] = []
    waiting = Thread(target=lambda: answers.append(permit.wait()))
    waiting.start()
    acted = Event()
    permit.then(acted.set)
    assert not acted.is_set()
    clock.proved = clock.now
    waiting.join(30)
    assert acted.wait(30)
    assert answers == [True]
    clock.now += OWN_DEADLINE
    permit.stop()
    assert not permit.wait()


def test_what_is_in_time_happens_at_once_in_the_same_thread() -> None:
    done: list[int] = []
    Clock().permit().then(lambda: done.append(1))
    assert done == [1]


def test_a_process_is_known_by_its_number_and_its_begin() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = machine.process_start(process.pid)
    assert start
    assert machine.lives(process.pid, start)
    assert machine.lives(process.pid, 0)
    assert not machine.lives(process.pid, start + 1), "the number belongs to another process"
    assert machine.watch(process.pid, start + 1) is None
    pidfd = machine.watch(process.pid, start)
    assert pidfd is not None
    assert machine.kill(process.pid, start + 1, 5), "that one is gone"
    assert machine.lives(process.pid, start)
    assert machine.kill(process.pid, start, 5)
    assert select.select([pidfd], [], [], 5)[0]
    os.close(pidfd)
    assert machine.process_start(process.pid) is None, "also as long as nobody has asked for its exit status"
    process.communicate()
    assert machine.this_machine() == machine.this_machine() != ""
