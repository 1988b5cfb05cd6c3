"""Any definition of an object that has a file."""

from __future__ import annotations

from scheduler.calendars.model import Calendar
from scheduler.definitions.job import JobDefinition
from scheduler.definitions.job_chain import JobChainDefinition
from scheduler.definitions.order import OrderDefinition
from scheduler.definitions.resources import LockDefinition, MonitorDefinition, ProcessClassDefinition
from scheduler.run_time.model import Schedule

Definition = (
    JobDefinition
    | JobChainDefinition
    | OrderDefinition
    | LockDefinition
    | ProcessClassDefinition
    | MonitorDefinition
    | Calendar
    | Schedule
)
