"""The loop: one message in, one result out, until the task ends, the engine is gone, or SIGTERM comes."""

from __future__ import annotations

import os
import signal
import sys
import time

from taskserver import messages
from taskserver.ahead import Ahead
from taskserver.channel import Channel
from taskserver.errors import TaskTerminated
from taskserver.interruption import Interruption
from taskserver.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from taskserver.messages import Message, Method

#: what a result may say that lets the engine do something else than go on with the next step
_STOPPING = ("end", "delay")
_CALLS = ("begin", "open", "process", "before", "after", "end")


class Server:
    "`tickets`: see `ahead`."

    def __init__(self, descriptor: int, tickets: int | None = None) -> None:
        self._ahead = Ahead(tickets)
        self._interruption = Interruption()
        self._channel = Channel(descriptor, self._interruption)
        self._session: Session | None = None
        self._pid = os.getpid()

    def run(self) -> None:
        "Returns after the orderly end; every other end is that of the process."
        self._channel.watch()
        while True:
            try:
                with self._interruption.allowed():
                    message = self._channel.receive()
            except TaskTerminated:
                self._end_by_signal()
            if message is None:
                os._exit(messages.LOST)
            if "ahead" in message:
                self._ahead.given(message["number"] + 1, message["ahead"], message["within"])
            self._serve(message["type"], message)
            while not self._interruption.came and (order := self._ahead.next()) is not None:
                self._serve("process", messages.process(order=order))
            if self._interruption.came:
                self._end_by_signal()
            if message["type"] == "end":
                return

    def _serve(self, call: Method, message: Message, terminated: bool = False) -> None:
        self._channel.in_call = True
        begun = time.perf_counter()
        fields = self._called(call, message)
        if os.getpid() != self._pid:
            os._exit(0)  # a script forked, and this is the child, which returned instead of ending
        self._channel.in_call = False
        if terminated or self._interruption.came:
            fields["terminated"] = True
        if call == "process":
            fields["seconds"] = round(time.perf_counter() - begun, 6)
            if _stops(fields) and self._ahead.drop():
                fields["dropped"] = True
        self._channel.ended = call == "end"
        self._channel.send(messages.result(call=call, **fields))

    def _called(self, call: Method, message: Message) -> dict[str, Any]:
        try:
            if call not in _CALLS:
                raise ValueError(f"There is no call {call!r}")
            if call == "begin":
                sys.argv[:] = [message["job"]["path"]]
                self._session = Session(self._channel, self._interruption, message)
            if self._session is None:
                return {"ok": True, "returned": True, "log_end": 0}
            return self._session.call(call, message)
        except Exception as error:  # the rim: a mistake of the task server itself must not leave the engine waiting
            _show(error)
            text = f"The task server broke down: {type(error).__name__}: {error}"
            return {"ok": False, "returned": None, "log_end": 0, "error": {"text": text, "type": type(error).__name__}}

    def _end_by_signal(self) -> None:
        "Does not return."
        self._interruption.over()
        self._serve("end", messages.end(failed=True), terminated=True)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()


def _stops(result: dict[str, Any]) -> bool:
    "Whether the engine is to decide what comes next."
    if "error" in result or "again_when_locks" in result:
        return True
    wishes = result.get("task")
    return wishes is not None and any(wishes.get(name) for name in _STOPPING)


def _show(error: Exception) -> None:
    import traceback

    try:
        traceback.print_exception(error)
    except (OSError, ValueError):  # the log cannot be written; the engine hears the text
        return
