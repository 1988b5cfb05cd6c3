"The measurements of the services come to an end and have figures, with a thousandth of the work."

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import clean_up, plan
from bench.bench import Bench
from bench.figures import Figure
from bench.limit import Limit


@pytest.mark.parametrize("measure", [plan.measure, clean_up.measure])
def test_each_measurement_gives_figures(measure: Callable[[Bench], list[Figure]], tmp_path: Path) -> None:
    found = measure(Bench("sqlite", Limit(tmp_path, 0.1), 0.001))
    assert len({each.what for each in found}) == len(found) >= 3
    assert all(each.value > 0 for each in found if each.unit != "%")
