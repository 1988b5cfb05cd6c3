"""What follows the end of a task: warnings, the commands for its exit code, mail.

The task's own record, its order and its job are as they are afterwards when this begins (see `task.ended`). Every
decision must be applied before the next is asked for, because a command may change what the next one sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.actions import LogLine, SendMail
from scheduler.commands.registry import admit, declaration_of, execute, question_of
from scheduler.configuration.exit_codes import with_copied_params
from scheduler.decision import Decision
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.mail.letters import Severity, notice, task_mail
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import Job, JobState, Task, TaskState
from scheduler.task.durations import lines, measured, task_too_short
from scheduler.task.outcome import Outcome
from scheduler.world import World
from scheduler.xml.document import parse
from scheduler.xml.element import Element


@dataclass(slots=True)
class _Findings:
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    #: a script has logged a warning
    logged: bool = False

    @property
    def severity(self) -> Severity:
        if self.errors:
            return Severity.ERROR
        return Severity.WARNING if self.warnings or self.logged else Severity.GOOD


def after_end(
    world: World, before: Job, task: Task, outcome: Outcome, order_params: Params, now: datetime
) -> Iterator[Decision]:
    """`before` is the job as it was when the task ran, for it may be gone by now. `order_params` are those of the
    task's last order, results included."""
    findings = _Findings(logged=task.server is not None and task.server.warned)
    if task.problem is not None:
        findings.errors.append(task.problem)
    yield from _warnings(world, before, task, outcome, findings)
    for text in before.definition.commands_for(1 if task.exit_code is None else task.exit_code):
        yield _command(world, text, task, order_params, findings, now)
    job = world.jobs.get(before.key)
    if job is not None:
        yield from measured(job, task)
    mail = task_mail(world, job or before, task, findings.severity, (*findings.errors, *findings.warnings))
    if job is not None and job.state is JobState.ERROR and before.state is not JobState.ERROR:
        text = f"Job {job.path} is in state error, and starts nothing until it is unstopped: {task.problem}"
        yield Decision(actions=[LogLine("error", text, {"object": job.path})])
        mail = mail or notice(world, Severity.ERROR, f"Job {job.path} is in state error", text)
    if mail is not None:
        yield Decision(actions=[SendMail(mail)])


# -- warnings


def _warnings(
    world: World, job: Job, task: Task, outcome: Outcome, findings: _Findings
) -> Iterator[Decision]:
    found = [warning for warning in (outcome.warning, task_too_short(job, task)) if warning is not None]
    for problem in found:
        findings.warnings.append(problem)
        yield Decision(actions=lines(task, "warn", problem))


# -- commands


def _command(
    world: World, text: str, task: Task, order_params: Params, findings: _Findings, now: datetime
) -> Decision:
    "One command, with all rights. A command that fails is told, and the next one has its turn."
    name = "command"
    try:
        element = parse(text.encode())
        name = element.tag
        return _executed(world, with_copied_params(element, task.params, order_params), now)
    except WorkloadError as refusal:
        problem = WorkloadError(
            Code.EXIT_COMMAND, command=name, exit_code=task.exit_code, problem=f"{refusal.code.code} {refusal.text}"
        ).problem
        findings.errors.append(problem)
        return Decision(actions=lines(task, "error", problem))


def _executed(world: World, element: Element, now: datetime) -> Decision:
    declaration = declaration_of(element)
    admit(world, declaration, Level.ALL)
    command = declaration.decode(element, world.surroundings.environ, world.surroundings.include)
    if question_of(world, command) is not None:
        raise WorkloadError(Code.UNSUPPORTED, element.place, feature=f"<{element.tag}> at the end of a task")
    decision = execute(world, command, now, {})
    decision.reply = None
    return decision


def ended_record(decision: Decision, task_id: int) -> Task | None:
    "The record of the ended task in the decision about its end."
    records = (record for change in decision.changes for record in change.put)
    return next(
        (r for r in records if isinstance(r, Task) and r.id == task_id and r.state is TaskState.ENDED), None
    )  # fmt: skip
