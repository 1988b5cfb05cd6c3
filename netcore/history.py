"""Looks questions of commands up in the database, in a thread, with a reading connection of its own.

What answers them is loaded with the first question: an engine that starts has none yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from models.connect import create
from models.errors import StoreError
from netcore.cluster.remote_log import ELSEWHERE, QuestionElsewhere, ask
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.cluster.sharing import LogsElsewhere, logs_elsewhere, runs_at
from scheduler.cluster.view import MemberView
from scheduler.commands.questions import OrderRuns, Question
from scheduler.events.happening import Happening
from scheduler.world import World

if TYPE_CHECKING:
    from netcore.history_answers import Answers

NOWHERE: LogsElsewhere = {}


class History:
    """`look_up` is called on the reactor's thread; the Deferred fires there. Fails with a StoreError.

    `world` tells, on the reactor's thread, which other member runs a task: its log is there. None: nobody else does.
    `mark` is that of the processes of this run."""

    def __init__(
        self, reactor: Any, database_url: str, spool: Spool, mark: RunMark, world: World | None = None
    ) -> None:
        self._reactor = reactor
        self._engine = create(database_url, "reader")
        self._spool = spool
        self._mark = mark
        self._world = world

    def look_up(self, question: Question) -> Deferred[Mapping[str, Any]]:
        member = None
        if isinstance(question, ELSEWHERE) and self._world is not None:
            member = runs_at(self._world, question.task_id) if question.task_id is not None else None
        elsewhere = NOWHERE
        if isinstance(question, OrderRuns) and question.with_log and self._world is not None:
            elsewhere = logs_elsewhere(self._world)
        look = partial(self._look, elsewhere) if member is None else partial(self._look_at, member)
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), look, question)

    def task_log(self, task_id: int) -> bytes | None:
        "The stored log of an ended task; None when there is none, or the database does not give it. Blocking."
        try:
            return self._answers.task_log(task_id)
        except StoreError:
            return None

    def journal(self, after: int, limit: int) -> list[Happening]:
        "Rows of the journal after a number, in order. Blocking; raises StoreError."
        return self._answers.journal(after, limit)

    def close(self) -> None:
        self._engine.dispose()

    # -- in a thread of the pool

    @cached_property
    def _answers(self) -> Answers:
        from netcore.history_answers import Answers

        return Answers(self._engine, self._spool, self._mark)

    def _look(self, elsewhere: LogsElsewhere, question: Question) -> Mapping[str, Any]:
        return self._answers.answer(question, elsewhere)

    def _look_at(self, member: MemberView, question: QuestionElsewhere) -> Mapping[str, Any]:
        return ask(member, question) or self._answers.answer(question, NOWHERE)
