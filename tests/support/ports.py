"""Port numbers for programs that have to be told one.

A number that was free a moment ago may be anybody's by now: other tests run beside this one, and every connection takes
a number, too. So the number is held by a socket that does not listen: the system gives it to nobody who asks for any
number, connections to it are refused, and a program that sets SO_REUSEADDR, as servers do, can listen on it, also
again after it has ended.
"""

from __future__ import annotations

import socket

_held: list[socket.socket] = []


def held_port(address: str = "127.0.0.1", number: int = 0) -> int:
    "A TCP port that stays ours until this process ends: any one, or this `number`; OSError when somebody has it."
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((address, number))
    except OSError:
        holder.close()
        raise
    _held.append(holder)
    found: int = holder.getsockname()[1]
    return found


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
