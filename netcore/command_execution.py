"""From a request document to its answer: decode, admit, look up, decide, commit, answer.

The commands of one request run one after the other; the first that is refused ends the list, what was done
before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from models.errors import StoreError
from netcore.conductor import Conductor
from netcore.large_answers import LargeAnswers
from netcore.peer_log import PeerLog, address_of
from scheduler.commands.declare import CommandDeclaration
from scheduler.commands.questions import EndedTask, Question
from scheduler.commands.registry import admit, admit_to_list, declaration_of, question_of
from scheduler.errors import Code, WorkloadError
from scheduler.messages import CommandReceived, TimeReached
from scheduler.protocol.envelope import answer, refusal
from scheduler.protocol.levels import Level
from scheduler.protocol.request import commands_of, is_list
from scheduler.supervisor.questions import ConfigurationAsked
from scheduler.world import World
from scheduler.xml.element import Element

#: characters of answers after which no further command of a list is begun
ANSWERS_MAX = 16 << 20
#: seconds that a list of commands may take before everybody else has a turn
SLICE = 0.005
#: bytes of a command from which on it is decoded in a thread: it may have thousands of elements
LARGE = 16 << 10

#: looks a question up; the Deferred fires on the reactor's thread with the answers
LookUp = Callable[[Question], Deferred[Mapping[str, Any]]]


class CommandExecution:
    """All on the reactor's thread; `look_up` reads the database in a thread of its own.

    `environ` is what `$NAME` in parameters stands for. Who may not do everything cannot read it in this way: for such
    peers no variable is set.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        conductor: Conductor,
        environ: Mapping[str, str],
        look_up: LookUp,
        peers: PeerLog,
    ) -> None:
        self._reactor = reactor
        self._conductor = conductor
        self._environ = environ
        self._look_up = look_up
        self._peers = peers
        self._large = LargeAnswers(reactor, conductor.recorded)

    @inlineCallbacks
    def execute(self, request: Element | WorkloadError, level: Level, peer: str) -> Any:
        """Fires with the answer document as text. Never fails: what goes wrong is an ERROR in the answer."""
        begun = self._conductor.now()
        replies: list[str] = []
        try:
            if isinstance(request, WorkloadError):
                replies.append(refusal(request, begun))
            else:
                commands = commands_of(request)
                if is_list(request):
                    yield self._list(commands, level, peer, replies)
                else:
                    replies.append((yield self._one(commands[0], level, peer)) or "")  # an abort has no reply
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
        "Those in `<commands>`, one after the other; `replies` grows with each."
        size = 0
        turn_began = self._reactor.seconds()
        for element in commands:
            if size > ANSWERS_MAX:
                raise WorkloadError(Code.ANSWER_TOO_LARGE, element.place, limit=ANSWERS_MAX)
            if self._reactor.seconds() - turn_began > SLICE:
                yield deferLater(self._reactor, 0)
                turn_began = self._reactor.seconds()
            admit_to_list(declaration_of(element), element)
            reply = (yield self._one(element, level, peer)) or ""
            replies.append(reply)
            size += len(reply)

    def _one(self, element: Element, level: Level, peer: str) -> Any:
        """Most commands are small and ask nothing, so their way is kept short. Gives a Deferred of the reply.

        Raises WorkloadError, too.
        """
        declaration = declaration_of(element)
        admit(self._conductor.world, declaration, level)
        environ = self._environ if level >= Level.ALL else {}
        if element.end - element.start < LARGE:
            return self._decoded(declaration.decode(element, environ), declaration, element, level, peer)
        pool = self._reactor.getThreadPool()
        decoding = deferToThreadPool(self._reactor, pool, declaration.decode, element, environ)
        return decoding.addCallback(self._decoded, declaration, element, level, peer)

    def _decoded(
        self, command: Any, declaration: CommandDeclaration, element: Element, level: Level, peer: str
    ) -> Any:
        world = self._conductor.world
        if element.end - element.start >= LARGE:
            admit(world, declaration, level)  # the engine may be another one by now
        question = question_of(world, command)
        if declaration.level > Level.INFO:
            self._peers.info(peer, "{peer}: <{command}>", command=element.tag)
        if question is None and not _is_sliced(command, world):
            return self._conductor.tell(CommandReceived(command, {}, peer))
        return self._asking(command, question, peer)

    @inlineCallbacks
    def _asking(self, command: Any, question: Question | None, peer: str) -> Any:
        if isinstance(question, ConfigurationAsked):
            question = replace(question, peer=address_of(peer))
        answers = (yield self._found(question)) if question is not None else {}
        if _is_sliced(command, self._conductor.world):
            return (yield self._in_slices(command, answers))
        return (yield maybeDeferred(self._conductor.tell, CommandReceived(command, answers, peer)))

    @inlineCallbacks
    def _found(self, question: Question) -> Any:
        "Where an answer without history is possible, the answers say why there is none."
        try:
            return (yield self._look_up(question))
        except StoreError as error:
            if isinstance(question, EndedTask):  # it has a code of its own for this
                raise WorkloadError(Code.DATABASE_WAITS, problem=str(error)) from error
            if not getattr(question, "optional", False):
                raise
            return {"problem": WorkloadError(Code.NO_HISTORY, problem=str(error)).problem}

    @inlineCallbacks
    def _in_slices(self, command: Any, answers: Mapping[str, Any]) -> Any:
        "The reply of a command that changes nothing and may have much to tell."

        def begin() -> Iterator[str]:
            self._conductor.send(TimeReached())  # the World's clock goes on with its messages only
            pieces: Iterator[str] = command.pieces(self._conductor.world, answers)
            return pieces

        return (yield self._large.make(object() if answers else command, begin))


def _is_sliced(command: Any, world: World) -> bool:
    "Whether the answer may be large. Some commands can tell (`is_short`) that this time it is not."
    return hasattr(command, "pieces") and not (hasattr(command, "is_short") and command.is_short(world))
