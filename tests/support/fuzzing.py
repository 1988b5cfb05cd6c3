"How long fuzz targets run: briefly with all tests, always the same examples; for long, and at random, in the soak."

from __future__ import annotations

from hypothesis import settings

BRIEFLY = settings(max_examples=200)
FOR_LONG = settings(max_examples=20_000, derandomize=False)
