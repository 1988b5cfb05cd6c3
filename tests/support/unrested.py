"The engine in whose hot folder no change ever rests for long enough: what counts at once still does, nothing else."

from __future__ import annotations

import sys

from netcore.__main__ import main
from netcore.folder_ageing import Ageing


def _break() -> None:
    Ageing._wait = lambda self, key, version, now, age: age  # type: ignore[method-assign]


if __name__ == "__main__":
    _break()
    sys.exit(main(sys.argv[1:]))
