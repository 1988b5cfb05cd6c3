"An engine that starts while its port is still held."

from __future__ import annotations

import socket
import threading

import pytest

from netcore.port_patience import await_port, free_number
from tests.support.ports import held_port

KINDS = [socket.SOCK_STREAM, socket.SOCK_DGRAM]


def held(kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", held_port()))
        made.listen(1)
    else:
        made.bind(("127.0.0.1", 0))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_waited_for_as_long_as_it_is_held(kind: socket.SocketKind) -> None:
    holder = held(kind)
    port = holder.getsockname()[1]
    waiting = threading.Thread(target=await_port, args=(port, "127.0.0.1", kind, 60.0))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    holder.close()
    waiting.join(30)
    assert not waiting.is_alive()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_given_up_when_the_time_is_over(kind: socket.SocketKind) -> None:
    with held(kind) as holder:
        await_port(holder.getsockname()[1], "127.0.0.1", kind, 0.2)


@pytest.mark.parametrize("port", [None, 0])
def test_there_is_nothing_to_wait_for_without_a_number(port: int | None) -> None:
    await_port(port, "", socket.SOCK_STREAM)


def test_what_waiting_does_not_help_is_not_waited_for() -> None:
    await_port(4444, "192.0.2.1", socket.SOCK_STREAM, 3600.0)


def test_a_number_for_tcp_and_udp_is_free_for_both() -> None:
    with held(socket.SOCK_DGRAM) as holder:
        taken = holder.getsockname()[1]
        drawn = iter([taken, taken, other := free_number("127.0.0.1")])
        assert free_number("127.0.0.1", lambda _: next(drawn)) == other != taken
        assert free_number("127.0.0.1", lambda _: taken) == 0
