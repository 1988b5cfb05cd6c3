"""Our `replace` does what `dataclasses.replace` does, and leaves the original alone."""

from __future__ import annotations

import dataclasses

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.copying import replace
from scheduler.records import Order, OrderState
from tests.support.worlds import START, a_chain, a_job

ORDER = Order("/chain", "1", "first", "first", START, 7, priority=3)


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (ORDER, {}),
        (ORDER, {"node": "second", "state": OrderState.RUNNING, "task_id": 5}),
        (a_job(), {"title": "x"}),
        (a_chain(), {"max_orders": 3}),
        (AddOrder(job_chain="/chain", id="1"), {"id": "2"}),
    ],
)
def test_a_copy_differs_in_the_changed_fields_only(record: object, changes: dict[str, object]) -> None:
    before = dataclasses.asdict(record)
    copy = replace(record, **changes)
    assert copy == dataclasses.replace(record, **changes)
    assert copy is not record
    assert dataclasses.asdict(record) == before
    assert type(copy) is type(record)


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AttributeError):
        replace(ORDER, nonsense=1)
