"How the right to work stands that a cluster has once."

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    "What the row of the right says; it is written by the holder when it ends, the last one by a member that waits."

    HELD = "held"    # the holder works, or it died while it did
    ENDED = "ended"  # it has ended in order: a primary may begin again, a backup may not
    FREE = "free"    # it has ended and wishes that any other member goes on
    LOST = "lost"    # it had ended in order; somebody has said since that it will not come back: any member may go on
