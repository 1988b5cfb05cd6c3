"""Starting a program without holding the interpreter.

`os.posix_spawn` and `subprocess` keep the interpreter lock while the kernel waits for the exec, half a
millisecond and more on a busy machine; meanwhile neither the reactor nor the scribe can work. Called through
ctypes the same function of the C library gives the lock up. It shares the memory until the exec; anything that
forks would copy the page tables instead.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache

#: flags of posix_spawn, the same in glibc and musl
_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80
#: ample for the opaque structures of both libraries (glibc: 80, 336 and 128 bytes)
_OPAQUE = 1024

#: descriptor lists that are kept: those of the tasks that run at the same time recur
_LISTS_MAX = 256

#: the number of the first further descriptor, by which a process of ours speaks to the engine
CHANNEL = 3


class Spawner:
    """Starts programs with `null` as standard input and logs as standard output and error, each in a session
    of its own.

    For one thread.
    """

    def __init__(self, null: int) -> None:
        self._c = ctypes.CDLL(None)
        self._null = null
        self._lists: dict[tuple[int, ...], ctypes.Array[ctypes.c_char]] = {}
        self._attributes = ctypes.create_string_buffer(_OPAQUE)
        signals = ctypes.create_string_buffer(_OPAQUE)
        self._check(self._c.posix_spawnattr_init(self._attributes))
        self._check(self._c.posix_spawnattr_setflags(self._attributes, _SETSIGDEF | _SETSIGMASK | _SETSID))
        self._check(self._c.sigemptyset(signals))
        self._check(self._c.posix_spawnattr_setsigmask(self._attributes, signals))
        # A job expects the system's defaults. For a signal that is not in this set the C library asks first how it is.
        self._check(self._c.sigfillset(signals))
        self._check(self._c.posix_spawnattr_setsigdefault(self._attributes, signals))

    def start(
        self, argv: Sequence[str], environment: Iterable[bytes], log: int, errors: int, more: Sequence[int] = ()
    ) -> int:
        """The process id. `environment` are `NAME=value` entries (see `variable`). `more` descriptors become CHANNEL
        and those after it. Raises OSError, or ValueError for strings that a process cannot have.

        Descriptors of this process are closed on exec by their own flag.
        """
        arguments = _strings([os.fsencode(word) for word in argv])
        variables = _strings(list(environment))
        actions = self._actions(log, errors, *more)
        pid = ctypes.c_int()
        error = self._c.posix_spawn(ctypes.byref(pid), arguments[0], actions, self._attributes, arguments, variables)
        self._check(error, argv[0])
        return pid.value

    def _actions(self, *descriptors: int) -> ctypes.Array[ctypes.c_char]:
        "What makes these the descriptors 1, 2 and so on of a child."
        actions = self._lists.get(descriptors)
        if actions is None:
            if len(self._lists) >= _LISTS_MAX:
                self._forget_actions()
            actions = ctypes.create_string_buffer(_OPAQUE)
            self._check(self._c.posix_spawn_file_actions_init(actions))
            for target, descriptor in enumerate((self._null, *descriptors)):
                self._check(self._c.posix_spawn_file_actions_adddup2(actions, descriptor, target))
            self._lists[descriptors] = actions
        return actions

    def _forget_actions(self) -> None:
        for actions in self._lists.values():
            self._c.posix_spawn_file_actions_destroy(actions)
        self._lists.clear()

    @staticmethod
    def _check(error: int, file: str | None = None) -> None:
        if error:
            raise OSError(error, os.strerror(error), file)


def _strings(values: list[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    "An array of C strings that ends with NULL. Raises ValueError for a string that C would cut off."
    if b"\0" in b"".join(values):
        raise ValueError("embedded null byte")
    return (ctypes.c_char_p * (len(values) + 1))(*values, None)


@lru_cache(maxsize=2048)
def variable(name: str, value: str) -> bytes:
    "An entry of an environment. Raises ValueError for a name that cannot be one. Most are those of the last task."
    if not name or "=" in name:
        raise ValueError(f"illegal environment variable name {name!r}")
    return os.fsencode(f"{name}={value}")
