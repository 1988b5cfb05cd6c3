"What beats of members mean for the monitor."

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.monitor.events import Event
from scheduler.monitor.from_journal import about
from scheduler.monitor.occurrence import Occurrence

#: seconds without a beat after which a member counts as lost even if no other one has noticed it
LOST_AFTER = 60.0
#: a beat that is older is not good news
WELL_WITHIN = 5.0


def of_member(
    name: str, host: str, beat_at: datetime, ended: bool, dead: bool, still: float, now: datetime
) -> Iterator[Occurrence]:
    """`ended`: it has ended in order. `dead`: another one has taken its place. `still`: seconds, by our own clock, for
    which its beat has not changed."""
    mark = about(beat_at, 0)
    if ended or (still < WELL_WITHIN and not dead):
        yield Occurrence(Event.HEARTBEAT_MISSED, name, mark, now, good=True)
        yield Occurrence(Event.MEMBER_LOST, name, mark, now, good=True)
        return
    text = f"Last sign of life at {beat_at:%Y-%m-%d %H:%M:%S} UTC, on {host}."
    yield Occurrence(Event.HEARTBEAT_MISSED, name, mark, now, text, silent_for=still)
    if dead or still >= LOST_AFTER:
        yield Occurrence(Event.MEMBER_LOST, name, mark, now, text)
