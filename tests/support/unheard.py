"The engine whose datagrams to other members all get lost: it believes that they were sent, and nobody hears them."

from __future__ import annotations

import sys

from netcore.__main__ import main
from netcore.cluster.bell import Bell


def _break() -> None:
    Bell.ring = lambda self, member_run, kind, words=b"": True  # type: ignore[method-assign]


if __name__ == "__main__":
    _break()
    sys.exit(main(sys.argv[1:]))
