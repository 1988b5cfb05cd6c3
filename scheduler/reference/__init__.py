"""What the reference says of each command, as data.

The declarations say what is accepted; here stands what it means. It is kept apart, because an engine at work needs
none of it. A test holds that nothing is missing and nothing superfluous.
"""

from __future__ import annotations

from scheduler.reference.engine import ENGINE, EVENTS
from scheduler.reference.jobs import JOBS
from scheduler.reference.model import Chapter, Described
from scheduler.reference.objects import OBJECTS
from scheduler.reference.operators import PLAN_AND_LOGS, SUPERVISOR
from scheduler.reference.orders import ORDERS
from scheduler.reference.others import OTHERS
from scheduler.reference.reading import READING

CHAPTERS: tuple[tuple[str, Chapter], ...] = (
    ("Show", READING),
    ("Jobs and tasks", JOBS),
    ("Orders and job chains", ORDERS),
    ("Locks, process classes, schedules and the hot folder", OBJECTS),
    ("The engine", ENGINE),
    ("Events", EVENTS),
    ("The plan and logs", PLAN_AND_LOGS),
    ("The supervisor, for its operators", SUPERVISOR),
    ("Workload schedulers, agents and others", OTHERS),
)
COMMANDS: dict[str, Described] = {name: said for _, chapter in CHAPTERS for name, said in chapter.items()}
