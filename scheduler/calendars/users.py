"Who refers to which calendar."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.records import Job, Order
from scheduler.run_time.plan import calendars_of
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Users:
    "`schedules`: their paths. Jobs and orders: those that refer to it by themselves, or by a schedule."

    schedules: tuple[str, ...]
    jobs: tuple[Job, ...]
    orders: tuple[Order, ...]


def users_of(world: World, calendar: str) -> Users:
    return Users(
        tuple(sorted(each.path for each in world.schedules.values() if each.run_time.calendar == calendar)),
        tuple(_jobs(world, calendar)),
        tuple(_orders(world, calendar)),
    )


def _jobs(world: World, calendar: str) -> Iterator[Job]:
    for job in world.jobs.values():
        run_time = job.definition.run_time
        if (run_time.schedule or run_time.calendar) and calendar in calendars_of(run_time, world.schedules):
            yield job


def _orders(world: World, calendar: str) -> Iterator[Order]:
    for order in world.orders.values():
        if order.run_time is not None and calendar in calendars_of(order.run_time, world.schedules):
            yield order
