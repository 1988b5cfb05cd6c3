"A task server in a process of its own, and the engine's side of the dialogue with it."

from __future__ import annotations

import os
import signal
import socket
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from netcore.tickets import Tickets
from taskserver import messages

Message = dict[str, Any]
#: answers a request: the fields of the answer
Answerer = Callable[[Message], Message]


def refuse(request: Message) -> Message:
    return {"error": f"No request was expected: {request}"}


class TaskServer:
    "Ends its process at the end of the context, if it still runs."

    def __init__(self, directory: Path, answerer: Answerer = refuse, log_file: Path | None = None) -> None:
        self.log_file = log_file or directory / "task.log"
        self.answerer = answerer
        self.requests: list[Message] = []
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(30)
        self._received = bytearray()
        self.tickets = Tickets()
        descriptors = [theirs.fileno(), self.tickets.fileno()]
        log = os.open(self.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.child = subprocess.Popen(
            messages.command(*descriptors), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=descriptors, start_new_session=True, cwd=directory,
        )  # fmt: skip
        os.close(log)
        theirs.close()

    def __enter__(self) -> TaskServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
        self.tickets.close()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    # -- messages

    def send(self, message: Message) -> None:
        self.socket.sendall(messages.encode(message))

    def receive(self) -> Message:
        "The next message; EOFError when the process has closed its end."
        while (end := self._received.find(b"\n")) < 0:
            try:
                chunk = self.socket.recv(1 << 16)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise EOFError
            self._received += chunk
        line = self._received[:end]
        del self._received[: end + 1]
        return messages.decode(line)

    def result(self) -> Message:
        "The next result; requests before it are answered."
        while (message := self.receive())["type"] == "request":
            self.requests.append(message)
            self.send(messages.answer(id=message["id"], **self.answerer(message)))
        assert message["type"] == "result"
        return message

    def call(self, message: Message) -> Message:
        self.send(message)
        result = self.result()
        assert result["call"] == message["type"]
        return result

    # -- calls

    def begin(
        self, script: str | None, monitors: tuple[str, ...] = (), order: bool = True, **more: dict[str, Any]
    ) -> Message:
        "`more`: further fields of job, task, scheduler and log."
        job: dict[str, Any] = {"path": "/folder/a-job", "title": "A job", "order": order, **more.get("job", {})}
        if script is not None:
            job["script"] = textwrap.dedent(script).strip()
        if monitors:
            texts = [textwrap.dedent(text).strip() for text in monitors]
            job["monitors"] = [(f"monitor{n}", n, text) for n, text in enumerate(texts, 1)]
        task: dict[str, Any] = {"id": 4711, "cause": "order", **more.get("task", {})}
        scheduler: dict[str, Any] = {"id": "test", "host": "machine", "tcp_port": 4444, **more.get("scheduler", {})}
        log: dict[str, Any] = {"file": str(self.log_file), "title": "Task folder/a-job:4711", **more.get("log", {})}
        return self.call({"type": "begin", "job": job, "task": task, "scheduler": scheduler, "log": log})

    def open(self) -> Message:
        return self.call(messages.opening())

    def process(self, **order: Any) -> Message:
        "With an order, unless `order=None`."
        if "order" in order:
            return self.call(messages.process())
        return self.call({"type": "process", "order": an_order(**order)})

    def hand(self, *orders: str, number: int = 1, within: float = 60) -> None:
        "The first order as a call, the others ahead, with tickets for the numbers that follow `number`."
        first, *others = [an_order(id=order_id) for order_id in orders]
        self.tickets.issue(number + 1, len(others))
        self.send(messages.process(order=first, ahead=others, number=number, within=within))

    def end(self, **fields: Any) -> Message:
        return self.call({"type": "end", **fields})

    def exit_status(self) -> int:
        "Of the process, once it has ended; negative: the signal."
        return self.child.wait(30)

    def terminate(self) -> None:
        self.child.send_signal(signal.SIGTERM)


def an_order(**fields: Any) -> Any:
    "As the engine names it: `OrderFields`, perhaps with what nobody should send."
    return {"id": "1", "chain": "/folder/a-chain", "state": "100", "params": {}, **fields}
