"""The hot folder as a service: looks at it when hinted, when a change has rested, and regularly anyway.

All reading and parsing happens in a thread, one look at a time; what was found comes back to the reactor's thread
as one `FilesChanged`. Hints and `check_now` only bring the next look forward.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader, Look, ReadObject
from netcore.folder_watch import FolderWatch
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import FilesChanged
from scheduler.records import ObjectKind

InThread = Callable[..., "Deferred[Any]"]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks: `often` within `often_for` after a change, else `seldom`. `after_hint` collects
    the hints of one burst; `share` is the part of the time that looking may take however many hints there are."""

    often: float = 5.0
    often_for: float = 60.0
    seldom: float = 60.0
    after_hint: float = 0.1
    share: float = 0.3


_USUAL_AGES = Ages()
_USUAL_PACE = Pace()


class LiveFolder(Service):
    """`deliver` and `report` are called on the reactor's thread; `report` gets every problem once, when it is new.

    `known` are the objects that came from files before the start. `first_look` fires when the first look is delivered
    (also an empty one); it waits while the folder cannot be read. `watch` False: no hints from the system.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        directory: str,
        deliver: Callable[[FilesChanged], None],
        environ: Mapping[str, str],
        read: ReadObject,
        include_path: str = "",
        known: Iterable[tuple[ObjectKind, str]] = (),
        report: Callable[[Problem], None] | None = None,
        ages: Ages = _USUAL_AGES,
        pace: Pace = _USUAL_PACE,
        watch: bool = True,
        in_thread: InThread | None = None,
        cache: str = "",
    ) -> None:
        self.directory = os.path.abspath(directory)
        self.first_look: Deferred[None] = Deferred()
        self._reactor = reactor
        self._deliver = deliver
        self._report = report or self._log_problem
        self._pace = pace
        self._reader = FolderReader(self.directory, environ, read, include_path, known, ages, cache)
        self._watch = FolderWatch(self.directory, self._hinted_in_thread) if watch else None
        self._in_thread = in_thread or self._in_pool
        self._timer: Any = None
        self._looking: Deferred[None] | None = None
        self._began = 0.0
        self._not_before = 0.0
        self._changed_at: float | None = None
        self._hinted = False
        self._first = True
        #: in the next look nothing has to rest
        self._at_once = False
        #: those who wait for a look that has not begun, and for the one under way
        self._waiting: list[Deferred[None]] = []
        self._waiting_for_this: list[Deferred[None]] = []

    def startService(self) -> None:
        super().startService()
        self._look_within(0)

    def stopService(self) -> Deferred[None]:
        "Fires when a look that is under way has ended and nothing is watched any more."
        super().stopService()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._looking is None:
            waited, self._waiting = self._waiting, []
            for waiting in waited:
                waiting.callback(None)
        ended = self._looking or succeed(None)
        return ended.addCallback(lambda _: self._in_thread(self._watch.stop) if self._watch else None)

    @property
    def digest(self) -> str:
        "Names all files that were read together, with their contents; empty before the first look. In any thread."
        return self._reader.digest

    def deliver_to(self, deliver: Callable[[FilesChanged], None], report: Callable[[Problem], None]) -> None:
        "From now on; what was delivered before is not delivered again."
        self._deliver, self._report = deliver, report

    def check_now(self) -> None:
        "Look at the folder now. Changes rest as always before they count."
        self._look_within(0)

    def look_now(self, at_once: bool = False) -> Deferred[None]:
        """As `check_now`; fires when a look that began after this call is delivered, or the folder stops.

        `at_once`: in that look nothing has to rest, as in the first one.
        """
        waiting: Deferred[None] = Deferred()
        if self.running:
            self._waiting.append(waiting)
            self._at_once = self._at_once or at_once
            self.check_now()
        else:
            waiting.callback(None)
        return waiting

    def remove(self, file: str) -> None:
        """Delete an object's file (as it stands in `FileRead.file`) and look. A file that is gone is no problem.

        Raises OSError, ValueError for a file that does not lie in the folder.
        """
        path = os.path.join(self.directory, file)
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if not real.startswith(os.path.join(os.path.realpath(self.directory), "")):
            raise ValueError(f"{file!r} does not lie in {self.directory}")
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        finally:
            self.check_now()

    def remove_or_refuse(self, file: str) -> None:
        "The same; raises NOT_DELETED."
        try:
            self.remove(file)
        except (OSError, ValueError) as error:
            problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise WorkloadError(Code.NOT_DELETED, file=file, problem=problem) from error

    # -- when to look

    def _look_within(self, seconds: float) -> None:
        "Look in so many seconds at the latest; an earlier appointment stands."
        if not self.running:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= self._reactor.seconds() + seconds:
                return
            self._timer.cancel()
        self._timer = self._reactor.callLater(seconds, self._look)

    def _hinted_in_thread(self) -> None:
        if not self._hinted:
            self._hinted = True
            self._reactor.callFromThread(self._follow_hint)

    def _follow_hint(self) -> None:
        self._hinted = False
        pause = max(self._pace.after_hint, self._not_before - self._reactor.seconds())
        self._look_within(pause)

    def _interval(self, now: float) -> float:
        lately = self._changed_at is not None and 0 <= now - self._changed_at < self._pace.often_for
        return self._pace.often if lately else self._pace.seldom

    # -- looking

    def _look(self) -> None:
        if self._looking is not None:
            self._look_within(self._pace.after_hint)  # one is under way, and may have been too early
            return
        self._began = self._reactor.seconds()
        self._waiting_for_this, self._waiting = self._waiting, []
        at_once, self._at_once = self._at_once, False
        self._looking = Deferred()
        self._in_thread(self._blocking_look, self._began, at_once).addCallbacks(self._found, self._failed).addErrback(
            self._failed
        ).addBoth(self._looked)

    def _blocking_look(self, now: float, at_once: bool) -> Look:
        look = self._reader.look(now, at_once)
        if self._watch is not None:
            self._watch.watch(look.identity)
        return look

    def _found(self, look: Look) -> None:
        now = self._reactor.seconds()
        self._not_before = now + (now - self._began) / self._pace.share
        if not self.running:
            return
        if (look.files and not self._first) or look.next is not None:
            self._changed_at = now
        for problem in look.problems:
            self._report(problem)
        self._look_within(min(look.next if look.next is not None else 1e9, self._interval(now)))
        if look.files or (self._first and look.identity is not None):
            self._deliver(FilesChanged(look.files))
        if self._first and look.identity is not None:
            self._first = False
            self.first_look.callback(None)

    def _failed(self, failure: Failure) -> None:
        self._log.failure("Looking at {folder} failed", failure=failure, folder=self.directory)
        self._look_within(self._pace.seldom)

    def _looked(self, _: object) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.callback(None)
        waited, self._waiting_for_this = self._waiting_for_this, []
        if not self.running:
            waited, self._waiting = [*waited, *self._waiting], []
        for waiting in waited:
            waiting.callback(None)
        if self._waiting:
            self._look_within(0)

    # -- rim

    def _in_pool(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)

    def _log_problem(self, problem: Problem) -> None:
        self._log.warn("{problem}", problem=str(problem))
