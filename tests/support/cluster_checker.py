"""What must hold of a cluster, whatever happened to its members. Every complaint is a sentence.

    complaints(evidence)    of what was gathered when all had come to rest; each rule is a function of its own
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, select

from models.tables import order_runs, order_steps, tasks
from tests.support.campaign_site import END, PERMANENT, WAYS
from tests.support.cluster_witness import Written, trespasses

#: a step: order and node
Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Round:
    "An order's way through its chain, as the history tells it. `steps`: node and exit code, None: it was interrupted."

    chain: str
    order: str
    node: str
    ended: bool
    failed: bool
    steps: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """`accepted`: orders whose adding was acknowledged, by their chains; of `unsure` ones nobody knows. `marks` and
    `overlaps`: lines that the jobs wrote. `forgotten`: complaints about commands."""

    accepted: Mapping[str, set[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    rounds: Sequence[Round] = ()
    open_tasks: Sequence[int] = ()
    marks: Sequence[str] = ()
    overlaps: Sequence[str] = ()
    files: Sequence[str] = ()
    written: Sequence[Written] = ()
    forgotten: Sequence[str] = ()

    @property
    def all_accepted(self) -> set[str]:
        return set().union(*self.accepted.values())

    def marked(self, what: str) -> set[Step]:
        "Steps of which the jobs have written that word."
        words = [line.split() for line in self.marks]
        return {(each[1], each[2]) for each in words if each[0] == what}


def gathered(
    connection: Connection, scheduler_id: str, directory: Path, accepted: Mapping[str, set[str]], unsure: set[str],
    written: Sequence[Written] = (), forgotten: Sequence[str] = (),
) -> Evidence:
    "What history and files say."
    open_tasks = connection.execute(
        select(tasks.c.id).where(tasks.c.scheduler_id == scheduler_id)
        .where(tasks.c.started_at.is_not(None), tasks.c.ended_at.is_(None))
    ).scalars().all()
    inbox = directory / "inbox"
    files = [file.name for file in inbox.iterdir()] if inbox.exists() else []
    return Evidence(
        accepted, unsure, _rounds(connection, scheduler_id), open_tasks, _lines(directory / "marks"),
        _lines(directory / "overlaps"), files, written, forgotten,
    )  # fmt: skip


def _rounds(connection: Connection, scheduler_id: str) -> list[Round]:
    steps: dict[int, list[tuple[str, int | None]]] = {}
    for row in connection.execute(select(order_steps).where(order_steps.c.scheduler_id == scheduler_id)):
        steps.setdefault(row.history_id, []).append((row.node, row.exit_code))
    runs = connection.execute(select(order_runs).where(order_runs.c.scheduler_id == scheduler_id))
    return [
        Round(run.chain, run.order_id, run.node, run.ended_at is not None, run.failed,
              tuple(steps.get(run.history_id, ())))
        for run in runs
    ]  # fmt: skip


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def complaints(evidence: Evidence) -> list[str]:
    return [each for rule in RULES for each in rule(evidence)]


def no_order_is_lost(evidence: Evidence) -> Iterator[str]:
    if lost := evidence.all_accepted - {each.order for each in evidence.rounds}:
        yield f"orders without history: {_some(lost)}"
    wrong = {each.order for each in _once(evidence) if not each.ended or each.node != END or each.failed}
    if wrong := wrong & evidence.all_accepted:
        yield f"orders that did not arrive: {_some(wrong)}"


def no_order_comes_from_nowhere(evidence: Evidence) -> Iterator[str]:
    known = evidence.all_accepted | evidence.unsure
    if strange := {each.order for each in _once(evidence)} - known:
        yield f"orders that nobody added: {_some(strange)}"


def no_order_runs_twice(evidence: Evidence) -> Iterator[str]:
    rounds = Counter(each.order for each in _once(evidence))
    if twice := {order for order, count in rounds.items() if count > 1}:
        yield f"orders that ran twice: {_some(twice)}"


def no_step_succeeds_twice(evidence: Evidence) -> Iterator[str]:
    for each in evidence.rounds:
        good = Counter(node for node, exit_code in each.steps if exit_code == 0)
        if again := {node for node, count in good.items() if count > 1}:
            yield f"steps of {each.order} that were recorded as successful twice: {_some(again)}"


def every_recorded_step_ran(evidence: Evidence) -> Iterator[str]:
    passed = {(_name(order), node) for chain, nodes in WAYS.items()
              for order in evidence.accepted.get(chain, ()) for node in nodes}  # fmt: skip
    if missing := passed - evidence.marked("end"):
        yield f"steps of the history that never ran: {_some(map(' '.join, missing))}"


def no_two_processes_of_one_step(evidence: Evidence) -> Iterator[str]:
    if evidence.overlaps:
        yield f"two processes of one step at a time: {_some(evidence.overlaps)}"


def no_step_without_its_monitor(evidence: Evidence) -> Iterator[str]:
    begun = {step for step in evidence.marked("begin") if step[1] == "guarded"}
    if unguarded := begun - evidence.marked("guard"):
        yield f"steps that their monitor has not seen: {_some(map(' '.join, unguarded))}"


def each_setback_is_followed_by_a_try(evidence: Evidence) -> Iterator[str]:
    "The first try of such a step fails, or does not live to see its end."
    tries = {each.order: len(each.steps) for each in evidence.rounds if each.chain == "/retried"}
    if at_once := {order for order in evidence.accepted.get("/retried", ()) if tries.get(order, 0) < 2}:
        yield f"orders that were never set back: {_some(at_once)}"


def permanent_orders_go_round(evidence: Evidence) -> Iterator[str]:
    rounds = [each for each in evidence.rounds if (each.chain, each.order) == PERMANENT]
    if evidence.accepted and not rounds:
        yield "the permanent order has never begun"
    if sum(not each.ended for each in rounds) > 1:
        yield "the permanent order is in several rounds at a time"
    if any(each.ended and (each.node != END or each.failed) for each in rounds):
        yield "a round of the permanent order did not arrive"


def no_file_is_left(evidence: Evidence) -> Iterator[str]:
    if evidence.files:
        yield f"files that became no orders, or did not go with them: {_some(evidence.files)}"


def no_task_stays_open(evidence: Evidence) -> Iterator[str]:
    if evidence.open_tasks:
        yield f"tasks that are still open: {_some(map(str, evidence.open_tasks))}"


def nobody_writes_without_the_right(evidence: Evidence) -> Iterator[str]:
    yield from list(trespasses(evidence.written))[:5]


def every_acknowledged_command_counts(evidence: Evidence) -> Iterator[str]:
    yield from evidence.forgotten


RULES = (
    no_order_is_lost, no_order_comes_from_nowhere, no_order_runs_twice, no_step_succeeds_twice,
    every_recorded_step_ran, no_two_processes_of_one_step, no_step_without_its_monitor,
    each_setback_is_followed_by_a_try, permanent_orders_go_round, no_file_is_left, no_task_stays_open,
    nobody_writes_without_the_right, every_acknowledged_command_counts,
)  # fmt: skip


def _once(evidence: Evidence) -> list[Round]:
    "Of orders that run once."
    return [each for each in evidence.rounds if (each.chain, each.order) != PERMANENT]


def _name(order: str) -> str:
    "As the jobs write it: of a file the last part."
    return order.rpartition("/")[2]


def _some(what: Iterable[str]) -> list[str]:
    return sorted(what)[:5]
