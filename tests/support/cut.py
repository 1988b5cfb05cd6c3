"""A way through TCP that can be cut, or made slow: between a member and its database.

    with Way(port_of_the_server) as way:
        way.port                # connect here
        way.cut()               # nothing goes through any more, and nobody is told
        way.restore()           # connections from before are gone, new ones go through
        way.delay = 0.5         # seconds that everything takes longer
"""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from threading import Event, Thread


class Way:
    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.delay = 0.0
        self._cut = Event()
        self._ended = Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut.set()

    def restore(self) -> None:
        if self._cut.is_set():
            self._drop_all()
            self._cut.clear()

    def _drop_all(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def __enter__(self) -> Way:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._cut.clear()
        self._listening.close()
        self._drop_all()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            self._wait_while_cut()
            try:
                server = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                return
            with server:
                self._pairs.append((client, server))
                with suppress(OSError, ValueError):
                    self._pump(client, server)

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while not self._ended.is_set():
            for source in select.select([client, server], [], [], 0.5)[0]:
                data = source.recv(1 << 16)
                if not data:
                    return
                if self.delay:
                    time.sleep(self.delay)
                self._wait_while_cut()
                other[source].sendall(data)

    def _wait_while_cut(self) -> None:
        while self._cut.is_set() and not self._ended.is_set():
            time.sleep(0.02)
