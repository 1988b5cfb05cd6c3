"""Who works beside the leading member: asked with every look, told when somebody came, left or died.

A member on this machine that gives no sign of life is killed first: a frozen one could hold a lock of the database.
Then it is declared dead, so that it reports nothing any more, and the processes of its tasks are ended, as far as they
are on this machine; only then is it told that it has gone.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from models.connect import Engine, writing
from models.members import Member
from models.sharing import declare_dead
from netcore.cluster import machine
from netcore.cluster.look import STOPPED, WORKS, Look, is_gone, on_this_machine
from netcore.preparation import Opened, end_leftover_processes
from scheduler.cluster.assignment import Mate
from scheduler.cluster.sight import Quality, Sight

#: seconds that processes of a dead member's tasks have to end after SIGTERM, and that its own process has
GRACE, KILL_WAIT = 0.3, 2.0


class RollCall:
    """`token` is that of the writer of the leading member; `tell` is called with all that live. `spared`: runs whose
    processes were to go on when this member took over; some may have died since. In the watcher's thread."""

    _log = Logger()

    def __init__(
        self,
        engine: Engine,
        scheduler_id: str,
        opened: Opened,
        token: str,
        sight: Sight,
        tell: Callable[[tuple[Mate, ...]], None],
        spared: frozenset[str] = frozenset(),
    ) -> None:
        self._engine = engine
        self._scheduler_id = scheduler_id
        self._opened = opened
        self._token = token
        self._sight = sight
        self._tell = tell
        self._told: tuple[Mate, ...] | None = None
        self._runs = spared

    def call(self, look: Look) -> None:
        "Raises the errors of the store; then everything is done with the next look."
        me = self._opened.member
        if look.lease is None or look.lease.holder != me.member_id:
            return
        others = [m for m in look.members if m.member_id != me.member_id and m.distributed and not m.dead]
        live = [member for member in others if member.state != STOPPED and not self._has_died(member)]
        mates = (*(_mate(member) for member in live), Mate(me.member_id, me.run_token, open=False))
        if mates != self._told:
            self._end_processes(mates)
            self._told = mates
            self._tell(mates)

    def _has_died(self, member: Member) -> bool:
        if not is_gone(member):
            if self._sight.quality(member.member_id) is not Quality.DEAD:
                return False
            self._end_process(member)
        with writing(self._engine) as connection:
            me = self._opened.member.member_id
            dead = declare_dead(connection, self._scheduler_id, member, by=me, token=self._token)
        if dead:
            self._log.warn("SCHEDULER-836  Member {member} is dead; others do its steps again", member=member.member_id)
        return dead

    def _end_process(self, member: Member) -> None:
        if on_this_machine(member) and machine.lives(member.pid, member.process_start):
            self._log.warn("SCHEDULER-837  {member} is frozen or cut off: process {pid} is killed",
                           member=member.member_id, pid=member.pid)  # fmt: skip
            machine.kill(member.pid, member.process_start, KILL_WAIT)

    def _end_processes(self, mates: tuple[Mate, ...]) -> None:
        "Of the tasks of those who were there before. On another machine there are none that could be found."
        runs = frozenset(mate.run for mate in mates)
        gone = self._runs - runs
        if gone:
            end_leftover_processes(self._opened.mark, self._opened.spool, gone, GRACE, runs)
        self._runs = runs


def _mate(member: Member) -> Mate:
    return Mate(member.member_id, member.run_token, open=member.state == WORKS)
