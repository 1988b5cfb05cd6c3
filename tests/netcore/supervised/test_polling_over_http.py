"The classic protocol over HTTP as the worker speaks it: what it posts, and what it makes of the answers."

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lxml import etree

from scheduler.supervisor.settings import AsWorker
from tests.support.command_server import ENVELOPE, refusal
from tests.support.log_said import log_of
from tests.support.reactor import wait_for
from tests.support.supervising import AtWork

FILE = (
    '<configuration.directory><configuration.file name="a.job.xml" last_write_time="2015-06-10T12:00:00.123Z">'
    '<content encoding="base64">Yg==</content></configuration.file></configuration.directory>'
)
WIPE = '<configuration.directory><configuration.file name="a.job.xml" removed="yes"/></configuration.directory>'


class Classic(ThreadingHTTPServer):
    "A classic supervisor. `asked` are the requests: path and document."

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer = FILE
        self.status = 200
        self.asked: list[tuple[str, etree._Element]] = []


class Answering(BaseHTTPRequestHandler):
    server: Classic

    def do_POST(self) -> None:
        document = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, etree.fromstring(document)))
        body = ENVELOPE.format(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def classic() -> Iterator[Classic]:
    with Classic() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_dialogue_over_http(classic: Classic, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{classic.server_port}"
    settings = AsWorker(interval=0.2, patience=5)
    with log_of("netcore.supervised.") as lines, AtWork(tmp_path, address, "w", settings) as worker:
        wait_for(lambda: worker.files == {"a.job.xml": "b"})
        wait_for(lambda: len(classic.asked) >= 2)
        path, first = classic.asked[0]
        assert (path, first.tag, len(first)) == ("/jobscheduler/engine/command", "supervisor.configuration.fetch", 0)
        assert dict(first.attrib) == {"scheduler_id": "w", "version": "1.0", "interval": "1"}
        [listed] = classic.asked[1][1]
        assert (listed.tag, dict(listed.attrib)) == ("configuration.file", {
            "name": "a.job.xml", "last_write_time": "2015-06-10T12:00:00.123Z",
            "md5": "92eb5ffee6ae2fec3ad71c777531578f",
        })  # fmt: skip
        for status, answer, word in (
            (200, refusal("SCHEDULER-485", "a scheduler id is needed"), "SCHEDULER-485"),
            (200, FILE.replace('"a.job.xml"', '"../a.job.xml"'), "STELLWERK-065"),
            (200, FILE.replace("base64", "plain"), "base64"),
            (200, WIPE, "may_be_empty"),
            (500, "", "HTTP status 500"), (200, "", "the answer is empty"), (200, "<ok>", "STELLWERK"),
        ):  # fmt: skip
            classic.status, classic.answer = status, answer
            wait_for(lambda word=word: any("Nothing is taken over" in line and word in line for line in list(lines)))  # type: ignore[misc]
            assert worker.files == {"a.job.xml": "b"}
        classic.status, classic.answer = 200, FILE.replace("Yg==", "Yw==")
        wait_for(lambda: worker.files == {"a.job.xml": "c"})
