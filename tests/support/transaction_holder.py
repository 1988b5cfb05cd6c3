"""A process of this product that is within a writing transaction of a SQLite database, as a background service may be.

    with TransactionHolder(url) as holder:
        holder.process.send_signal(SIGSTOP)
"""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("holds", flush=True)
time.sleep(600)
"""


class TransactionHolder:
    def __init__(self, database_url: str) -> None:
        self._file = database_url.removeprefix("sqlite:///")

    def __enter__(self) -> TransactionHolder:
        self.process = subprocess.Popen([sys.executable, "-c", _PROGRAM, self._file], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"holds\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
