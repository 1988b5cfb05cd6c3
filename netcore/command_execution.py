"""From a request document to its answer: decode, admit, look up, decide, commit, answer.

The commands of one request run one after the other; the first that is refused ends the list, what was done
before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from models.errors import StoreError
from netcore.conductor import Conductor
from scheduler.commands.questions import Question
from scheduler.commands.registry import admit, declaration_of, question_of
from scheduler.errors import Code, WorkloadError
from scheduler.messages import CommandReceived
from scheduler.protocol.envelope import answer, refusal
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of
from scheduler.xml.element import Element

#: characters of answers after which no further command of a list is begun
ANSWERS_MAX = 16 << 20
#: seconds that a list of commands may take before everybody else has a turn
SLICE = 0.005

#: looks a question up; the Deferred fires on the reactor's thread with the answers
LookUp = Callable[[Question], Deferred[Mapping[str, Any]]]


class CommandExecution:
    """All on the reactor's thread; `look_up` reads the database in a thread of its own.

    `environ` is what `$NAME` in parameters stands for. Who may not do everything cannot read it in this way: for such
    peers no variable is set.
    """

    _log = Logger()

    def __init__(self, reactor: Any, conductor: Conductor, environ: Mapping[str, str], look_up: LookUp) -> None:
        self._reactor = reactor
        self._conductor = conductor
        self._environ = environ
        self._look_up = look_up

    @inlineCallbacks
    def execute(self, request: Element | WorkloadError, level: Level, peer: str) -> Any:
        """Fires with the answer document as text. Never fails: what goes wrong is an ERROR in the answer."""
        begun = self._conductor.now()
        replies: list[str] = []
        try:
            if isinstance(request, WorkloadError):
                replies.append(refusal(request, begun))
            else:
                yield self._list(commands_of(request), level, peer, replies)
        except WorkloadError as error:
            replies.append(refusal(error, self._conductor.now()))
        except StoreError as error:
            replies.append(refusal(WorkloadError(Code.NO_HISTORY, problem=str(error)), self._conductor.now()))
        except Exception:
            self._log.failure("A command of {peer} broke down", peer=peer)
            replies.append(refusal(WorkloadError(Code.INTERNAL), self._conductor.now()))
        return answer(begun, replies)

    @inlineCallbacks
    def _list(self, commands: Sequence[Element], level: Level, peer: str, replies: list[str]) -> Any:
        "One after the other; `replies` grows with each."
        size = 0
        turn_began = self._reactor.seconds()
        for element in commands:
            if size > ANSWERS_MAX:
                raise WorkloadError(Code.ANSWER_TOO_LARGE, element.place, limit=ANSWERS_MAX)
            if self._reactor.seconds() - turn_began > SLICE:
                yield deferLater(self._reactor, 0)
                turn_began = self._reactor.seconds()
            reply = yield self._one(element, level, peer)
            replies.append(reply)
            size += len(reply)

    @inlineCallbacks
    def _one(self, element: Element, level: Level, peer: str) -> Any:
        declaration = declaration_of(element)
        world = self._conductor.world
        admit(world, declaration, level)
        command = declaration.decode(element, self._environ if level >= Level.ALL else {})
        question = question_of(world, command)
        answers = (yield self._look_up(question)) if question is not None else {}
        if declaration.level > Level.INFO:
            self._log.info("{peer}: <{command}>", peer=peer, command=element.tag)
        return (yield maybeDeferred(self._conductor.tell, CommandReceived(command, answers)))
