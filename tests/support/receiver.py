"""A real HTTP server on a free port that keeps what is posted to it.

    with Receiver() as receiver:
        receiver.status = 503            # what it answers from now on
        ...
        [posted] = receiver.posted
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Posted:
    path: str
    headers: dict[str, str]
    content: Any


class Receiver:
    "`slow`: it answers one byte at a time and never ends, until the receiver does."

    def __init__(self) -> None:
        self.status = 204
        self.slow = False
        self.posted: list[Posted] = []
        self._end = Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posted.append(Posted(self.path, dict(self.headers), json.loads(body)))
                if receiver.slow:
                    receiver._drip(self.wfile)
                    return
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def _drip(self, out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not self._end.is_set():
            try:
                out.write(b"x")
                out.flush()
            except OSError:
                return
            time.sleep(0.05)

    def at(self, path: str) -> list[Posted]:
        return [each for each in self.posted if each.path == path]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)
