"""The thread of a cluster member: it beats, looks, judges, and takes over; then it goes on looking.

    waiting   writes its row each second, looks several times a second and whenever the one at work may have died
    at work   the scribe writes its row; it looks twice a second for commands and for members that have died

What it finds is told on the reactor's thread. While the database cannot be reached it waits, and judges nobody for the
time in which nothing could be seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any, Protocol

from twisted.logger import Logger
from twisted.python.failure import Failure

from models.batch import boot_seconds
from models.connect import create, glancing, writing
from models.errors import FenceError, StoreError, Unreachable
from models.members import Member, bury_member, forget_members, put_member
from models.sharing import renew_member
from netcore.cluster.hands import hands_spool
from netcore.cluster.hints import Hints
from netcore.cluster.letters import Letters
from netcore.cluster.look import (
    LEAVES,
    STOPPED,
    WAITS,
    WAITS_PAUSED,
    WORKS,
    WORKS_PAUSED,
    Look,
    beats,
    candidate_of,
    candidates,
    holder_of,
    is_gone,
    mates_of,
    on_this_machine,
    same_process,
    take_look,
    views,
    works_beside,
)
from netcore.cluster.roll_call import RollCall
from netcore.cluster.takeover import Taken, rehearse, take_over, tidy_up
from netcore.preparation import Opened, end_leftover_processes
from netcore.settings import Settings
from netcore.stopped_writer import end_stopped_writer
from scheduler.cluster.assignment import Mate
from scheduler.cluster.claiming import Candidate, Holder, Reason, Verdict, Waiting, verdict
from scheduler.cluster.member_command import MemberCommand
from scheduler.cluster.recent_beats import RecentBeats
from scheduler.cluster.sight import Quality, Sight
from scheduler.cluster.standing import Standing
from scheduler.cluster.view import ClusterView

#: seconds between the beats of a waiting member, and between looks when nothing hints at a change
BEAT_EVERY, LOOK_WAITING, LOOK_AT_WORK = 1.0, 0.2, 0.5
#: the same of a member that runs steps beside the leading one, and has better things to do
LOOK_BESIDE = 0.4
#: seconds that processes which an earlier life of this member has left have to end
GRACE = 0.3
#: seconds for the last word
STOP_PATIENCE = 5.0
#: rows of members that died before are forgotten after that time
FORGET_AFTER = timedelta(days=1)


class Host(Protocol):
    "What the watcher tells; each on the reactor's thread."

    def seen(self, view: ClusterView) -> None: ...

    def database(self, problem: str) -> None: ...

    def obey(self, command: MemberCommand) -> None: ...

    def claimed(self, reason: Reason, looked: Callable[[], None]) -> None:
        "`looked` is to be called when the files were looked at once more."

    def taken(self, taken: Taken) -> None: ...

    def crew(self, mates: tuple[Mate, ...]) -> None: ...

    def broken(self, failure: Failure) -> None: ...


class Watcher:
    "`paused` and `files_digest` are asked in the watcher's thread. The other methods are for the reactor's."

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        opened: Opened,
        host: Host,
        paused: Callable[[], bool],
        files_digest: Callable[[], str] = lambda: "",
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._opened = opened
        self._host = host
        self._paused = paused
        self._files_digest = files_digest
        self._engine = create(settings.database_url, "watcher")
        self._sight = Sight()
        self._recent = RecentBeats()
        self._hints = Hints(settings.database_url)
        #: when each beat was last seen to change, by this machine's clock
        self._noticed: dict[str, datetime] = {}
        self._counted: dict[str, int] = {}
        self._waiting = True
        self._problem = ""
        self._told = Verdict()
        self._told_view: tuple[object, ...] = ()
        self._next_view = 0.0
        self._next_beat = 0.0
        self._beaten = ""
        #: seconds that the last beats took to be committed
        self._lasted: deque[float] = deque(maxlen=60)
        #: since when nobody was at work, from the first look on; None: somebody was
        self._nobody_since: float | None = None
        self._first = True
        #: what a take-over asks the database was asked once
        self._rehearsed = False
        self._letters = Letters(self._engine, settings.scheduler_id, opened.member.started_at)
        self._ended = False
        self._leaving = False
        self._roll_call: RollCall | None = None
        #: when the last beat of a waiting member was proved that counted (`boot_seconds`)
        self.proved_at = 0.0
        self._thread = Thread(target=self._run, name="cluster", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        self._hints.wake()

    def done(self, command: MemberCommand, result: str) -> None:
        "The command was obeyed, or refused."
        self._letters.done(command, result)
        self.look_now()

    def tell(self, taken: Taken) -> None:
        "What was taken over is active now."
        self._letters.tell(taken.active(datetime.now(UTC)))

    def leave(self) -> None:
        "From now on the row says that this member takes no further steps."
        self._leaving = True
        self.look_now()

    def stop(self) -> None:
        "Blocks until the last word is written: of a waiting member that it is gone. Not for long without database."
        self._ended = True
        self.look_now()
        if self._thread.is_alive():
            self._thread.join(STOP_PATIENCE)
        self._engine.dispose()

    # -- in the thread

    @property
    def _me(self) -> Member:
        return self._opened.member

    def _run(self) -> None:
        try:
            while not self._ended:
                self._turn()
                self._hints.rest(self._pause())
            self._last_word()
        except BaseException:
            self._reactor.callFromThread(self._host.broken, Failure())
        finally:
            self._hints.forget()

    def _pause(self) -> float:
        if not self._waiting:
            return LOOK_AT_WORK
        return LOOK_BESIDE if self._me.distributed and not self._first else LOOK_WAITING

    def _turn(self) -> None:
        began, first = boot_seconds(), self._first
        try:
            if self._waiting and not self._first:
                self._beat(began)
            with glancing(self._engine) as connection:
                look = take_look(connection, self._settings.scheduler_id, self._me.member_id)
            self._letters.write()
        except Unreachable as error:
            self._blind(str(error) or type(error).__name__)
            end_stopped_writer(self._settings.database_url)  # it may be the one whose place is to be taken
            return
        ended = boot_seconds()
        if self._problem:
            self._blind("")
            self._sight.lose(ended)
        self._sight.look(beats(look), began, ended)
        live = (each.member_id for each in look.members if not each.dead and each.state != STOPPED)
        self._recent.look({name: self._sight.still(name) for name in live}, ended)
        self._note(look)
        if self._opened.bell is not None and look.lease is not None:
            self._opened.bell.key = look.lease.token
        for command in self._letters.new(look):
            self._reactor.callFromThread(self._host.obey, command)
        try:
            if self._waiting:
                self._wait(look, began)
            else:
                self._tend(look)
        except Unreachable as error:
            self._blind(str(error) or type(error).__name__)
        if not first:  # from then on its own row is there
            self._publish(look, ended)

    def _blind(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._reactor.callFromThread(self._host.database, problem)

    def _beat(self, now: float) -> None:
        state = self._state()
        if now < self._next_beat and state == self._beaten:
            return
        row = replace(
            self._me, state=state, active=self._me.distributed, exclusive=False, files_digest=self._files_digest(),
            commit_seconds=round(max(self._lasted), 4) if self._lasted else None,
        )  # fmt: skip
        began = boot_seconds()
        # one that works beside the leading one must not rise from the dead: its steps are done by others already
        put = renew_member if self._beaten and self._me.distributed else put_member
        with writing(self._engine) as connection:
            put(connection, self._settings.scheduler_id, row, datetime.now(UTC))
        self._lasted.append(boot_seconds() - began)
        self.proved_at = now
        self._next_beat, self._beaten = now + BEAT_EVERY, state

    def _state(self) -> str:
        if not self._me.distributed:
            return WAITS_PAUSED if self._paused() else WAITS
        return LEAVES if self._leaving else WORKS_PAUSED if self._paused() else WORKS

    def _note(self, look: Look) -> None:
        now = datetime.now(UTC)
        for member in look.members:
            name = member.member_id
            count = self._sight.counts(name)[0]
            if count > self._counted.get(name, 0):
                self._noticed[name] = now
            self._counted[name] = count

    # -- waiting

    def _wait(self, look: Look, now: float) -> None:
        if self._first:
            self._register(look, now)
            self._beat(now)  # not before: by the row of its earlier life others know processes which that has left
            self.look_now()
            return
        holder = self._holder(look)
        open_to_all = holder is None or holder.standing is not Standing.HELD or holder.gone or holder.me
        if not open_to_all:
            self._nobody_since = None
        if self._beaten == "" or self._leaving or self._letters.are_open(look):
            return
        waited = now - self._nobody_since if self._nobody_since is not None else float("inf")
        # as its row says, by which the others judge
        me = candidate_of(self._me, self._me.started_at, paused=self._beaten in (WAITS_PAUSED, WORKS_PAUSED))
        found = verdict(me, holder, self._others(look), waited)
        self._say(found)
        if found.claim is not None:
            self._take(look, found.claim)
        else:
            self._hints.watch(look)
            if not self._rehearsed:
                rehearse(self._engine)
                self._rehearsed = True

    def _holder(self, look: Look) -> Holder | None:
        holder, row, lease = holder_of(look, self._me, self._sight), look.holder, look.lease
        if holder is None or row is None or lease is None or holder.gone or on_this_machine(row):
            return holder
        return replace(holder, gone=self._hints.remote.is_gone(lease, row))

    def _others(self, look: Look) -> list[Candidate]:
        return candidates(look, self._me, self._sight)

    def _register(self, look: Look, now: float) -> None:
        "The first look: what an earlier life of this member has left ends, and rows of that life go."
        self._nobody_since = now
        lease, holder = look.lease, look.holder
        others = [m for m in look.members if m.member_id != self._me.member_id and not same_process(m, self._me)]
        spared = {member.run_token for member in others if works_beside(member)}
        if self._me.distributed:
            spool = hands_spool(self._settings)
            end_leftover_processes(self._opened.mark, spool, (), GRACE, spared)
        if lease is not None and lease.standing is Standing.HELD and holder in others and not is_gone(holder):
            spared.add(holder.run_token)
        end_leftover_processes(self._opened.mark, self._opened.spool, (), GRACE, spared)
        former = [
            member.member_id for member in look.members
            if member.member_id != self._me.member_id and on_this_machine(member)
            and (member.pid, member.process_start) == (self._me.pid, self._me.process_start)
            and (lease is None or lease.holder != member.member_id)
        ]  # fmt: skip
        with writing(self._engine) as connection:
            forget_members(connection, self._settings.scheduler_id, former)
        self._first = False

    def _take(self, look: Look, reason: Reason) -> None:
        last_beat = self._noticed.get(look.lease.holder) if look.lease is not None else None

        right_is_ours = False

        def claimed() -> Event:
            nonlocal right_is_ours
            right_is_ours, looked = True, Event()
            self._reactor.callFromThread(self._host.claimed, reason, looked.set)
            return looked

        try:
            taken = take_over(
                self._settings, self._reactor, self._opened, look, reason, last_beat, claimed, self._engine
            )
        except FenceError:
            if right_is_ours:  # and was taken while everything was being loaded: begin anew
                raise
            self._log.info("SCHEDULER-812  Another member was faster")
            return
        except Unreachable as error:
            if right_is_ours:  # but nothing could be loaded
                raise FenceError(str(error)) from error
            raise
        self._waiting = False
        if self._me.distributed:
            self._roll_call = RollCall(
                self._engine, self._settings.scheduler_id, self._opened, taken.prepared.writer.token, self._sight,
                lambda mates: self._reactor.callFromThread(self._host.crew, mates), mates_of(look),
            )  # fmt: skip
        self._hints.forget()
        self._reactor.callFromThread(self._host.taken, taken)
        with suppress(Unreachable):  # who tends the members does so later
            tidy_up(self._engine, self._settings.scheduler_id, look, self._me.member_id)

    def _say(self, found: Verdict) -> None:
        "Each new verdict once, in the log."
        if found == self._told:
            return
        self._told = found
        if found.waits is not None:
            self._log.info("{text}", text=_WORDS[found.waits].format(by=found.by))

    # -- at work

    def _tend(self, look: Look) -> None:
        "Members that have died are marked, and forgotten a day later."
        if self._roll_call is not None:
            self._roll_call.call(look)
        now = datetime.now(UTC)
        for member in look.members:
            name = member.member_id
            if name == self._me.member_id or member.state == STOPPED:
                continue
            if member.dead and member.beat_at < now - FORGET_AFTER:
                with writing(self._engine) as connection:
                    forget_members(connection, self._settings.scheduler_id, [name])
            elif not member.dead and not member.distributed:
                self._bury(member)

    def _bury(self, member: Member) -> None:
        name = member.member_id
        if is_gone(member) or self._sight.quality(name) is Quality.DEAD:
            self._log.warn("SCHEDULER-996  Member {member} is dead", member=name)
            with writing(self._engine) as connection:
                bury_member(connection, self._settings.scheduler_id, name, by=self._me.member_id)

    # -- the view

    def _publish(self, look: Look, now: float) -> None:
        at_work = not self._waiting
        me = self._me
        view = ClusterView(
            me.member_id,
            backup=me.backup,
            active=at_work or me.distributed,
            exclusive=at_work,
            paused=self._paused(),
            distributed=me.distributed,
            may_start=not me.backup or (look.lease is not None and look.lease.standing is not Standing.ENDED),
            waits=self._told.waits.value if self._waiting and self._told.waits is not None else "",
            recent=self._recent.told,
            ended=look.lease.holder if look.lease is not None and look.lease.standing is Standing.ENDED else "",
            members=views(look, me.member_id, self._sight, self._noticed),
        )
        members = ((m.member_id, m.exclusive, m.dead, m.state) for m in view.members)
        essence = (view.active, view.waits, view.ended, *members)
        if essence != self._told_view or now >= self._next_view:
            self._told_view, self._next_view = essence, now + BEAT_EVERY
            self._reactor.callFromThread(self._host.seen, view)

    def _last_word(self) -> None:
        try:
            self._letters.write()
            if self._waiting:
                with writing(self._engine) as connection:
                    forget_members(connection, self._settings.scheduler_id, [self._me.member_id])
        except StoreError as error:
            self._log.warn("The end of this member could not be recorded: {error}", error=str(error))


_WORDS = {
    Waiting.EXCLUSIVE_LIVES: "SCHEDULER-833  Member {by} is at work; this one waits, ready to take over",
    Waiting.PAUSED: "This member is paused and does not take over before it is told to continue",
    Waiting.NO_PRIMARY_YET: "SCHEDULER-832  This backup waits for a primary: nobody has worked yet",
    Waiting.NOT_WANTED: "SCHEDULER-841  {by} has ended, and it is not wished that a backup goes on",
    Waiting.JUST_STARTED: "SCHEDULER-831  Nobody is at work; this backup waits for a moment for a primary",
    Waiting.BETTER_WAITS: "SCHEDULER-814  Nobody is at work; member {by} goes before this one",
}
