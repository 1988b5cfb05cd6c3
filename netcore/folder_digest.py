"""One word for all files of a folder with their contents, the same wherever the same files lie.

It is worked out from those that have changed, so it costs nothing in a folder of many files where one is new.
"""

from __future__ import annotations

from hashlib import sha256

from scheduler.records import FileKey

#: digits of the word
_DIGITS = 16


class FilesDigest:
    "In one thread."

    def __init__(self) -> None:
        self._of: dict[FileKey, int] = {}
        self._all = 0

    def put(self, key: FileKey, file: str, data: bytes) -> None:
        "`file`: its name within the folder."
        self.drop(key)
        name = file.encode()
        digest = sha256(b"%d:%s" % (len(name), name) + data).digest()
        self._of[key] = int.from_bytes(digest[: _DIGITS // 2])
        self._all ^= self._of[key]

    def drop(self, key: FileKey) -> None:
        self._all ^= self._of.pop(key, 0)

    @property
    def text(self) -> str:
        return f"{self._all:0{_DIGITS}x}"
