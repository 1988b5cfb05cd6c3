"""`<kill_task>`: a task is asked to end, or killed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.task.api_end import request_end
from scheduler.task.kill import kill_by_command
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, SECONDS_OR_NEVER, YES_NO, integer

#: no `timeout` given: SIGKILL at once
AT_ONCE = -1.0


@command("kill_task", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class KillTask:
    """Without `immediately` the task is asked to end after its step (a shell task runs on).

    `timeout` n: SIGTERM, and SIGKILL after n seconds; never: SIGTERM only. An unknown task is no error.
    """

    id: int = attribute(integer(0))
    job: str = attribute(PATH)
    immediately: bool = attribute(YES_NO, False)
    timeout: float | None = attribute(SECONDS_OR_NEVER, AT_ONCE)

    def decide(self, world: World, now: datetime) -> Decision:
        job = find_job(world, self.job)
        if self.timeout != AT_ONCE and not self.immediately:
            raise WorkloadError(Code.ONLY_WITH, attribute="timeout", other="immediately='yes'")
        task = world.tasks.get(self.id)
        if task is None or task.job_key != job.key:
            return Decision(reply="<ok/>")
        grace = 0.0 if self.timeout == AT_ONCE else self.timeout
        if task.server is not None and not self.immediately:
            decision = next(request_end(world, task, now), Decision())
            decision.reply = "<ok/>"
            return decision
        decision = kill_by_command(task, self.immediately, grace)
        decision.reply = "<ok/>"
        return decision
