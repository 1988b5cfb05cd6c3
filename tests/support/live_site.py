"""The pages on a real port, for a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from tests.support.web_site import Site


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


NOBODY = Response("nobody is here", 503)


class LiveSite:
    "Serves a Site, or one after the other, on a free port of the loopback until it is closed."

    def __init__(self, site: Site | None = None) -> None:
        self.server = make_server("127.0.0.1", 0, site.app if site else NOBODY, threaded=True, request_handler=_Quiet)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @contextmanager
    def showing(self, site: Site) -> Iterator[None]:
        "A browser that was here for another site knows the scripts and styles already; the pages are never kept."
        self.server.app = site.app
        try:
            yield
        finally:
            self.server.app = NOBODY

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(30)

    def __enter__(self) -> LiveSite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
