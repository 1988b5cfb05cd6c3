"`<plan.preview>`: what would start otherwise if an object of the configuration were another one."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler import paths
from scheduler.answers.preview import preview_element
from scheduler.commands.declare import attribute, command
from scheduler.configuration.read import read_object
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files.resources import problem_among_others
from scheduler.plan.preview import preview
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.times import EXPECTED, parse_at
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, choice

KINDS = (ObjectKind.SCHEDULE, ObjectKind.CALENDAR, ObjectKind.JOB, ObjectKind.ORDER)
DAYS, MOST_DAYS = timedelta(days=31), timedelta(days=732)


@command("plan.preview", Level.INFO)
@dataclass(frozen=True, slots=True)
class PlanPreview:
    """Compares the starts that the run times give now with those that they would give if the file of an object held
    `source`. Nothing is changed. From `from` (now) to `before` (31 days later), two years at most."""

    kind: str = attribute(choice(*KINDS))
    path: str = attribute(PATH)
    source: str = attribute(TEXT)
    begin: str = attribute(TEXT, "", name="from")
    before: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        lent = world.surroundings
        kind, path = ObjectKind(self.kind), paths.absolute(self.path)
        definition = read_object(kind, path, self.source.encode(), lent.environ, lent.include)
        problem = problem_among_others(world, definition)
        if problem is not None:
            raise WorkloadError(Code.FAULTY_FILE, file=path, problem=str(problem))
        begin = self._instant(world, self.begin, now)
        end = self._instant(world, self.before, now) if self.before else begin + DAYS
        if end - begin > MOST_DAYS:
            most = "two years later"
            raise WorkloadError(Code.OUT_OF_RANGE, attribute="before", value=self.before, least="from", most=most)
        return Decision(reply=preview_element(preview(world, definition, begin, end)))

    @staticmethod
    def _instant(world: World, text: str, now: datetime) -> datetime:
        instant = parse_at(text, now, ZoneInfo(world.identity.time_zone))
        if instant is None:
            raise WorkloadError(Code.BAD_TIME, value=text, expected=EXPECTED.replace(" or never", ""))
        return instant
