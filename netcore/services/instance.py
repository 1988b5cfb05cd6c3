"""One of several processes that may host the services: it beats, looks at the others, takes over, hands over.

    stands by   nobody has the right, or who has it ended in order           -> takes it and hosts them
                who has it has not beaten for `DEAD_AFTER` seconds           -> takes it and hosts them
                somebody wishes that another one takes over                  -> leaves it to that one for a while
    hosts       somebody wishes that another one, which lives, takes over    -> stops them in order, gives the right up
                the right was taken away, or cannot be proved for a while    -> stops them all at once

While they stop in order, however long that takes, it goes on beating, so that nobody takes over before they have.
Times of others are never compared; only what was seen to change on our own clock counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from twisted.logger import Logger

from models import services as store
from models.connect import writing
from models.errors import FenceError, StoreError
from models.lease import Lease
from models.right import Right
from models.services import Instance
from netcore.services.ending import Ending
from netcore.services.host import Host
from scheduler.cluster.sight import OWN_DEADLINE, Quality, Sight
from scheduler.cluster.standing import Standing

#: seconds between beats, and between looks of who stands by: what it misses adds to the time without services
BEAT_EVERY, LOOK_EVERY = 1.0, 0.25
#: seconds for which the others leave the right to the one that is wished for
LEFT_TO_THE_WANTED = 5.0
#: rows of instances that died are forgotten after that time
FORGET_AFTER = timedelta(days=1)
_RIGHT = "the right"


@dataclass(frozen=True, slots=True)
class Look:
    lease: Lease | None
    others: tuple[Instance, ...]
    wanted: Instance | None


class Member:
    """`me` is our row as it is at the start. `seconds` is a clock that never goes back. `run` blocks until the end is
    asked for; everything but the services themselves happens in its thread, also `blocked`, after each vain attempt to
    use the database."""

    _log = Logger()

    def __init__(
        self, me: Instance, right: Right, host: Host, now: Callable[[], datetime], seconds: Callable[[], float],
        blocked: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._me = me
        self._right = right
        self._host = host
        self._now = now
        self._seconds = seconds
        self._blocked = blocked
        self._sight = Sight()
        self._proved_at = 0.0
        self._put_at: float | None = None

    @property
    def hosts(self) -> bool:
        return self._me.active

    def run(self, end: Ending) -> None:
        "Until that is asked for; then the services stop in order, and any other instance may go on at once."
        while not end.is_asked():
            try:
                self._beat()
            except StoreError as error:
                self._log.warn("The database cannot be asked: {problem}", problem=str(error))
                self._sight.lose(self._seconds())
                if self._me.active and self._seconds() - self._proved_at > OWN_DEADLINE:
                    self._stop_hosting("the database cannot be asked", at_once=True)
                self._blocked()
            end.wait(BEAT_EVERY if self._me.active else LOOK_EVERY)
        self._stop_hosting("the process ends")
        try:
            self._right.leave()
            with writing(self._right.engine) as connection:
                store.forget_instance(connection, self._right.scheduler_id, self._me.name)
        except StoreError:
            self._log.warn("The right to host the services was not given up, because the database cannot be asked")

    def _beat(self) -> None:
        began = self._seconds()
        look = self._look()
        values: dict[str, object] = {each.name: each.beat for each in look.others}
        if look.lease is not None:
            values[_RIGHT] = (look.lease.epoch, look.lease.beat_at, look.lease.standing)
        self._sight.look(values, began, self._seconds())
        if self._me.active:
            self._go_on_hosting(look)
        elif self._may_take(look):
            self._take(look)
        if self._put_at is None or began - self._put_at >= BEAT_EVERY - LOOK_EVERY / 2:
            self._put_at = began
            self._put()

    def _look(self) -> Look:
        scheduler_id = self._right.scheduler_id
        with self._right.reading() as connection:
            found = store.instances(connection, scheduler_id)
            lease = self._right.look(connection)
        others = tuple(each for each in found if each.name != self._me.name)
        wishes = [each for each in found if each.wanted_at is not None]
        wanted = max(wishes, key=lambda each: each.wanted_at or self._me.started_at, default=None)
        return Look(lease, others, wanted)

    # -- standing by

    def _may_take(self, look: Look) -> bool:
        lease = look.lease
        if lease is not None and lease.standing is Standing.HELD and self._sight.quality(_RIGHT) is not Quality.DEAD:
            return False
        wanted = look.wanted
        if wanted is None or wanted.name == self._me.name:
            return True
        is_there = self._sight.quality(wanted.name) is Quality.GOOD
        return not is_there or self._sight.still(_RIGHT) > LEFT_TO_THE_WANTED

    def _take(self, look: Look) -> None:
        try:
            self._right.take(look.lease, self._now())
        except FenceError:
            return  # somebody was faster
        before = look.lease.holder if look.lease is not None else ""
        self._log.info("This instance hosts the services now{after}", after=f", after {before}" if before else "")
        self._me = replace(self._me, active=True, active_since=self._now())
        self._proved_at = self._seconds()
        self._put_at = None  # everybody shall know it at once
        try:
            if look.wanted is not None and look.wanted.name == self._me.name:
                with self._right.writing() as connection:
                    store.forget_wish(connection, self._right.scheduler_id, self._me.name)
            self._host.start()
        except StoreError:
            # nobody beats for the right: it is taken again later
            self._stop_hosting("they could not be started", at_once=True)
            raise

    # -- hosting

    def _go_on_hosting(self, look: Look) -> None:
        wanted = look.wanted
        if wanted is not None and wanted.name != self._me.name and self._sight.quality(wanted.name) is Quality.GOOD:
            self._stop_hosting(f"{wanted.wanted_by or 'somebody'} wishes that {wanted.name} hosts them")
            self._right.leave()
            return
        try:
            with self._right.writing() as connection:
                if wanted is not None and wanted.name == self._me.name:
                    store.forget_wish(connection, self._right.scheduler_id, self._me.name)
                store.forget_instances(connection, self._right.scheduler_id, self._now() - FORGET_AFTER)
        except FenceError:
            self._stop_hosting("another instance has taken them over", at_once=True)
            return
        self._proved_at = self._seconds()
        self._host.obey()

    def _stop_hosting(self, reason: str, at_once: bool = False) -> None:
        if not self._me.active:
            return
        self._log.info("This instance stops the services: {reason}", reason=reason)
        self._host.stop(self._keeps, at_once)
        self._me = replace(self._me, active=False, active_since=None)

    def _keeps(self) -> bool:
        "A beat while services stop. False: the right is lost, or could not be proved for a while."
        if self._seconds() - self._proved_at >= BEAT_EVERY:
            try:
                with self._right.writing():
                    pass  # whoever looks sees that the right is held
                self._proved_at = self._seconds()
                self._put()
            except FenceError:
                return False
            except StoreError:
                self._blocked()
        return self._seconds() - self._proved_at <= OWN_DEADLINE

    def _put(self) -> None:
        self._me = replace(self._me, beat=self._me.beat + 1, beat_at=self._now())
        with writing(self._right.engine if self._me.active else self._right.watcher) as connection:
            store.put_instance(connection, self._right.scheduler_id, self._me)
