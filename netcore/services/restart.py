"""After an outage: what was interrupted is finished, and the engine and the services are brought into step.

    another process is at work, or the same one after a silence -> it looks at its folders, the plan and the figures
                                                                   are worked out anew
    workload schedulers without the version that they shall have -> the supervisor is asked to hand it out, until they
                                                                   have it
    a command whose sender died                                  -> its result is said to be unknown
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger

from models import services, supervisor, waiting
from models.connect import Connection
from models.members import Member
from models.operations import State
from netcore.services.engine_connection import EngineConnection, NoAnswer, NotReached
from netcore.services.service import Service, Surroundings

EVERY = 5.0
#: the supervisor is asked again after so long
ASK_EVERY = timedelta(seconds=60)
#: a process that sent a command waits less than that for its answer
LOST = timedelta(minutes=5)
#: what works out anew what it knows
SYNCHRONISED = ("daily_plan", "history", "monitor")


class Restart(Service):
    name = "restart"

    def __init__(self, around: Surroundings, engine: EngineConnection) -> None:
        super().__init__(around)
        self._engine = engine
        self.begin()

    def begin(self) -> None:
        self._process: tuple[str, datetime] | None = None
        self._asked_at: datetime | None = None
        self._behind: list[str] = []

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        told = [self._finish_commands()]
        member = self._engine.member()
        if member is None:
            self._process = None
        else:
            told += [self._synchronise(member), self._finish_deployments()]
        return "; ".join(each for each in told if each)

    def _synchronise(self, member: Member) -> str:
        process = (member.member_id, member.started_at)
        if process == self._process or not self._sent("<check_folders/>"):
            return ""
        self._process = process
        now = self.around.now()
        with self.around.right.writing() as connection:
            for name in SYNCHRONISED:
                services.put_state(connection, self.around.scheduler_id, name, run_asked_at=now)
        return f"in step with {member.member_id}, process {member.pid}"

    def _finish_deployments(self) -> str:
        with self.around.right.reading() as connection:
            behind = _behind(connection, self.around.scheduler_id)
        before, self._behind = self._behind, behind
        now = self.around.now()
        if not behind:
            self._asked_at = None
            return f"{', '.join(before)}: the configuration is handed out" if before else ""
        if self._asked_at is None or now - self._asked_at >= ASK_EVERY:
            self._asked_at = now
            self._sent("<supervisor.show/>")  # it goes on with what is not handed out yet
        return f"{', '.join(behind)}: waits for its configuration" if behind != before else ""

    def _finish_commands(self) -> str:
        "Those that were on their way when the process that waited for the answer died."
        now = self.around.now()
        with self.around.right.reading() as connection:
            found = waiting.waiting(connection, self.around.scheduler_id, (State.SENDING,))
        lost = [each for each in found if now - each.created_at > LOST]
        text = "the process that waited for the answer has ended; the command may have taken effect"
        for each in lost:
            with self.around.right.writing() as connection:
                waiting.end(connection, each, State.SENDING, State.NO_ANSWER, now, text=text)
        return f"{len(lost)} interrupted commands" if lost else ""

    def _sent(self, command: str) -> bool:
        try:
            self._engine.execute(command)
        except (NotReached, NoAnswer):
            return False
        return True


def _behind(connection: Connection, scheduler_id: str) -> list[str]:
    "Workload schedulers that have not said to have their newest version."
    newest = supervisor.latest_versions(connection, scheduler_id)
    if not newest:
        return []
    return sorted(
        each.name
        for each in supervisor.workers(connection, scheduler_id)
        if each.name in newest and each.applied < newest[each.name].number
    )
