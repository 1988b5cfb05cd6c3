"""Sends what the monitor has to tell, and keeps what came of it. A message is sent at least once: its number goes with
it, so that a receiver knows one that comes twice."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from apscheduler.triggers.interval import IntervalTrigger

from models import notices as store
from netcore.services.sending import NotSent, post_office, send
from netcore.services.service import Service, Surroundings
from scheduler.monitor.delivery import Delivery, DeliveryState, failed, sent

EVERY = 1.0
#: messages under way at the same time, and of one run
AT_ONCE, MOST = 4, 40


class Messages(Service):
    name = "messages"

    def __init__(self, around: Surroundings, environ: Mapping[str, str]) -> None:
        super().__init__(around)
        self._environ = environ

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        with self.around.right.reading() as connection:
            due = store.due(connection, self.around.scheduler_id, self.around.now(), MOST)
        if not due:
            return ""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = [state for state in pool.map(self._try, due) if state is not None]
        taken, lost = (done.count(state) for state in (DeliveryState.SENT, DeliveryState.GIVEN_UP))
        later = len(done) - taken - lost
        counts = ((taken, "sent"), (later, "to be tried again"), (lost, "given up"))
        told = [f"{number} {word}" for number, word in counts if number]
        return ", ".join(told)

    def _try(self, delivery: Delivery) -> DeliveryState | None:
        "None: it is left for the next run, or for another instance."
        if self.around.ending.is_set():
            return None
        try:
            send(self._addressed(delivery), self.around.settings.post, self._environ)
            after = sent(delivery, self.around.now())
        except NotSent as problem:
            after = failed(delivery, str(problem), problem.hopeless, self.around.now())
        with self.around.right.writing() as connection:
            store.update_delivery(connection, self.around.scheduler_id, after)
        return after.state

    def _addressed(self, delivery: Delivery) -> Delivery:
        "A trial from the pages, which do not know the engine's settings, says only what the rules say."
        if delivery.means != "mail":
            return delivery
        given = delivery.detail
        office = post_office(self.around.settings, given.get("smtp", ""), given.get("sender", ""))
        return replace(delivery, detail={**given, **office})
