"""Why a round began, who ordered it, and with which parameters: what the history is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.plan_change import PlanChange
from scheduler.commands.start_job import StartJob
from scheduler.definitions import NodeDefinition
from scheduler.definitions.job_chain import NodeAddOrder, ReturnCodeRule
from scheduler.kept_params import CUT, LONGEST, MOST, kept
from scheduler.params import Params
from scheduler.records import Run, RunCause
from scheduler.secret_names import MASK
from tests.support.run_times import run_time
from tests.support.worlds import Engine, a_chain, a_job, an_order

EVERY_MINUTE = run_time('<run_time><period absolute_repeat="60"/></run_time>')


def of(*definitions: Any) -> Engine:
    return Engine(a_job(), a_chain(), *definitions)


def only(engine: Engine) -> Run:
    (run,) = engine.runs.values()
    return run


def modify(engine: Engine, **values: Any) -> None:
    engine.command(ModifyOrder(job_chain="/chain", order="1", **values))


@pytest.mark.parametrize(("author", "cause"), [("ann", RunCause.WEB), ("", RunCause.COMMAND)])
def test_an_order_that_a_command_adds(author: str, cause: RunCause) -> None:
    engine = of()
    engine.command(AddOrder(job_chain="/chain", id="1", author=author))
    assert (only(engine).cause, only(engine).actor) == (cause, author)


def test_what_a_command_starts_keeps_the_client_until_the_next_round() -> None:
    engine = of(an_order(run_time=EVERY_MINUTE, has_run_time=True))
    engine.command(ModifyOrder(job_chain="/chain", order="1", at="now"), "10.1.2.3")
    assert (only(engine).cause, only(engine).client) == (RunCause.COMMAND, "10.1.2.3")
    engine.command(AddOrder(job_chain="/chain", id="1"), "task 7")  # takes its place when the step ends
    engine.run()
    assert [run.client for run in engine.runs.values()] == ["10.1.2.3", "task 7"]
    engine = of(an_order(run_time=EVERY_MINUTE, has_run_time=True))
    engine.command(ModifyOrder(job_chain="/chain", order="1", at="now"), "10.1.2.3")
    engine.run()
    engine.later(60)
    assert [(run.cause, run.client) for run in engine.runs.values()] == [
        (RunCause.COMMAND, "10.1.2.3"), (RunCause.RUN_TIME, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        StartJob(job="/job"),
        ModifyJob(job="/job", cmd="start"),
        ModifyJob(job="/job", cmd="wake"),
        PlanChange(action="add", job="/job", start="now+10"),
    ],
)
def test_a_task_keeps_the_client_that_queued_it_and_the_host_that_runs_it(command: Any) -> None:
    engine = Engine(a_job())
    engine.command(command, "10.1.2.3")
    engine.later(10)
    (task,) = engine.tasks.values()
    assert (task.client, task.host) == ("10.1.2.3", engine.world.identity.host)


def test_a_permanent_order_starts_by_its_run_time_by_command_or_because_it_was_read() -> None:
    engine = of(an_order(run_time=EVERY_MINUTE, has_run_time=True))
    engine.later(60)
    assert only(engine).cause is RunCause.RUN_TIME
    engine.run()
    modify(engine, at="now", author="ann")
    assert [(run.cause, run.actor) for run in engine.runs.values()] == [
        (RunCause.RUN_TIME, ""), (RunCause.WEB, "ann"),
    ]  # fmt: skip
    engine.run()
    engine.later(60)
    assert [run.cause for run in engine.runs.values()][-1] is RunCause.RUN_TIME
    assert only(of(an_order())).cause is RunCause.CONFIGURATION


def test_a_change_of_the_plan_names_its_author() -> None:
    engine = of(an_order(run_time=EVERY_MINUTE, has_run_time=True))
    engine.command(PlanChange(action="add", job_chain="/chain", order="1", start="now+10", author="ann"))
    engine.later(10)
    assert (only(engine).cause, only(engine).actor) == (RunCause.PLAN, "ann")


def test_a_step_of_another_order_adds_one() -> None:
    adds = ReturnCodeRule(((0, 0),), add_orders=(NodeAddOrder("/chain", "2"),))
    node = NodeDefinition("a", "/job", "b", return_codes=(adds,))
    engine = Engine(a_job(), a_chain(), a_chain("/other", node, NodeDefinition("b")))
    engine.command(AddOrder(job_chain="/other", id="1"))
    engine.end()
    assert {run.chain: run.cause for run in engine.runs.values()} == {
        "/other": RunCause.COMMAND, "/chain": RunCause.ORDER,
    }  # fmt: skip


def test_a_round_tells_its_parameters_at_the_beginning_and_at_the_end() -> None:
    engine = of(an_order(params={"a": "file"}, at="never"))
    modify(engine, params=Params({"b": "given"}), at="now")
    assert engine.order().params_given == Params({"b": "given"})
    engine.end(values="a=step\n")
    engine.run()
    run = only(engine)
    assert (run.params, run.last_params) == (
        Params({"a": "file", "b": "given"}), Params({"a": "step", "b": "given"}),
    )  # fmt: skip


def test_a_task_knows_who_queued_it() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job", author="ann"))
    assert [task.actor for task in engine.tasks.values()] == ["ann"]


def test_secrets_are_not_kept_and_what_is_long_is_cut() -> None:
    assert kept(Params({"a": "1", "db_password": "x"})) == Params({"a": "1", "db_password": MASK})
    long = kept(Params({"a": "x" * (LONGEST + 1)}))
    assert long["a"] == "x" * LONGEST + CUT
    assert kept(long) == long
    many = kept(Params({f"p{number}": "1" for number in range(MOST + 3)}))
    assert (len(many), many[CUT]) == (MOST + 1, "3")
    assert kept(many) == many
    large = kept(Params({f"p{number}": "x" * LONGEST for number in range(50)}))
    assert sum(map(len, large.values())) < 10_000
    assert int(large[CUT]) + len(large) == 51
