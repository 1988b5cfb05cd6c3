"""SIGTERM: when it may interrupt, and when it waits until what is being done is done.

It interrupts scripts and the wait for the next call. The server's own work, such as writing a line to the engine, is
not cut in the middle. A process that a script forks is ended by the signal as if there were no handler: one that is
run by the interpreter would wait until the child's script comes out of what it has called.
"""

from __future__ import annotations

import _thread
import os
import signal

from taskserver.errors import TaskTerminated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType


class Interruption:
    "Made in the main thread. `came` is true from the first signal on; a second one ends the process at once."

    def __init__(self) -> None:
        self._main = _thread.get_ident()
        self.came = False
        self._allowed = False
        self._raised = False
        #: of each thread that forks just now: the signals that it had blocked
        self._blocked: dict[int, set[int | signal.Signals]] = {}
        signal.signal(signal.SIGTERM, self._signalled)
        os.register_at_fork(before=self._block, after_in_parent=self._unblock, after_in_child=self._leave_child)

    def allowed(self) -> _Switch:
        "A context in which the signal raises TaskTerminated, once; at once if it has come before unnoticed."
        return _Switch(self, True)

    def held(self) -> _Switch:
        """A context in which it does not; it is raised at its end if it came meanwhile and was allowed before. In
        other threads than the main one, which signals do not reach, it does nothing."""
        return _Switch(self, False)

    def over(self) -> None:
        "The signal is being obeyed: what is called from now on runs undisturbed."
        self._raised = True

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.came = True
        self._raise_if_allowed()

    def _block(self) -> None:
        "Python forgets in the child what came for it before its first line; blocked, it waits for that line."
        self._blocked[_thread.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

    def _unblock(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._blocked.pop(_thread.get_ident()))

    def _leave_child(self) -> None:
        if signal.getsignal(signal.SIGTERM) == self._signalled:  # not one of the script's own
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._unblock()

    def _raise_if_allowed(self) -> None:
        if self._allowed and not self._raised:
            self._raised = True
            raise TaskTerminated

    def _switch(self, allowed: bool) -> bool:
        "The setting before."
        if _thread.get_ident() != self._main:
            return False
        before, self._allowed = self._allowed, allowed
        return before


class _Switch:
    def __init__(self, interruption: Interruption, allowed: bool) -> None:
        self._interruption = interruption
        self._to = allowed
        self._before = False

    def __enter__(self) -> None:
        self._before = self._interruption._switch(self._to)
        if self._to and self._interruption.came:
            try:
                self._interruption._raise_if_allowed()
            except TaskTerminated:
                self._interruption._switch(self._before)
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interruption._switch(self._before)
        if self._before and self._interruption.came and error is None:
            self._interruption._raise_if_allowed()
