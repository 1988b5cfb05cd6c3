"""The modules of the tests are compiled once by the processes that share the tests, not by each of them.

pytest spells out the assertions of a module before it compiles it, which takes longer than all else before the first
test, and keeps the result beside the module. Processes that begin together would all do the same at the same time. So
each of them begins with another part, and finds the others' results when it comes to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def turned(names: Sequence[str], place: int, places: int) -> list[str]:
    "The names, begun where the stretch of the process `place` (from 0) of `places` begins."
    begin = len(names) * place // places
    return [*names[begin:], *names[:begin]]


def read(place: int, places: int) -> None:
    "Imports all modules of tests. What is wrong with one of them is told by pytest, which imports it once more."
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    for name in turned([".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files], place, places):
        with suppress(Exception, pytest.skip.Exception):
            import_module(name)
