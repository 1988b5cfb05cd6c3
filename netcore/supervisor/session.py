"""The pair of connections of one worker, and the commands that go over it.

Heartbeats go both ways on the control connection; who is silent for too long is lost, with both connections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from netcore.supervisor.conversation import Conversation
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages
from scheduler.supervisor.outstanding import Command, Kind, Outstanding
from scheduler.supervisor.pairing import NotPossible, PairEvent, PairState, after
from scheduler.supervisor.silence import Silence

#: seconds that the second connection may come after the first one
PAIR_WITHIN = 30.0


class Session:
    """`changed` is called whenever something is different that operators see, `finished` with each end of a batch.

    `heartbeat` and `loss` are seconds. `version` gives the number of the version that the worker shall have. While this
    member of its cluster is not the active one, nothing is sent.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        token: str,
        reactor: Any,
        heartbeat: float,
        loss: float,
        is_active: Callable[[], bool],
        term: Callable[[], int],
        version: Callable[[], int],
        changed: Callable[[Session], None],
        finished: Callable[[Session, Command, messages.Done], None],
    ) -> None:
        self.name = name
        self.token = token
        self.state = PairState.DOWN
        self.outstanding = Outstanding()
        self._reactor = reactor
        self._heartbeat = heartbeat
        self._loss = loss
        self._is_active = is_active
        self._term = term
        self._version = version
        self._changed = changed
        self._finished = finished
        self._data: Conversation | None = None
        self._control: Conversation | None = None
        self._silence = Silence(reactor.seconds())
        self._timer: Any = reactor.callLater(PAIR_WITHIN, self.lose, "the second connection has not come")
        self._answers: dict[int, Deferred[str]] = {}
        self._waiting: list[Deferred[str]] = []
        self._ended = False
        #: whether the worker was, or will be, told to fetch its configuration
        self._configures = False
        #: the second in which it was last told to fetch its configuration
        self._told_at = 0.0

    @property
    def peer(self) -> str:
        found = self._data or self._control
        return found.peer if found is not None else ""

    @property
    def paired(self) -> bool:
        return self.state is PairState.PAIRED

    @property
    def busy(self) -> bool:
        return self.outstanding.sent is not None

    @property
    def told_at(self) -> float | None:
        "The second in which it was told to fetch its configuration, as long as it has not said that this is done."
        sent = self.outstanding.sent
        return self._told_at if sent is not None and sent.kind in (Kind.CONFIGURE, Kind.COMPARE) else None

    @property
    def heard_at(self) -> float:
        "The second in which something was last heard of the worker."
        return max((each.heard_at for each in (self._data, self._control) if each is not None), default=0.0)

    def join(self, channel: str, conversation: Conversation) -> None:
        """One of the two connections. Raises ALREADY_CONNECTED when there is such a one, or when it comes from another
        host than the first."""
        if self.peer and conversation.peer != self.peer:
            raise WorkloadError(Code.ALREADY_CONNECTED, name=self.name, peer=self.peer)
        try:
            self.state = after(self.state, PairEvent(channel))
        except NotPossible:
            raise WorkloadError(Code.ALREADY_CONNECTED, name=self.name, peer=self.peer) from None
        if channel == "data":
            self._data = conversation
        else:
            self._control = conversation
        conversation.session = self
        if self.paired:
            self._timer.cancel()
            self._silence = Silence(self._reactor.seconds())
            self._timer = self._reactor.callLater(self._heartbeat, self._beat)
        self._changed(self)

    # -- commands

    def begin(self) -> None:
        "The first command to fetch the configuration; when there was a reason for one already, that one goes out."
        if self._configures:
            self._send_next()
        else:
            self.raise_command(Command(Kind.CONFIGURE))

    def raise_command(self, command: Command) -> None:
        "To be sent as soon as the worker is ready for it."
        if self._ended:
            return
        self._configures |= command.kind is Kind.CONFIGURE
        self.outstanding = self.outstanding.raised(command)
        self._send_next()

    def execute(self, text: str) -> Deferred[str]:
        "An operator's command; fires with the worker's answer, or fails with NOT_CONNECTED or what it says against it."
        waiting: Deferred[str] = Deferred()
        if self._ended or not self.paired:
            waiting.errback(WorkloadError(Code.NOT_CONNECTED, worker=self.name))
            return waiting
        self._waiting.append(waiting)
        self.raise_command(Command(Kind.EXECUTE, text))
        return waiting

    def _send_next(self) -> None:
        while self.paired and self._control is not None and self._is_active():
            self.outstanding, command = self.outstanding.next()
            if command is None:
                return
            if command.kind is Kind.EXECUTE:
                self._answers[command.number] = self._waiting.pop(0)
            if command.kind in (Kind.CONFIGURE, Kind.COMPARE):
                self._told_at = self._reactor.seconds()
            self._control.send(
                messages.Command(
                    number=command.number, kind=command.kind.value, term=self._term(), version=self._version(),
                    text=command.text,
                )
            )  # fmt: skip
            self._changed(self)

    def done(self, message: messages.Done) -> None:
        "The worker has ended the batch of a command."
        self.outstanding, command = self.outstanding.done(message.number)
        if command is None:
            return
        waiting = self._answers.pop(message.number, None)
        if waiting is not None and message.problem:
            waiting.errback(self._refusal(message.problem))
        elif waiting is not None:
            waiting.callback(message.text)
        self._finished(self, command, message)
        self._send_next()

    def _refusal(self, problem: str) -> WorkloadError:
        "The worker does not execute a command."
        if problem.startswith(Code.NO_REMOTE_COMMANDS.code):
            return WorkloadError(Code.NO_REMOTE_COMMANDS, worker=self.name)
        return WorkloadError(Code.NOT_SUPERVISING, reason=problem)

    def tell_role(self, active: bool) -> None:
        if self._control is not None:
            self._control.send(messages.Role(active=active, term=self._term()))

    # -- life

    def _beat(self) -> None:
        if self._control is None:
            return
        self._silence = self._silence.beat(self._reactor.seconds(), self._control.heard_at, self._heartbeat)
        if self._silence.seconds > self._loss:
            self.lose(f"nothing was heard for {self._silence.seconds:.0f} s")
            return
        self._control.send(messages.Heartbeat())
        self._timer = self._reactor.callLater(self._heartbeat, self._beat)

    def lose(self, reason: str) -> None:
        "Both connections end; whoever waits for an answer gets none."
        if self._ended:
            return
        self._ended = True
        self.state = after(self.state, PairEvent.LOST)
        if self._timer.active():
            self._timer.cancel()
        self._log.info("The connections of {name} end: {reason}", name=self.name, reason=reason)
        for conversation in (self._data, self._control):
            if conversation is not None:
                conversation.abort()
        self.outstanding, _ = self.outstanding.lost()
        for waiting in (*self._answers.values(), *self._waiting):
            waiting.errback(WorkloadError(Code.NOT_CONNECTED, worker=self.name))
        self._answers.clear()
        self._waiting.clear()
        self._changed(self)
