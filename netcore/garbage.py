"How often Python looks for cycles of records, of which there are none."

from __future__ import annotations

import gc


def calm_garbage_collection() -> None:
    """What is there now stays, so the collector need not look at it again; and it looks less often at the rest.

    Records hold no cycles; with the usual thresholds a tenth of the reactor's time went into looking for some.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
