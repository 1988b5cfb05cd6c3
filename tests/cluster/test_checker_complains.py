"""A checker that cannot complain proves nothing: each of its rules sees forged evidence of what it is there for.

Sound evidence stands at the beginning; each forgery changes one thing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from models.batch import Writer
from models.connect import create, writing
from models.lease import Lease
from models.sharing_line import SharingLine
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import Heard, Report
from scheduler.records import ChainState, JobState, OrderState, Pause
from tests.support.campaign_ledger import LINGERS, Ledger, observed
from tests.support.cluster_checker import RULES, Evidence, Round, complaints
from tests.support.cluster_witness import TOLERANCE, Sampler, Witness, Written, trespasses
from tests.support.rows import SCHEDULER, a_chain, a_job, a_member, ago, an_order

WAY = (("1", 0), ("2", 0))
ROUNDS = (
    Round("/way", "a", "done", True, False, WAY),
    Round("/way", "interrupted", "done", True, False, (("1", None), *WAY)),
    Round("/way", "unsure", "done", True, False, WAY),
    Round("/guarded", "g", "done", True, False, (("guarded", 0),)),
    Round("/retried", "r", "done", True, False, (("retried", 1), ("retried", 0))),
    Round("/switched", "s", "done", True, False),
    Round("/files", "/inbox/f", "done", True, False, (("filed", 0),)),
    Round("/repeat", "perm", "done", True, False, (("1", 0),)),
    Round("/repeat", "perm", "1", False, False),
)
STEPS = ["a 1", "a 2", "interrupted 1", "interrupted 2", "g guarded", "r retried", "f filed"]
SOUND = Evidence(
    accepted={"/way": {"a", "interrupted"}, "/guarded": {"g"}, "/retried": {"r"}, "/files": {"/inbox/f"},
              "/switched": {"s"}},
    unsure={"unsure", "never"},
    rounds=ROUNDS,
    marks=["guard g guarded 17", *(f"{word} {step} 17" for step in STEPS for word in ("begin", "end"))],
    written=[Written("journal", 1, True, "order.added a"), Written("journal", 2, True, "order.taken a"),
             Written("journal", 2, True, "order.taken a"), Written("step_reports", 7, True, "ended run")],
)  # fmt: skip


def with_round(order: str, **values: object) -> Evidence:
    "Something else is told of the order's only, or first, round."
    first = next(each for each in ROUNDS if each.order == order)
    changed = replace(first, **values)  # type: ignore[arg-type]
    return replace(SOUND, rounds=[changed if each is first else each for each in ROUNDS])


def without(*lines: str) -> Evidence:
    return replace(SOUND, marks=[line for line in SOUND.marks if line not in lines])


def and_written(*rows: Written) -> Evidence:
    return replace(SOUND, written=[*SOUND.written, *rows])


FORGED = {
    "orders without history": replace(SOUND, rounds=ROUNDS[1:]),
    "orders that did not arrive, as they did not end": with_round("a", ended=False),
    "orders that did not arrive, but elsewhere": with_round("a", node="2"),
    "orders that did not arrive, but failed": with_round("a", failed=True),
    "orders that nobody added": replace(SOUND, rounds=[*ROUNDS, Round("/way", "stranger", "done", True, False)]),
    "orders that ran twice": replace(SOUND, rounds=[*ROUNDS, ROUNDS[0]]),
    "orders that ran twice, of a file": replace(SOUND, rounds=[*ROUNDS, ROUNDS[6]]),
    "orders that ran twice, nobody knowing whether they were added": replace(SOUND, rounds=[*ROUNDS, ROUNDS[2]]),
    "recorded as successful twice": with_round("a", steps=(("1", 0), *WAY)),
    "steps of the history that never ran": without("end a 2 17"),
    "steps of the history that never ran, of a file": without("end f filed 17"),
    "two processes of one step at a time": replace(SOUND, overlaps=["a 1 18"]),
    "steps that their monitor has not seen": without("guard g guarded 17"),
    "orders that were never set back": with_round("r", steps=(("retried", 0),)),
    "the permanent order has never begun": replace(SOUND, rounds=ROUNDS[:-2]),
    "the permanent order is in several rounds": replace(SOUND, rounds=[*ROUNDS, ROUNDS[-1]]),
    "a round of the permanent order did not arrive": with_round("perm", failed=True),
    "files that became no orders": replace(SOUND, files=["f2"]),
    "tasks that are still open": replace(SOUND, open_tasks=[7]),
    "was written without the right to": and_written(Written("journal", 3, False, "order.added b")),
    "was written without the right to, by a dead member": and_written(Written("step_reports", 8, False, "ended run")),
    "was written by two": and_written(Written("journal", 2, True, "order.ended b")),
    "not stopped as was acknowledged": replace(SOUND, forgotten=["it is running, not stopped as was acknowledged"]),
}


def test_sound_evidence_makes_nobody_complain() -> None:
    assert complaints(SOUND) == []


@pytest.mark.parametrize("expected", FORGED)
def test_forged_evidence_is_found_out(expected: str) -> None:
    found = complaints(FORGED[expected])
    assert len(found) == 1, found
    assert expected.partition(", ")[0] in found[0]


def test_no_rule_is_there_that_never_complains() -> None:
    silent = [rule.__name__ for rule in RULES if not any(list(rule(evidence)) for evidence in FORGED.values())]
    assert silent == []


# -- what was told about commands

KEY = ("/switched", "state")


def test_a_command_that_was_acknowledged_must_show() -> None:
    ledger = Ledger({KEY: "running", ("order o1", "priority"): None})
    assert not list(ledger.complaints({KEY: "running"}))
    ledger.acknowledged(KEY, "stopped", 1)
    ledger.acknowledged(("order o1", "priority"), "7", 1)
    assert len(list(ledger.complaints({KEY: "running"}))) == 2
    assert not list(ledger.complaints({KEY: "stopped", ("order o1", "priority"): "7"}))
    ledger.acknowledged(("order o1", "priority"), None, 2)
    assert len(list(ledger.complaints({KEY: "stopped", ("order o1", "priority"): "7"}))) == 1


def test_a_command_without_an_answer_may_have_taken_effect_or_do_so_later() -> None:
    ledger = Ledger({KEY: "running"})
    ledger.unanswered(KEY, "stopped", 1)
    assert ledger.possible(KEY) == {"running", "stopped"}
    ledger.acknowledged(KEY, "running", 2)
    assert not ledger.certain(KEY, "running")
    ledger.acknowledged(KEY, "running", 2 + LINGERS)
    assert ledger.certain(KEY, "running")


def test_what_commands_set_is_read_from_the_database(database_url: str) -> None:
    chain, nodes = a_chain("/switched")
    order = an_order("o1", "/hold", priority=7, title="held", state=OrderState.SUSPENDED)
    gone = an_order("o2", "/hold", state=OrderState.ENDED)
    with writer_of(database_url) as writer:
        stored = (replace(chain, state=ChainState.STOPPED), *nodes, a_job("/j", state=JobState.STOPPED), order, gone)
        writer.write([Change(Kind.CHAIN_STOPPED, SCHEDULER, put=stored), PAUSE], now=ago(0))
    engine = create(database_url, "reader")
    with engine.connect() as connection:
        found, elsewhere = observed(connection, SCHEDULER), observed(connection, "another")
    engine.dispose()
    assert found.items() >= {
        ("scheduler", "paused"): "yes", ("/switched", "state"): "stopped", ("/switched first", "action"): "process",
        ("/j", "stopped"): "yes", ("order o1", "suspended"): "yes", ("order o1", "priority"): "7",
        ("order o1", "node"): "first", ("order o1", "title"): "held",
    }.items()  # fmt: skip
    assert ("order o2", "node") not in found
    assert elsewhere == {("scheduler", "paused"): "no"}


# -- who writes

PAUSE = Change(Kind.SCHEDULER_PAUSED, SCHEDULER, put=(Pause(True),))
GO_ON = Change(Kind.SCHEDULER_CONTINUED, SCHEDULER, put=(Pause(False),))
HAND = replace(a_member(), member_id="hand", distributed=True, run_token="its run")


@contextmanager
def writer_of(url: str) -> Iterator[Writer]:
    writer = Writer(url, SCHEDULER, "one")
    writer.open(ago(1))
    try:
        yield writer
    finally:
        writer.close()


def write(url: str, *statements: str) -> None:
    engine = create(url, "web")
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def forged(number: int) -> str:
    return f"""INSERT INTO journal (scheduler_id, id, time, kind, object)
