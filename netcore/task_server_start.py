"Starts of task servers: as those of other processes, with one end of a socket pair handed over."

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

from netcore.launcher import Launcher
from netcore.spawn import CHANNEL
from scheduler.actions import Launch
from taskserver.messages import command

#: bytes of one variable, and of all together, with which a process can be started everywhere
_ONE_MAX, _ALL_MAX = 128 << 10, 1 << 20


def _small(environment: Iterable[bytes]) -> list[bytes]:
    "Without the largest variables when there is too much: the script is given its parameters over the channel."
    kept, total = [], 0
    for entry in sorted(environment, key=len):
        total += len(entry) + 1
        if len(entry) >= _ONE_MAX or total > _ALL_MAX:
            break
        kept.append(entry)
    return kept


class TaskServerLauncher(Launcher):
    """As `Launcher`. A task server serves many steps, so one thread starts them all.

    `take_channel` gives our end of the socket to whoever is told that the process has been made.
    """

    threads = 1

    def __init__(self, *arguments: Any) -> None:
        self._channels: dict[int, socket.socket] = {}
        super().__init__(*arguments)

    def take_channel(self, task_id: int) -> socket.socket:
        return self._channels.pop(task_id)

    def _start(self, action: Launch, environment: Iterable[bytes], log: int, errors: int) -> int:
        ours, theirs = socket.socketpair()
        try:
            pid = self._spawner.start(command(CHANNEL), _small(environment), log, errors, theirs.fileno())
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._channels[action.task_id] = ours
        return pid
