"""Waiting for a port that another process still holds, such as an earlier engine that is just ending; and numbers that
are free for TCP and UDP.

Blocking; before the reactor runs.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable

from twisted.logger import Logger

#: seconds; the classic engine waits two minutes, but whoever starts a second engine by mistake should hear of it sooner
PATIENCE = 10.0
_PAUSE = 0.1
_ATTEMPTS = 100
_log = Logger()


def await_port(port: int | None, interface: str, kind: socket.SocketKind, patience: float = PATIENCE) -> None:
    """Returns when the port can be opened, or when the time is over or waiting would not help; what is wrong then, the
    attempt to open it says. `port` None or 0: nothing to wait for."""
    if not port or not _is_taken(port, interface, kind):
        return
    _log.warn("Port {port} is in use; waiting up to {seconds} s for it", port=port, seconds=f"{patience:g}")
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and _is_taken(port, interface, kind):
        time.sleep(_PAUSE)


def free_number(interface: str, draw: Callable[[str], int] | None = None) -> int:
    "A number that is free for TCP (`draw` gives one) and UDP; 0 when none was found in many attempts."
    for _ in range(_ATTEMPTS):
        number = (draw or _free_for_tcp)(interface)
        if not _is_taken(number, interface, socket.SOCK_DGRAM):
            return number
    return 0


def _free_for_tcp(interface: str) -> int:
    with socket.socket(_family(interface), socket.SOCK_STREAM) as probe:
        probe.bind((interface, 0))
        number: int = probe.getsockname()[1]
    return number


def _family(interface: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in interface else socket.AF_INET


def _is_taken(port: int, interface: str, kind: socket.SocketKind) -> bool:
    with socket.socket(_family(interface), kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
            if kind is socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
