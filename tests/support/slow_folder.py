"The engine whose look at the hot folder for a take-over lasts longer than others wait for a sign of life."

from __future__ import annotations

import sys
import time

from netcore.__main__ import main
from netcore.folder_reader import FolderReader, Look
from scheduler.cluster.sight import DEAD_AFTER


def _slow() -> None:
    look = FolderReader.look

    def slowly(self: FolderReader, now: float, at_once: bool = False) -> Look:
        if at_once:
            time.sleep(DEAD_AFTER + 1)
        return look(self, now, at_once)

    FolderReader.look = slowly  # type: ignore[method-assign]


if __name__ == "__main__":
    _slow()
    sys.exit(main(sys.argv[1:]))
