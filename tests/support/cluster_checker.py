"""What must hold of a cluster, whatever happened to its members. Every complaint is a sentence."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Connection, select

from models.connect import create, reading
from models.errors import StoreError
from models.lease import read_lease
from models.read import members
from models.tables import order_runs, order_steps, orders, tasks

#: seconds between the look that finds a new holder and the last beat of the old one that was on its way before
TOLERANCE = 0.5


class Sampler:
    "Looks all the time who has the right, and who writes."

    def __init__(self, url: str, scheduler_id: str) -> None:
        self._engine = create(url, "reader")
        self._id = scheduler_id
        self._ended = Event()
        self._epoch = 0
        self._holder = ""
        self._since = 0.0
        #: the last beats of members that had the right before, whatever their clocks say
        self._last_beats: dict[str, datetime] = {}
        self.complaints: set[str] = set()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            try:
                with reading(self._engine) as connection:
                    self._sample(connection)
            except StoreError:
                continue

    def _sample(self, connection: Connection) -> None:
        # in this sequence: who was at work before the look at the right had got it by then
        known = members(connection, self._id)
        lease = read_lease(connection, self._id)
        if lease is None:
            return
        if lease.epoch < self._epoch:
            self.complaints.add(f"epoch {lease.epoch} came after {self._epoch}")
        if lease.holder != self._holder:
            self._holder, self._since = lease.holder, time.monotonic()
            self._last_beats.clear()
        self._epoch = lease.epoch
        if time.monotonic() < self._since + TOLERANCE:
            return
        for member in known:
            leads = member.active and member.exclusive and member.member_id != lease.holder
            if leads and self._last_beats.setdefault(member.member_id, member.beat_at) != member.beat_at:
                self.complaints.add(f"{member.member_id} wrote as active while {lease.holder} had the right")


def complaints(
    connection: Connection, scheduler_id: str, directory: Path, accepted: set[str], known: set[str], nodes: list[str],
    suspended: set[str],
) -> Iterator[str]:
    """`accepted` orders of the chain were acknowledged, of `known` ones nobody knows whether they were. `nodes` is the
    way. `suspended` orders were acknowledged to be so."""
    overlaps = directory / "overlaps"
    if overlaps.exists():
        yield f"two processes of one step at a time: {overlaps.read_text().split(chr(10))[:5]}"
    runs = connection.execute(select(order_runs).where(order_runs.c.scheduler_id == scheduler_id)).all()
    rounds = Counter(run.order_id for run in runs)
    if lost := accepted - set(rounds):
        yield f"orders without history: {sorted(lost)[:5]}"
    if strange := set(rounds) - accepted - known:
        yield f"orders that nobody added: {sorted(strange)[:5]}"
    if twice := [order for order, count in rounds.items() if count > 1]:
        yield f"orders that ran twice: {twice[:5]}"
    if wrong := [run.order_id for run in runs if run.order_id in accepted and (run.node != "done" or run.failed)]:
        yield f"orders that did not arrive: {wrong[:5]}"
    succeeded = Counter(
        (row.history_id, row.node)
        for row in connection.execute(
            select(order_steps.c.history_id, order_steps.c.node)
            .where(order_steps.c.scheduler_id == scheduler_id, order_steps.c.exit_code == 0)
        )
    )
    if again := [step for step, count in succeeded.items() if count > 1]:
        yield f"steps that were recorded as successful twice: {again[:5]}"
    marks = (directory / "marks").read_text().splitlines() if (directory / "marks").exists() else []
    ended = {tuple(line.split()[1:3]) for line in marks if line.startswith("end ")}
    if missing := [(order, node) for order in accepted for node in nodes if (order, node) not in ended]:
        yield f"steps of the history that never ran: {missing[:5]}"
    unfinished = connection.execute(
        select(tasks.c.id).where(tasks.c.scheduler_id == scheduler_id)
        .where(tasks.c.started_at.is_not(None), tasks.c.ended_at.is_(None))
    ).scalars().all()
    if unfinished:
        yield f"tasks that are still open: {unfinished[:5]}"
    held = set(connection.execute(
        select(orders.c.order_id).where(orders.c.scheduler_id == scheduler_id, orders.c.state == "suspended")
    ).scalars())
    if forgotten := suspended - held:
        yield f"suspensions that were acknowledged and forgotten: {sorted(forgotten)[:5]}"
