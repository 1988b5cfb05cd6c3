"What the newest task of a job that has ended warned of: its last line of that level."

from __future__ import annotations

import re

from sqlalchemy import Connection

from models import read
from scheduler.records import Task
from web import log_secrets

#: bytes of a log; a longer one is looked through only by whoever opens it
MOST = 256 * 1024
#: characters of the line that are shown
LONGEST = 300
_WARNING = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S{0,12} \[warn\w*\]\s*(.+)$", re.IGNORECASE | re.MULTILINE)


def of_task(connection: Connection, scheduler_id: str, task: Task) -> str:
    "Without time and level; empty when there is none, or the log is too long to be read each time."
    size = read.task_log_size(connection, scheduler_id, task.id)
    content = read.task_log(connection, scheduler_id, task.id) if size and size <= MOST else None
    last = ""
    for found in _WARNING.finditer(content.decode("utf-8", "replace") if content else ""):
        last = found[1]
    return log_secrets.of_task(connection, scheduler_id, task).hide(last)[:LONGEST] if last else ""
