"""Events of a real engine: by question and stream, over HTTP, over a sudden death, with clients that do not read."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from lxml import etree

from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

CHAIN = (
    '<job_chain><job_chain_node state="1" job="/quick" next_state="2"/>'
    '<job_chain_node state="2" job="/quick" next_state="end"/><job_chain_node state="end"/></job_chain>'
)
STEPS = ["order.added", "order.taken", "order.step_ended", "order.taken", "order.ended"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    "One for all tests; a test that ends it starts it again."
    with EngineProcess(tmp_path_factory.mktemp("engine")) as process:
        process.shell_job("/quick", "exit 0", 'order="yes"')
        process.shell_job("/idle", "exit 0")
        process.chain("/chain", CHAIN)
        yield process.start()


class Follower:
    "Asks for what has happened since it asked last, and notes all of it."

    def __init__(self, engine: EngineProcess, after: int | None = None) -> None:
        self.engine = engine
        self.after = int(engine.command('<events.get timeout="0"/>').get("last", "")) if after is None else after
        self.seen: list[etree._Element] = []

    def ask(self, timeout: float = 10) -> list[etree._Element]:
        answer = self.engine.command(f'<events.get after="{self.after}" timeout="{timeout}"/>')
        self.after = int(answer.get("last", ""))
        self.seen += list(answer)
        return list(answer)

    def until(self, kind: str, order: str = "") -> None:
        "Ask until that has happened."
        def has_come() -> bool:
            return any(one.get("kind") == kind and one.get("order", "") == order for one in self.seen)

        def look() -> bool:
            if not has_come():
                self.ask(1)
            return has_come()

        wait_until(look, 60, f"{kind} {order}", interval=0)

    def kinds(self, order: str) -> list[str]:
        return [one.get("kind", "") for one in self.seen if one.get("order") == order]

    @property
    def ids(self) -> list[int]:
        return [int(one.get("id", "")) for one in self.seen]


def test_events_arrive_once_and_in_order_also_after_a_sudden_death(engine: EngineProcess) -> None:
    follower = Follower(engine)
    begin = follower.after
    for number in range(20):
        engine.add_order("/chain", f"o{number}")
        if number % 5 == 0:
            follower.ask()
    for number in range(20):
        follower.until("order.ended", f"o{number}")
    engine.command('<modify_job job="/idle" cmd="stop"/>')
    engine.command('<publish_event>{"batch": 7}</publish_event>')
    follower.until("event.published")
    for number in range(20):
        assert follower.kinds(f"o{number}") == STEPS
    stopped = next(one for one in follower.seen if one.get("kind") == "job.stopped")
    assert stopped.get("job") == "/idle"
    assert follower.seen[-1].text == '{"batch": 7}'
    first = next(one for one in follower.seen if one.get("kind") == "order.ended")
    said = {"job": "/quick", "node": "2", "next": "end", "exit_code": "0"}
    assert {name: first.get(name) for name in said} == said

    # another one, who comes late, sees the same; and nothing is lost while nobody asks, nor by a sudden death
    engine.add_order("/chain", "last")
    wait_until(lambda: engine.command('<show_job_chain job_chain="/chain"/>').get("orders") == "0")
    engine.kill9()
    engine.start()
    late = Follower(engine, begin)
    for each in (follower, late):
        each.until("scheduler.started")
    assert follower.kinds("last") == STEPS
    assert follower.ids == late.ids == list(range(begin + 1, begin + 1 + len(follower.ids)))
    assert [etree.tostring(one) for one in follower.seen] == [etree.tostring(one) for one in late.seen]


def all_of(connection: socket.socket) -> bytes:
    connection.settimeout(20)
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def test_streams_over_tcp_and_http_and_their_end(engine: EngineProcess) -> None:
    plain = socket.create_connection(("127.0.0.1", engine.port))
    plain.sendall(b'<events.get kinds="order"/>\r\n')
    half_closed = socket.create_connection(("127.0.0.1", engine.port))
    half_closed.sendall(b'<events.get after="0"/>')
    half_closed.shutdown(socket.SHUT_WR)
    all_there = all_of(half_closed)
    assert re.fullmatch(rb"<events>\n(<event [^\n]*>\n)+</events>", all_there)
    assert len(etree.fromstring(all_there)) == Follower(engine).after
    left = socket.create_connection(("127.0.0.1", engine.port))
    left.sendall(b"<events.get/>")
    assert left.recv(100).startswith(b"<events>\n")
    left.sendall(b"\x04")
    assert all_of(left).endswith(b"</events>")
    web = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
    web.request("POST", "/jobscheduler/engine/command", '<events.get kinds="order.ended"/>')
    answer = web.getresponse()
    assert (answer.status, answer.headers["Transfer-Encoding"]) == (200, "chunked")
    assert answer.readline() == b"<events>\n"
    engine.command("<show_state/>")

    engine.add_order("/chain", "a")
    assert b'order="a"' in answer.readline()
    engine.command("<terminate/>")
    lines = all_of(plain).decode().split("\n")
    assert (lines[0], lines[-1]) == ("<events>", "</events>")
    assert [kind for line in lines for kind in re.findall('kind="([^"]*)"', line)] == STEPS
    etree.fromstring("\n".join(lines))
    assert answer.read() == b"</events>"
    assert engine.wait_for_end() == 0
    engine.start()


@pytest.mark.parametrize("number", [0, 1])
def test_the_programs_of_the_page_about_events_follow_them(engine: EngineProcess, number: int) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text()
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[number].replace("4444", str(engine.port))
    told: list[tuple[str, ...]] = []

    class Enough(Exception):
        pass

    def tell(*words: str) -> None:
        told.append(words)
        if words[1] == "order.ended":
            raise Enough

    def follow() -> None:
        with suppress(Enough):
            exec(program, {"print": tell})  # noqa: S102  (the programs of the page)

    follower = Thread(target=follow, daemon=True)
    follower.start()
    order = f"page{number}"
    # it follows from when it asks first, which nobody tells
    numbers = count(1)

    def over() -> bool:
        engine.add_order("/chain", f"{order}.{next(numbers)}")
        follower.join(1)
        return not follower.is_alive()

    wait_until(over, 60, "the program's word")
    assert told[-1][1:3] == ("order.ended", "/chain")


def memory(engine: EngineProcess) -> int:
    "MB that the engine takes."
    for line in Path(f"/proc/{engine.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no VmRSS")


def test_clients_that_never_read_and_many_that_wait_cost_nothing(engine: EngineProcess) -> None:
    begin = Follower(engine).after
    event = f"<publish_event>{list(range(2000))}</publish_event>".replace(" ", "")
    flood = f"<commands>{event * 60}</commands>"
    engine.command(flood)
    before = memory(engine)
    deaf = [socket.create_connection(("127.0.0.1", engine.port)) for _ in range(60)]
    for connection in deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f'<events.get after="{begin}"/>'.encode())
    waiting = [socket.create_connection(("127.0.0.1", engine.port)) for _ in range(100)]
    for connection in waiting:
        connection.sendall(b'<events.get timeout="60" kinds="order.ended"/>')
    follower = Follower(engine)
    for _ in range(3):
        engine.command(flood)
    engine.add_order("/chain", "x")
    follower.until("order.ended", "x")
    for connection in waiting:
        assert b'order="x"' in connection.recv(65536)
    grown = memory(engine) - before
    # 60 clients that have not taken 240 events of 9 kB each would be 130 MB
    assert grown < 60, f"the engine has grown by {grown} MB"
    for connection in (*deaf, *waiting):
        connection.close()
