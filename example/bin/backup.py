#!/usr/bin/env python3
"""Copy the database while others use it; the copy of a day replaces an earlier one of the same day."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from workplace import data_directory, fail, return_value, say


def main() -> None:
    source = data_directory() / "sales.db"
    if not source.exists():
        fail(f"There is no database {source} to copy")
    copies = data_directory() / "backup"
    copies.mkdir(parents=True, exist_ok=True)
    copy = copies / f"sales_{datetime.now(UTC):%Y-%m-%d}.db"
    half_done = copy.with_name(f".{copy.name}.new")
    with closing(sqlite3.connect(source, timeout=30)) as original, closing(sqlite3.connect(half_done)) as target:
        original.backup(target)
    half_done.replace(copy)
    say(f"{copy.name}: {copy.stat().st_size} bytes")
    return_value("copy", copy)


main()
