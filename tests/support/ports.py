"""Port numbers for programs that have to be told one.

A number that was free a moment ago may be anybody's by now: other tests run beside this one, and every connection takes
a number, too, as does every socket of datagrams that asks for any. So numbers are taken from below those that the
system gives to who asks for any, and each is held by a socket that does not listen: nobody else who holds a number so
gets the same one, connections to it are refused, and a program that sets SO_REUSEADDR, as servers do, can listen on it,
also again after it has ended. Its datagrams are nobody's when it is taken; they cannot be held for somebody else.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from random import SystemRandom

#: below those of Linux for who asks for any (`ip_local_port_range`), and above those that services are known by
_NUMBERS = range(12_000, 32_000)

_held: list[socket.socket] = []
_random = SystemRandom()


def held_port(address: str = "127.0.0.1", number: int = 0) -> int:
    "A TCP port that stays ours until this process ends: any one, or this `number`; OSError when somebody has it."
    if number:
        return _hold(address, number)
    while True:
        with suppress(OSError):
            return _hold(address, _random.choice(_NUMBERS))


def _hold(address: str, number: int) -> int:
    holder = socket.socket()
    try:
        # before SO_REUSEADDR: with it two that do not listen could have the same number
        holder.bind((address, number))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.bind((address, number))
    except OSError:
        holder.close()
        raise
    _held.append(holder)
    return number


def held_ports_in_a_row(count: int) -> int:
    "The first of so many that follow each other."
    while True:
        first = held_port()
        try:
            for number in range(first + 1, first + count):
                held_port(number=number)
        except (OSError, OverflowError):
            continue
        return first
