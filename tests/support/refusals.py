"""`with refused(Code.X, line, column):` around what must be refused, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scheduler.errors import Code, WorkloadError


@contextmanager
def refused(code: Code, line: int | None = None, column: int | None = None) -> Iterator[pytest.ExceptionInfo]:
    "Holds the refusal. Without `line` the place is not looked at."
    with pytest.raises(WorkloadError) as info:
        yield info
    assert info.value.code is code, info.value
    if line is not None:
        place = info.value.place
        assert place is not None
        assert (place.line, place.column) == (line, column), info.value