VALUES ('{SCHEDULER}', {number}, '2026-01-01 00:00:00', 'order.ended', 'x') ON CONFLICT DO NOTHING"""  # noqa: S608


def test_the_witness_notes_what_passes_by_the_fence(database_url: str) -> None:
    "Of a deposed member comes either a row behind the last one, or another one in place of one that is there."
    with Witness(database_url) as witness, writer_of(database_url) as writer:
        writer.write([PAUSE, GO_ON], now=ago(0))
        writer.write([PAUSE], now=ago(0))
        assert [(row.id, row.permitted) for row in witness.rows()] == [(1, True), (2, True), (3, True)]
        assert list(trespasses(witness.rows())) == []
        write(database_url, forged(4), forged(3))
        past, instead = trespasses(witness.rows())
    assert "journal row 4 was written without the right" in past
    assert "journal row 3 was written by two" in instead


def test_the_witness_notes_reports_of_the_dead(database_url: str) -> None:
    late = f"""INSERT INTO step_reports (scheduler_id, task_id, heard, member_run, body)
VALUES ('{SCHEDULER}', 7, 'ended', 'its run', '{{}}')"""  # noqa: S608
    with Witness(database_url) as witness, writer_of(database_url) as writer:
        writer.write([], now=ago(0), member=HAND)
        line = SharingLine(database_url, SCHEDULER)
        line.put(HAND, [Report(7, Heard.STARTED, HAND.run_token, "{}")])
        line.close()
        assert list(trespasses(witness.rows())) == []
        write(database_url, "UPDATE members SET dead = true", late)
        (complaint,) = trespasses(witness.rows())
    assert "step_reports row 7 was written without the right" in complaint


def test_the_witness_leaves_nothing_behind(database_url: str) -> None:
    with Witness(database_url):
        pass
    with writer_of(database_url) as writer:
        writer.write([PAUSE], now=ago(0))
        with Witness(database_url) as witness:
            assert witness.rows() == []


# -- who says that it leads

ONE, OTHER = (a_member(port, member_id=name, exclusive=True) for port, name in ((1, "one"), (2, "other")))


def test_the_sampler_complains_about_two_that_lead() -> None:
    sampler = Sampler("sqlite:///nobody/asks", SCHEDULER)
    held = Lease(SCHEDULER, "other", "token", 2, ago(0), 0)
    beating = [replace(ONE, beat_at=ago(second)) for second in (5, 4, 3)]
    sampler.judge([beating[0], OTHER], held, 0)
    sampler.judge([beating[1], OTHER], held, TOLERANCE / 2)
    sampler.judge([beating[1], OTHER], held, TOLERANCE)
    assert not sampler.complaints
    sampler.judge([beating[2], OTHER], held, TOLERANCE + 1)
    assert sampler.complaints == {"one wrote as active while other had the right"}


def test_the_sampler_complains_about_an_epoch_that_comes_back() -> None:
    sampler = Sampler("sqlite:///nobody/asks", SCHEDULER)
    for epoch in (2, 3, 2):
        sampler.judge([], Lease(SCHEDULER, "one", "token", epoch, ago(0), 0), 0)
    assert sampler.complaints == {"epoch 2 came after 3"}
