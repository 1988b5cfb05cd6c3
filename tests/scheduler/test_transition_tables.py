"""Every pair of state and event is either in its table or refused with WRONG_STATE."""

from __future__ import annotations

from enum import Enum
from itertools import product
from types import ModuleType

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.job import lifecycle as job
from scheduler.order import lifecycle as order
from scheduler.records import JobState, OrderState, TaskState
from scheduler.task import lifecycle as task

TABLES: list[tuple[ModuleType, type[Enum], type[Enum]]] = [
    (order, OrderState, order.OrderEvent),
    (job, JobState, job.JobEvent),
    (task, TaskState, task.TaskEvent),
]


@pytest.mark.parametrize(("module", "states", "events"), TABLES, ids=["order", "job", "task"])
def test_what_is_not_in_the_table_is_refused(module: ModuleType, states: type[Enum], events: type[Enum]) -> None:
    for state, event in product(states, events):
        if (state, event) in module.TABLE:
            assert module.after(state, event, "x") is module.TABLE[state, event]
            continue
        with pytest.raises(WorkloadError) as refusal:
            module.after(state, event, "x")
        assert refusal.value.code is Code.WRONG_STATE


@pytest.mark.parametrize(("module", "states", "events"), TABLES, ids=["order", "job", "task"])
def test_every_state_can_be_reached_and_ended_objects_stay_ended(
    module: ModuleType, states: type[Enum], events: type[Enum]
) -> None:
    reached = set(module.TABLE.values()) | {next(iter(states))}
    assert reached == set(states)
    if hasattr(states, "ENDED"):
        assert not [pair for pair in module.TABLE if pair[0] is states["ENDED"]]
