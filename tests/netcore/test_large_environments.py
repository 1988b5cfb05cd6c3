"Parameters that are too large for an environment: a shell job says which, a Python job does without them there."

from __future__ import annotations

import pytest

from netcore.starter.launches import as_refusal
from netcore.starter.making import TooLarge, not_started
from netcore.task_server_start import _ALL_MAX, _ONE_MAX, _small
from scheduler.errors import Code


def test_the_refusal_names_the_largest_variable() -> None:
    told, text = not_started(TooLarge({"A": b"A=1", "LARGE": b"LARGE=" + b"x" * 200_000, "B": b"B=2"}))
    assert "LARGE" in text
    refusal = as_refusal(told.code, told.values)
    assert refusal.code is Code.ENVIRONMENT_TOO_LARGE
    assert (refusal.values["name"], refusal.values["size"], refusal.values["total"]) == ("LARGE", 200_006, 200_012)


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([10, 20], [10, 20]),
        ([_ONE_MAX, 10], [10]),
        ([_ONE_MAX - 1, 10], [10, _ONE_MAX - 1]),
        ([100_000] * 20, [100_000] * (_ALL_MAX // 100_001)),
        ([], []),
    ],
)
def test_the_environment_of_a_task_server_is_without_what_is_too_large(sizes: list[int], kept: list[int]) -> None:
    assert [len(entry) for entry in _small(b"x" * size for size in sizes)] == kept
