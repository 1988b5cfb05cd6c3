"""An engine that has a supervisor: its links, and when it fetches.

It fetches when a link stands, when it is commanded or woken up, and every minute whatever happens; one fetch at a time.
What comes is taken over as a whole and read by the hot folder at once. Without a supervisor the engine works on with
what it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.supervised.cache import Cache, Installed
from netcore.supervised.channel import RemoteRefusal
from netcore.supervised.link import Facts, Link
from netcore.supervised.transfers import Aborted, fetch, fetch_classic, fetch_over_http
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages
from scheduler.supervisor.addresses import Address
from scheduler.supervisor.outstanding import Kind
from scheduler.supervisor.settings import AsWorker
from scheduler.supervisor.transfer import Plan
from scheduler.supervisor.tree import difference

#: lines about single files in the log, for one transfer
_LINES_MAX = 100


class Worker:
    """`apply` makes the hot folder read the cache and fires when that is done, `faults` are the files of the cache that
    cannot be used, `execute` runs a command of an operator, `quit` ends the engine in order.

    `first` fires, never fails, when the first fetch or the first attempt is over: until then the start should wait.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        addresses: Sequence[Address],
        facts: Facts,
        cache: Cache,
        settings: Callable[[], AsWorker],
        polling: int | None,
        ip: str,
        apply: Callable[[], Deferred[None]],
        faults: Callable[[], Sequence[messages.Fault]],
        execute: Callable[[str], Deferred[str]],
        quit: Callable[[], None],
        tls: Callable[[str], Any],
    ) -> None:
        self.first: Deferred[None] = Deferred()
        self.links = [
            Link(reactor, address, facts, settings, self, lambda: self.number, tls)
            for address in addresses if not address.polls
        ]  # fmt: skip
        self.number = 0
        self._reactor = reactor
        self._polled = [address for address in addresses if address.polls]
        self._facts = facts
        self._cache = cache
        self._settings = settings
        self._polling = polling
        self._ip = ip
        self._apply = apply
        self._faults = faults
        self._execute = execute
        self._quit = quit
        self._lock = DeferredLock()
        self._timer: Any = None
        self._patience: Any = None
        self._asked = False
        self._aborted = False
        self._tried: set[str] = set()
        self._told = ""
        self._stopped = False
        #: contents by digest of a version that has not come as a whole yet
        self._kept: dict[str, bytes] = {}

    def start(self) -> None:
        "Raises NOT_WRITTEN when there can be no cache."
        self._cache.prepare()
        self._patience = self._reactor.callLater(self._settings().patience, self._first_is_over)
        self._in_thread(self._cache.installed).addCallback(self._begin).addErrback(self._broken)

    def _begin(self, have: Installed) -> None:
        self.number = have.number
        if self._stopped:
            return
        for link in self.links:
            link.start()
        if self._polled:
            self.check_now()
        self._regularly()

    def stop(self) -> Deferred[Any]:
        "Fires when nothing is written to the cache any more."
        self._stopped = True
        self._aborted = True
        for link in self.links:
            link.stop()
        for timer in (self._timer, self._patience):
            if timer is not None and timer.active():
                timer.cancel()
        return self._lock.run(lambda: None)

    def check_now(self) -> None:
        "Fetch soon; several of these are one."
        if not self._asked and not self._stopped:
            self._asked = True
            self._fetch().addErrback(self._broken)

    def _regularly(self) -> None:
        self._timer = self._reactor.callLater(self._interval(), self._regular)

    def _regular(self) -> None:
        self.check_now()
        self._regularly()

    def _interval(self) -> float:
        return float(self._polling or self._settings().interval) if self._polled else self._settings().interval

    def _first_is_over(self) -> None:
        if not self.first.called:
            self.first.callback(None)

    # -- what links tell

    def link_ready(self, link: Link) -> None:
        # over our connections the supervisor begins with a command
        if link.is_classic:
            self.check_now()

    def link_failed(self, link: Link) -> None:
        self._tried.add(str(link.address))
        if len(self._tried) == len(self.links) + len(self._polled):
            self._first_is_over()

    def highest_term(self, supervisor_id: str) -> int:
        mine = (link for link in self.links if link.ready and link.active and link.supervisor_id == supervisor_id)
        return max((link.term for link in mine), default=0)

    def commanded(self, link: Link, command: messages.Command) -> None:
        match command.kind:
            case Kind.CONFIGURE | Kind.COMPARE:
                self._batch(link, command).addErrback(self._broken)
            case Kind.ABORT:
                self._aborted = self._lock.locked
                link.say(messages.Done(number=command.number, version=self.number))
            case Kind.QUIT:
                link.say(messages.Done(number=command.number, version=self.number))
                self._quit()
            case Kind.EXECUTE:
                self._operator(link, command)

    @inlineCallbacks
    def _batch(self, link: Link, command: messages.Command) -> Any:
        losses = link.losses
        problem = yield self._fetch(link)
        link.say(self._report(command.number, problem), losses)
        self._first_is_over()

    def _report(self, number: int, problem: str) -> messages.Done:
        return messages.Done(number=number, version=self.number, problem=problem, faults=tuple(self._faults())[:100])

    def _operator(self, link: Link, command: messages.Command) -> None:
        losses = link.losses

        def answered(text: str) -> None:
            link.say(messages.Done(number=command.number, version=self.number, text=text), losses)

        if not self._settings().commands:
            refusal = WorkloadError(Code.NO_REMOTE_COMMANDS, worker=self._facts.name)
            link.say(messages.Done(number=command.number, version=self.number, problem=str(refusal)))
            return
        self._log.info("The supervisor commands: {text}", text=command.text[:200])
        self._execute(command.text).addCallback(answered).addErrback(self._broken)

    # -- fetching

    def _fetch(self, link: Link | None = None) -> Deferred[str]:
        "Fires with what went wrong; empty: nothing."
        return self._lock.run(self._fetch_alone, link)

    @inlineCallbacks
    def _fetch_alone(self, link: Link | None) -> Any:
        self._asked = self._aborted = False
        if self._stopped:
            return "the engine ends"
        if link is None:
            usable = [each for each in self.links if each.ready and each.active]
            link = max(usable, key=lambda each: each.term, default=None)
        if link is None and not self._polled:
            return ""
        try:
            have = yield self._in_thread(self._cache.installed)
            plan = yield self._plan(link, have)
            if isinstance(plan, int):
                yield self._in_thread(self._cache.call, plan, have.checksum)
                self.number = plan
            elif plan is not None and not self._stopped:
                yield self._install(plan, have)
            self._kept.clear()
            problem = ""
        except Aborted:
            problem = "the batch was left, as the supervisor has wished"
        except RemoteRefusal as refusal:
            # there is no folder for us: what we have is right
            problem = "" if refusal.code == Code.NO_CENTRAL_FOLDER.code else str(refusal)
        except Exception as error:
            problem = _text(error)
        self._tell(problem)
        if not problem or self._polled:
            self._first_is_over()
        return problem

    @inlineCallbacks
    def _plan(self, link: Link | None, have: Installed) -> Any:
        settings = self._settings()
        if link is None:
            return (yield self._poll(have, settings))
        if link.is_classic:
            return (yield fetch_classic(link, have, settings.may_be_empty))
        return (yield fetch(link, have, self._kept, lambda: self._aborted))

    @inlineCallbacks
    def _poll(self, have: Installed, settings: AsWorker) -> Any:
        "The first supervisor that answers."
        ca = os.path.join(os.path.dirname(self._cache.directory), settings.ca) if settings.ca else ""
        interval = max(1, int(self._interval()))
        problems: list[Exception] = []
        for address in self._polled:
            try:
                return (
                    yield self._in_thread(
                        fetch_over_http, address, self._facts, interval, self._ip, have, settings.may_be_empty, ca
                    )
                )
            except Exception as error:
                problems.append(error)
        raise problems[0]

    @inlineCallbacks
    def _install(self, plan: Plan, have: Installed) -> Any:
        yield self._in_thread(self._cache.install, plan, have.tree)
        self.number = plan.number
        changes = difference(have.tree, plan.tree)
        name = f"version {plan.number}" if plan.number else "the files"
        self._log.info(
            "The supervisor has sent {name}: {added} new, {changed} changed, {removed} removed", name=name,
            added=len(changes.added), changed=len(changes.changed), removed=len(changes.removed),
        )  # fmt: skip
        for path in (*changes.added, *changes.changed)[:_LINES_MAX]:
            self._log.info("SCHEDULER-701  {path} is written into the cache", path=path)
        for path in changes.removed[:_LINES_MAX]:
            self._log.info("SCHEDULER-702  {path} is removed from the cache", path=path)
        yield self._apply()
        self._lock.run(self._in_thread, self._cache.settle).addErrback(self._broken)

    def _tell(self, problem: str) -> None:
        if problem and problem != self._told:
            self._log.warn("Nothing is taken over from the supervisor: {problem}", problem=problem)
        self._told = problem

    def _broken(self, failure: Failure) -> None:
        self._log.failure("The exchange with the supervisor broke down", failure=failure)
        self._first_is_over()

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)


def _text(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) or type(error).__name__
