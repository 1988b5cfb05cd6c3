"From a document to its answer: what is asked of the database, what is made in slices, and what is told when."

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from lxml import etree
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from models.errors import Unreachable
from netcore.command_execution import CommandExecution
from netcore.conductor import Conductor
from netcore.peer_log import PeerLog
from scheduler.commands.questions import Activities, Question
from scheduler.protocol.levels import Level
from scheduler.records import Task, TaskState
from scheduler.xml.document import parse
from tests.support.answers_schema import check_answer
from tests.support.worlds import START, Engine, a_chain, a_job


class Pen:
    "Takes changes as a scribe does; they are committed when the test says so."

    def __init__(self) -> None:
        self.open: list[Deferred[None]] = []
        self.waits = False

    def record(self, changes: object, then: Any = None) -> Deferred[None]:
        if not self.waits:
            return succeed(None)
        self.open.append(Deferred())
        return self.open[-1]

    def record_quietly(self, changes: object, then: Any = None) -> None:
        pass


class Stage:
    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.advance(START.timestamp())
        self.world = Engine(a_job(), a_chain(), a_job("/other")).world
        self.pen = Pen()
        self.asked: list[Question] = []
        self.found: Mapping[str, Any] | Exception = {}
        scribe: Any = self.pen
        starts: Any = None
        conductor = Conductor(self.world, scribe, self.clock, print, starts, lambda failure: failure.raiseException())
        self.execution = CommandExecution(self.clock, conductor, {}, self._look_up, PeerLog(self.clock, 100))

    def _look_up(self, question: Question) -> Deferred[Mapping[str, Any]]:
        self.asked.append(question)
        return fail(self.found) if isinstance(self.found, Exception) else succeed(self.found)

    def execute(self, xml: str) -> list[etree._Element]:
        "The answers that have come, by now."
        told: list[etree._Element] = []
        executed = self.execution.execute(parse(xml.encode()), Level.ALL, "here")
        executed.addCallback(lambda text: told.append(check_answer(text.encode())))
        executed.addErrback(lambda failure: failure.raiseException())
        return told


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_an_answer_in_pieces_is_told_at_once_when_it_is_small(stage: Stage) -> None:
    (answer,) = stage.execute("<commands><show_state/><show_job_chain job_chain='/chain'/></commands>")
    assert [element.tag for element in answer[0]] == ["state", "job_chain"]
    assert stage.asked == []


def test_nothing_is_told_that_is_not_committed(stage: Stage) -> None:
    stage.pen.waits = True
    told = stage.execute("<show_state/>")
    assert told == []
    stage.pen.open[-1].callback(None)
    stage.clock.advance(0)
    assert len(told) == 1


@pytest.mark.parametrize("xml", ["{}", "<commands>{}<show_state/></commands>"], ids=["alone", "before others"])
def test_an_abort_that_is_still_answered_breaks_nothing_down(stage: Stage, xml: str) -> None:
    (answer,) = stage.execute(xml.format('<modify_spooler cmd="abort_immediately_and_restart"/>'))
    assert not answer.findall(".//ERROR")


def test_the_world_knows_the_time_when_it_is_asked(stage: Stage) -> None:
    stage.clock.advance(60)
    (answer,) = stage.execute("<show_state what='none'/>")
    assert answer.find("answer/state").get("time") == "2024-01-31T10:21:30.000Z"


@pytest.mark.parametrize(
    ("xml", "asked"),
    [
        ("<show_state what='task_history' max_task_history='3'/>", [Activities(("/job", "/other"), 3, (), 0)]),
        ("<show_state what='folders order_history'/>", [Activities((), 0, ("/chain",), 20)]),
        ("<show_state what='folders order_history task_history' subsystems='order'/>",
         [Activities((), 10, ("/chain",), 20)]),
        ("<show_state what='folders task_history' path='/none'/>", []),
    ],
)  # fmt: skip
def test_histories_of_lists_are_asked_for_what_is_shown(stage: Stage, xml: str, asked: list[Question]) -> None:
    stage.execute(xml)
    assert stage.asked == asked


def test_what_was_found_stands_in_the_list(stage: Stage) -> None:
    task = Task(7, "/job", TaskState.ENDED, started_at=START, ended_at=START, exit_code=0)
    stage.found = {"tasks_of": {"/job": [(task, None)], "/other": []}, "runs_of": {}}
    (answer,) = stage.execute("<show_state what='task_history'/>")
    assert [len(history) for history in answer.iter("history")] == [1, 0]


@pytest.mark.parametrize(
    ("xml", "path"),
    [
        ("<show_state what='task_history'/>", "state/jobs/job/history/ERROR"),
        ("<show_job job='/job' what='task_history'/>", "job/history/ERROR"),
        ("<show_job_chain job_chain='/chain' max_order_history='3'/>", "job_chain/order_history/ERROR"),
        ("<show_history job='/job'/>", "ERROR"),
    ],
)
def test_without_database_everything_else_is_answered(stage: Stage, xml: str, path: str) -> None:
    stage.found = Unreachable("gone")
    (answer,) = stage.execute(xml)
    assert answer.find(f"answer/{path}").get("code") == "SCHEDULER-136"


class Threads:
    "A pool whose one thread works when the test says so."

    def __init__(self) -> None:
        self.work: list[Callable[[], None]] = []

    def callInThreadWithCallback(self, done: Callable[..., None], function: Callable[..., Any], *args: Any) -> None:
        def call() -> None:
            try:
                done(True, function(*args))
            except Exception:
                done(False, Failure())

        self.work.append(call)


@pytest.mark.parametrize(("name", "tag"), [("p", "ok"), ("", "ERROR")])
def test_a_large_command_is_decoded_elsewhere_while_others_are_answered(stage: Stage, name: str, tag: str) -> None:
    threads = Threads()
    clock: Any = stage.clock
    clock.getThreadPool = lambda: threads
    clock.callFromThread = lambda function, *args: function(*args)
    many = f'<param name="{name}" value="x"/>' * 2000
    large = stage.execute(f"<commands><show_jobs/><params>{many}</params><show_jobs/></commands>")
    assert (large, len(threads.work)) == ([], 1)
    assert len(stage.execute("<show_jobs/>")) == 1
    threads.work.pop()()
    assert [element.tag for element in large[0][0]] == (["jobs", tag, "jobs"] if name else ["jobs", tag])


def test_a_refusal_of_an_answer_in_pieces_is_an_error_like_others(stage: Stage) -> None:
    (answer,) = stage.execute("<commands><show_jobs/><show_job_chain job_chain='/none'/><show_jobs/></commands>")
    assert [element.tag for element in answer[0]] == ["jobs", "ERROR"]
    assert answer.find("answer/ERROR").get("code") == "SCHEDULER-161"
