"""Sending and receiving on a socket that never waits, without giving up the interpreter.

`socket.send` and `socket.recv` let other threads run while the kernel works, which for a local socket takes a few
microseconds; to get the interpreter back takes until the other thread gives it up, often milliseconds. For a step of
a task server that was most of its time.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from struct import pack

_c = ctypes.PyDLL(None, use_errno=True)
_send, _sendto, _recv = _c.send, _c.sendto, _c.recv
_send.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
_sendto.argtypes = [*_send.argtypes, ctypes.c_char_p, ctypes.c_uint]
_recv.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_send.restype = _sendto.restype = _recv.restype = ctypes.c_ssize_t

SIZE = 1 << 16


def send(descriptor: int, data: bytes) -> int:
    "Bytes taken by the kernel. Raises BlockingIOError, or another OSError. Any thread."
    sent: int = _send(descriptor, data, len(data), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    if sent < 0:
        raise _error()
    return sent


def kernel_address(host: str, port: int) -> bytes:
    "Where `send_to` sends to; `host` is an IPv4 address in numbers."
    return pack("=H", socket.AF_INET) + pack("!H4s8x", port, socket.inet_aton(host))


def send_to(descriptor: int, datagram: bytes, address: bytes) -> None:
    "Raises BlockingIOError, or another OSError. Any thread."
    flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
    if _sendto(descriptor, datagram, len(datagram), flags, address, len(address)) < 0:
        raise _error()


class Receiver:
    "For one thread, because all its calls use one buffer."

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(SIZE)
        self._view = memoryview(self._buffer).cast("B")

    def receive(self, descriptor: int) -> bytes:
        "At most SIZE bytes, or one datagram; none at the end. Raises BlockingIOError, or another OSError."
        received = _recv(descriptor, self._buffer, SIZE, socket.MSG_DONTWAIT)
        if received < 0:
            raise _error()
        return bytes(self._view[:received])


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number if number != errno.EWOULDBLOCK else errno.EAGAIN, os.strerror(number))
