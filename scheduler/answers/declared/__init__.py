"""Every answer element as data: what the reference prints, and what each answer is checked against by the tests.

One file for each family. The engine never loads this package; answers are made by the functions beside it.
"""

from __future__ import annotations

from scheduler.answers.declared.chains import CHAINS
from scheduler.answers.declared.engine import CLUSTER, COUNTERS, STATE
from scheduler.answers.declared.happenings import EVENTS
from scheduler.answers.declared.jobs import JOBS
from scheduler.answers.declared.logs import LOGS
from scheduler.answers.declared.model import AnswerElement, by_key
from scheduler.answers.declared.plan import BUSINESS_CALENDARS, CALENDAR, OTHERS, OVERRIDES, PREVIEW
from scheduler.answers.declared.resources import RESOURCES
from scheduler.answers.declared.shared import SHARED
from scheduler.answers.declared.supervisor import SUPERVISOR
from scheduler.answers.declared.why import WHY

#: titles of families, each with its elements, in the sequence of the reference
FAMILIES: tuple[tuple[str, tuple[AnswerElement, ...]], ...] = (
    ("In many answers", SHARED),
    ("The engine", STATE),
    ("Jobs and tasks", JOBS),
    ("Job chains and orders", CHAINS),
    ("Locks, process classes, schedules, monitors", RESOURCES),
    ("Starts that are ahead", CALENDAR + OVERRIDES + PREVIEW),
    ("Business calendars", BUSINESS_CALENDARS),
    ("Parts of logs, and what tasks use", LOGS),
    ("Events", EVENTS),
    ("Counters and log categories", COUNTERS),
    ("Cluster and workload schedulers", CLUSTER + OTHERS),
    ("Central configuration", SUPERVISOR),
    ("Reasons of a job", WHY),
)
#: all of them by key
ANSWERS = by_key(element for _, family in FAMILIES for element in family)
#: keys of what may stand below `<answer>`; of several commands all stand there
ROOTS = tuple(
    """
    ok refusal state jobs job job_chains job_chain order task history calendar process_classes cluster.shown subsystems
    plan_preview business_calendars business_calendar
    job.why param params log_categories events process.started configuration.directory
    supervisor differences checks versions release answered log log.found task.usage
    """.split()  # noqa: SIM905  (a list to be read)
)
