"A SQLite file with all tables and no rows, made once for this process and copied wherever one is wanted."

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from models.upgrade import upgrade


@cache
def migrated_sqlite() -> Path:
    directory = tempfile.mkdtemp(prefix="stellwerk-migrated-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = Path(directory) / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path
