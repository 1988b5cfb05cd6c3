"A relay between two sides of a TCP connection that the test can cut, freeze, or let break after some bytes."

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class CutProxy:
    """Listens on a free port and relays to `target` (a port of the loopback), which may change.

    `frozen`: connections stay open, and nothing goes through. `breaks_after`: bytes from the target after which
    a connection breaks; None: never.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.frozen = threading.Event()
        self.breaks_after: int | None = None
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections. Their sockets are closed by those who read them: if it were done here, a descriptor
        could be that of a new connection already when a reader is about to use it."""
        connections, self._open = self._open, []
        for each in connections:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def __enter__(self) -> CutProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._open += [near, far]
            threading.Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._relay, args=(far, near, True), daemon=True)
        back.start()
        self._relay(near, far, False)
        back.join()
        near.close()
        far.close()

    def _relay(self, source: socket.socket, sink: socket.socket, from_target: bool) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(65536):
                if self.frozen.is_set():
                    continue
                passed += len(data)
                if from_target and self.breaks_after is not None and passed > self.breaks_after:
                    sink.sendall(data[: len(data) // 2])
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
