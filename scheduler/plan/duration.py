"How long a run is expected to take: the median of the last ones that went well."

from __future__ import annotations

from collections.abc import Sequence

#: how many of the last runs count
LAST_RUNS = 30


def expected_seconds(last: Sequence[float]) -> float | None:
    "`last`: durations of good runs, the newest first; None: there was none yet."
    runs = sorted(last[:LAST_RUNS])
    if not runs:
        return None
    middle = len(runs) // 2
    return runs[middle] if len(runs) % 2 else (runs[middle - 1] + runs[middle]) / 2
