"""From the verdict to a loaded World, step by step; blocking, in the watcher's thread.

    take the right          from now on the one before can write nothing
    end its process         if it still exists on this machine: frozen or cut off, it must not go on
    end its jobs' processes on this machine, so that no step runs twice at a time
    load                    what it knew; meanwhile `warm_folder` looks at the files once more

From the first step on it beats, until all of that is done: a slow folder must not look like a dead member.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from twisted.logger import Logger

from models.batch import Writer
from models.connect import Engine, reading, writing
from models.load import load
from models.members import bury_member, forget_members
from models.takeovers import TakeOver
from netcore.claim import claim_from
from netcore.cluster import machine
from netcore.cluster.look import STOPPED, Look, is_gone, on_this_machine, waits_paused
from netcore.preparation import Opened, Prepared, end_leftover_processes, take_up
from netcore.settings import Settings
from scheduler.cluster.claiming import Reason
from scheduler.cluster.standing import Standing

#: seconds that processes of the predecessor's jobs have to end after SIGTERM
GRACE = 0.3
#: seconds to wait for the end of a frozen predecessor
KILL_WAIT = 2.0
#: seconds that it waits for the look at the files: a file system that hangs must not keep it from working
LOOK_PATIENCE = 10.0
#: seconds between beats while everything is being loaded
BEAT_EVERY = 1.0
#: no scheduler has this id
_NOBODY = ""

_log = Logger()


@dataclass(frozen=True, slots=True)
class Taken:
    "A take-over that has come to the loaded World. `last_beat_at` None: nobody was there before."

    prepared: Prepared
    epoch: int
    predecessor: str
    reason: Reason
    last_beat_at: datetime | None
    noticed_at: datetime
    claimed_at: datetime
    loaded_at: datetime
    processes: int

    def active(self, now: datetime) -> TakeOver:
        "The whole story, told when the World is active."
        return TakeOver(
            self.epoch, self.prepared.member.member_id, self.predecessor, self.reason.value, self.last_beat_at,
            self.noticed_at, self.claimed_at, self.loaded_at, now, self.processes,
        )  # fmt: skip


def take_over(
    settings: Settings,
    reactor: Any,
    opened: Opened,
    look: Look,
    reason: Reason,
    last_beat_at: datetime | None,
    claimed: Callable[[], Event],
    store: Engine,
) -> Taken:
    """`claimed` is called when the right is taken, and gives what is set when the files were looked at once more; the
    World is loaded from `store`. Raises FenceError when another member was faster, before that or after, and the errors
    of the store."""
    noticed_at = datetime.now(UTC)
    claim = claim_from(settings.database_url, settings.scheduler_id, opened.member, look)
    claimed_at = datetime.now(UTC)
    looked = claimed()
    try:
        with _Beats(claim.writer):
            _end_predecessor(look)
            processes = end_leftover_processes(opened.mark, opened.spool, claim.run_tokens, GRACE, claim.mates)
            prepared = take_up(settings, reactor, opened, claim, store)
            if not looked.wait(LOOK_PATIENCE):
                _log.warn("{folder} cannot be looked at in time: what was found before counts",
                          folder=settings.live_directory)  # fmt: skip
    except BaseException:
        claim.writer.close()
        raise
    return Taken(
        prepared, claim.lease.epoch, look.lease.holder if look.lease else "", reason, last_beat_at, noticed_at,
        claimed_at, datetime.now(UTC), processes,
    )  # fmt: skip


def rehearse(store: Engine) -> None:
    """Asks all that loading will ask, about nobody: to make the questions takes longer than all the rest of it. Raises
    Unreachable."""
    with reading(store) as connection:
        load(connection, _NOBODY)


class _Beats:
    "Beats in a thread as long as everything is being loaded, so that the others see that somebody works."

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._over = Event()
        self._problem: Exception | None = None
        self._thread = Thread(target=self._run, name="beats", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        "From now on the writer belongs to somebody else. Raises what went wrong."
        self._over.set()
        self._thread.join()
        if self._problem is not None and kind is None:
            raise self._problem

    def _run(self) -> None:
        try:
            while not self._over.wait(BEAT_EVERY):
                self._writer.write((), now=datetime.now(UTC))
        except Exception as error:
            self._problem = error


def _end_predecessor(look: Look) -> None:
    holder = look.holder
    if holder is None or look.lease is None or look.lease.standing is not Standing.HELD:
        return
    if is_gone(holder) or look.holder_waits or not on_this_machine(holder):
        return
    if machine.process_start(holder.pid) is None:
        return
    if holder.pid == os.getpid():  # the program was replaced by this one
        return
    _log.warn("SCHEDULER-837  {member} is frozen or cut off: process {pid} is killed", member=holder.member_id,
              pid=holder.pid)  # fmt: skip
    if not machine.kill(holder.pid, holder.process_start, KILL_WAIT):
        _log.error("Process {pid} of {member} cannot be ended", pid=holder.pid, member=holder.member_id)


def tidy_up(engine: Engine, scheduler_id: str, claim_look: Look, me: str) -> None:
    """The predecessor's row says that it is dead, unless a later life of it has written that; rows of members that have
    ended in order go."""
    lease, holder = claim_look.lease, claim_look.holder
    returned = holder is not None and waits_paused(holder)
    ended = [member.member_id for member in claim_look.members if member.state == STOPPED and member.member_id != me]
    with writing(engine) as connection:
        forget_members(connection, scheduler_id, ended)
        if lease is not None and lease.standing is Standing.HELD and lease.holder != me and not returned:
            bury_member(connection, scheduler_id, lease.holder, by=me)
