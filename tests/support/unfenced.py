"""The engine without what keeps a deposed member from working: a test must see that the checker complains.

No fence in front of a batch, no deadline of one's own before a start, no end for a frozen predecessor or its processes.
"""

from __future__ import annotations

import sys

from models.bulk import sqlite
from models.members import put_member
from models.sharing_line import SharingLine
from netcore import preparation
from netcore.__main__ import main
from netcore.cluster import machine, permit, watcher


def _break() -> None:
    sqlite._check = lambda connection, fence, batch: None
    SharingLine._is_alive = lambda self, connection, alive: True  # type: ignore[method-assign]
    watcher.renew_member = put_member  # type: ignore[attr-defined]
    machine.kill = lambda pid, start, seconds: True
    permit.StartPermit.holds = lambda self: True  # type: ignore[method-assign]
    preparation.end_leftovers = lambda *arguments, **options: []


if __name__ == "__main__":
    _break()
    sys.exit(main(sys.argv[1:]))
