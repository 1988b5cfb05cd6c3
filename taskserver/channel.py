"""Lines on the descriptor: calls of the engine in, results out, requests with their answers in between.

Everything is blocking. The main thread reads calls; requests may come from any thread of a script while a call is
under way. A thread that does nothing else waits for the engine to vanish: it ends the process even while a
method runs for hours.
"""

from __future__ import annotations

import _thread
import os
import select

from taskserver import messages
from taskserver.errors import SchedulerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from taskserver.interruption import Interruption
    from taskserver.messages import Message


class Channel:
    "`descriptor` is a connected stream socket; it is not handed on to programs that the script starts."

    def __init__(self, descriptor: int, interruption: Interruption) -> None:
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, True)
        self._descriptor = descriptor
        self._interruption = interruption
        self._lock = _thread.allocate_lock()
        self._received = bytearray()
        self._requests = 0
        #: whether a call is under way; only then the engine expects requests
        self.in_call = False
        #: the last message is sent; from now on the engine may go
        self.ended = False

    def watch(self) -> None:
        "End the process as soon as the other side is gone, unless everything is said."
        _thread.start_new_thread(self._end_when_lost, ())

    def receive(self) -> Message | None:
        "The next message; None when the engine is gone."
        received = self._received
        searched = 0
        while (end := received.find(b"\n", searched)) < 0:
            searched = len(received)
            if searched > messages.MAX_LENGTH:
                return None
            try:
                chunk = os.read(self._descriptor, 1 << 16)
            except ConnectionError:
                return None
            if not chunk:
                return None
            received += chunk
        line = received[:end]
        del received[: end + 1]
        return messages.decode(line)

    def send(self, message: Message) -> None:
        "A lost connection ends the process."
        left = memoryview(messages.encode(message))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except ConnectionError:
            os._exit(messages.LOST)

    def execute_xml(self, xml: str) -> str:
        return str(self._ask("execute_xml", xml=xml).get("text", ""))

    def try_hold_lock(self, lock: str, exclusive: bool) -> bool:
        return bool(self._ask("try_hold_lock", lock=lock, exclusive=exclusive).get("held"))

    def _ask(self, what: Literal["execute_xml", "try_hold_lock"], **fields: Any) -> Message:
        "The answer. Raises SchedulerError when the engine refuses, or expects no request now."
        with self._lock:
            if not self.in_call:
                raise SchedulerError("", "The scheduler can be asked only while it calls a method of the script")
            self._requests += 1
            with self._interruption.held():  # half a line would be the end of all understanding
                self.send(messages.request(id=self._requests, what=what, **fields))
            reply = self._answer(self._requests)
        if "error" in reply:
            raise SchedulerError(reply.get("code", ""), reply["error"])
        return reply

    def _answer(self, number: int) -> Message:
        "Skips answers that nobody waits for any more, because SIGTERM came in between."
        while True:
            reply = self.receive()
            if reply is None:
                os._exit(messages.LOST)
            if reply.get("type") == "answer" and reply.get("id") == number:
                return reply

    def _end_when_lost(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLRDHUP)
        while not poll.poll():
            pass
        if not self.ended:
            os._exit(messages.LOST)
