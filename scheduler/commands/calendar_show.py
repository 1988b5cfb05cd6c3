"`<calendar.show>`: the business calendars, who uses them, and the days and black-outs of one of them."

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scheduler import paths
from scheduler.answers.business_calendar import calendar_element, calendars_element
from scheduler.calendars.model import YEARS
from scheduler.commands.declare import attribute, command
from scheduler.configuration.days import DATE
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT

_FIRST, _LAST = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)


@command("calendar.show", Level.INFO)
@dataclass(frozen=True, slots=True)
class CalendarShow:
    """All of them; with `calendar` that one, and its days and black-outs from `from` (the first of this year) to `to`
    (the last of the same year)."""

    calendar: str = attribute(PATH, "")
    first: str = attribute(TEXT, "", name="from")
    last: str = attribute(TEXT, "", name="to")

    def decide(self, world: World, now: datetime) -> Decision:
        if not self.calendar:
            return Decision(reply=calendars_element(world))
        path = paths.absolute(self.calendar)
        calendar = world.schedules.calendars.get(path)
        if calendar is None:
            raise WorkloadError(Code.UNKNOWN_OBJECT, kind="calendar", path=path)
        year = now.astimezone(ZoneInfo(world.identity.time_zone)).year
        first = DATE.read(self.first, "from") if self.first else date(year, 1, 1)
        last = DATE.read(self.last, "to") if self.last else date(first.year, 12, 31)
        for name, day in (("from", first), ("to", last)):
            if not _FIRST <= day <= _LAST:
                raise WorkloadError(Code.OUT_OF_RANGE, attribute=name, value=str(day), least=_FIRST, most=_LAST)
        return Decision(reply=calendar_element(world, calendar, first, last))
