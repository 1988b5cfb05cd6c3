"""Many connections that send commands as fast as the answers come, from one thread."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import percentile


@dataclass(frozen=True, slots=True)
class Answers:
    "`latencies` in seconds; `refused` counts answers with an ERROR."

    per_second: float
    latencies: list[float]
    refused: int
    bytes: int

    @property
    def count(self) -> int:
        return len(self.latencies)

    def ms(self, percent: float) -> float:
        return percentile(self.latencies, percent) * 1000


class _Line:
    "One connection: one command under way at a time."

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.refused = False

    def send(self, command: str) -> None:
        self.refused = False
        self.sent_at = time.monotonic()
        self.socket.sendall(command.encode())

    def receive(self) -> tuple[int, bool]:
        "Bytes received, and whether the answer is complete."
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the engine closed the connection")
        self.refused = self.refused or b"<ERROR" in data
        return len(data), data.endswith(b"\0")


def drive(
    port: int, connections: int, command: Callable[[int], str], *, seconds: float = 1e9, count: int = 1 << 60,
) -> Answers:
    """Send `command(n)` for n = 0, 1, 2 … over all connections until `seconds` are over or `count` are sent; then wait
    for the last answers."""
    lines = {line.socket.fileno(): line for line in (_Line(port) for _ in range(connections))}
    poll = select.epoll()
    latencies: list[float] = []
    sent = received = refused = 0
    begun = time.monotonic()
    under_way = 0
    try:
        for descriptor, line in lines.items():
            poll.register(descriptor, select.EPOLLIN)
            if sent < count:
                line.send(command(sent))
                sent += 1
                under_way += 1
        while under_way:
            for descriptor, _ in poll.poll(30):
                line = lines[descriptor]
                size, complete = line.receive()
                received += size
                if not complete:
                    continue
                now = time.monotonic()
                latencies.append(now - line.sent_at)
                refused += line.refused
                under_way -= 1
                if now - begun < seconds and sent < count:
                    line.send(command(sent))
                    sent += 1
                    under_way += 1
        elapsed = time.monotonic() - begun
    finally:
        poll.close()
        for line in lines.values():
            line.socket.close()
    return Answers(len(latencies) / elapsed, latencies, refused, received)
