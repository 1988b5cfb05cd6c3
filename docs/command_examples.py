"""Real answers for the command reference: a small engine that stands still, asked one command at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.commands import questions
from scheduler.commands.registry import admit, declaration_of, execute, question_of
from scheduler.configuration import read_object
from scheduler.errors import WorkloadError
from scheduler.events.happening import Happening, Portion
from scheduler.identity import Identity
from scheduler.messages import Activated, CommandReceived, FileRead, FilesChanged, ProcessEnded, ProcessStarted
from scheduler.protocol.envelope import answer, refusal
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of
from scheduler.records import ObjectKind, Task
from scheduler.step import step
from scheduler.world import World
from scheduler.xml.document import parse
from scheduler.xml.write import answer_bytes

STARTED = datetime(2024, 1, 31, 6, 0, tzinfo=UTC)
NOW = datetime(2024, 1, 31, 10, 20, 30, 123000, tzinfo=UTC)
LIVE = "/etc/demo/live"
LOG = "2024-01-31 07:20:30.123Z [info]   (Task night/clean:1) 17 files removed\n"

FILES: tuple[tuple[ObjectKind, str, str], ...] = (
    (ObjectKind.LOCK, "/night/disk", "<lock/>"),
    (ObjectKind.SCHEDULE, "/night/nights", '<schedule><period single_start="01:00"/></schedule>'),
    (ObjectKind.PROCESS_CLASS, "/night/few", '<process_class max_processes="2"/>'),
    (
        ObjectKind.JOB,
        "/night/clean",
        '<job title="Removes old files"><params><param name="days" value="7"/></params>'
        '<script language="shell">./clean.sh</script><run_time schedule="nights"/></job>',
    ),
    (ObjectKind.JOB, "/flow/step1", '<job order="yes"><script language="shell">./step1.sh</script></job>'),
    (
        ObjectKind.JOB_CHAIN,
        "/flow/in",
        '<job_chain title="Incoming files"><job_chain_node state="first" job="step1" next_state="done"/>'
        '<job_chain_node state="done"/></job_chain>',
    ),
)


class Example:
    "Task 1 of `/night/clean` has ended, task 2 works on order A1 of `/flow/in`, and order B1 waits for tomorrow."

    def __init__(self) -> None:
        self.ended: list[Task] = []
        self.world = World(
            Identity(
                "demo", "box", 4711, "1.0", STARTED, 4444, 4444, time_zone="Europe/Berlin",
                config_file="/etc/demo/scheduler.xml", live_directory=LIVE, log_file="/var/log/demo/scheduler.log",
                log_dir="/var/log/demo", database="postgresql://demo@db/demo",
            ),
            STARTED,
        )  # fmt: skip
        self._tell(FilesChanged(tuple(_file(*each) for each in FILES)), STARTED)
        self._tell(Activated(), STARTED)
        self._command('<params><param name="mail_to" value="night@example.org"/></params>', STARTED)
        self._command('<start_job job="/night/clean"/>', NOW - timedelta(hours=3))
        self._tell(ProcessStarted(1, 4720), NOW - timedelta(hours=3))
        self._tell(ProcessEnded(1, 0, pid=4720), NOW - timedelta(hours=3) + timedelta(seconds=2))
        self._command('<add_order job_chain="/flow/in" id="A1"/>', NOW - timedelta(seconds=5))
        self._tell(ProcessStarted(2, 4730), NOW - timedelta(seconds=5))
        self._command('<add_order job_chain="/flow/in" id="B1" at="2024-02-01 08:00"/>', NOW - timedelta(seconds=2))

    def answer(self, request: str) -> str:
        "The whole answer, indented, without its prolog."
        replies: list[str] = []
        try:
            for element in commands_of(parse(request.encode())):
                replies.append(self._decide(element, NOW) or "")
        except WorkloadError as error:
            replies.append(refusal(error, NOW))
        whole = answer_bytes(answer(NOW, replies), indent=True).decode("iso-8859-1")
        return whole.partition("\n")[2].strip()

    def _command(self, request: str, now: datetime) -> None:
        self._decide(parse(request.encode()), now)

    def _decide(self, element: Any, now: datetime) -> str | None:
        declaration = declaration_of(element)
        admit(self.world, declaration, Level.ALL)
        command = declaration.decode(element, {})
        question = question_of(self.world, command)
        answers = self._answers(question) if question is not None else {}
        if element.tag.startswith(("show_", "s")) and element.tag != "start_job":
            self.world.now = now
            return execute(self.world, command, now, answers).reply
        return self._tell(CommandReceived(command, answers), now)

    def _tell(self, message: Any, now: datetime) -> str | None:
        decision = step(self.world, message, now)
        for change in decision.changes:
            self.ended += [r for r in change.put if isinstance(r, Task) and r.ended_at is not None]
        return decision.reply

    def _answers(self, question: questions.Question) -> Mapping[str, Any]:
        "What the database would say."
        match question:
            case questions.TaskHistory(job=job, with_log=with_log):
                return {"tasks": [(task, LOG if with_log else None) for task in self.ended if task.job == job]}
            case questions.EndedTask(id=id, with_log=with_log):
                found = [(task, LOG if with_log else None) for task in self.ended if task.id == id]
                return {"task": found[0] if found else None}
            case questions.OrderRuns():
                return {"runs": []}
            case questions.NewEvents():
                return {"events": Portion(tuple(_happenings()), 4712)}
        return {}


def _file(kind: ObjectKind, path: str, source: str) -> FileRead:
    written_at = datetime(2024, 1, 30, 12, 0, tzinfo=UTC)
    definition = read_object(kind, path, source.encode(), {})
    return FileRead(kind, path, f"{LIVE}{path}.{kind.value}.xml", written_at, definition)


def _happenings() -> list[Happening]:
    detail = {"task": 2, "job": "/flow/step1", "exit_code": 0, "order": "flow/in,A1", "node": "first", "next": "done"}
    return [
        Happening(4711, NOW, "order.ended", "/flow/in,A1", detail),
        Happening(4712, NOW, "event.published", "demo", {"event": '{"batch": 7}'}),
    ]
