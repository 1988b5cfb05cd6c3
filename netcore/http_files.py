"""Static files of the configured directories, and nothing outside of them."""

from __future__ import annotations

import os
import stat
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.threads import deferToThreadPool

from netcore.http_stream import AnswerStream
from scheduler.protocol.http_files import Place
from scheduler.protocol.http_limits import HttpRefusal

#: bytes that are read at once
_SLICE = 256 << 10
_WAY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileStream:
    "A file that is open, with the size that it had then. Reading is done in threads of the pool."

    def __init__(self, reactor: Any, descriptor: int, size: int) -> None:
        self._reactor = reactor
        self._descriptor = descriptor
        self.size = size

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        try:
            position = 0
            while position < self.size:
                wanted = min(_SLICE, self.size - position)
                data = yield deferToThreadPool(
                    self._reactor, self._reactor.getThreadPool(), os.pread, self._descriptor, wanted, position
                )
                if not data:
                    raise OSError("the file has become shorter while it was sent")
                position += len(data)
                yield out.write(data)
        finally:
            self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def open_file(reactor: Any, place: Place) -> FileStream:
    "Blocking. Raises HttpRefusal 404 for whatever is no readable file below the directory."
    try:
        descriptor = _open_below(place.directory, place.names)
    except (OSError, ValueError):
        raise HttpRefusal(404) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise HttpRefusal(404)
    return FileStream(reactor, descriptor, found.st_size)


def _open_below(directory: str, names: tuple[str, ...]) -> int:
    """Links are followed as long as they stay inside: first they are resolved, then the way that this gives is
    gone step by step without following any, so that a link that is put there meanwhile leads nowhere."""
    root = os.path.realpath(directory)
    target = root
    for number in range(len(names)):
        # each step, because a way that leads out and in again tells names of what is outside
        target = os.path.realpath(os.path.join(root, *names[: number + 1]), strict=True)
        if os.path.commonpath((root, target)) != root or target == root:
            raise FileNotFoundError(target)
    *way, name = os.path.relpath(target, root).split(os.sep)
    at = os.open(root, _WAY)
    try:
        for step in way:
            following = os.open(step, _WAY, dir_fd=at)
            os.close(at)
            at = following
        return os.open(name, _FILE, dir_fd=at)
    finally:
        os.close(at)
