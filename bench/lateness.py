"""How late the reactor's timers are; the engine itself keeps count and says so in its statistics."""

from __future__ import annotations

from bench.figures import Figure, Goal
from tests.support.engine import EngineProcess

ATTRIBUTE = "reactor_late_p99_ms"
LATE = Goal(50, 20, lower=True)


def lateness(engine: EngineProcess, database: str) -> list[Figure]:
    "One figure; none when the engine does not tell."
    for element in engine.command('<show_state what="operations"/>').iter():
        if (found := element.get(ATTRIBUTE)) is not None:
            return [Figure("reactor lateness p99, under steps and state", float(found), "ms", database, LATE)]
    return []
