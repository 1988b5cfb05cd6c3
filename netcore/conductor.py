"""The reactor-side half of the one rule: decide -> apply -> record -> act.

Every message from the rim goes through `tell`. The World is changed at once; actions and replies wait until
the scribe has committed the changes and everything that was recorded before them, so nobody outside ever sees
what a crash could take back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.clocks import WallWatch, wall_of
from netcore.scribe import Scribe
from scheduler.actions import Action, Call, Launch, RingMember, TakeBack, TaskLogLine
from scheduler.changes import Change, Kind
from scheduler.decision import Decision
from scheduler.errors import WorkloadError
from scheduler.messages import ClockSet, Message, ProcessEnded, ProcessStarted, TimeReached
from scheduler.records import EngineState
from scheduler.step import HalfDone, step
from scheduler.world import World

#: what is not done by `perform` after the commit
_AT_COMMIT = (Launch, Call, TakeBack, RingMember, TaskLogLine)


class Starts(Protocol):
    "What the conductor needs of `netcore.all_processes.AllProcesses`."

    def expect(self, action: Launch) -> None:
        "A start is decided; on the reactor's thread."

    def launch(self, action: Launch) -> None:
        "It is recorded; in any thread."

    def call(self, action: Call) -> None:
        "It is recorded that a task server is to be called; in any thread."

    def take_back(self, action: TakeBack) -> None:
        "Every call that was decided before has been made; in any thread."

    def ring(self, action: RingMember) -> None:
        "It is recorded that another member is to run something; in any thread."

    def log(self, action: TaskLogLine) -> None:
        "A line for the log of a task; on the reactor's thread, before what was decided with it is recorded."


class Conductor:
    """`perform` carries out one action, `acted` is told after those of a message; both on the reactor's thread, as all
    calls. Starts of processes are the exception: they go from the scribe's thread straight to the starter.

    `fatal` is called when a decision or an action breaks down for a reason that is no refusal: the engine must
    not go on with a World that may be half changed; it ends and comes back from the database.
    """

    _log = Logger()

    def __init__(
        self,
        world: World,
        scribe: Scribe,
        reactor: Any,
        perform: Callable[[Action], None],
        starts: Starts,
        fatal: Callable[[Failure], None],
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = world
        self._scribe = scribe
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._wall_watch = WallWatch(reactor, self._clock_was_set)
        self._perform = perform
        self._starts = starts
        self._fatal = fatal
        self._acted = acted
        self._timer: Any = None
        self._timer_for: datetime | None = None
        self._stopped = False

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)

    def send(self, message: Message) -> None:
        "Tell the core something that expects no reply and cannot be refused."
        try:
            decision, actions = self._decide(message)
            if not actions and self.world.state is EngineState.RUNNING:
                self._scribe.record_quietly(facts(decision), self._launches(decision))
            else:
                self._record(decision, actions).addErrback(self._refused)
        except HalfDone:
            pass  # `_decide` has said so
        except Exception:
            self._fatal(Failure())

    def tell(self, message: Message) -> Deferred[str | None]:
        """Decide a message. Fires with the reply after the commit.

        Raises WorkloadError when a command is refused (nothing has changed then). HalfDone is fatal whoever asked.
        """
        return self._record(*self._decide(message))

    def recorded(self) -> Deferred[None]:
        "Fires when everything is committed that has been decided so far, so that it may be told."
        return self._scribe.record(())

    def _decide(self, message: Message) -> tuple[Decision, list[Action]]:
        "The decision, and its actions other than starts."
        try:
            decision = step(self.world, message, self.now())
        except HalfDone:
            self._fatal(Failure())
            raise
        self._set_timer()
        if isinstance(message, ProcessStarted) and len(decision.changes) == 1 and not decision.actions:
            # Nothing depends on it, and after a crash the process is found by its mark, not by its number.
            self._scribe.note(message.task_id, decision.changes)
            return Decision(), []
        if isinstance(message, ProcessEnded):
            self._scribe.forget(message.task_id)
        self._forget_killed(decision)
        for action in decision.actions:
            if type(action) is TaskLogLine:
                self._starts.log(action)
        return decision, [action for action in decision.actions if type(action) not in _AT_COMMIT]

    def _record(self, decision: Decision, actions: list[Action]) -> Deferred[str | None]:
        committed: Deferred[Any] = self._scribe.record(facts(decision), self._launches(decision))
        committed.addCallback(self._act, actions, decision.reply)
        committed.addErrback(self._failed)
        return committed

    def _launches(self, decision: Decision) -> Callable[[], None] | None:
        "Starts and calls to make right after the commit; the starts are expected from now on."
        if not decision.actions:
            return None
        launches = [action for action in decision.actions if type(action) is Launch]
        calls = [action for action in decision.actions if type(action) is Call]
        rings = dict.fromkeys(action for action in decision.actions if type(action) is RingMember)
        backs = [action for action in decision.actions if type(action) is TakeBack]
        if not launches and not calls and not rings and not backs:
            return None
        for launch in launches:
            self._starts.expect(launch)
        starts = self._starts

        def begin() -> None:
            for launch in launches:
                starts.launch(launch)
            for call in calls:
                starts.call(call)
            for back in backs:
                starts.take_back(back)
            for member in rings:
                starts.ring(member)

        return begin

    def _forget_killed(self, decision: Decision) -> None:
        "A note that a process has started must not be written after the record that it is being killed."
        for change in decision.changes:
            if change.kind is Kind.TASK_KILLED:
                self._scribe.forget(change.detail["task"])

    def _act(self, _: object, actions: list[Action], reply: str | None) -> str | Deferred[str | None] | None:
        "All of them; the first that is refused is the answer then. What they tell the core is recorded before it."
        refused: WorkloadError | None = None
        decided = self.world.decided
        for action in actions:
            try:
                self._perform(action)
            except WorkloadError as refusal:
                refused = refused or refusal
        self._acted()
        if refused is not None:
            raise refused
        if actions and self.world.decided != decided:
            return self.recorded().addCallback(lambda _: reply)
        return reply

    def _failed(self, failure: Failure) -> Failure | None:
        "An action that is refused (a file that cannot be written) concerns only who asked for it."
        if failure.check(WorkloadError):
            return failure
        if not self._stopped:
            self._fatal(failure)
        return None

    def _refused(self, failure: Failure) -> None:
        self._log.error("{refusal}", refusal=str(failure.value))

    def _set_timer(self) -> None:
        "One timer of the reactor stands for the earliest instant that the World waits for."
        wake = None if self._stopped else self.world.next_wake
        if wake == self._timer_for:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer, self._timer_for = None, wake
        if wake is not None:
            self._timer = self._reactor.callLater(max(0.0, (wake - self.now()).total_seconds()), self._wake)

    def _wake(self) -> None:
        self._timer, self._timer_for = None, None
        if not self._stopped:
            self.send(TimeReached())

    def watch_clock(self) -> None:
        "From now on the timer follows when the wall clock is set. Until `stop`."
        self._wall_watch.start()

    def _clock_was_set(self, seconds: float) -> None:
        "The instant that the timer stands for is at another distance now."
        self._log.warn(
            "The clock was set {direction} by {seconds} s: what is to start at a time starts when it shows that",
            direction="forward" if seconds > 0 else "back", seconds=round(abs(seconds), 1),
        )  # fmt: skip
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer, self._timer_for = None, None
        self.send(ClockSet(seconds))

    def stop(self) -> None:
        "No timer fires and no failure counts any more."
        self._stopped = True
        self._wall_watch.stop()
        self._set_timer()


def facts(decision: Decision) -> list[Change]:
    """What only memory needs is no fact for the store; what has no records at all is one for the journal, and so is
    that an order was taken, whose row may wait until it goes on."""
    taken = Kind.ORDER_TAKEN
    return [
        change for change in decision.changes
        if change.put or change.drop or not change.keep or change.kind is taken
    ]  # fmt: skip
