"""How long the other side of a connection has been silent, counting only the time in which this side has listened.

Who was busy or stopped for a while has not listened: what came meanwhile still waits to be read. If that counted, a
moment of congestion would end every connection at once, and all of them would come back together.
"""

from __future__ import annotations

from dataclasses import dataclass

#: of two beats so many times their usual distance counts at most
_LATE = 1.5


@dataclass(frozen=True, slots=True)
class Silence:
    """`seconds` of silence as of the last beat, which was `at` that second; until then, something was last heard at
    `heard_at`."""

    at: float
    heard_at: float = 0.0
    seconds: float = 0.0

    def beat(self, now: float, heard_at: float, heartbeat: float) -> Silence:
        "One beat later; `heard_at` is when something last came, `heartbeat` the usual seconds between beats."
        heard = heard_at != self.heard_at
        listened = max(0.0, min(now - (heard_at if heard else self.at), _LATE * heartbeat))
        return Silence(now, heard_at, listened if heard else self.seconds + listened)
