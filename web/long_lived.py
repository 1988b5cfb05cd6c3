"""What an application keeps for its whole life is not looked at again by the collector of garbage.

Routes, statements and compiled templates are some 150,000 objects. A full collection looked at all of them while a
reader waited, a tenth of a second every forty pages. What is there at the start, and what the first few full
collections leave, is such, so it is set aside; what comes later is collected as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

#: full collections after which what is left is set aside: templates are compiled when they are first wanted
TIMES = 4


def set_aside() -> None:
    "For processes that serve one application until they end; to be called when it is made."
    gc.freeze()
    left = TIMES

    def after(phase: str, info: Mapping[str, Any]) -> None:
        nonlocal left
        if phase == "stop" and info["generation"] == 2:
            gc.freeze()
            left -= 1
            if not left:
                gc.callbacks.remove(after)

    gc.callbacks.append(after)
