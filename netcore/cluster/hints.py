"""What wakes the watcher before its time: a word of its own process, and the end of the member at work."""

from __future__ import annotations

import os
import select

from netcore.cluster import machine
from netcore.cluster.look import Look, on_this_machine
from netcore.cluster.remote import RemoteDeath
from scheduler.cluster.standing import Standing


class Hints:
    "`wake` in any thread, everything else in the watcher's."

    def __init__(self, database_url: str) -> None:
        self.remote = RemoteDeath(database_url)
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._pidfd: int | None = None
        self._process: tuple[int, int] | None = None

    def wake(self) -> None:
        os.eventfd_write(self._wake, 1)

    def watch(self, look: Look) -> None:
        "The process of the member at work, or its session if it is on another machine."
        holder, lease = look.holder, look.lease
        if holder is None or lease is None or lease.standing is not Standing.HELD:
            self.forget()
        elif on_this_machine(holder):
            process = (holder.pid, holder.process_start)
            if self._process != process:
                self.forget()
                self._process, self._pidfd = process, machine.watch(*process)
        else:
            self.remote.watch(lease, holder)

    def forget(self) -> None:
        self.remote.forget()
        if self._pidfd is not None:
            os.close(self._pidfd)
        self._pidfd = self._process = None

    def rest(self, seconds: float) -> None:
        "Until something happens, or the time is over."
        poll = select.poll()
        for descriptor in (self._wake, self._pidfd, self.remote.descriptor):
            if descriptor is not None:
                poll.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(1000 * seconds)]
        if self._wake in ready:
            os.eventfd_read(self._wake)
        if self._pidfd in ready:
            self.forget()
        elif self.remote.descriptor in ready:
            self.remote.read()
