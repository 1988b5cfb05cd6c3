"How long fuzz targets run: briefly with all tests, always the same examples; for long, and at random, in the soak."

from __future__ import annotations

from hypothesis import HealthCheck, settings

_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
BRIEFLY = settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=_CALM)
FOR_LONG = settings(max_examples=20_000, deadline=None, suppress_health_check=_CALM)
