"""What follows the end of a task: ignored signals, stderr with a level, limits of its duration, commands, mails."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest

from scheduler.actions import LogLine, SendMail, TaskLogLine
from scheduler.commands.add_order import AddOrder
from scheduler.commands.start_job import StartJob
from scheduler.configuration import read_object
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.decision import Decision
from scheduler.definitions import DurationLimit, ExitCodeCommands, JobDefinition
from scheduler.messages import ProcessEnded, ProcessStarted
from scheduler.params import Params
from scheduler.records import JobState, ObjectKind
from scheduler.surroundings import Surroundings
from tests.support.served import Served, a_python_job
from tests.support.worlds import Engine, a_chain, a_job, an_order, two_steps

INI = """
[spooler]
smtp = mail.example
log_mail_to = ops@example.org, night@example.org
mail_on_error = yes
mail_on_warning = yes
"""


def lines(decision: Decision) -> list[tuple[str, str]]:
    "Level and code of the lines for the task's log."
    return [(a.level, a.text.split()[0]) for a in decision.actions if isinstance(a, TaskLogLine)]


def mails(decision: Decision) -> list[Any]:
    return [action.mail for action in decision.actions if isinstance(action, SendMail)]


def started(*jobs: JobDefinition, ini: str = "", environ: dict[str, str] | None = None, **params: str) -> Engine:
    "An engine in which a task of /job runs."
    engine = Engine(*jobs)
    engine.world.surroundings = Surroundings(environ or {}, defaults=read_factory_defaults(ini, {}))
    engine.command(StartJob(job="/job", params=Params(params)))
    return engine


def job_of(xml: str, path: str = "/job") -> JobDefinition:
    definition = read_object(ObjectKind.JOB, path, xml.encode(), {}, None)  # type: ignore[arg-type]
    assert isinstance(definition, JobDefinition)
    return definition


# -- signals and stderr


@pytest.mark.parametrize(
    ("ignored", "number", "problem"),
    [((15,), signal.SIGTERM, None), ((15,), signal.SIGKILL, "SCHEDULER-279"), ((), signal.SIGTERM, "SCHEDULER-279")],
)
def test_a_signal_that_the_job_ignores_is_a_warning(ignored: tuple[int, ...], number: int, problem: str | None) -> None:
    engine = started(a_job(ignore_signals=ignored))
    decision = engine.end(exit_code=-number)
    task = engine.tasks[1]
    assert (task.problem.code if task.problem else None) == problem
    assert task.exit_code == -number
    assert lines(decision) == ([] if problem else [("warn", "SCHEDULER-279")])


def end_with_stderr(engine: Engine, exit_code: int = 0) -> Decision:
    engine.tell(ProcessStarted(1, 1001))
    return engine.tell(ProcessEnded(1, exit_code, "", "", 1001, "no such table"))


@pytest.mark.parametrize(
    ("level", "exit_code", "code_then", "problem"),
    [
        ("info", 0, 0, None),
        ("warn", 0, 0, None),
        ("error", 0, 1, "SCHEDULER-140"),
        ("error", 7, 7, "SCHEDULER-280"),
        ("debug", 0, 0, None),
    ],
)
def test_stderr_with_level_error_makes_a_success_a_failure(
    level: str, exit_code: int, code_then: int, problem: str | None
) -> None:
    engine = started(a_job(stderr_log_level=level))
    end_with_stderr(engine, exit_code)
    task = engine.tasks[1]
    assert task.exit_code == code_then
    assert (task.problem.code if task.problem else None) == problem


def test_stderr_with_level_error_sends_the_order_to_its_error_state() -> None:
    engine = Engine(a_job(stderr_log_level="error"), a_chain(), an_order())
    engine.tell(ProcessStarted(1, 1001))
    engine.tell(ProcessEnded(1, 0, "", "", 1001, "no such table"))
    assert engine.steps[1, 1].exit_code == 1
    assert engine.runs[1].node == "failed"


# -- durations


def test_a_task_that_runs_longer_than_it_should_is_warned_of_once() -> None:
    engine = started(a_job(warn_if_longer_than=DurationLimit(10)), ini=INI)
    engine.tell(ProcessStarted(1, 1001))
    assert lines(engine.later(9.9)) == []
    decision = engine.later(0.1)
    assert lines(decision) == [("warn", "SCHEDULER-712")]
    [mail] = mails(decision)
    assert "712" not in mail.subject
    assert mail.subject.startswith("WARNING Task job:1")
    assert mail.log_of == 0, "its log is not stored while it runs"
    assert lines(engine.later(10)) == []
    engine.world.wake_at(engine.now, "task", 1)
    assert lines(engine.later(0)) == []
    assert engine.kinds.count("task.warned") == 1


def test_the_limit_in_percent_counts_from_the_average_of_good_tasks() -> None:
    job = a_job(warn_if_longer_than=DurationLimit(150, percent=True))
    engine = Engine(job)
    for seconds, exit_code in ((10, 0), (30, 0), (1000, 1)):
        engine.command(StartJob(job="/job"))
        task = next(iter(engine.launched))
        engine.now += timedelta(seconds=seconds)
        engine.end(task, exit_code)
    found = engine.world.jobs["/job"]
    assert (found.good_steps, found.good_seconds) == (2, 40.0)
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessStarted(4, 1004))
    assert lines(engine.later(29)) == []
    assert lines(engine.later(1)) == [("warn", "SCHEDULER-712")]


def test_without_history_a_limit_in_percent_warns_of_nothing() -> None:
    engine = started(a_job(warn_if_longer_than=DurationLimit(1, percent=True),
                           warn_if_shorter_than=DurationLimit(1000, percent=True)))  # fmt: skip
    engine.tell(ProcessStarted(1, 1001))
    assert lines(engine.later(10_000)) == []
    assert lines(engine.tell(ProcessEnded(1, 0))) == []


def test_a_task_that_is_too_short_is_warned_of_unless_it_failed() -> None:
    for exit_code, expected in ((0, [("warn", "SCHEDULER-711")]), (1, [])):
        engine = started(a_job(warn_if_shorter_than=DurationLimit(60)))
        assert lines(engine.end(exit_code=exit_code)) == expected


def test_of_a_python_job_the_steps_are_limited_and_not_the_task() -> None:
    job = a_python_job(warn_if_longer_than=DurationLimit(10), warn_if_shorter_than=DurationLimit(2), idle_timeout=None)
    engine = Served(job, a_chain("/chain", *two_steps()), an_order("1"))
    engine.opened()
    assert lines(engine.later(9)) == []
    assert lines(engine.returns()) == []
    assert lines(engine.later(9)) == [], "the second step is its own"
    assert lines(engine.later(1)) == [("warn", "SCHEDULER-712")]
    assert lines(engine.later(30)) == [], "once for each step"
    engine.returns()
    engine.later(100)
    engine.command(AddOrder(job_chain="/chain", id="2"))
    assert lines(engine.later(1)) == []
    assert lines(engine.returns()) == [("warn", "SCHEDULER-711")]
    found = [line for _ in range(60) for line in lines(engine.later(1))]
    assert found == [("warn", "SCHEDULER-712")]


def test_the_average_of_a_python_job_is_that_of_its_steps() -> None:
    job = a_python_job(warn_if_longer_than=DurationLimit(150, percent=True), idle_timeout=None)
    engine = Served(job, a_chain("/chain", *two_steps()), an_order("1"))
    engine.opened()
    for seconds in (4, 6):
        engine.later(seconds)
        engine.returns()
    engine.later(1000)
    found = engine.world.jobs["/job"]
    assert (found.good_steps, found.good_seconds) == (2, 10.0)


# -- commands


def with_commands(words: str, *commands: str, order: bool = False) -> JobDefinition:
    return job_of(
        f'<job stop_on_error="no"><script language="shell">x</script>'
        f'<commands on_exit_code="{words}">{"".join(commands)}</commands></job>'
    )


PARAMS = '<params><copy_params from="{0}"/><param name="own" value="$WHERE"/></params>'
START = f'<start_job job="/other">{PARAMS}</start_job>'


@pytest.mark.parametrize(
    ("words", "exit_code", "runs"),
    [("success", 0, True), ("success", 1, False), ("error", 3, True), ("error", -15, True), ("signal", -9, True),
     ("7 8", 8, True), ("7 8", 9, False), ("SIGTERM", -15, True), ("SIGTERM", 15, False)],
)  # fmt: skip
def test_commands_run_for_their_exit_codes(words: str, exit_code: int, runs: bool) -> None:
    engine = started(with_commands(words, '<start_job job="/other"/>'), a_job("/other"))
    engine.end(exit_code=exit_code)
    assert [launch.job for launch in engine.launched.values()] == (["/other"] if runs else [])


def test_return_values_of_a_standalone_shell_job_are_handed_over_with_copy_params() -> None:
    engine = started(
        with_commands("success", START.format("task")), a_job("/other"), environ={"WHERE": "here"}, asked="x$HOME"
    )
    engine.end(values="ROWS=17\n")
    [launch] = engine.launched.values()
    environment = launch.environment
    assert environment["SCHEDULER_PARAM_ROWS"] == "17"
    assert environment["SCHEDULER_PARAM_ASKED"] == "x$HOME", "a copied value means itself"
    assert environment["SCHEDULER_PARAM_OWN"] == "here"


def test_a_command_may_include_parameters_from_a_file() -> None:
    command = '<start_job job="/other"><params><include file="p.xml"/></params></start_job>'
    engine = started(with_commands("0", command), a_job("/other"))
    engine.world.surroundings = Surroundings(include=lambda _: b'<params><param name="a" value="included"/></params>')
    engine.end()
    [launch] = engine.launched.values()
    assert launch.environment["SCHEDULER_PARAM_A"] == "included"


def test_parameters_of_the_order_are_copied_with_its_results() -> None:
    job = with_commands("0", START.format("order"))
    engine = Engine(job, a_job("/other"), a_chain(), an_order(params={"a": "1", "b": "2"}))
    engine.end(values="b=3\n")
    launch = next(launch for launch in engine.launched.values() if launch.job == "/other")
    assert (launch.environment["SCHEDULER_PARAM_A"], launch.environment["SCHEDULER_PARAM_B"]) == ("1", "3")


@pytest.mark.parametrize(
    "command",
    ['<start_job job="/nowhere"/>', "<no_such_command/>", '<start_job/>', '<show_history job="/job"/>'],
)
def test_a_command_that_fails_is_told_and_the_next_one_has_its_turn(command: str) -> None:
    engine = started(with_commands("0", command, '<start_job job="/other"/>'), a_job("/other"), ini=INI)
    decision = engine.end()
    assert lines(decision) == [("error", "SCHEDULER-327")]
    assert [a.level for a in decision.actions if isinstance(a, LogLine)] == ["error"]
    assert [launch.job for launch in engine.launched.values()] == ["/other"]
    [mail] = mails(decision)
    assert mail.subject.startswith("ERROR SCHEDULER-327")


def test_a_command_of_the_end_may_stop_the_job_itself() -> None:
    engine = started(with_commands("error", '<modify_job job="/job" cmd="stop"/>'))
    engine.end(exit_code=1)
    assert engine.world.jobs["/job"].state is JobState.STOPPED


def test_what_ended_without_a_process_counts_as_an_error() -> None:
    from scheduler.errors import Problem
    from scheduler.messages import StartFailed

    engine = started(with_commands("error", '<start_job job="/other"/>'), a_job("/other"))
    engine.tell(StartFailed(1, Problem("STELLWERK-020", "no process")))
    assert "/other" in [launch.job for launch in engine.launched.values()]


def test_exit_code_sets_are_data() -> None:
    assert with_commands("1", "<check_folders/>").exit_code_commands == (
        ExitCodeCommands((1,), commands=("<check_folders/>",)),
    )
