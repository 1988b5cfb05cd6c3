"""The engine as if it ran on a machine of its own, whose name is in MACHINE.

Nobody on another machine sees its process or the processes of its jobs.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from netcore import preparation
from netcore.__main__ import main
from netcore.cluster import look

_end_leftovers = preparation.end_leftovers


def _own_leftovers(*arguments: Any, **options: Any) -> Any:
    return _end_leftovers(*arguments, **{**options, "run_tokens": ()})


def _move() -> None:
    name = os.environ["MACHINE"]
    preparation.this_machine = look.this_machine = lambda: name  # type: ignore[assignment]
    preparation.end_leftovers = _own_leftovers


if __name__ == "__main__":
    _move()
    sys.exit(main(sys.argv[1:]))
