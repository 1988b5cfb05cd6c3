"""How the death of a member on another machine is noticed at once: its database session ends, and its port refuses.

The end of a session alone is no death, because sessions break for other reasons too. But if the member has answered at
its address before, and now the machine says that nobody listens there, its process is gone. Without such an answer only
the beat tells. Sessions are heard of on PostgreSQL only.
"""

from __future__ import annotations

from models.batch import boot_seconds
from models.lease import Lease
from models.members import Member
from models.session_end import SessionEnd
from netcore.cluster import neighbour

#: seconds that a member may take to answer, and between attempts to get an answer
PATIENCE, ASK_EVERY = 0.5, 10.0


class RemoteDeath:
    "Watches one member on another machine. `descriptor` becomes readable when its session may have ended."

    def __init__(self, database_url: str) -> None:
        self._session = SessionEnd(database_url)
        self._waits_for: tuple[str, int] | None = None
        self._answered: tuple[str, int] | None = None
        self._next_question = 0.0

    @property
    def descriptor(self) -> int | None:
        return self._session.descriptor

    def watch(self, lease: Lease, member: Member) -> None:
        "Called with every look."
        run = (lease.token, lease.epoch)
        if self._waits_for != run:
            self._waits_for = run
            self._session.wait_for(*run)
        if self._answered != run and boot_seconds() >= self._next_question and member.tcp_port:
            self._next_question = boot_seconds() + ASK_EVERY
            if neighbour.answers(member, PATIENCE):
                self._answered = run

    def read(self) -> None:
        "The descriptor is readable."
        self._session.read()

    def is_gone(self, lease: Lease, member: Member) -> bool:
        "Whether the process of the member, the holder of this lease, exists no more. False when nobody can tell."
        run = (lease.token, lease.epoch)
        return self._session.ended and run == self._waits_for == self._answered and neighbour.refuses(member, PATIENCE)

    def forget(self) -> None:
        self._session.close()
        self._waits_for = None
